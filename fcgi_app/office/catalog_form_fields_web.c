/* The controls of a form of the catalogue, made of the fields that it has. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "office/catalog_form_web.h"
#include "view/i18n.h"

enum { CONTROLS_MAX = 512 };

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
