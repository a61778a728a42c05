/* Records of the catalogue that staff make and change. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "office/catalog_form_web.h"
#include "office/catalog_web.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

struct shown {
    struct catalog_form form;
    const char *currency; /* of its prices, or NULL */
    const char *back, *back_label;
    const json_t *values;
    enum err error;
};

/* ---- what a form is about ---- */

/* Of an address, or of the form that came from it. */
static const char *
given(const struct request *rq, const char *name)
{
    const char *text = strcmp(rq->method, "POST") == 0
                           ? request_typed(rq, name)
                           : request_argument(rq, name);

    return text && *text ? text : NULL;
}

/* Whether a new one belongs to something for good; a coupon may get another
 * discount. */
static bool
has_owner(enum catalog_kind kind)
{
    const char *parent = catalog_kinds[kind].parent;

    if (!parent) {
        return false;
    }
    for (const struct field *f = catalog_kinds[kind].change; f->name; f++) {
        if (strcmp(f->name, parent) == 0) {
            return false;
        }
    }
    return true;
}

static bool
type_ok(enum catalog_kind kind, const char *type)
{
    return kind != CATALOG_COMPONENT ||
           (type &&
            (strcmp(type, "quantity") == 0 || strcmp(type, "on_off") == 0 ||
             strcmp(type, "metered") == 0));
}

static enum db_result
offer(struct request *rq, struct shown *s, const char *field,
      enum catalog_kind kind, const char *column, const char *value)
{
    const char *keep = row_text(s->form.row, field);
    json_t *rows;
    enum db_result r = catalog_choices(rq, kind, column, value, keep, &rows);

    if (r == DB_OK) {
        json_object_set((json_t *)s->form.choices, field, rows);
    }
    return r;
}

/* No variant changes to itself. */
static void
leave_out(json_t *rows, const char *id)
{
    for (size_t i = json_array_size(rows); id && i-- > 0;) {
        if (strcmp(row_text(json_array_get(rows, i), "id"), id) == 0) {
            json_array_remove(rows, i);
        }
    }
}

/* What can be chosen in it. The first choice of what need not be is none. */
static enum db_result
set_choices(struct request *rq, struct shown *s)
{
    const json_t *of = s->form.row ? s->form.row : s->form.parent;
    enum db_result r = DB_OK;

    s->form.choices = json_in_arena(rq->arena, json_object());
    if (s->form.kind == CATALOG_VARIANT) {
        r = offer(rq, s, "next_variant", CATALOG_VARIANT, "family",
                  row_text(of, "family"));
        leave_out(json_object_get(s->form.choices, "next_variant"),
                  row_text(s->form.row, "id"));
    }
    if (s->form.kind == CATALOG_COUPON) {
        r = offer(rq, s, "discount", CATALOG_DISCOUNT, NULL, NULL);
        r = r == DB_OK ? offer(rq, s, "plans", CATALOG_PLAN, NULL, NULL) : r;
    }
    return r;
}

/* False with the error in the response. */
static bool
begin_new(struct request *rq, struct response *rs, struct shown *s)
{
    enum catalog_kind kind = catalog_kind_of(rq->path);
    const struct catalog_kind_row *row = &catalog_kinds[kind];
    const char *owner = has_owner(kind) ? given(rq, row->parent) : NULL;
    enum db_result r;

    *s = (struct shown){.form = {.kind = kind, .steps = FORM_ROWS_FIRST},
                        .back = catalog_list_path(rq, kind),
                        .back_label =
                            i18n(rq->language, catalog_words[kind].all)};
    if (has_owner(kind)) {
        s->form.parent =
            catalog_named(rq, rs, row->parent_kind, owner ? owner : "");
        if (!s->form.parent) {
            return false;
        }
        s->currency = row_text(s->form.parent, "currency");
        s->back = catalog_path(rq, row->parent_kind, owner, "");
        s->back_label = catalog_name(s->form.parent);
    }
    if (kind == CATALOG_COMPONENT) {
        s->form.type = given(rq, "type");
    }
    r = type_ok(kind, s->form.type) ? set_choices(rq, s) : DB_NONE;
    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return r == DB_OK;
}

static bool
begin_change(struct request *rq, struct response *rs, struct shown *s)
{
    enum catalog_kind kind = catalog_kind_of(rq->path);
    const json_t *row = catalog_named(rq, rs, kind, rq->values[0]);
    size_t n = 0;
    enum db_result r;

    if (!row) {
        return false;
    }
    if (kind == CATALOG_COMPONENT) {
        catalog_steps(rq->arena, row, &n);
    }
    *s = (struct shown){
        .form = {.kind = kind,
                 .row = row,
                 .type =
                     kind == CATALOG_COMPONENT ? row_text(row, "type") : NULL,
                 .steps = n < FORM_ROWS_FIRST ? FORM_ROWS_FIRST : (int)n},
        .currency = kind == CATALOG_VARIANT || kind == CATALOG_COMPONENT
                        ? row_text(row, "currency")
                        : NULL,
        .back = catalog_path(rq, kind, rq->values[0], ""),
        .back_label = catalog_name(row)};
    r = set_choices(rq, s);
    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return r == DB_OK;
}

/* ---- showing it ---- */

/* What the form carries of what it is about. */
static json_t *
given_models(const struct shown *s)
{
    json_t *list = json_array();

    if (s->form.parent) {
        json_array_append_new(
            list,
            json_pack("{s:s, s:s}", "name", catalog_kinds[s->form.kind].parent,
                      "value", row_text(s->form.parent, "id")));
    }
    if (s->form.type && !s->form.row) {
        json_array_append_new(list, json_pack("{s:s, s:s}", "name", "type",
                                              "value", s->form.type));
    }
    return list;
}

/* "Type: quantity. Prices are net, in EUR." */
static const char *
lead_of(struct request *rq, const struct shown *s)
{
    const char *lang = rq->language, *type = "", *prices = "";

    if (s->form.type) {
        type = i18n_fill(rq->arena, i18n(lang, N_("Type: {type}.")), "type",
                         office_word(rq, s->form.type), NULL);
    }
    if (s->currency && s->form.kind != CATALOG_PLAN) {
        prices = i18n_fill(rq->arena,
                           i18n(lang, N_("Prices are net, in {currency}.")),
                           "currency", s->currency, NULL);
    }
    return *type || *prices ? arena_printf(rq->arena, "%s%s%s", type,
                                           *type && *prices ? " " : "", prices)
                            : NULL;
}

static void
show(struct request *rq, struct response *rs, const struct shown *s)
{
    const struct catalog_words *words = &catalog_words[s->form.kind];
    bool is_new = !s->form.row;
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+}", "title",
        i18n(rq->language, is_new ? words->create : words->change), "back_url",
        rq->prefix, s->back, "back_label", s->back_label, "action", rq->prefix,
        is_new ? catalog_list_path(rq, s->form.kind)
               : catalog_path(rq, s->form.kind, rq->values[0], "/change"));

    model_text(model, "submit", i18n(rq->language, N_("Save")));
    model_text(model, "lead", lead_of(rq, s));
    model_text(model, "version", is_new ? NULL : page_version(rq, s->form.row));
    model_list(model, "given", given_models(s));
    page_form(
        rq, rs, "office_catalog_form", model, catalog_form_fields(rq, &s->form),
        s->values ? s->values : catalog_form_values(rq, &s->form), s->error);
    catalog_form_finish(rq, &s->form, rs->model);
}

/* The form as it was sent, with what is wrong in it. */
static void
show_again(struct request *rq, struct response *rs, struct shown *s,
           enum err error)
{
    s->form.steps = form_rows_again(rq, &catalog_step_rows);
    s->error = error;
    show(rq, rs, s);
}

static bool
asks_more(struct request *rq, struct response *rs, struct shown *s)
{
    if (!form_rows_more(rq) || !catalog_form_has_steps(&s->form)) {
        return false;
    }
    s->values = rq->raw;
    show_again(rq, rs, s, ERR_NONE);
    form_rows_not_done(rs);
    return true;
}

/* ---- what has to be known first ---- */

static const struct field type_field = {.name = "type",
                                        .type = FIELD_ENUM,
                                        .flags = FIELD_IN | FIELD_REQUIRED,
                                        .choices = "quantity|on_off|metered",
                                        .label = N_("Type")};

/* Asks what a new one belongs to, and of which type it is. */
static void
ask_first(struct request *rq, struct response *rs, enum catalog_kind kind)
{
    const struct catalog_kind_row *row = &catalog_kinds[kind];
    const char *list = catalog_list_path(rq, kind);
    struct field fields[3] = {{.name = row->parent,
                               .type = FIELD_ENUM,
                               .flags = FIELD_IN | FIELD_REQUIRED,
                               .label = row->parent_kind == CATALOG_PLAN
                                            ? N_("Plan")
                                            : N_("Product family")},
                              FIELD_END,
                              FIELD_END};
    json_t *rows, *model;

    if (catalog_choices(rq, row->parent_kind, NULL, NULL,
                        given(rq, row->parent), &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    fields[0].choices = catalog_form_ids(rq, rows) + 1;
    fields[1] = kind == CATALOG_COMPONENT ? type_field : fields[1];
    model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:b, s:s+, s:s}", "title",
        i18n(rq->language, catalog_words[kind].create), "back_url", rq->prefix,
        list, "back_label", i18n(rq->language, catalog_words[kind].all),
        "action", rq->prefix, rq->path, "has_choices",
        json_array_size(rows) > 0, "new_url", rq->prefix,
        arena_printf(rq->arena, "%s/new",
                     catalog_list_path(rq, row->parent_kind)),
        "new_label",
        i18n(rq->language, catalog_words[row->parent_kind].create));
    json_object_set_new(
        model, "is_short",
        json_boolean(json_array_size(rows) >= CATALOG_CHOICES_MAX));
    page_form(rq, rs, "office_catalog_choose", model, fields, rq->arguments,
              ERR_NONE);
    catalog_form_label(
        rq, json_array_get(json_object_get(rs->model, "controls"), 0), rows);
}

void
catalog_new_page(struct request *rq, struct response *rs)
{
    enum catalog_kind kind = catalog_kind_of(rq->path);
    struct shown s;

    if (has_owner(kind) && (!given(rq, catalog_kinds[kind].parent) ||
                            !type_ok(kind, given(rq, "type")))) {
        ask_first(rq, rs, kind);
    } else if (begin_new(rq, rs, &s)) {
        show(rq, rs, &s);
    }
}

/* ---- saving ---- */

/* What was sent as a change of the record; DB_CHECK: something is wrong. */
static enum db_result
take(struct request *rq, const struct shown *s, struct catalog_change *c)
{
    struct field_errors errors = {0};
    struct catalog_sent sent = {
        rq->arena,    rq->tenant,
        s->form.kind, catalog_form_input(rq, &s->form, &errors),
        s->form.row,  &errors};
    enum db_result r;

    *c = (struct catalog_change){.arena = rq->arena,
                                 .tenant = rq->tenant->id,
                                 .actor = rq->actor,
                                 .kind = s->form.kind,
                                 .before = s->form.row};
    r = catalog_take(rq->db, &sent, &c->row);
    catalog_form_fail(rq, &s->form, &errors);
    return r;
}

void
catalog_new_submit(struct request *rq, struct response *rs)
{
    struct catalog_change c;
    struct shown s;
    const char *id;
    enum db_result r;

    if (!begin_new(rq, rs, &s) || asks_more(rq, rs, &s)) {
        return;
    }
    r = take(rq, &s, &c);
    if (r == DB_OK) {
        r = catalog_create(rq->db, &c, &id);
    }
    if (r == DB_UNIQUE) {
        field_fail(&rq->errors, "code", ERR_coupon_exists, 0);
        r = DB_CHECK;
    }
    if (r == DB_CHECK) {
        show_again(rq, rs, &s, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, catalog_path(rq, s.form.kind, id, ""));
    }
}

void
catalog_change_page(struct request *rq, struct response *rs)
{
    struct shown s;

    if (begin_change(rq, rs, &s)) {
        show(rq, rs, &s);
    }
}

void
catalog_change_submit(struct request *rq, struct response *rs)
{
    struct catalog_change c;
    struct shown s;
    enum db_result r;

    if (!begin_change(rq, rs, &s)) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, s.form.row))) {
        show_again(rq, rs, &s, ERR_changed_meanwhile);
        return;
    }
    if (asks_more(rq, rs, &s)) {
        return;
    }
    r = take(rq, &s, &c);
    if (r == DB_OK) {
        r = catalog_change(rq->db, &c);
    }
    if (r == DB_CHECK) {
        show_again(rq, rs, &s, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    } else {
        response_redirect(rq, rs, s.back);
    }
}
