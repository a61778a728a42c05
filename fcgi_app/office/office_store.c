#include "office/office_store.h"

enum db_result
form_store_claim(struct db *db, const char *tenant, const char *id, int64_t now,
                 int64_t *claimed)
{
    return db_exec(db, claimed,
                   "INSERT INTO form_use (tenant, id, location, used)"
                   " VALUES ($1, $2, '', $3) ON CONFLICT (tenant, id)"
                   " DO NOTHING",
                   "tti", tenant, id, now);
}

enum db_result
form_store_settle(struct db *db, const char *tenant, const char *id,
                  const char *location)
{
    return db_exec(db, NULL,
                   "UPDATE form_use SET location = $3"
                   " WHERE tenant = $1 AND id = $2",
                   "ttt", tenant, id, location);
}

enum db_result
form_store_get(struct db *db, struct arena *a, const char *tenant,
               const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT location FROM form_use WHERE tenant = $1 AND id = $2",
                  "tt", tenant, id);
}

/* every tenant: nobody sends so old a form again */
enum db_result
form_store_forget(struct db *db, int64_t before)
{
    return db_exec(db, NULL, "DELETE FROM form_use WHERE used < $1", "i",
                   before);
}

enum db_result
actor_store_name(struct db *db, struct arena *a, const char *tenant,
                 const char *pool, const char *kind, const char *id,
                 json_t **row)
{
    return db_one(
        db, a, row,
        "SELECT username AS name FROM users"
        " WHERE pool = $2 AND $3 = 'user' AND id = $4 UNION ALL"
        " SELECT u.username AS name FROM staff s"
        " JOIN users u ON u.pool = s.pool AND u.id = s.user_id"
        " WHERE s.tenant = $1 AND $3 = 'staff' AND s.id = $4 UNION ALL"
        " SELECT name FROM api_key"
        " WHERE tenant = $1 AND $3 = 'key' AND id = $4",
        "tttt", tenant, pool, kind, id);
}
