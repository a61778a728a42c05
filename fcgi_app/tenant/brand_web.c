/* The style sheet of a tenant's colours, and its logo. */
#include "http/handlers.h"
#include "tenant/brand.h"

#include <string.h>

static const char *const keep = "public, max-age=31536000, immutable";

static bool
is_named(struct request *rq, const struct tenant *tenant, bool hosted)
{
    const char *path = brand_path(rq->arena, tenant, hosted);

    return path && strcmp(path, rq->path) == 0;
}

/* Who asks by an older name, from a page drawn before a change, gets what
 * stands now on the hosted pages, but not for ever. */
void
brand_get(struct request *rq, struct response *rs)
{
    struct tenant *tenant;
    const char *sheet;
    bool office;

    if (tenant_load(rq->db, rq->arena, rq->config, rq->values[0], &tenant) !=
        DB_OK) {
        response_error(rs, ERR_not_found);
        return;
    }
    office = is_named(rq, tenant, false);
    sheet = brand_sheet_of(rq->arena, tenant, !office);
    if (sheet[0] == '\0') {
        response_error(rs, ERR_not_found);
        return;
    }
    if (office || is_named(rq, tenant, true)) {
        response_header(rs, "Cache-Control", keep);
    }
    response_bytes(rs, "text/css; charset=utf-8", sheet, strlen(sheet));
}

/* By the name of what is in it: no other will ever be. */
void
brand_logo_get(struct request *rq, struct response *rs)
{
    struct brand_logo logo;
    enum db_result r =
        brand_logo(rq->db, rq->arena, rq->values[0], rq->values[1], &logo);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    response_header(rs, "Cache-Control", keep);
    response_bytes(rs, "image/png", logo.png, logo.png_len);
}
