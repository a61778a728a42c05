/* Sessions of contacts and guests whose membership changes. */
#include "base/clock.h"
#include "session/session.h"
#include "session/session_store.h"

enum db_result
session_end_of_member(const struct session_store *st, const char *membership,
                      const char *why, json_t **ended)
{
    const char *tenant = st->tenant->id;
    struct audit row = {st->actor, "", "sessions.ended", membership, why};
    enum db_result r =
        session_store_of_member(st->db, st->arena, tenant, membership, ended);

    if (r != DB_OK || json_array_size(*ended) == 0) {
        return r;
    }
    r = session_store_end_member(st->db, tenant, membership, clock_now());
    return r == DB_OK ? audit_write(st->db, st->arena, tenant, &row) : r;
}

enum db_result
session_renew_of_member(const struct session_store *st, const char *membership)
{
    return session_store_renew_member(st->db, st->tenant->id, membership);
}
