/* The style sheet of a tenant's colours. */
#include "http/handlers.h"
#include "tenant/brand.h"

#include <string.h>

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
    if (strcmp(path, rq->path) == 0) {
        response_header(rs, "Cache-Control",
                        "public, max-age=31536000, immutable");
    }
    response_bytes(rs, "text/css; charset=utf-8", sheet, strlen(sheet));
}
