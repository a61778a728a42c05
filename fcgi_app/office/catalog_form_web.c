/* What the forms of the catalogue have, by kind. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "office/catalog_form_web.h"
#include "office/catalog_web.h"
#include "tenant/tenant.h"

/* In the order of the page. */
static const struct catalog_section sections[] = {
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

const struct catalog_section *
catalog_form_section(enum catalog_kind kind, const char *base)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (sections[i].kind == kind &&
            text_has_word(sections[i].fields, base)) {
            return &sections[i];
        }
    }
    return NULL;
}
