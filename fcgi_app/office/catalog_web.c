#include "office/catalog_web.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

const struct catalog_words catalog_words[CATALOG_KINDS] = {
    [CATALOG_FAMILY] = {N_("Create a product family"),
                        N_("Change the product family"),
                        N_("Remove this product family?"),
                        N_("All product families")},
    [CATALOG_PLAN] = {N_("Create a plan"), N_("Change the plan"),
                      N_("Remove this plan?"), N_("All plans")},
    [CATALOG_VARIANT] = {N_("Create a variant"), N_("Change the variant"),
                         N_("Remove this variant?"), N_("All variants")},
    [CATALOG_COMPONENT] = {N_("Create a component"), N_("Change the component"),
                           N_("Remove this component?"), N_("All components")},
    [CATALOG_DISCOUNT] = {N_("Create a discount"), N_("Change the discount"),
                          N_("Remove this discount?"), N_("All discounts")},
    [CATALOG_COUPON] = {N_("Create a coupon"), N_("Change the coupon"),
                        N_("Remove this coupon?"), N_("All coupons")},
};

json_t *
catalog_named(struct request *rq, struct response *rs, enum catalog_kind kind,
              const char *id)
{
    json_t *row = NULL;
    enum db_result r =
        catalog_get(rq->db, rq->arena, rq->tenant->id, kind, id, &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return r == DB_OK ? row : NULL;
}

const char *
catalog_list_path(struct request *rq, enum catalog_kind kind)
{
    return arena_printf(rq->arena, "/admin/%s", catalog_kinds[kind].segment);
}

const char *
catalog_path(struct request *rq, enum catalog_kind kind, const char *id,
             const char *below)
{
    return arena_printf(rq->arena, "/admin/%s/%s%s",
                        catalog_kinds[kind].segment, form_escape(rq->arena, id),
                        below);
}

const char *
catalog_name(const json_t *row)
{
    const char *name = row_text(row, "name");

    return name ? name : row_text(row, "code");
}

/* ---- what forms offer ---- */

/* With what it belongs to in front, as two plans may have a variant "Flex". */
static void
set_label(struct request *rq, json_t *row)
{
    const char *of = row_text(row, "plan_name");

    of = of ? of : row_text(row, "family_name");
    model_text(row, "label",
               of ? arena_printf(rq->arena, "%s – %s", of, catalog_name(row))
                  : catalog_name(row));
}

static enum db_result
keep_too(struct request *rq, enum catalog_kind kind, const char *keep,
         json_t *rows)
{
    enum db_result r = DB_OK;
    json_t *row;
    size_t len;

    for (; *keep && r == DB_OK; keep += len + (keep[len] == ' ')) {
        const char *id;

        len = strcspn(keep, " ");
        id = arena_strndup(rq->arena, keep, len);
        if (catalog_choice_label(rows, id)) {
            continue;
        }
        r = catalog_get(rq->db, rq->arena, rq->tenant->id, kind, id, &row);
        if (r == DB_OK) {
            set_label(rq, row);
            json_array_append(rows, row);
        }
        r = r == DB_NONE ? DB_OK : r;
    }
    return r;
}

enum db_result
catalog_choices(struct request *rq, enum catalog_kind kind, const char *column,
                const char *value, const char *keep, json_t **rows)
{
    const struct list *list = office_list(catalog_list_path(rq, kind));
    struct list_query q = {.order = list->order,
                           .key = list->key,
                           .limit = CATALOG_CHOICES_MAX,
                           .n = value ? 2 : 1};
    json_t *row;
    size_t i;
    enum db_result r;

    q.conditions[0].column = "status";
    q.conditions[0].text = "active";
    q.conditions[1].column = column;
    q.conditions[1].text = value;
    r = list->rows(rq->db, rq->arena, &q, rq->tenant->id, rq->tenant->pool,
                   rows);
    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(*rows, i, row)
    {
        set_label(rq, row);
    }
    return keep ? keep_too(rq, kind, keep, *rows) : DB_OK;
}

const char *
catalog_choice_label(const json_t *rows, const char *id)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(row_text(row, "id"), id) == 0) {
            return row_text(row, "label");
        }
    }
    return NULL;
}

/* ---- order pages ---- */

/* Whether this program has that page at all. */
static bool
has_page(const char *wanted)
{
#define PAGE(method, path, function, door, right, fields, pool, limit, help)   \
    path,
#define REST(method, path, function, scope, fields, answer, shape, pool,       \
             limit, help)
    static const char *const paths[] = {
#include "tables/routes.def"
    };
#undef PAGE
#undef REST

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (strcmp(paths[i], wanted) == 0) {
            return true;
        }
    }
    return false;
}

const char *
catalog_order_page(struct request *rq, const json_t *row)
{
    return row_int(row, "orderable") && has_page("/order/{variant}")
               ? arena_printf(rq->arena, "/order/%s",
                              form_escape(rq->arena, row_text(row, "id")))
               : NULL;
}
