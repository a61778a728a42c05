#include "user/user_web.h"

json_t *
login_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        login_by_username(rq->db, rq->arena, rq->tenant, rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return NULL;
    }
    return row;
}
