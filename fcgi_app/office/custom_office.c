/* Custom fields: the settings that make them, and what stands in those of a
 * customer or a contract. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "custom/custom_web.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/customer_office.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char list_path[] = "/admin/custom-fields";

static const struct page_help helps[] = {
    {"record", N_("It stays as it is, as name and kind do.")},
    {"name", N_("For example cost_center. Also the label, where there is no "
                "other.")},
    {"choices", N_("One a line, where customers or you choose one of them.")},
    {"portal",
     N_("Where the settings of the portal show the additional data.")},
    {"place", N_("The smallest number comes first.")},
    {NULL, NULL},
};

/* ---- the form of a field ---- */

static const char *
label_name(struct request *rq, const char *language)
{
    return arena_printf(rq->arena, "label.%s", language);
}

/* Those rows, and behind them the label in each of the tenant's languages. */
static const struct field *
with_labels(struct request *rq, const struct field *rows)
{
    size_t n = 0, at;
    struct field *all;

    while (rows[n].name) {
        n++;
    }
    all =
        arena_alloc(rq->arena, (n + rq->tenant->n_languages + 1) * sizeof *all);
    for (at = 0; at < n; at++) {
        all[at] = rows[at];
    }
    for (size_t i = 0; i < rq->tenant->n_languages; i++) {
        const char *language = rq->tenant->languages[i];

        all[at++] = (struct field){
            .name = label_name(rq, language),
            .type = FIELD_TEXT,
            .flags = FIELD_IN,
            .max = CUSTOM_LABEL_MAX,
            .label = i18n_fill(
                rq->arena, i18n(rq->language, N_("Label, {language}")),
                "language", text_language(rq->arena, language), NULL)};
    }
    return all;
}

/* What the form shows of a row, or begins a new one with. */
static json_t *
values_of(struct request *rq, const json_t *row)
{
    json_t *values =
        row ? json_copy((json_t *)row)
            : json_pack("{s:s, s:s, s:s, s:i}", "record", "customer", "type",
                        "text", "portal", "none", "place", 1);

    for (size_t i = 0; i < rq->tenant->n_languages; i++) {
        const char *language = rq->tenant->languages[i];
        const char *label = translation_pick(json_object_get(row, "texts"),
                                             "label", language, "", NULL);

        model_text(values, label_name(rq, language), label ? label : "");
    }
    return json_in_arena(rq->arena, values);
}

static const char *
page_of(struct request *rq, const json_t *row, const char *below)
{
    return arena_printf(rq->arena, "%s/%s%s", list_path,
                        form_escape(rq->arena, row_text(row, "id")), below);
}

static void
show_form(struct request *rq, struct response *rs, const json_t *row,
          enum err error)
{
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:s}", "title",
        row ? row_text(row, "name") : i18n(rq->language, N_("Add a field")),
        "back_url", rq->prefix, list_path, "back_label",
        i18n(rq->language, N_("All custom fields")), "action", rq->prefix,
        row ? page_of(rq, row, "") : list_path, "submit",
        i18n(rq->language, N_("Save")));

    model_text(model, "version", row ? page_version(rq, row) : NULL);
    model_text(model, "remove_url",
               row ? arena_printf(rq->arena, "%s%s", rq->prefix,
                                  page_of(rq, row, "/remove"))
                   : NULL);
    page_form(rq, rs, "office_record_form", model,
              with_labels(rq, row ? custom_form_fields : custom_new_fields),
              values_of(rq, row), error);
    page_help(rq, json_object_get(rs->model, "controls"), helps);
}

/* [{language, label}] of what was sent. */
static json_t *
labels_of(struct request *rq, const json_t *input)
{
    json_t *labels = json_in_arena(rq->arena, json_array());

    for (size_t i = 0; i < rq->tenant->n_languages; i++) {
        const char *language = rq->tenant->languages[i];
        const char *label = row_text(input, label_name(rq, language));

        if (label) {
            json_array_append_new(labels, json_pack("{s:s, s:s}", "language",
                                                    language, "label", label));
        }
    }
    return labels;
}

static void
save(struct request *rq, struct response *rs, const json_t *row)
{
    struct custom_desk desk = custom_desk_of(rq);
    const struct field *fields =
        with_labels(rq, row ? custom_form_fields : custom_new_fields);
    json_t *input =
        field_parse(rq->arena, fields, rq->raw, FIELD_FORM, &rq->errors);
    json_t *labels = labels_of(rq, input);
    const char *id;
    enum db_result r =
        rq->errors.n > 0 ? DB_CHECK
        : row            ? custom_change(&desk, row, input, labels, &rq->errors)
              : custom_create(&desk, input, labels, &rq->errors, &id);

    if (r == DB_CHECK) {
        show_form(rq, rs, row, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    } else {
        response_redirect(rq, rs, list_path);
    }
}

/* The field that the path names; NULL with the error in the response. */
static json_t *
field_named(struct request *rq, struct response *rs)
{
    struct custom_desk desk = custom_desk_of(rq);
    json_t *row = NULL;
    enum db_result r = custom_get(&desk, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return NULL;
    }
    return row;
}

void
custom_new_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs, NULL, ERR_NONE);
}

void
custom_new_submit(struct request *rq, struct response *rs)
{
    save(rq, rs, NULL);
}

void
custom_page(struct request *rq, struct response *rs)
{
    json_t *row = field_named(rq, rs);

    if (row) {
        show_form(rq, rs, row, ERR_NONE);
    }
}

void
custom_submit(struct request *rq, struct response *rs)
{
    json_t *row = field_named(rq, rs);

    if (!row) {
        return;
    }
    if (page_version_is(rq, page_version(rq, row))) {
        save(rq, rs, row);
    } else {
        show_form(rq, rs, row, ERR_changed_meanwhile);
    }
}

/* ---- removal ---- */

static void
show_removal(struct request *rq, struct response *rs, const json_t *row,
             enum err error)
{
    struct office_removal removal = {
        .question = N_("Remove this field?"),
        .name = row_text(row, "name"),
        .back = page_of(rq, row, ""),
        .version = page_version(rq, row),
        .fields = custom_list_fields,
        .row = row,
        .warning = N_("What stands in it is removed from every record.")};

    office_ask_removal(rq, rs, &removal, error);
}

void
custom_remove_page(struct request *rq, struct response *rs)
{
    json_t *row = field_named(rq, rs);

    if (row) {
        show_removal(rq, rs, row, ERR_NONE);
    }
}

void
custom_remove_submit(struct request *rq, struct response *rs)
{
    struct custom_desk desk = custom_desk_of(rq);
    json_t *row = field_named(rq, rs);

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_removal(rq, rs, row, ERR_changed_meanwhile);
    } else if (custom_remove(&desk, row) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, list_path);
    }
}

/* ---- what stands in them ---- */

/* A form below the page `back` of the record with that row. */
static struct custom_form
form_of(struct request *rq, const char *kind, const json_t *row,
        const char *back)
{
    bool contract = strcmp(kind, "contract") == 0;

    return (struct custom_form){
        .record = {kind, row_text(row, "id"),
                   row_text(row, contract ? "customer" : "id")},
        .path = arena_printf(rq->arena, "%s/additional", back),
        .back = back,
        .back_label =
            contract ? row_text(row, "name") : customer_name(rq->arena, row)};
}

static bool
customer_form(struct request *rq, struct response *rs, struct custom_form *form)
{
    json_t *row = office_customer_named(rq, rs);

    if (!row) {
        return false;
    }
    *form = form_of(rq, "customer", row,
                    arena_printf(rq->arena, "/admin/customers/%s",
                                 form_escape(rq->arena, rq->values[0])));
    return true;
}

static bool
contract_form(struct request *rq, struct response *rs, struct custom_form *form)
{
    json_t *row;
    enum db_result r =
        contract_by_ref(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return false;
    }
    *form = form_of(rq, "contract", row,
                    arena_printf(rq->arena, "/admin/contracts/%s",
                                 form_escape(rq->arena, rq->values[0])));
    return true;
}

void
customer_additional_page(struct request *rq, struct response *rs)
{
    struct custom_form form;

    if (customer_form(rq, rs, &form)) {
        custom_form_show(rq, rs, &form);
    }
}

void
customer_additional_submit(struct request *rq, struct response *rs)
{
    struct custom_form form;

    if (customer_form(rq, rs, &form)) {
        custom_form_submit(rq, rs, &form);
    }
}

void
office_contract_additional_page(struct request *rq, struct response *rs)
{
    struct custom_form form;

    if (contract_form(rq, rs, &form)) {
        custom_form_show(rq, rs, &form);
    }
}

void
office_contract_additional_submit(struct request *rq, struct response *rs)
{
    struct custom_form form;

    if (contract_form(rq, rs, &form)) {
        custom_form_submit(rq, rs, &form);
    }
}

void
office_add_custom(struct request *rq, json_t *facts, const char *kind,
                  const json_t *row)
{
    struct custom_record record = {kind, row_text(row, "id"), ""};
    json_t *set, *more;

    if (custom_answer(rq->arena,
                      custom_ask(rq->db, rq->arena, rq->tenant->id, &record),
                      &record, &set) == DB_OK) {
        more = custom_facts(rq, set, false);
        json_array_extend(facts, more);
        json_decref(more);
    }
}
