/* Who did it: what the trail has of actors, as people call them. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "office/office_store.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

/* Those that have no name of their own. */
static const struct {
    const char *kind, *words;
} kinds[] = {
    {"system", N_("the system")},
    {"nobody", N_("somebody who was not signed in")},
    {"link", N_("somebody with a self-service link")},
    {"sso", N_("a signed link of your site")},
    {"merchant", N_("a signed link of your site")},
    {"user", N_("a login that is gone")},
    {"staff", N_("staff who have left")},
    {"key", N_("an API key")},
};

/* The kind's words, or what stands there. */
static const char *
nameless(const struct request *rq, const char *actor)
{
    size_t len = strcspn(actor, ":");

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i].kind) == len &&
            memcmp(kinds[i].kind, actor, len) == 0) {
            return i18n(rq->language, kinds[i].words);
        }
    }
    return actor;
}

static const char *
look_up(const struct request *rq, const char *actor)
{
    size_t len = strcspn(actor, ":");
    const char *kind = arena_strndup(rq->arena, actor, len);
    json_t *row;

    if (actor[len] != ':' ||
        actor_store_name(rq->db, rq->arena, rq->tenant->id, rq->tenant->pool,
                         kind, actor + len + 1, &row) != DB_OK) {
        return nameless(rq, actor);
    }
    return strcmp(kind, "key") == 0
               ? i18n_fill(rq->arena, i18n(rq->language, N_("API key {name}")),
                           "name", row_text(row, "name"), NULL)
               : row_text(row, "name");
}

const char *
office_who(const struct request *rq, json_t *names, const char *actor)
{
    const char *name = names ? row_text(names, actor) : NULL;

    if (!actor[0]) {
        return "";
    }
    if (!name) {
        name = look_up(rq, actor);
        if (names) {
            model_text(names, actor, name);
        }
    }
    return name;
}
