#include "user/tries_store.h"

enum db_result
tries_store_get(struct db *db, struct arena *a, const char *tenant,
                const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT failures, retry_at, newest FROM sign_in_try"
                  " WHERE tenant = $1 AND id = $2",
                  "tt", tenant, id);
}

enum db_result
tries_store_put(struct db *db, const char *tenant, const char *id,
                int64_t failures, int64_t retry_at, int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO sign_in_try (tenant, id, failures, retry_at,"
                   " newest) VALUES ($1, $2, $3, $4, $5)"
                   " ON CONFLICT (tenant, id) DO UPDATE SET"
                   " failures = excluded.failures,"
                   " retry_at = excluded.retry_at, newest = excluded.newest",
                   "ttiii", tenant, id, failures, retry_at, now);
}

enum db_result
tries_store_remove(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "DELETE FROM sign_in_try WHERE tenant = $1 AND id = $2",
                   "tt", tenant, id);
}

enum db_result
tries_store_take_back(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "UPDATE sign_in_try SET failures = failures - 1,"
                   " retry_at = 0 WHERE tenant = $1 AND id = $2"
                   " AND failures > 0",
                   "tt", tenant, id);
}

/* every tenant: old failures say nothing about anybody */
enum db_result
tries_store_forget(struct db *db, int64_t before)
{
    return db_exec(db, NULL, "DELETE FROM sign_in_try WHERE newest < $1", "i",
                   before);
}
