/* Earlier states of a tab of the settings and of the words of its page: who
 * saved, what that changed, and what stood there until then. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/setting_office.h"
#include "tenant/page_text.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

/* ---- values as people read them ---- */

static const char *
said(struct request *rq, const struct field *f, const char *text)
{
    if (!text || !text[0]) {
        return "–";
    }
    return f->type == FIELD_BOOL
               ? office_word(rq, strcmp(text, "1") == 0 ? "yes" : "no")
           : f->type == FIELD_ENUM ? office_choice(rq, f, text)
                                   : text;
}

static bool
is_same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* "Heading of the page: Order → Your order; …" */
static const char *
changes(struct request *rq, const char *tab, const json_t *save)
{
    const char *language = row_text(save, "detail");
    const struct field *f =
        language[0] ? page_text_fields(tab) : setting_fields(tab);
    const json_t *before = setting_save_side(rq->arena, save, "before");
    const json_t *after = setting_save_side(rq->arena, save, "after");
    struct buf out = buf_new(rq->arena, 256);

    if (language[0]) {
        buf_printf(&out, "%s – ", text_language(rq->arena, language));
    }
    for (bool first = true; f && f->name; f++) {
        const char *was = row_text(before, f->name);
        const char *is = row_text(after, f->name);

        if (!is_same(was, is)) {
            buf_printf(&out, "%s%s: %s → %s", first ? "" : "; ",
                       i18n(rq->language, f->label), said(rq, f, was),
                       said(rq, f, is));
            first = false;
        }
    }
    return out.data ? out.data : "–";
}

static const char *
time_of(struct request *rq, const json_t *save)
{
    return text_moment(rq->arena, rq->language, row_int(save, "at"),
                       rq->tenant->time_zone);
}

static const char *
label_of(struct request *rq, const char *tab)
{
    for (size_t i = 0; i < setting_tabs(); i++) {
        if (strcmp(setting_tab(i), tab) == 0) {
            return i18n(rq->language, setting_tab_label(i));
        }
    }
    return tab;
}

/* ---- the list ---- */

static const struct field save_fields[] = {
    {.name = "at", .type = FIELD_TIME, .flags = FIELD_OUT, .label = N_("Time")},
    {.name = "who", .type = FIELD_TEXT, .flags = FIELD_OUT, .label = N_("Who")},
    {.name = "changes",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("What changed")},
    FIELD_END,
};

void
settings_versions_page(struct request *rq, struct response *rs)
{
    const char *tab = rq->values[0];
    struct list list = {
        .path = "",
        .title = N_("Versions"),
        .empty = N_("Nothing was changed here yet."),
        .fields = save_fields,
        .key = "id",
        .order = "-at",
        .link =
            arena_printf(rq->arena, "/admin/settings/%s/versions/{id}", tab)};
    json_t *names = json_in_arena(rq->arena, json_object()), *rows, *row;
    json_t *model, *table;
    size_t i;
    enum db_result r;

    if (!setting_fields(tab)) {
        response_error(rs, ERR_not_found);
        return;
    }
    r = setting_saves(rq->db, rq->arena, rq->tenant->id, tab,
                      request_argument(rq, "before"), OFFICE_PART_ROWS + 1,
                      &rows);
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    json_array_foreach(rows, i, row)
    {
        model_text(row, "who", office_who(rq, names, row_text(row, "actor")));
        model_text(row, "changes", changes(rq, tab, row));
        model_text(row, "key", row_text(row, "id"));
    }
    table = office_table_like(rq, &list, rows, OFFICE_PART_ROWS);
    office_go_on(rq, table, rows, "before");
    model = json_pack("{s:s, s:s++, s:o}", "tab_label", label_of(rq, tab),
                      "back_url", rq->prefix, "/admin/settings/", tab, "table",
                      table);
    response_page(rs, "office_setting_versions",
                  json_in_arena(rq->arena, model));
}

/* ---- one of them, beside what stands now ---- */

/* Rows of one form, and the way to that form filled in with what stood there,
 * where something differs. */
static json_t *
part_model(struct request *rq, const struct field *f, const json_t *then,
           const json_t *now, const char *form)
{
    json_t *rows = json_array(), *model = json_pack("{s:n}", "take_url");

    for (; f->name; f++) {
        const char *was = row_text(then, f->name), *is = row_text(now, f->name);
        bool same = is_same(was, is);

        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:s, s:b}", "label",
                                        i18n(rq->language, f->label), "then",
                                        said(rq, f, was), "now",
                                        said(rq, f, is), "differs", !same));
        if (!same && office_may(rq, "settings.change")) {
            model_text(model, "take_url",
                       arena_printf(rq->arena, "%s%s?version=%s", rq->prefix,
                                    form, rq->values[1]));
        }
    }
    json_object_set_new(model, "rows", rows);
    return model;
}

/* The settings, and the words of each language that the tenant speaks. */
static json_t *
part_models(struct request *rq, const struct setting_then *then)
{
    const char *tab = rq->values[0];
    json_t *list = json_array();
    json_t *part =
        part_model(rq, setting_fields(tab), then->values, then->values_now,
                   arena_printf(rq->arena, "/admin/settings/%s", tab));

    model_text(part, "heading", label_of(rq, tab));
    json_array_append_new(list, part);
    for (size_t i = 0; i < rq->tenant->n_languages && page_text_fields(tab);
         i++) {
        const char *language = rq->tenant->languages[i];

        part = part_model(
            rq, page_text_fields(tab), json_object_get(then->texts, language),
            json_object_get(then->texts_now, language),
            arena_printf(rq->arena, "/admin/page-texts/%s/%s", tab, language));
        model_text(
            part, "heading",
            i18n_fill(rq->arena, i18n(rq->language, N_("Words: {language}")),
                      "language", text_language(rq->arena, language), NULL));
        json_array_append_new(list, part);
    }
    return list;
}

void
settings_version_page(struct request *rq, struct response *rs)
{
    const char *tab = rq->values[0];
    struct setting_then then;
    json_t *model;
    enum db_result r = setting_fields(tab)
                           ? setting_until(rq->db, rq->arena, rq->tenant->id,
                                           tab, rq->values[1], &then)
                           : DB_NONE;

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    model = json_pack("{s:s, s:s, s:s, s:s, s:s+++, s:o}", "tab_label",
                      label_of(rq, tab), "until_text", time_of(rq, then.save),
                      "who", office_who(rq, NULL, row_text(then.save, "actor")),
                      "changes", changes(rq, tab, then.save), "back_url",
                      rq->prefix, "/admin/settings/", tab, "/versions", "parts",
                      part_models(rq, &then));
    response_page(rs, "office_setting_version",
                  json_in_arena(rq->arena, model));
}

/* ---- taking one again ---- */

enum db_result
office_take_version(struct request *rq, const char *tab, const char *language,
                    json_t **values, json_t *model)
{
    const char *save = request_argument(rq, "version");
    struct setting_then then;
    json_t *words;
    enum db_result r;

    model_text(model, "taken_text", NULL);
    if (!save || strcmp(rq->method, "POST") == 0) {
        return DB_OK;
    }
    r = setting_until(rq->db, rq->arena, rq->tenant->id, tab, save, &then);
    if (r != DB_OK) {
        return r;
    }
    words = language ? json_object_get(then.texts, language) : NULL;
    *values = !language ? then.values
              : words   ? words
                        : json_in_arena(rq->arena, json_object());
    model_text(model, "taken_text", time_of(rq, then.save));
    return DB_OK;
}
