/* The list of plans, each with its variants. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "office/catalog_web.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { VARIANTS_SHOWN = 20 };

static json_t *
keys_of(struct request *rq, const json_t *models)
{
    json_t *keys = json_in_arena(rq->arena, json_array()), *model;
    size_t i;

    json_array_foreach(models, i, model)
    {
        json_array_append(keys, json_object_get(model, "key"));
    }
    return keys;
}

/* An address below the prefix, or null. */
static void
set_url(struct request *rq, json_t *model, const char *name, const char *path)
{
    model_text(model, name,
               path ? arena_printf(rq->arena, "%s%s", rq->prefix, path) : NULL);
}

static json_t *
variant_model(struct request *rq, const json_t *variant)
{
    bool active = strcmp(row_text(variant, "status"), "active") == 0;
    json_t *model = json_pack("{s:s}", "name", row_text(variant, "name"));

    set_url(rq, model, "url",
            catalog_path(rq, CATALOG_VARIANT, row_text(variant, "id"), ""));
    set_url(rq, model, "order_url", catalog_order_page(rq, variant));
    model_text(model, "status",
               active ? NULL : office_word(rq, row_text(variant, "status")));
    return model;
}

/* Those of one plan; the rest stands on its page. */
static void
add_variant(struct request *rq, json_t *plan, const json_t *variant)
{
    json_t *list = json_object_get(plan, "below");

    if (!list) {
        list = json_array();
        json_object_set_new(plan, "below", list);
        json_object_set_new(plan, "columns_across",
                            json_integer((json_int_t)json_array_size(
                                json_object_get(plan, "cells"))));
    }
    if (json_array_size(list) < VARIANTS_SHOWN) {
        json_array_append_new(list, variant_model(rq, variant));
    } else {
        set_url(rq, plan, "below_url",
                catalog_path(rq, CATALOG_PLAN, row_text(variant, "plan"), ""));
    }
}

void
catalog_plans_page(struct request *rq, struct response *rs)
{
    json_t *plans, *variants, *variant;
    size_t i;

    office_list_page(rq, rs);
    if (rs->kind != RESPONSE_PAGE) {
        return;
    }
    plans = json_object_get(rs->model, "rows");
    if (catalog_variants_of(rq->db, rq->arena, rq->tenant->id,
                            keys_of(rq, plans), &variants) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    json_array_foreach(variants, i, variant)
    {
        add_variant(rq, json_array_get(plans, (size_t)row_int(variant, "n")),
                    variant);
    }
}
