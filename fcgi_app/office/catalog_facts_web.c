/* What the page of a record of the catalogue tells of it. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract_view.h"
#include "office/catalog_web.h"
#include "office/office_web.h"
#include "view/i18n.h"

#define FACT(column, kind, words)                                              \
    {                                                                          \
        .name = column, .type = kind, .flags = FIELD_OUT, .label = words       \
    }
#define STATUS_FACTS                                                           \
    FACT("status", FIELD_ENUM, N_("Status")),                                  \
        FACT("created", FIELD_TIME, N_("Created")), FIELD_END

static const struct field family_facts[] = {
    FACT("external_id", FIELD_TEXT, N_("External id")),
    FACT("currency", FIELD_TEXT, N_("Currency")),
    FACT("vat_rate", FIELD_PERCENT, N_("VAT rate")), STATUS_FACTS};

static const struct field plan_facts[] = {
    FACT("family_name", FIELD_TEXT, N_("Product family")),
    FACT("external_id", FIELD_TEXT, N_("External id")), STATUS_FACTS};

static const struct field variant_facts[] = {
    FACT("plan_name", FIELD_TEXT, N_("Plan")),
    FACT("external_id", FIELD_TEXT, N_("External id")),
    FACT("price", FIELD_DECIMAL, N_("Price of a billing period")),
    FACT("every_text", FIELD_TEXT, N_("Billed every")),
    FACT("in_advance", FIELD_BOOL, N_("Billed in advance")),
    FACT("setup_fee", FIELD_DECIMAL, N_("Setup fee")),
    FACT("vat_text", FIELD_TEXT, N_("VAT rate")),
    FACT("trial_text", FIELD_TEXT, N_("Trial")),
    {.name = "trial_end",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .said = CATALOG_TRIAL_END_SAID,
     .label = N_("After the trial")},
    FACT("term_text", FIELD_TEXT, N_("First term")),
    {.name = "after_first_term",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .said = CATALOG_AFTER_TERM_SAID,
     .label = N_("After the first term")},
    FACT("renewal_text", FIELD_TEXT, N_("Renewed for")),
    FACT("next_variant_name", FIELD_TEXT, N_("Variant after the first term")),
    FACT("notice_text", FIELD_TEXT, N_("Notice period")),
    FACT("self_service", FIELD_BOOL,
         N_("Allow self-service sign-up for this variant")),
    FACT("orderable", FIELD_BOOL, N_("Has an order page")),
    FACT("used", FIELD_TIME, N_("First ordered")),
    STATUS_FACTS};

static const struct field component_facts[] = {
    FACT("family_name", FIELD_TEXT, N_("Product family")),
    FACT("external_id", FIELD_TEXT, N_("External id")),
    FACT("type", FIELD_ENUM, N_("Type")),
    FACT("price_model", FIELD_ENUM, N_("Price model")),
    FACT("price_text", FIELD_TEXT, N_("Unit price")),
    FACT("every_text", FIELD_TEXT, N_("What the price is for")),
    FACT("vat_text", FIELD_TEXT, N_("VAT rate")),
    FACT("self_service_text", FIELD_TEXT, N_("Show in self-service sign-up")),
    FACT("price_information_text", FIELD_TEXT,
         N_("Show as price information in self-service")),
    FACT("used", FIELD_TIME, N_("First ordered")),
    STATUS_FACTS};

static const struct field discount_facts[] = {
    FACT("value_text", FIELD_TEXT, N_("Discount")),
    {.name = "applies_to",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .said = CATALOG_APPLIES_TO_SAID,
     .label = N_("Taken off")},
    FACT("periods_text", FIELD_TEXT, N_("For how many billing periods")),
    STATUS_FACTS};

static const struct field coupon_facts[] = {
    FACT("discount_name", FIELD_TEXT, N_("Discount")),
    FACT("plans_text", FIELD_TEXT, N_("Only for these plans")),
    FACT("valid_from", FIELD_DATE, N_("Valid from")),
    FACT("valid_until", FIELD_DATE, N_("Valid until")),
    FACT("used", FIELD_INTEGER, N_("How often it was used")),
    FACT("total_text", FIELD_TEXT, N_("How often in total")),
    FACT("customer_text", FIELD_TEXT, N_("How often for a customer")),
    STATUS_FACTS};

const struct field *const catalog_facts[CATALOG_KINDS] = {
    family_facts,    plan_facts,     variant_facts,
    component_facts, discount_facts, coupon_facts};

/* ---- values in words ---- */

static void
tell_vat(struct request *rq, json_t *told, const json_t *row)
{
    int64_t own = row_int(row, "vat_rate");
    const char *rate =
        text_percent(rq->arena, rq->language,
                     own < 0 ? row_int(row, "family_vat_rate") : own);

    model_text(told, "vat_text",
               own < 0 ? i18n_fill(rq->arena,
                                   i18n(rq->language,
                                        N_("{rate}, of the product family")),
                                   "rate", rate, NULL)
                       : rate);
}

static void
tell_span(struct request *rq, json_t *told, const json_t *row, const char *name,
          const char *unit)
{
    model_text(told, arena_printf(rq->arena, "%s_text", name),
               contract_span_text(rq, row_int(row, name), row_text(row, unit)));
}

/* What follows is told of what there is. */
static void
tell_variant(struct request *rq, json_t *told, const json_t *row)
{
    tell_vat(rq, told, row);
    tell_span(rq, told, row, "every", "unit");
    tell_span(rq, told, row, "trial", "trial_unit");
    tell_span(rq, told, row, "term", "term_unit");
    tell_span(rq, told, row, "renewal", "renewal_unit");
    tell_span(rq, told, row, "notice", "notice_unit");
    if (row_int(row, "trial") == 0) {
        model_text(told, "trial_end", "");
    }
    if (row_int(row, "term") == 0) {
        model_text(told, "after_first_term", "");
        model_text(told, "term_text",
                   i18n(rq->language, N_("none, until notice")));
    }
}

static void
tell_switch(struct request *rq, json_t *told, const json_t *row,
            const char *name)
{
    model_text(told, arena_printf(rq->arena, "%s_text", name),
               office_word(rq, row_int(row, name) ? "yes" : "no"));
}

static void
tell_component(struct request *rq, json_t *told, const json_t *row)
{
    bool metered = strcmp(row_text(row, "type"), "metered") == 0;
    bool simple = strcmp(row_text(row, "price_model"), "simple") == 0;

    tell_vat(rq, told, row);
    tell_span(rq, told, row, "every", "unit");
    tell_switch(rq, told, row, metered ? "price_information" : "self_service");
    model_text(told, "price_text",
               simple
                   ? text_price(rq->arena, rq->language, row_int(row, "price"),
                                row_text(row, "currency"))
                   : NULL);
}

/* A whole number as people write it. */
static const char *
number(const struct request *rq, int64_t n)
{
    return text_decimal(rq->arena, rq->language, n * 1000000);
}

static void
tell_discount(struct request *rq, json_t *told, const json_t *row)
{
    bool percent = strcmp(row_text(row, "kind"), "percent") == 0;
    int64_t periods = row_int(row, "periods");

    model_text(
        told, "value_text",
        percent ? text_percent(rq->arena, rq->language, row_int(row, "percent"))
                : text_money(rq->arena, rq->language, row_int(row, "amount"),
                             row_text(row, "currency")));
    model_text(told, "periods_text",
               periods ? number(rq, periods)
               : strcmp(row_text(row, "applies_to"), "one_off") == 0
                   ? NULL
                   : i18n(rq->language, N_("as long as the contract runs")));
}

static void
tell_limit(struct request *rq, json_t *told, const char *name, int64_t limit)
{
    model_text(told, name,
               limit ? number(rq, limit)
                     : i18n(rq->language, N_("without a limit")));
}

static void
tell_coupon(struct request *rq, json_t *told, const json_t *row)
{
    const char *plans = "", *ids = row_text(row, "plans");
    json_t *plan;

    for (size_t len; *ids; ids += len + (ids[len] == ' ')) {
        len = strcspn(ids, " ");
        if (catalog_get(rq->db, rq->arena, rq->tenant->id, CATALOG_PLAN,
                        arena_strndup(rq->arena, ids, len), &plan) == DB_OK) {
            plans = arena_printf(rq->arena, "%s%s%s", plans, *plans ? ", " : "",
                                 row_text(plan, "name"));
        }
    }
    model_text(told, "plans_text", plans);
    tell_limit(rq, told, "total_text", row_int(row, "limit_total"));
    tell_limit(rq, told, "customer_text", row_int(row, "limit_customer"));
}

json_t *
catalog_told(struct request *rq, enum catalog_kind kind, const json_t *row)
{
    static void (*const tell[CATALOG_KINDS])(struct request *, json_t *,
                                             const json_t *) = {
        [CATALOG_VARIANT] = tell_variant,
        [CATALOG_COMPONENT] = tell_component,
        [CATALOG_DISCOUNT] = tell_discount,
        [CATALOG_COUPON] = tell_coupon};
    json_t *told = json_in_arena(rq->arena, json_copy((json_t *)row));

    if (tell[kind]) {
        tell[kind](rq, told, row);
    }
    return told;
}
