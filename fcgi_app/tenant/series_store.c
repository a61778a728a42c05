#include "tenant/tenant_store.h"

enum db_result
series_store_next(struct db *db, struct arena *a, const char *tenant,
                  const char *series, int64_t first, int64_t n, json_t **row)
{
    return db_one(db, a, row,
                  "INSERT INTO number_series (tenant, series, next)"
                  " VALUES ($1, $2, CAST($3 AS BIGINT) + $4)"
                  " ON CONFLICT (tenant, series) DO UPDATE"
                  " SET next = number_series.next + $4"
                  " RETURNING next - $4 AS number",
                  "ttii", tenant, series, first, n);
}

enum db_result
series_store_beyond(struct db *db, const char *tenant, const char *series,
                    int64_t first, int64_t number)
{
    return db_exec(db, NULL,
                   "INSERT INTO number_series (tenant, series, next)"
                   " VALUES ($1, $2, CASE WHEN CAST($4 AS BIGINT) >= $3"
                   " THEN CAST($4 AS BIGINT) + 1 ELSE CAST($3 AS BIGINT) END)"
                   " ON CONFLICT (tenant, series) DO UPDATE"
                   " SET next = CAST($4 AS BIGINT) + 1"
                   " WHERE number_series.next <= $4",
                   "ttii", tenant, series, first, number);
}

enum db_result
series_store_skip(struct db *db, const char *tenant, const char *series,
                  int64_t count)
{
    return db_exec(db, NULL,
                   "UPDATE number_series SET next = next + $3"
                   " WHERE tenant = $1 AND series = $2",
                   "tti", tenant, series, count);
}

enum db_result
series_store_prefixes(struct db *db, struct arena *a, const char *tenant,
                      json_t **list)
{
    return db_all(db, a, list,
                  "SELECT series, prefix FROM number_prefix WHERE tenant = $1"
                  " ORDER BY series, prefix",
                  "t", tenant);
}

enum db_result
series_store_keep_prefix(struct db *db, const char *tenant, const char *series,
                         const char *prefix)
{
    return db_exec(db, NULL,
                   "INSERT INTO number_prefix (tenant, series, prefix)"
                   " SELECT tenant, series, CAST($3 AS TEXT) FROM number_series"
                   " WHERE tenant = $1 AND series = $2"
                   " ON CONFLICT (tenant, series, prefix) DO NOTHING",
                   "ttt", tenant, series, prefix);
}
