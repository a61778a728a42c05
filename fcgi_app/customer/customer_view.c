#include "customer/customer_view.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "page/page_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const struct page_help helps[] = {
    {"number", N_("Left empty, it is the next one of your series.")},
    {"first_name",
     N_("Needed, with the last name, where there is no company.")},
    {"country", N_("Two capital letters, for example DE.")},
    {"parent", N_("Left empty, the customer is below nobody.")},
    {NULL, NULL},
};

static json_t *
choice(const char *value, const char *label, const char *chosen)
{
    return json_pack("{s:s, s:s, s:b}", "value", value, "label", label,
                     "selected", strcmp(value, chosen) == 0);
}

/* The tenant's languages to choose from. One that it has given up stays until
 * somebody chooses another. */
static void
offer_languages(struct request *rq, json_t *control)
{
    const struct tenant *t = rq->tenant;
    const char *chosen = row_text(control, "value");
    const char *saved = row_text(control, "saved");
    json_t *choices = json_array();

    json_array_append_new(
        choices,
        choice("", i18n(rq->language, N_("Default language")), chosen));
    for (size_t i = 0; i < t->n_languages; i++) {
        json_array_append_new(
            choices, choice(t->languages[i],
                            text_language(rq->arena, t->languages[i]), chosen));
    }
    if (chosen[0] && !tenant_speaks(t, chosen)) {
        json_array_append_new(choices, choice(chosen, chosen, chosen));
    }
    if (saved && tenant_speaks(t, saved)) {
        model_text(control, "saved", text_language(rq->arena, saved));
    }
    json_object_set_new(control, "is_choice", json_true());
    json_object_set_new(control, "choices", choices);
}

void
customer_controls(struct request *rq, json_t *controls)
{
    page_help(rq, controls, helps);
    customer_offer_languages(rq, controls);
}

void
customer_offer_languages(struct request *rq, json_t *controls)
{
    json_t *control;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        if (strcmp(row_text(control, "name"), "language") == 0) {
            offer_languages(rq, control);
        }
    }
}
