#include "audit/audit.h"

#include "base/clock.h"
#include "base/id.h"

enum db_result
audit_write(struct db *db, struct arena *a, const char *tenant,
            const struct audit *row)
{
    return db_exec(db, NULL,
                   "INSERT INTO audit (tenant, id, at, actor, customer, action,"
                   " object, detail, remote_addr, request_id)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                   "ttittttttt", tenant, id_new(a, "aud"), clock_now(),
                   row->actor->name, row->customer, row->action, row->object,
                   row->detail, row->actor->remote_addr,
                   row->actor->request_id);
}

enum db_result
audit_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT id, at, actor, action, object, detail, remote_addr,"
                   " request_id FROM audit WHERE tenant = $1",
                   "t", tenant);
}
