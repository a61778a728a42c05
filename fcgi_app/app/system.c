/* Handlers that belong to no domain: health, refusals of nginx, the API's
 * description. */
#include <stdlib.h>
#include <string.h>

#include "app/openapi.h"
#include "app/page.h"
#include "audit/audit.h"
#include "base/json.h"
#include "base/log.h"
#include "contract/link_web.h"
#include "db/db.h"
#include "http/handlers.h"
#include "tenant/tenant.h"

void
health_get(struct request *rq, struct response *rs)
{
    bool ok = db_schema_present(rq->db) >= db_schema_wanted();

    response_json(rs, ok ? 200 : 503,
                  json_in_arena(rq->arena, json_pack("{s:s}", "status",
                                                     ok ? "ok" : "database")));
}

void
openapi_get(struct request *rq, struct response *rs)
{
    response_json(rs, 200, json_in_arena(rq->arena, openapi_document()));
}

/* nginx's word for a refused link, and what people are told. */
static const struct {
    const char *verdict;
    enum err error;
} link_errors[] = {
    {"stale", ERR_link_expired},
    {"used", ERR_link_used},
    {"none", ERR_link_incomplete},
    {"malformed", ERR_link_incomplete},
    {"missing-claim", ERR_link_incomplete},
    {"bad-claim", ERR_link_incomplete},
};

static enum err
link_error(const char *verdict)
{
    for (size_t i = 0; i < sizeof link_errors / sizeof *link_errors; i++) {
        if (strcmp(link_errors[i].verdict, verdict) == 0) {
            return link_errors[i].error;
        }
    }
    return ERR_link_invalid;
}

/* How nginx names what a self-service link opens, among usernames. */
static const char contract[] = "contract/";

static enum err
status_error(const char *status)
{
    switch (atoi(status)) {
    case 401:
        return ERR_unauthorised;
    case 403:
        return ERR_forbidden;
    case 404:
        return ERR_not_found;
    case 405:
        return ERR_method;
    case 413:
        return ERR_too_large;
    case 415:
        return ERR_media_type;
    case 502:
    case 503:
    case 504:
        return ERR_unavailable;
    default:
        return ERR_malformed;
    }
}

void
edge_error_page(struct request *rq, struct response *rs)
{
    const char *refused = request_param(rq, "PFORTE_REFUSED");
    const char *subject = request_param(rq, "PFORTE_SUBJECT");
    bool sso = strncmp(subject, contract, sizeof contract - 1) != 0;
    enum err e = link_error(refused);
    struct audit row = {rq->actor, "", sso ? "sso.refused" : "link.refused",
                        sso ? subject : subject + sizeof contract - 1,
                        err_row(e)->code};
    const char *status = request_param(rq, "PFORTE_STATUS");

    if (refused[0] == '\0') {
        response_error(rs, status_error(status));
        return;
    }
    /* Only a genuine link leaves a row: a flood of forged ones must not fill
     * the trail. */
    if (rq->tenant && (e == ERR_link_expired || e == ERR_link_used) &&
        audit_write(rq->db, rq->arena, rq->tenant->id, &row) != DB_OK) {
        log_error("a refused link left no audit row");
    }
    if (rq->tenant && e == ERR_link_expired && !sso) {
        link_expired(rq, rs, row.object);
    } else {
        response_error(rs, e);
    }
}
