/* A record of the catalogue in the back office: what stands in it, what belongs
 * to it, and its end. One function does for all kinds, which the address says.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/catalog_web.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static bool
is_active(const json_t *row)
{
    return strcmp(row_text(row, "status"), "active") == 0;
}

/* ---- what leads on ---- */

/* Its id stands between the parts of the path; a column of it where that is
 * named. For those who may change it, while it is active, if so said. */
static const struct lead {
    enum catalog_kind kind;
    const char *before, *column, *label;
    bool change;
} leads[] = {
    {CATALOG_FAMILY, "/admin/plans/new?family=", "id", N_("Add a plan"), true},
    {CATALOG_FAMILY, "/admin/components/new?family=", "id",
     N_("Add a component"), true},
    {CATALOG_PLAN, "/admin/plan-variants/new?plan=", "id", N_("Add a variant"),
     true},
    {CATALOG_PLAN, "/admin/product-families/", "family", N_("Product family"),
     false},
    {CATALOG_VARIANT, "/admin/plans/", "plan", N_("Plan"), false},
    {CATALOG_VARIANT, "/admin/product-families/", "family",
     N_("Product family"), false},
    {CATALOG_COMPONENT, "/admin/product-families/", "family",
     N_("Product family"), false},
    {CATALOG_DISCOUNT, "/admin/coupons/new?discount=", "id", N_("Add a coupon"),
     true},
    {CATALOG_COUPON, "/admin/discounts/", "discount", N_("Discount"), false},
};

static json_t *
links_of(struct request *rq, enum catalog_kind kind, const json_t *row)
{
    const char *id = row_text(row, "id"), *page = catalog_order_page(rq, row);
    bool may = office_may(rq, "catalog.change");
    json_t *links = json_array();

    if (may) {
        office_add_link(rq, links, catalog_path(rq, kind, id, "/change"),
                        N_("Change"));
    }
    if (page) {
        office_add_link(rq, links, page, N_("Order page"));
    }
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        const struct lead *l = &leads[i];

        if (l->kind == kind && (!l->change || (may && is_active(row)))) {
            office_add_link(
                rq, links,
                arena_printf(rq->arena, "%s%s", l->before,
                             form_escape(rq->arena, row_text(row, l->column))),
                l->label);
        }
    }
    if (may && row_int(row, "used") == 0) {
        office_add_link(rq, links, catalog_path(rq, kind, id, "/remove"),
                        N_("Remove"));
    }
    return links;
}

static json_t *
buttons_of(struct request *rq, enum catalog_kind kind, const json_t *row)
{
    const char *id = row_text(row, "id");
    json_t *buttons = json_array();

    if (office_may(rq, "catalog.change")) {
        json_array_append_new(
            buttons,
            is_active(row)
                ? office_button(rq, catalog_path(rq, kind, id, "/archive"),
                                N_("Archive"))
                : office_button(rq, catalog_path(rq, kind, id, "/activate"),
                                N_("Offer it again")));
    }
    return buttons;
}

/* ---- the page ---- */

static const char *
notice_of(const struct request *rq, enum catalog_kind kind, const json_t *row)
{
    const char *text = NULL;

    if (!is_active(row)) {
        text = N_("It is archived: it is not offered any more. What was "
                  "ordered of it goes on.");
    } else if (kind == CATALOG_VARIANT && row_int(row, "self_service") &&
               !row_int(row, "orderable")) {
        text = N_("It is released for sign-up and has no order page yet: "
                  "something on it lacks a name in the default language, or "
                  "what it belongs to is archived.");
    }
    return text ? i18n(rq->language, text) : NULL;
}

/* How its order page comes into the merchant's own pages. */
static json_t *
embed_of(struct request *rq, enum catalog_kind kind, const json_t *row)
{
    const char *path =
        kind == CATALOG_VARIANT ? catalog_order_page(rq, row) : NULL;

    return path ? office_embed(rq, path, N_("Order here")) : json_null();
}

void
office_catalog_page(struct request *rq, struct response *rs)
{
    enum catalog_kind kind = catalog_kind_of(rq->path);
    json_t *row = catalog_named(rq, rs, kind, rq->values[0]), *model, *tables;

    if (!row) {
        return;
    }
    tables = catalog_tables(rq, kind, row);
    if (!tables) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model =
        json_pack("{s:s, s:s+, s:s}", "title", catalog_name(row), "back_url",
                  rq->prefix, catalog_list_path(rq, kind), "back_label",
                  i18n(rq->language, catalog_words[kind].all));
    model_text(model, "notice", notice_of(rq, kind, row));
    json_object_set_new(
        model, "facts",
        office_facts(rq, catalog_facts[kind], catalog_told(rq, kind, row)));
    json_object_set_new(model, "embed", embed_of(rq, kind, row));
    model_list(model, "links", links_of(rq, kind, row));
    model_list(model, "buttons", buttons_of(rq, kind, row));
    model_list(model, "tables", tables);
    response_page(rs, "office_catalog", json_in_arena(rq->arena, model));
    if (kind == CATALOG_VARIANT && is_active(row)) {
        catalog_price_add(rq, rs, row);
    }
}

/* ---- archived, and offered again ---- */

/* Where somebody was quicker the whole form is run again. */
static void
set_status(struct request *rq, struct response *rs, const char *status)
{
    enum catalog_kind kind = catalog_kind_of(rq->path);
    json_t *row = catalog_named(rq, rs, kind, rq->values[0]);
    struct catalog_change c = {.arena = rq->arena,
                               .tenant = rq->tenant->id,
                               .actor = rq->actor,
                               .kind = kind,
                               .before = row};

    if (!row) {
        return;
    }
    c.row = json_in_arena(rq->arena, json_copy(row));
    json_object_set_new(c.row, "status", json_string(status));
    if (catalog_change(rq->db, &c) == DB_OK) {
        response_redirect(rq, rs, catalog_path(rq, kind, rq->values[0], ""));
    } else {
        response_error(rs, ERR_unavailable);
    }
}

void
catalog_archive_submit(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "archived");
}

void
catalog_activate_submit(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "active");
}

/* ---- removal ---- */

/* The record that the path names, if it was never ordered or used. */
static json_t *
unused_one(struct request *rq, struct response *rs)
{
    json_t *row =
        catalog_named(rq, rs, catalog_kind_of(rq->path), rq->values[0]);

    if (row && row_int(row, "used") > 0) {
        response_error(rs, ERR_catalog_in_use);
        row = NULL;
    }
    return row;
}

static void
show_removal(struct request *rq, struct response *rs, const json_t *row,
             enum err error)
{
    enum catalog_kind kind = catalog_kind_of(rq->path);
    struct office_removal removal = {
        .question = catalog_words[kind].question,
        .name = catalog_name(row),
        .back = catalog_path(rq, kind, row_text(row, "id"), ""),
        .version = page_version(rq, row),
        .fields = catalog_facts[kind],
        .row = catalog_told(rq, kind, row),
        .kept_by = json_array(),
        .why_kept = N_("Something belongs to it, so it stays. It can be "
                       "archived.")};

    if (!catalog_add_below(rq, removal.kept_by, kind, row, true)) {
        json_decref(removal.kept_by);
        response_error(rs, ERR_unavailable);
        return;
    }
    office_ask_removal(rq, rs, &removal, error);
}

void
catalog_remove_page(struct request *rq, struct response *rs)
{
    json_t *row = unused_one(rq, rs);

    if (row) {
        show_removal(rq, rs, row, ERR_NONE);
    }
}

void
catalog_remove_submit(struct request *rq, struct response *rs)
{
    json_t *row = unused_one(rq, rs);
    struct catalog_change c = {.arena = rq->arena,
                               .tenant = rq->tenant->id,
                               .actor = rq->actor,
                               .kind = catalog_kind_of(rq->path),
                               .before = row};

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_removal(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    switch (catalog_remove(rq->db, &c)) {
    case DB_OK:
        response_redirect(rq, rs, catalog_list_path(rq, c.kind));
        break;
    case DB_FOREIGN:
        show_removal(rq, rs, row, ERR_catalog_in_use);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
