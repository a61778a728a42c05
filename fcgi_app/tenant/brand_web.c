/* The style sheet of a tenant's colours, and its logo. */
#include "http/handlers.h"
#include "tenant/brand.h"

#include <string.h>

static void
keep_if_named(struct request *rq, struct response *rs, const char *path)
{
    if (strcmp(path, rq->path) == 0) {
        response_header(rs, "Cache-Control",
                        "public, max-age=31536000, immutable");
    }
}

/* Who asks by an older name, from a page drawn before a change, gets what
 * stands now, but not for ever. */
void
brand_get(struct request *rq, struct response *rs)
{
    struct tenant *tenant;
    const char *sheet, *path;

    if (tenant_load(rq->db, rq->arena, rq->config, rq->values[0], &tenant) !=
            DB_OK ||
        (path = brand_path(rq->arena, tenant)) == NULL) {
        response_error(rs, ERR_not_found);
        return;
    }
    sheet = brand_sheet(rq->arena, tenant->accent);
    keep_if_named(rq, rs, path);
    response_bytes(rs, "text/css; charset=utf-8", sheet, strlen(sheet));
}

void
brand_logo_get(struct request *rq, struct response *rs)
{
    struct tenant *tenant;
    const char *png;
    size_t len;
    enum db_result r =
        tenant_load(rq->db, rq->arena, rq->config, rq->values[0], &tenant);

    if (r == DB_OK) {
        r = brand_logo(rq->db, rq->arena, tenant, &png, &len);
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    keep_if_named(rq, rs, brand_logo_path(rq->arena, tenant));
    response_bytes(rs, "image/png", png, len);
}
