/* The tables on the page of a record of the catalogue: what belongs to it, what
 * it says to customers, what happened to it. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "office/catalog_web.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { TABLE_ROWS = 50 };

#define FACT(column, kind, words)                                              \
    {                                                                          \
        .name = column, .type = kind, .flags = FIELD_OUT, .label = words       \
    }

/* Lists whose column has its id. What is marked keeps it from being removed. */
static const struct below {
    enum catalog_kind kind;
    const char *list, *column, *right;
    bool keeps;
} belows[] = {
    {CATALOG_FAMILY, "/admin/plans", "family", "catalog.view", true},
    {CATALOG_FAMILY, "/admin/components", "family", "catalog.view", true},
    {CATALOG_PLAN, "/admin/plan-variants", "plan", "catalog.view", true},
    {CATALOG_DISCOUNT, "/admin/coupons", "discount", "catalog.view", true},
    {CATALOG_COUPON, "/admin/coupon-uses", "coupon", "customers.view", true},
};

/* Adds them. Only those that hold something, and keep it, where that is asked.
 * False: the database does not answer. */
bool
catalog_add_below(struct request *rq, json_t *tables, enum catalog_kind kind,
                  const json_t *row, bool keeping)
{
    for (size_t i = 0; i < sizeof belows / sizeof *belows; i++) {
        const struct below *b = &belows[i];
        json_t *table;

        if (b->kind != kind || !office_may(rq, b->right) ||
            (keeping && !b->keeps)) {
            continue;
        }
        table = office_table(rq, b->list, b->column, row_text(row, "id"),
                             TABLE_ROWS);
        if (!table) {
            return false;
        }
        if (!keeping || json_is_true(json_object_get(table, "has_rows"))) {
            json_array_append(tables, table);
        }
        json_decref(table);
    }
    return true;
}

static const struct field text_columns[] = {
    FACT("language_name", FIELD_TEXT, N_("Language")),
    FACT("name", FIELD_TEXT, N_("Name")),
    FACT("description", FIELD_TEXT, N_("Description")), FIELD_END};
static const struct list text_list = {.path = "",
                                      .title = N_("Texts for customers"),
                                      .fields = text_columns,
                                      .key = "language_name",
                                      .order = "language_name",
                                      .link = ""};

/* What people read in a language: the words of the default one where there are
 * none in it, which is said. */
static const char *
read_text(struct request *rq, const json_t *row, const char *name,
          const char *language)
{
    const char *otherwise = rq->tenant->default_language;
    bool other;
    const char *text = translation_pick(json_object_get(row, "texts"), name,
                                        language, otherwise, &other);

    return !text ? ""
           : other
               ? i18n_fill(rq->arena,
                           i18n(rq->language, N_("{words} (as in {language})")),
                           "words", text, "language",
                           text_language(rq->arena, otherwise), NULL)
               : text;
}

static json_t *
texts_of(struct request *rq, const json_t *row)
{
    json_t *rows = json_in_arena(rq->arena, json_array());

    for (size_t i = 0; i < rq->tenant->n_languages; i++) {
        const char *language = rq->tenant->languages[i];

        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s}", "language_name",
                            text_language(rq->arena, language), "name",
                            read_text(rq, row, "name", language), "description",
                            read_text(rq, row, "description", language)));
    }
    return office_table_like(rq, &text_list, rows, TABLE_ROWS);
}

static const struct field step_columns[] = {
    FACT("from_text", FIELD_TEXT, N_("More than")),
    FACT("up_to_text", FIELD_TEXT, N_("Up to this quantity")),
    FACT("unit_price", FIELD_DECIMAL, N_("Unit price")), FIELD_END};
static const struct list step_list = {.path = "",
                                      .title = N_("Steps of the price"),
                                      .fields = step_columns,
                                      .key = "from_text",
                                      .order = "from_text",
                                      .link = ""};

static json_t *
steps_of(struct request *rq, const json_t *row)
{
    json_t *rows = json_in_arena(rq->arena, json_array());
    const struct price_step *steps;
    int64_t from = 0;
    size_t n;

    steps = catalog_steps(rq->arena, row, &n);
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:I, s:s}", "from_text",
                      text_decimal(rq->arena, rq->language, from), "up_to_text",
                      steps[i].up_to ? text_decimal(rq->arena, rq->language,
                                                    steps[i].up_to)
                                     : "",
                      "unit_price", (json_int_t)steps[i].price, "currency",
                      row_text(row, "currency")));
        from = steps[i].up_to;
    }
    return n ? office_table_like(rq, &step_list, rows, CATALOG_STEPS_MAX)
             : NULL;
}

/* What an order page of it lacks a name for. */
static const struct field unnamed_columns[] = {
    FACT("name", FIELD_TEXT, N_("Internal name")),
    FACT("noun", FIELD_TEXT, N_("Kind")), FIELD_END};
static const struct list unnamed_list = {
    .path = "",
    .title = N_("Without a name in the default language"),
    .fields = unnamed_columns,
    .key = "id",
    .order = "name",
    .link = ""};

/* Of a variant that is released, only what stands on its own page. */
static bool
concerns(enum catalog_kind kind, const json_t *row, const json_t *unnamed)
{
    const char *noun = row_text(unnamed, "kind"), *id = row_text(unnamed, "id");

    return kind == CATALOG_FAMILY || strcmp(noun, "product_family") == 0 ||
           strcmp(noun, "component") == 0 ||
           strcmp(id, row_text(row, "plan")) == 0 ||
           strcmp(id, row_text(row, "id")) == 0;
}

static enum catalog_kind
kind_named(const char *noun)
{
    int k = 0;

    while (k + 1 < CATALOG_KINDS && strcmp(catalog_kinds[k].noun, noun) != 0) {
        k++;
    }
    return (enum catalog_kind)k;
}

/* They are of several kinds, each with pages of its own. */
static void
link_unnamed(struct request *rq, json_t *models, const json_t *rows)
{
    json_t *model;
    size_t i;

    json_array_foreach(models, i, model)
    {
        const json_t *row = json_array_get(rows, i);
        const char *path = catalog_path(rq, kind_named(row_text(row, "kind")),
                                        row_text(row, "id"), "");

        model_text(json_array_get(json_object_get(model, "cells"), 0), "url",
                   arena_printf(rq->arena, "%s%s", rq->prefix, path));
    }
}

/* NULL: there is nothing, or the database does not answer. */
static json_t *
unnamed_of(struct request *rq, enum catalog_kind kind, const json_t *row)
{
    const char *family =
        row_text(row, kind == CATALOG_FAMILY ? "id" : "family");
    json_t *rows, *one, *shown = json_in_arena(rq->arena, json_array()), *table;
    size_t i;

    if (catalog_unnamed(rq->db, rq->arena, rq->tenant->id, family, &rows) !=
        DB_OK) {
        return NULL;
    }
    json_array_foreach(rows, i, one)
    {
        const char *noun = row_text(one, "kind");

        if (concerns(kind, row, one)) {
            model_text(one, "noun", office_word(rq, noun));
            json_array_append(shown, one);
        }
    }
    if (json_array_size(shown) == 0) {
        return NULL;
    }
    table = office_table_like(rq, &unnamed_list, shown, TABLE_ROWS);
    link_unnamed(rq, json_object_get(table, "rows"), shown);
    return table;
}

static void
add(json_t *tables, json_t *table)
{
    if (table) {
        json_array_append_new(tables, table);
    }
}

/* NULL: the database does not answer. */
json_t *
catalog_tables(struct request *rq, enum catalog_kind kind, const json_t *row)
{
    json_t *tables = json_array(), *history;

    if (kind == CATALOG_FAMILY ||
        (kind == CATALOG_VARIANT && row_int(row, "self_service"))) {
        add(tables, unnamed_of(rq, kind, row));
    }
    if (kind == CATALOG_COMPONENT) {
        add(tables, steps_of(rq, row));
    }
    history =
        office_history(rq, catalog_kinds[kind].fields, row_text(row, "id"));
    if (!history || !catalog_add_below(rq, tables, kind, row, false)) {
        json_decref(history);
        json_decref(tables);
        return NULL;
    }
    if (catalog_kinds[kind].texts) {
        add(tables, texts_of(rq, row));
    }
    json_array_append_new(tables, history);
    return tables;
}
