#include "order/order_web.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/money.h"
#include "base/text.h"
#include "contract/contract_view.h"
#include "order/pay_web.h"
#include "page/page_web.h"
#include "session/session.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { MICRO = 1000000 };

/* ---- words ---- */

const char *
order_words(const struct order_form *f, const char *name, bool *fell_back)
{
    const char *own =
        translation_pick(f->page.texts, name, f->rq->language,
                         f->rq->tenant->default_language, fell_back);
    const char *ours = page_text_otherwise("signup", name);

    if (!own && fell_back) {
        *fell_back = false;
    }
    return own ? own : ours[0] ? i18n(f->rq->language, ours) : "";
}

/* The language of words that are not in the page's, or NULL. */
static const char *
language_of(const struct order_form *f, bool fell_back)
{
    return fell_back ? f->rq->tenant->default_language : NULL;
}

/* Words, and their language as <name>_lang. */
static void
add_words(const struct order_form *f, json_t *model, const char *name)
{
    bool fell_back = false;

    model_text(model, name, order_words(f, name, &fell_back));
    model_text(model, arena_printf(f->rq->arena, "%s_lang", name),
               language_of(f, fell_back));
}

/* What a record of the catalogue says of itself to customers, likewise. */
static void
add_description(const struct order_form *f, json_t *model, const json_t *row)
{
    bool fell_back = false;
    const char *text = translation_pick(
        json_object_get(row, "texts"), "description", f->rq->language,
        f->rq->tenant->default_language, &fell_back);

    model_text(model, "description", text);
    model_text(model, "description_lang", language_of(f, fell_back));
}

static const char *
name_of(const struct order_form *f, const json_t *row)
{
    return catalog_name_read(f->rq->tenant, f->rq->language, row);
}

/* ---- terms ---- */

/* The next place in a line: where it begins; NULL: there is none. */
static const char *
next_place(const char *words, const struct order_place **found)
{
    const char *first = NULL;

    for (const struct order_place *p = order_places; p->name; p++) {
        const char *at = strstr(words, p->name);

        if (at && (!first || at < first)) {
            first = at;
            *found = p;
        }
    }
    return first;
}

static void
add_part(json_t *parts, const char *text, const char *url)
{
    if (text[0]) {
        json_array_append_new(parts,
                              json_pack("{s:s, s:s?}", "text", text, "url",
                                        url && url[0] ? url : NULL));
    }
}

/* A place without an address is the word alone. */
static json_t *
parts_of(const struct order_form *f, const char *words)
{
    json_t *parts = json_array();
    const struct order_place *place;
    const char *at;

    while ((at = next_place(words, &place))) {
        add_part(parts,
                 arena_strndup(f->rq->arena, words, (size_t)(at - words)),
                 NULL);
        add_part(parts, i18n(f->rq->language, place->label),
                 order_setting(&f->page, place->setting));
        words = at + strlen(place->name);
    }
    add_part(parts, words, NULL);
    return parts;
}

/* As plain words, for proof and mail. */
static const char *
plain(const struct order_form *f, const char *words)
{
    json_t *parts = json_in_arena(f->rq->arena, parts_of(f, words)), *part;
    const char *text = "";
    size_t i;

    json_array_foreach(parts, i, part)
    {
        const char *url = row_text(part, "url");

        text = arena_printf(f->rq->arena, url ? "%s%s (%s)" : "%s%s", text,
                            row_text(part, "text"), url);
    }
    return text;
}

static bool
is_required(const struct order_form *f, int position)
{
    return order_setting_is(
        &f->page, arena_printf(f->rq->arena, "signup_term%d", position),
        "required");
}

void
order_read_terms(struct order_form *f)
{
    f->n_terms = 0;
    for (int i = 1; i <= ORDER_TERMS_MAX; i++) {
        const char *words =
            order_words(f, order_term_text(f->rq->arena, i), NULL);

        if (words[0]) {
            f->terms[f->n_terms++] =
                (struct order_term){i, plain(f, words), is_required(f, i)};
        }
    }
}

static const char *
term_control(const struct order_form *f, int position)
{
    return arena_printf(f->rq->arena, "term-%d", position);
}

bool
order_term_ticked(const struct order_form *f, const struct order_term *term)
{
    return row_text(f->typed, term_control(f, term->position)) != NULL;
}

static void
set_error(const struct order_form *f, json_t *control,
          const struct field_error *error)
{
    model_text(control, "error",
               i18n(f->rq->language, err_row(error->code)->title));
    model_text(control, "hint", page_field_error(f->rq, error));
}

/* What is wrong with a control, if anything is. */
static void
add_error(const struct order_form *f, json_t *control, const char *name)
{
    const struct field_errors *errors = &f->rq->errors;

    for (size_t i = 0; i < errors->n; i++) {
        if (strcmp(errors->list[i].name, name) == 0) {
            set_error(f, control, &errors->list[i]);
            return;
        }
    }
}

static json_t *
term_models(const struct order_form *f)
{
    const struct order_term *terms = f->terms;
    json_t *list = json_array();

    for (size_t i = 0; i < f->n_terms; i++) {
        const char *name = term_control(f, terms[i].position);
        bool fell_back = false;
        const char *words = order_words(
            f, order_term_text(f->rq->arena, terms[i].position), &fell_back);
        json_t *model = json_pack("{s:s, s:b, s:b, s:o}", "name", name,
                                  "required", terms[i].required, "checked",
                                  order_term_ticked(f, &terms[i]), "parts",
                                  parts_of(f, words));

        model_text(model, "words_lang", language_of(f, fell_back));
        add_error(f, model, name);
        json_array_append_new(list, model);
    }
    return list;
}

/* ---- what is wished ---- */

static bool
is(const json_t *row, const char *column, const char *value)
{
    return strcmp(row_text(row, column), value) == 0;
}

static const char *
component_control(const struct order_form *f, const json_t *component)
{
    return arena_printf(f->rq->arena, "component-%s",
                        row_text(component, "id"));
}

/* How many of it; 0 where the control is empty or wrong. */
static int64_t
quantity_of(struct order_form *f, const json_t *component)
{
    struct field control[] = {
        {.name = component_control(f, component),
         .type = is(component, "type", "on_off") ? FIELD_BOOL : FIELD_DECIMAL,
         .flags = FIELD_IN,
         .max = (long)MICRO * MICRO,
         .label = "quantity"},
        FIELD_END};
    const json_t *typed = field_parse(f->rq->arena, control, f->typed,
                                      FIELD_FORM, &f->rq->errors);
    const json_t *value = json_object_get(typed, control->name);

    return json_is_true(value)      ? MICRO
           : json_is_integer(value) ? json_integer_value(value)
                                    : 0;
}

void
order_read_wish(struct order_form *f)
{
    json_t *component;
    size_t i;

    f->wish = json_in_arena(f->rq->arena, json_array());
    json_array_foreach(f->components, i, component)
    {
        int64_t quantity =
            row_int(component, "self_service") ? quantity_of(f, component) : 0;

        if (quantity > 0) {
            json_array_append_new(f->wish,
                                  json_pack("{s:s, s:I}", "component",
                                            row_text(component, "id"),
                                            "quantity", (json_int_t)quantity));
        }
    }
    f->coupon = row_text(f->typed, "coupon");
    f->coupon = f->coupon && text_trim(f->rq->arena, f->coupon)[0]
                    ? text_trim(f->rq->arena, f->coupon)
                    : NULL;
}

/* Where the most is wished of something: less of that helps. */
static size_t
most_wished(const struct order_form *f)
{
    int64_t most = 0;
    size_t i, found = 0;
    json_t *one;

    json_array_foreach(f->wish, i, one)
    {
        if (row_int(one, "quantity") > most) {
            most = row_int(one, "quantity");
            found = i;
        }
    }
    return found;
}

/* An error of the wish stands at the control that it came from; one of the sum
 * at what adds most to it. Without a wish no control can help. */
static void
move_errors(struct order_form *f)
{
    struct field_errors *errors = &f->rq->errors;

    for (size_t i = 0; i < errors->n; i++) {
        struct field_error *e = &errors->list[i];
        bool of_sum =
            strcmp(e->name, "components") == 0 && json_array_size(f->wish) > 0;
        size_t at = most_wished(f);

        if (of_sum || sscanf(e->name, "components/%zu/", &at) == 1) {
            e->name = arena_printf(
                f->rq->arena, "component-%s",
                row_text(json_array_get(f->wish, at), "component"));
        }
    }
}

enum db_result
order_price_wish(struct order_form *f, const char *customer)
{
    struct request *rq = f->rq;

    f->asked = (struct catalog_order){.arena = rq->arena,
                                      .tenant = rq->tenant,
                                      .language = rq->language,
                                      .variant = f->variant,
                                      .components = f->wish,
                                      .setup_name =
                                          i18n(rq->language, N_("Setup fee")),
                                      .coupon = f->coupon,
                                      .customer = customer,
                                      .self_service = true,
                                      .errors = &rq->errors};
    return catalog_price(rq->db, &f->asked, &f->priced);
}

enum db_result
order_price(struct order_form *f)
{
    struct request *rq = f->rq;
    struct field_errors before = rq->errors;
    enum db_result r;

    rq->errors.n = 0; /* a name that is missing does not keep prices away */
    r = order_price_wish(f, f->fields->name ? NULL : rq->session->customer);
    move_errors(f);
    for (size_t i = 0; i < before.n; i++) {
        field_fail_word(&rq->errors, before.list[i].name, before.list[i].code,
                        before.list[i].limit, before.list[i].word);
    }
    return r;
}

/* ---- prices ---- */

static const char *
price_text(const struct order_form *f, int64_t micro)
{
    return text_price(f->rq->arena, f->rq->language, micro,
                      row_text(f->variant, "currency"));
}

/* A price of the catalogue: for consumers with the VAT of its row (section 3
 * PAngV); of whole cents, where it is of such without. */
static const char *
told_price(const struct order_form *f, const json_t *row, int64_t micro)
{
    int64_t gross = micro + money_scaled(micro, catalog_vat_rate(row), 10000);
    int64_t cent = MICRO;

    for (int i = text_currency_digits(row_text(f->variant, "currency")); i > 0;
         i--) {
        cent /= 10;
    }
    if (micro % cent == 0) {
        gross = money_scaled(gross, 1, cent) * cent;
    }
    return price_text(f, f->rq->tenant->consumers ? gross : micro);
}

static const char *
money(const struct order_form *f, int64_t minor)
{
    return text_money(f->rq->arena, f->rq->language, minor,
                      row_text(f->variant, "currency"));
}

/* Steps: from which quantity on which price. */
static json_t *
step_models(const struct order_form *f, const json_t *component)
{
    struct request *rq = f->rq;
    size_t n;
    const struct price_step *steps = catalog_steps(rq->arena, component, &n);
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        const char *end =
            steps[i].up_to
                ? i18n_fill(
                      rq->arena, i18n(rq->language, N_("up to {count}")),
                      "count",
                      text_decimal(rq->arena, rq->language, steps[i].up_to),
                      NULL)
                : i18n(rq->language, N_("above"));

        json_array_append_new(
            list, json_pack("{s:s, s:s}", "reach", end, "price",
                            told_price(f, component, steps[i].price)));
    }
    return list;
}

static bool
is_wished(const struct order_form *f, const json_t *component)
{
    json_t *one;
    size_t i;

    json_array_foreach(f->wish, i, one)
    {
        if (is(one, "component", row_text(component, "id"))) {
            return true;
        }
    }
    return false;
}

static json_t *
component_model(const struct order_form *f, const json_t *row)
{
    const char *name = component_control(f, row);
    const char *typed = row_text(f->typed, name);
    bool on_off = is(row, "type", "on_off");
    json_t *model = json_pack("{s:s, s:s, s:b, s:b}", "name", name, "label",
                              name_of(f, row), "is_checkbox", on_off, "checked",
                              on_off && is_wished(f, row));

    model_text(model, "value", typed);
    add_description(f, model, row);
    model_text(model, "price_text",
               is(row, "price_model", "simple")
                   ? told_price(f, row, row_int(row, "price"))
                   : NULL);
    model_flag(model, "is_", row_text(row, "price_model"));
    model_list(model, "steps", step_models(f, row));
    json_object_set_new(model, "recurrence", contract_recurrence(row));
    add_error(f, model, name);
    return model;
}

/* column: self_service, of what may be ordered; price_information, of what is
 * told. */
static json_t *
component_models(const struct order_form *f, const char *column)
{
    json_t *list = json_array(), *row;
    size_t i;

    json_array_foreach(f->components, i, row)
    {
        if (row_int(row, column)) {
            json_array_append_new(list, component_model(f, row));
        }
    }
    return list;
}

static const char *
span_in(const struct order_form *f, const json_t *variant, const char *count,
        const char *unit)
{
    return contract_span_text(f->rq, row_int(variant, count),
                              row_text(variant, unit));
}

static const char *
span_of(const struct order_form *f, const char *count, const char *unit)
{
    return span_in(f, f->variant, count, unit);
}

/* ---- the summary ---- */

/* What the catalogue calls a line's product outside, where that is shown. */
static const char *
external_id(const struct order_form *f, const struct price_line *line)
{
    json_t *row;
    size_t i;

    if (!order_setting_is(&f->page, "signup_external_id", "1")) {
        return NULL;
    }
    if (line->kind == LINE_PLAN) {
        return row_text(f->variant, "external_id");
    }
    json_array_foreach(f->components, i, row)
    {
        if (is(row, "id", line->id)) {
            return row_text(row, "external_id");
        }
    }
    return NULL;
}

static json_t *
line_model(const struct order_form *f, const struct price_line *line)
{
    struct request *rq = f->rq;
    const char *external = external_id(f, line);
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:b}", "description", line->description,
        "quantity_text", text_decimal(rq->arena, rq->language, line->quantity),
        "net_text", money(f, line->net), "is_discount",
        line->kind == LINE_DISCOUNT);

    model_text(model, "unit_text",
               line->quantity != MICRO ? price_text(f, line->unit_price)
                                       : NULL);
    model_text(model, "external_id", external && external[0] ? external : NULL);
    return model;
}

/* As templates/totals.html has it, with lines. */
static json_t *
part_model(const struct order_form *f, const struct price_part *part)
{
    struct request *rq = f->rq;
    json_t *lines = json_array(), *taxes = json_array();

    for (size_t i = 0; i < part->n_lines; i++) {
        json_array_append_new(lines, line_model(f, &part->lines[i]));
    }
    for (size_t i = 0; i < part->n_taxes; i++) {
        const struct price_tax *t = &part->taxes[i];

        json_array_append_new(
            taxes, json_pack("{s:s, s:s, s:s}", "rate_text",
                             text_percent(rq->arena, rq->language, t->rate),
                             "net_text", money(f, t->net), "vat_text",
                             money(f, t->vat)));
    }
    return json_pack("{s:o, s:s, s:o, s:s, s:s}", "lines", lines, "net_text",
                     money(f, part->net), "taxes", taxes, "gross",
                     text_amount(rq->arena, part->gross, f->priced.currency),
                     "gross_text", money(f, part->gross));
}

/* A coupon that gives nothing says why, at its control. */
static json_t *
coupon_model(const struct order_form *f)
{
    struct field_error why = {.code = f->priced.coupon_error};
    json_t *model = json_pack("{s:s, s:s}", "name", "coupon", "value",
                              f->coupon ? f->coupon : "");

    if (f->coupon && why.code != ERR_NONE) {
        set_error(f, model, &why);
    }
    return model;
}

/* Then nothing is ever billed for a period. */
static bool
ends_with_trial(const struct order_form *f)
{
    return row_int(f->variant, "trial") > 0 &&
           is(f->variant, "trial_end", "end");
}

static bool
renews(const json_t *variant)
{
    return is(variant, "after_first_term", "renew");
}

/* Term, renewal and notice, as templates/order_span.html has them; of one that
 * others change to, which has no trial then. */
static void
add_terms(const struct order_form *f, json_t *model, const json_t *variant)
{
    model_text(model, "trial_text", NULL);
    model_text(model, "term_text", span_in(f, variant, "term", "term_unit"));
    model_text(model, "renewal_text",
               renews(variant) ? span_in(f, variant, "renewal", "renewal_unit")
                               : NULL);
    model_text(model, "notice_text",
               span_in(f, variant, "notice", "notice_unit"));
    json_object_set_new(model, "ends_with_trial", json_false());
    json_object_set_new(model, "ends_with_term",
                        json_boolean(is(variant, "after_first_term", "end") &&
                                     row_int(variant, "term") > 0));
}

/* What it becomes after its first term; as templates/order.html has it. */
static json_t *
next_model(const struct order_form *f)
{
    const json_t *v = f->priced.next_variant;
    json_t *model;

    if (!f->priced.next) {
        return json_null();
    }
    model = part_model(f, &f->priced.next->price.recurring);
    model_text(model, "name", name_of(f, v));
    model_text(model, "term_before", span_of(f, "term", "term_unit"));
    model_text(model, "price_text", told_price(f, v, row_int(v, "price")));
    json_object_set_new(model, "recurrence", contract_recurrence(v));
    add_terms(f, model, v);
    return model;
}

static json_t *
summary_model(const struct order_form *f)
{
    const struct price *p = &f->priced.price;
    json_t *model = json_object();

    json_object_set_new(model, "now",
                        p->now.n_lines > 0 ? part_model(f, &p->now)
                                           : json_null());
    json_object_set_new(model, "recurring",
                        ends_with_trial(f) ? json_null()
                                           : part_model(f, &p->recurring));
    json_object_set_new(model, "later",
                        f->priced.periods > 0 ? part_model(f, &p->later)
                                              : json_null());
    return model;
}

static void
add_line(json_t *list, const char *text)
{
    json_array_append_new(list, json_string(text));
}

/* A part of the summary in words: its lines, VAT and sum. */
static void
add_part_lines(const struct order_form *f, json_t *list, const char *heading,
               const struct price_part *part)
{
    struct arena *a = f->rq->arena;
    const char *lang = f->rq->language;

    add_line(list, arena_printf(a, "%s:", heading));
    for (size_t i = 0; i < part->n_lines; i++) {
        const struct price_line *line = &part->lines[i];

        add_line(list, arena_printf(a, "%s × %s: %s",
                                    text_decimal(a, lang, line->quantity),
                                    line->description, money(f, line->net)));
    }
    add_line(list,
             i18n_fill(a,
                       i18n(lang, N_("Net {net}, VAT {vat}, total "
                                     "{gross}")),
                       "net", money(f, part->net), "vat", money(f, part->vat),
                       "gross", money(f, part->gross), NULL));
}

/* A term of the contract, where it has one. */
static void
add_span_line(const struct order_form *f, json_t *list, const char *label,
              const char *span)
{
    if (span) {
        add_line(list, arena_printf(f->rq->arena, "%s: %s",
                                    i18n(f->rq->language, label), span));
    }
}

static void
add_term_lines(const struct order_form *f, json_t *list, const json_t *variant)
{
    add_span_line(f, list, N_("Minimum term"),
                  span_in(f, variant, "term", "term_unit"));
    add_span_line(f, list, N_("Renewed each time by"),
                  renews(variant)
                      ? span_in(f, variant, "renewal", "renewal_unit")
                      : NULL);
    add_span_line(f, list, N_("Notice period"),
                  span_in(f, variant, "notice", "notice_unit"));
}

static void
add_next_lines(const struct order_form *f, json_t *list)
{
    const json_t *v = f->priced.next_variant;

    add_part_lines(
        f, list,
        i18n_fill(f->rq->arena,
                  i18n(f->rq->language, N_("After {term}: {name}, each period "
                                           "of {span}")),
                  "term", span_of(f, "term", "term_unit"), "name",
                  name_of(f, v), "span", span_in(f, v, "every", "unit"), NULL),
        &f->priced.next->price.recurring);
    add_term_lines(f, list, v);
}

json_t *
order_summary_lines(const struct order_form *f)
{
    const struct price *p = &f->priced.price;
    const char *lang = f->rq->language;
    json_t *list = json_array();
    const char *every = span_of(f, "every", "unit");

    if (p->now.n_lines > 0) {
        add_part_lines(f, list, i18n(lang, N_("With your first invoice")),
                       &p->now);
    }
    if (!ends_with_trial(f)) {
        add_part_lines(f, list,
                       i18n_fill(f->rq->arena,
                                 i18n(lang, N_("Each period of {span}")),
                                 "span", every, NULL),
                       &p->recurring);
    }
    if (f->priced.periods > 0) {
        add_part_lines(f, list, i18n(lang, N_("When the discount is over")),
                       &p->later);
    }
    add_span_line(f, list, N_("Free of charge at first"),
                  span_of(f, "trial", "trial_unit"));
    add_term_lines(f, list, f->variant);
    if (f->priced.next) {
        add_next_lines(f, list);
    }
    return list;
}

/* ---- the page ---- */

/* Period, term and notice of what is ordered. */
static void
add_variant(const struct order_form *f, json_t *model)
{
    const json_t *v = f->variant;

    model_text(model, "variant", row_text(v, "id"));
    model_text(model, "name", name_of(f, v));
    add_description(f, model, v);
    model_text(model, "price_text", told_price(f, v, row_int(v, "price")));
    json_object_set_new(model, "recurrence", contract_recurrence(v));
    add_terms(f, model, v);
    model_text(model, "trial_text", span_of(f, "trial", "trial_unit"));
    json_object_set_new(model, "ends_with_trial",
                        json_boolean(ends_with_trial(f)));
    json_object_set_new(model, "next", next_model(f));
    json_object_set_new(model, "with_vat",
                        json_boolean(f->rq->tenant->consumers));
    json_object_set_new(model, "in_advance",
                        json_boolean(row_int(v, "in_advance") != 0));
}

const char *
order_shown(const struct order_form *f)
{
    return order_digest(f->rq->arena, &f->asked, &f->priced, f->terms,
                        f->n_terms, order_pay_shown(f));
}

json_t *
order_model(const struct order_form *f)
{
    static const char *const words[] = {"page_title",      "title",
                                        "order_heading",   "customer_heading",
                                        "payment_heading", "prices_heading",
                                        "prices_text"};
    json_t *model = json_object();
    bool priced = f->priced.price.recurring.lines != NULL;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        add_words(f, model, words[i]);
    }
    add_variant(f, model);
    model_list(model, "components", component_models(f, "self_service"));
    model_list(model, "fees", component_models(f, "price_information"));
    model_list(model, "terms", term_models(f));
    json_object_set_new(model, "coupon",
                        f->coupon ||
                                order_setting_is(&f->page, "signup_coupon", "1")
                            ? coupon_model(f)
                            : json_null());
    json_object_set_new(model, "summary",
                        priced ? summary_model(f) : json_null());
    order_pay_model(f, model);
    model_text(model, "shown", priced ? order_shown(f) : NULL);
    return model;
}
