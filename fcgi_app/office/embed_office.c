/* What a merchant copies into a page of their own to show one of ours in it. */
#include <string.h>

#include "base/model.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

/* "https://portal.example" of an address below it. */
static const char *
origin_of(struct arena *a, const char *url)
{
    const char *host = strstr(url, "://");
    size_t before = host ? (size_t)(host - url) + 3 : 0;

    return arena_strndup(a, url, before + strcspn(url + before, "/"));
}

static json_t *
site_models(struct request *rq)
{
    json_t *origins = tenant_ancestors(rq->db, rq->arena, rq->tenant->id);
    json_t *list = json_array(), *origin;
    size_t i;

    json_array_foreach(origins, i, origin)
    {
        json_array_append_new(list, json_pack("{s:O}", "origin", origin));
    }
    json_decref(origins);
    return list;
}

json_t *
office_embed(struct request *rq, const char *path, const char *words)
{
    const struct tenant *t = rq->tenant;
    const char *url = arena_printf(rq->arena, "%s%s", t->url, path);
    json_t *model = json_pack(
        "{s:s, s:s, s:b, s:s+}", "url", url, "code",
        arena_printf(rq->arena,
                     "<div data-pforte=\"%s\"><a href=\"%s\">%s</a></div>\n"
                     "<script src=\"%s/embed.js\" async></script>",
                     url, url, i18n(t->default_language, words),
                     origin_of(rq->arena, t->url)),
        "is_lax", t->cookie != PF_COOKIE_EMBEDDED, "frames_url", rq->prefix,
        "/admin/settings/frames");

    model_list(model, "sites", site_models(rq));
    return model;
}
