/* A form of the catalogue as it is shown: its controls under headings, with
 * what helps beside them. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "office/catalog_form_web.h"
#include "office/catalog_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const struct help {
    const char *noun; /* of the kind; NULL: whichever */
    const char *control, *text;
} helps[] = {
    {NULL, "name",
     N_("What staff know it by. Customers read the texts below.")},
    {"product_family", "vat_rate", N_("Of what has no rate of its own.")},
    {NULL, "vat_rate", N_("Left empty, that of the product family.")},
    {NULL, "setup_fee", N_("Left empty, there is none.")},
    {NULL, "trial.count", N_("Left empty, there is none.")},
    {NULL, "term.count", N_("Left empty, the contract runs until notice.")},
    {NULL, "renewal.count", N_("Of a first term that is renewed.")},
    {NULL, "notice.count", N_("Left empty, the day of notice is enough.")},
    {NULL, "next_variant",
     N_("Of a contract that changes to another variant after its first "
        "term.")},
    {"component", "price", N_("Net. Left empty where the price has steps.")},
    {"plan_variant", "self_service",
     N_("It has an order page then, once everything on that has a name in the "
        "default language.")},
    {"component", "self_service",
     N_("Customers can add it on the order pages of its product family.")},
    {NULL, "price_information",
     N_("It stands among the usage fees of the order pages; nobody orders "
        "it there.")},
    {NULL, "percent", N_("Of a discount in percent.")},
    {NULL, "amount", N_("Of a discount by an amount.")},
    {NULL, "periods", N_("Left empty, as long as the contract runs.")},
    {NULL, "code",
     N_("Letters and digits. Case, blanks and hyphens make no difference.")},
    {NULL, "valid_from", N_("Left empty, at once.")},
    {NULL, "valid_until", N_("Left empty, without an end.")},
    {NULL, "limit_total", N_("Left empty, without a limit.")},
    {NULL, "limit_customer", N_("Left empty, without a limit.")},
};

void
catalog_form_label(struct request *rq, json_t *control, const json_t *rows)
{
    bool must = json_is_true(json_object_get(control, "required"));
    const char *otherwise = must ? N_("Please choose") : N_("none");
    json_t *choice;
    size_t i;

    json_array_foreach(json_object_get(control, "choices"), i, choice)
    {
        const char *label =
            catalog_choice_label(rows, row_text(choice, "value"));

        model_text(choice, "label",
                   label ? label : i18n(rq->language, otherwise));
    }
}

/* Names are no words of ours: they are not translated. */
static void
set_names(struct request *rq, const struct catalog_form *form,
          const json_t *values, json_t *control)
{
    const char *name = row_text(control, "name"), *dot = strchr(name, '.');
    const json_t *rows = json_object_get(form->choices, name);
    const char *held = row_text(values, name), *label;

    if (rows) {
        catalog_form_label(rq, control, rows);
        label = held ? catalog_choice_label(rows, held) : NULL;
        if (label && row_text(control, "saved")) {
            model_text(control, "saved", label);
        }
    } else if (dot) {
        rows =
            json_object_get(form->choices, arena_strndup(rq->arena, name,
                                                         (size_t)(dot - name)));
        label = catalog_choice_label(rows, dot + 1);
        if (label) {
            model_text(control, "label", label);
        }
    }
}

/* What customers read where nothing is written in their language. */
static void
set_fallback(struct request *rq, const struct catalog_form *form,
             json_t *control)
{
    const char *name = row_text(control, "name"), *language, *text, *end;
    const char *otherwise = rq->tenant->default_language;

    if (strncmp(name, "texts.", 6) != 0) {
        return;
    }
    language = name + 6;
    end = strchr(language, '.');
    language = arena_strndup(rq->arena, language, (size_t)(end - language));
    json_object_set_new(control, "is_plain", json_true());
    if (strcmp(language, otherwise) == 0) {
        return;
    }
    text = translation_pick(json_object_get(form->row, "texts"), end + 1,
                            otherwise, otherwise, NULL);
    if (text && !row_text(control, "value")[0]) {
        model_text(
            control, "help",
            i18n_fill(rq->arena,
                      i18n(rq->language, N_("Left empty, they read: {words}")),
                      "words", text, NULL));
    }
}

static void
set_help(struct request *rq, const struct catalog_form *form, json_t *control)
{
    const char *noun = catalog_kinds[form->kind].noun,
               *name = row_text(control, "name");

    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++) {
        if (strcmp(helps[i].control, name) == 0 &&
            (!helps[i].noun || strcmp(helps[i].noun, noun) == 0)) {
            model_text(control, "help", i18n(rq->language, helps[i].text));
            return;
        }
    }
}

static json_t *
section_model(const struct request *rq, const struct catalog_section *s)
{
    json_t *model = json_pack("{s:[]}", "lines");

    model_text(model, "heading",
               s->heading ? i18n(rq->language, s->heading) : NULL);
    model_text(model, "note", s->note ? i18n(rq->language, s->note) : NULL);
    return model;
}

/* "steps.0" of "steps.0.price" */
static const char *
line_of(struct arena *a, const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? arena_strndup(a, name, (size_t)(dot - name)) : name;
}

/* Counts stand beside their units, prices of a step beside its end; texts are
 * too long for that, and of boxes there are many. */
static void
add_to_lines(struct request *rq, json_t *lines, const char *base,
             json_t *control)
{
    json_t *line = json_array_get(lines, json_array_size(lines) - 1);
    const char *key = line_of(rq->arena, row_text(control, "name"));
    bool apart = text_has_word("texts plans", base);

    if (line && !apart && strcmp(row_text(line, "key"), key) == 0) {
        json_object_set_new(line, "is_row", json_true());
    } else {
        line = json_pack("{s:s, s:b, s:[]}", "key", key, "is_row", 0, "fields");
        json_array_append_new(lines, line);
    }
    json_array_append(json_object_get(line, "fields"), control);
}

void
catalog_form_finish(struct request *rq, const struct catalog_form *form,
                    json_t *model)
{
    json_t *list = json_array(), *section = NULL, *control;
    json_t *values = catalog_form_values(rq, form);
    const struct catalog_section *last = NULL;
    size_t i;

    json_array_foreach(json_object_get(model, "controls"), i, control)
    {
        const char *name = row_text(control, "name");
        const char *base = arena_strndup(rq->arena, name, strcspn(name, "."));
        const struct catalog_section *s =
            catalog_form_section(form->kind, base);

        if (s != last) {
            section = section_model(rq, s);
            json_array_append_new(list, section);
            last = s;
        }
        set_names(rq, form, values, control);
        set_help(rq, form, control);
        set_fallback(rq, form, control);
        if (strcmp(base, "steps") == 0) {
            json_object_set_new(control, "is_plain", json_true());
        }
        add_to_lines(rq, json_object_get(section, "lines"), base, control);
    }
    model_list(model, "sections", list);
    json_object_set_new(model, "may_more",
                        json_boolean(catalog_form_has_steps(form) &&
                                     form->steps < catalog_step_rows.max));
}
