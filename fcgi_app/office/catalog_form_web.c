#include "office/catalog_form_web.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "office/catalog_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { CONTROLS_MAX = 512 };

/* ---- what a form has, by kind ---- */

/* In the order of the page; fields are those of the API. */
static const struct section {
    enum catalog_kind kind;
    const char *heading, *note; /* message ids, or NULL */
    const char *fields;
} sections[] = {
    {CATALOG_FAMILY, NULL, NULL, "name external_id currency vat_rate"},
    {CATALOG_PLAN, NULL, NULL, "name external_id"},
    {CATALOG_VARIANT, NULL, NULL, "name external_id"},
    {CATALOG_VARIANT, N_("Price"), NULL,
     "price recurrence in_advance setup_fee vat_rate"},
    {CATALOG_VARIANT, N_("Trial and terms"), NULL,
     "trial trial_end term after_first_term renewal next_variant notice"},
    {CATALOG_VARIANT, N_("Sign-up settings"), NULL, "self_service"},
    {CATALOG_COMPONENT, NULL, NULL, "name external_id"},
    {CATALOG_COMPONENT, N_("Price"), NULL,
     "price_model price recurrence vat_rate"},
    {CATALOG_COMPONENT, N_("Steps of the price"),
     N_("Only for the models scale and interval. The last step has no end: "
        "leave its quantity empty. Rows that are empty are left out."),
     "steps"},
    {CATALOG_COMPONENT, N_("Sign-up settings"), NULL,
     "self_service price_information"},
    {CATALOG_DISCOUNT, NULL, NULL,
     "name kind percent amount applies_to periods"},
    {CATALOG_COUPON, NULL, NULL, "code discount"},
    {CATALOG_COUPON, N_("Validity"), NULL,
     "valid_from valid_until limit_total limit_customer"},
    {CATALOG_COUPON, N_("Only for these plans"),
     N_("None is chosen: the coupon is for all plans."), "plans"},
    {CATALOG_FAMILY, N_("Texts for customers"), NULL, "texts"},
    {CATALOG_PLAN, N_("Texts for customers"), NULL, "texts"},
    {CATALOG_VARIANT, N_("Texts for customers"), NULL, "texts"},
    {CATALOG_COMPONENT, N_("Texts for customers"), NULL, "texts"},
    {CATALOG_DISCOUNT, N_("Texts for customers"), NULL, "texts"},
};

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

/* clang-format off */
static const struct field step_controls[] = {
    {.name = "up_to",
     .type = FIELD_DECIMAL,
     .flags = FIELD_IN,
     .label = N_("Up to this quantity")},
    {.name = "price",
     .type = FIELD_DECIMAL,
     .flags = FIELD_IN,
     .label = N_("Unit price")},
    FIELD_END,
};
/* clang-format on */

const struct form_rows catalog_step_rows = {"steps", step_controls,
                                            CATALOG_STEPS_MAX};

static bool
is_type(const struct catalog_form *form, const char *type)
{
    return form->type && strcmp(form->type, type) == 0;
}

/* What a component of its type cannot have: a switch has one price, and what is
 * metered is ordered by nobody. */
static bool
misfits(const struct catalog_form *form, const char *name)
{
    return form->kind == CATALOG_COMPONENT &&
           ((is_type(form, "on_off") &&
             text_has_word("price_model steps", name)) ||
            strcmp(name, is_type(form, "metered") ? "self_service"
                                                  : "price_information") == 0);
}

static const struct field *
row_named(const struct field *fields, const char *name)
{
    while (fields->name && strcmp(fields->name, name) != 0) {
        fields++;
    }
    return fields->name ? fields : NULL;
}

const struct field *
catalog_form_row(const struct catalog_form *form, const char *name)
{
    const struct catalog_kind_row *kind = &catalog_kinds[form->kind];
    const struct field *row =
        misfits(form, name) ? NULL : row_named(kind->create, name);

    return row && (!form->row || row_named(kind->change, name)) ? row : NULL;
}

bool
catalog_form_has_steps(const struct catalog_form *form)
{
    return catalog_form_row(form, "steps") != NULL;
}

void
catalog_form_each(struct request *rq, const struct catalog_form *form,
                  void (*fn)(void *data, const struct field *f), void *data)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        const char *word = sections[i].fields;

        if (sections[i].kind != form->kind) {
            continue;
        }
        for (size_t len; *word; word += len + (word[len] == ' ')) {
            const struct field *f;

            len = strcspn(word, " ");
            f = catalog_form_row(form, arena_strndup(rq->arena, word, len));
            if (f) {
                fn(data, f);
            }
        }
    }
}

size_t
catalog_form_languages(struct request *rq, const struct catalog_form *form,
                       const char *languages[CATALOG_LANGUAGES_MAX])
{
    size_t n = 0, i;
    json_t *text;

    for (i = 0; i < rq->tenant->n_languages && n < CATALOG_LANGUAGES_MAX; i++) {
        languages[n++] = rq->tenant->languages[i];
    }
    json_array_foreach(json_object_get(form->row, "texts"), i, text)
    {
        const char *language = row_text(text, "language");

        if (!tenant_speaks(rq->tenant, language) && n < CATALOG_LANGUAGES_MAX) {
            languages[n++] = language;
        }
    }
    return n;
}

const char *
catalog_form_text(struct request *rq, const char *language, const char *name)
{
    return arena_printf(rq->arena, "texts.%s.%s", language, name);
}

const char *
catalog_form_inner(struct request *rq, const struct field *f,
                   const struct field *inner)
{
    return arena_printf(rq->arena, "%s.%s", f->name, inner->name);
}

/* ---- controls ---- */

struct controls {
    struct request *rq;
    const struct catalog_form *form;
    struct field *fields;
    size_t n;
};

static void
add(struct controls *c, const struct field *like, const char *name, int flags)
{
    if (c->n < CONTROLS_MAX) {
        struct field *f = &c->fields[c->n++];

        *f = *like;
        f->name = name;
        f->flags = FIELD_IN | flags;
    }
}

/* Whether a field has to be filled in. What is chosen always is. */
static int
required(const struct field *f)
{
    bool must = f->type == FIELD_ENUM || (f->flags & FIELD_REQUIRED) ||
                (f->type == FIELD_RECORD && !(f->flags & FIELD_NULLABLE));

    return must ? FIELD_REQUIRED : 0;
}

/* A count that may be left empty, and a unit. */
static void
add_record(struct controls *c, const struct field *f)
{
    for (const struct field *inner = f->fields; inner->name; inner++) {
        add(c, inner, catalog_form_inner(c->rq, f, inner),
            inner == f->fields ? required(f) : FIELD_REQUIRED);
        if (inner == f->fields) {
            c->fields[c->n - 1].label = f->label;
        }
    }
}

static void
add_texts(struct controls *c, const struct field *f)
{
    const char *languages[CATALOG_LANGUAGES_MAX];
    size_t n = catalog_form_languages(c->rq, c->form, languages);

    for (size_t i = 0; i < n; i++) {
        for (const struct field *inner = f->fields; inner->name; inner++) {
            if (inner->type == FIELD_LANGUAGE) {
                continue;
            }
            add(c, inner, catalog_form_text(c->rq, languages[i], inner->name),
                0);
            c->fields[c->n - 1].label = i18n_fill(
                c->rq->arena, i18n(c->rq->language, N_("{what} ({language})")),
                "what", i18n(c->rq->language, inner->label), "language",
                text_language(c->rq->arena, languages[i]), NULL);
        }
    }
}

static void
add_steps(struct controls *c)
{
    static const struct field none[] = {FIELD_END};
    const struct field *f =
        form_rows_fields(c->rq, &catalog_step_rows, none, c->form->steps, 0);

    for (; f->name; f++) {
        add(c, f, f->name, 0);
    }
}

/* A box for each of what can be chosen. */
static void
add_boxes(struct controls *c, const struct field *f)
{
    const json_t *rows = json_object_get(c->form->choices, f->name);
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        add(c,
            &(struct field){.type = FIELD_BOOL,
                            .label = row_text(row, "label")},
            arena_printf(c->rq->arena, "%s.%s", f->name, row_text(row, "id")),
            0);
    }
}

const char *
catalog_form_ids(struct request *rq, const json_t *rows)
{
    const char *ids = "";
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        ids = arena_printf(rq->arena, "%s|%s", ids, row_text(row, "id"));
    }
    return *ids ? ids : "|";
}

static void
add_plain(struct controls *c, const struct field *f)
{
    const json_t *rows = json_object_get(c->form->choices, f->name);

    add(c, f, f->name, required(f));
    if (rows) {
        c->fields[c->n - 1].type = FIELD_ENUM;
        c->fields[c->n - 1].choices = catalog_form_ids(c->rq, rows);
    }
}

static void
add_field(void *data, const struct field *f)
{
    /* clang-format off */
    static const struct field currency = {.type = FIELD_TEXT, .max = 3,
                                          .label = N_("Currency")};
    /* clang-format on */
    struct controls *c = data;

    if (f->type == FIELD_RECORD) {
        add_record(c, f);
    } else if (strcmp(f->name, "texts") == 0) {
        add_texts(c, f);
    } else if (f->type == FIELD_RECORDS) {
        add_steps(c);
    } else if (f->type == FIELD_WORDS) {
        add_boxes(c, f);
    } else {
        add_plain(c, f);
    }
    if (f->type == FIELD_MONEY) {
        add(c, &currency, "amount.currency", 0);
    }
}

const struct field *
catalog_form_fields(struct request *rq, const struct catalog_form *form)
{
    struct controls c = {
        rq, form,
        arena_alloc(rq->arena, (CONTROLS_MAX + 1) * sizeof(struct field)), 0};

    catalog_form_each(rq, form, add_field, &c);
    c.fields[c.n] = (struct field)FIELD_END;
    return c.fields;
}

/* ---- the form as it is shown ---- */

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

static const struct section *
section_of(enum catalog_kind kind, const char *base)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (sections[i].kind == kind &&
            text_has_word(sections[i].fields, base)) {
            return &sections[i];
        }
    }
    return NULL;
}

static json_t *
section_model(const struct request *rq, const struct section *s)
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
    const struct section *last = NULL;
    size_t i;

    json_array_foreach(json_object_get(model, "controls"), i, control)
    {
        const char *name = row_text(control, "name");
        const char *base = arena_strndup(rq->arena, name, strcspn(name, "."));
        const struct section *s = section_of(form->kind, base);

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
