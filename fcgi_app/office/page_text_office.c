/* The words of pages that a merchant can put in the place of ours, one page a
 * language. */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/handlers.h"
#include "office/setting_office.h"
#include "tenant/page_text.h"
#include "view/i18n.h"

/* What the address names; false with the error in the response. */
static bool
named(struct request *rq, struct response *rs)
{
    if (page_text_fields(rq->values[0]) &&
        tenant_speaks(rq->tenant, rq->values[1])) {
        return true;
    }
    response_error(rs, ERR_not_found);
    return false;
}

static const char *
path_of(const struct request *rq, const char *language)
{
    return arena_printf(rq->arena, "/admin/page-texts/%s/%s", rq->values[0],
                        language);
}

static json_t *
language_tabs(struct request *rq)
{
    json_t *list = json_array();

    for (size_t i = 0; i < rq->tenant->n_languages; i++) {
        const char *language = rq->tenant->languages[i];

        json_array_append_new(
            list, json_pack("{s:s+, s:s, s:b}", "url", rq->prefix,
                            path_of(rq, language), "label",
                            text_language(rq->arena, language), "current",
                            strcmp(language, rq->values[1]) == 0));
    }
    return list;
}

/* What a text is for, and what stands there as long as it is left empty: the
 * tenant's words in its default language, or ours. */
static void
add_help(struct request *rq, json_t *controls, const json_t *texts)
{
    const char *page = rq->values[0], *language = rq->values[1];
    json_t *control;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        const char *name = row_text(control, "name");
        const char *help = i18n(rq->language, page_text_help(page, name));
        const char *own = translation_pick(
            texts, name, rq->tenant->default_language, "", NULL);
        const char *ours = page_text_otherwise(page, name);

        if (!own || strcmp(language, rq->tenant->default_language) == 0) {
            own = ours[0] ? i18n(language, ours) : NULL;
        }
        model_text(control, "help",
                   own ? i18n_fill(rq->arena,
                                   i18n(rq->language,
                                        N_("{help} Left empty: {words}")),
                                   "help", help, "words", own, NULL)
                       : help);
    }
}

/* The words of that language alone. */
static json_t *
values_of(struct request *rq, const json_t *texts)
{
    json_t *values = json_in_arena(rq->arena, json_object());

    for (const struct field *f = page_text_fields(rq->values[0]); f->name;
         f++) {
        const char *text =
            translation_pick(texts, f->name, rq->values[1], "", NULL);

        model_text(values, f->name, text ? text : "");
    }
    return values;
}

static enum db_result
read_now(struct request *rq, json_t **texts, int64_t *version)
{
    enum db_result r =
        setting_version(rq->db, rq->arena, rq->tenant->id, version);

    return r == DB_OK ? page_text_get(rq->db, rq->arena, rq->tenant->id,
                                      rq->values[0], texts)
                      : r;
}

static void
show(struct request *rq, struct response *rs, enum err error)
{
    json_t *texts, *model, *values;
    int64_t version;
    enum db_result r = read_now(rq, &texts, &version);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    values = values_of(rq, texts);
    model = json_pack("{s:o, s:s, s:s+, s:s, s:s, s:s++, s:b, s:b}", "tabs",
                      language_tabs(rq), "tabs_label",
                      i18n(rq->language, N_("Languages")), "action", rq->prefix,
                      path_of(rq, rq->values[1]), "lang", rq->values[1],
                      "version", arena_printf(rq->arena, "%" PRId64, version),
                      "back_url", rq->prefix, "/admin/settings/", rq->values[0],
                      "may_change", office_may(rq, "settings.change"),
                      "is_saved", request_argument(rq, "saved") != NULL);
    model_flag(model, "is_", rq->values[0]);
    r = office_take_version(rq, rq->values[0], rq->values[1], &values, model);
    if (r == DB_OK) {
        r = office_warn_of_terms(rq, rq->values[0], model);
    }
    if (r != DB_OK) {
        json_decref(model);
        office_refuse(rs, r);
        return;
    }
    page_form(rq, rs, "office_page_texts", model,
              page_text_fields(rq->values[0]),
              office_step_is(rq, "edit") ? rq->raw : values, error);
    add_help(rq, json_object_get(rs->model, "controls"), texts);
}

void
page_texts_page(struct request *rq, struct response *rs)
{
    if (named(rq, rs)) {
        show(rq, rs, ERR_NONE);
    }
}

/* All words, with those that were typed in the place of their language's. */
static json_t *
typed_texts(struct request *rq, const json_t *texts, const json_t *typed)
{
    json_t *all = json_in_arena(rq->arena, json_array()), *one;
    json_t *own = json_copy((json_t *)typed);
    size_t i;

    json_array_foreach(texts, i, one)
    {
        if (strcmp(row_text(one, "language"), rq->values[1]) != 0) {
            json_array_append(all, one);
        }
    }
    json_object_set_new(own, "language", json_string(rq->values[1]));
    json_array_append_new(all, own);
    return all;
}

/* The page in the language of the words, which stand on it unsaved. */
static void
preview(struct request *rq, struct response *rs, const json_t *texts)
{
    json_t *values;
    const json_t *typed =
        field_parse(rq->arena, page_text_fields(rq->values[0]), rq->raw,
                    FIELD_FORM, &rq->errors);
    struct office_hosted hosted = {.tab = rq->values[0],
                                   .texts = typed_texts(rq, texts, typed),
                                   .version = request_typed(rq, "version")};
    const char *language = rq->language;
    int64_t version;
    enum db_result r = rq->errors.n > 0
                           ? DB_CHECK
                           : setting_values(rq->db, rq->arena, rq->tenant->id,
                                            hosted.tab, &values, &version);

    if (r == DB_OK) {
        hosted.values = values;
        rq->language = rq->values[1];
        r = office_preview(rq, rs, &hosted);
    }
    if (r != DB_OK) {
        rq->language = language;
    }
    if (r == DB_CHECK || r == DB_NONE) {
        show(rq, rs, r == DB_NONE ? ERR_preview_nothing : ERR_NONE);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    }
    response_repeatable(rs);
}

static void
save(struct request *rq, struct response *rs, int64_t version)
{
    struct page_text_change change = {
        .page = rq->values[0],
        .language = rq->values[1],
        .values = field_parse(rq->arena, page_text_fields(rq->values[0]),
                              rq->raw, FIELD_FORM, &rq->errors),
        .version = version};
    enum db_result r = rq->errors.n > 0
                           ? DB_CHECK
                           : page_text_save(rq->db, rq->arena, rq->tenant->id,
                                            rq->actor, &change);

    if (r == DB_CHECK || r == DB_UNIQUE) {
        show(rq, rs, r == DB_UNIQUE ? ERR_changed_meanwhile : ERR_NONE);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(
            rq, rs,
            arena_printf(rq->arena, "%s?saved=1", path_of(rq, rq->values[1])));
    }
}

void
page_texts_submit(struct request *rq, struct response *rs)
{
    json_t *texts;
    int64_t version;
    enum db_result r;

    if (!named(rq, rs)) {
        return;
    }
    r = read_now(rq, &texts, &version);
    if (r != DB_OK) {
        office_refuse(rs, r);
    } else if (!page_version_is(rq,
                                arena_printf(rq->arena, "%" PRId64, version))) {
        show(rq, rs, ERR_changed_meanwhile);
    } else if (office_step_is(rq, "preview")) {
        preview(rq, rs, texts);
    } else if (office_step_is(rq, "edit")) {
        show(rq, rs, ERR_NONE);
        response_repeatable(rs);
    } else {
        save(rq, rs, version);
    }
}
