#include "contract/contract_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "session/session.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

json_t *
contract_named_here(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        contract_get(rq->db, rq->arena, rq->tenant->id, rq->session->customer,
                     session_contract(rq->session), rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return NULL;
    }
    return row;
}

/* The words that templates have for how often something recurs. */
static const struct {
    const char *unit;
    int64_t every;
    const char *word;
} rhythms[] = {
    {"day", 1, "daily"},         {"week", 1, "weekly"},
    {"month", 1, "monthly"},     {"month", 3, "quarterly"},
    {"month", 6, "half_yearly"}, {"year", 1, "yearly"},
};

json_t *
contract_recurrence(const json_t *row)
{
    int64_t every = row_int(row, "every");
    const char *unit = row_text(row, "unit");
    json_t *model = json_pack("{s:I}", "every", (json_int_t)every);
    char plural[16];

    for (size_t i = 0; i < sizeof rhythms / sizeof *rhythms; i++) {
        if (rhythms[i].every == every && strcmp(rhythms[i].unit, unit) == 0) {
            model_flag(model, "", rhythms[i].word);
            return model;
        }
    }
    snprintf(plural, sizeof plural, "%ss", unit);
    model_flag(model, "", plural);
    return model;
}

static const struct {
    const char *unit, *one, *many;
} spans[] = {
    {"day", N_("1 day"), N_("{count} days")},
    {"week", N_("1 week"), N_("{count} weeks")},
    {"month", N_("1 month"), N_("{count} months")},
    {"year", N_("1 year"), N_("{count} years")},
};

const char *
contract_span_text(struct request *rq, int64_t count, const char *unit)
{
    size_t i = 0;

    while (i + 1 < sizeof spans / sizeof *spans &&
           strcmp(spans[i].unit, unit) != 0) {
        i++;
    }
    if (count == 0) {
        return NULL;
    }
    return count == 1
               ? i18n(rq->language, spans[i].one)
               : i18n_fill(rq->arena, i18n(rq->language, spans[i].many),
                           "count", arena_printf(rq->arena, "%" PRId64, count),
                           NULL);
}

json_t *
contract_model(struct request *rq, const json_t *row, const json_t *items)
{
    struct arena *a = rq->arena;
    const char *ref = row_text(row, "ref");
    const char *today = tenant_today(a, rq->tenant);
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:o, s:s}", "ref", ref, "url",
        arena_printf(a, "%s/contracts/%s", rq->prefix, ref), "name",
        row_text(row, "name"), "recurrence",
        contract_recurrence(contract_row_on(a, row, today)), "price_text",
        text_money(a, rq->language, contract_price(row, items, today),
                   row_text(row, "currency")));

    model_flag(model, "is_", row_text(row, "status"));
    model_flag(model, "delivery_", row_text(row, "delivery_mode"));
    model_date(model, a, rq->language, "start", row_text(row, "start_date"));
    model_date(model, a, rq->language, "end", row_text(row, "end_date"));
    model_date(model, a, rq->language, "next_billing",
               row_text(row, "next_billing"));
    return model;
}

static void
add_span(struct request *rq, json_t *model, const json_t *row, const char *name,
         const char *unit)
{
    model_text(model, arena_printf(rq->arena, "%s_text", name),
               contract_span_text(rq, row_int(row, name), row_text(row, unit)));
}

static void
add_spans(struct request *rq, json_t *model, const json_t *row)
{
    add_span(rq, model, row, "term", "term_unit");
    add_span(rq, model, row, "renewal", "renewal_unit");
    add_span(rq, model, row, "notice", "notice_unit");
}

json_t *
contract_change_model(struct request *rq, const json_t *row,
                      const json_t *items)
{
    struct arena *a = rq->arena;
    const char *day = row_text(row, "changes_on");
    const char *end = row_text(row, "end_date");
    const json_t *then;
    json_t *model;

    if (!day || strcmp(day, tenant_today(a, rq->tenant)) <= 0 ||
        (end && strcmp(end, day) < 0)) {
        return NULL;
    }
    then = contract_row_on(a, row, day);
    model = json_pack(
        "{s:s, s:s, s:o}", "name", row_text(row, "then_name"), "price_text",
        text_money(a, rq->language, contract_price(row, items, day),
                   row_text(row, "currency")),
        "recurrence", contract_recurrence(then));
    model_date(model, a, rq->language, "on", day);
    add_spans(rq, model, then);
    return model;
}

/* The day is the tenant's: notice that comes at its last minute is in time. */
void
contract_model_terms(struct request *rq, json_t *model, const json_t *row)
{
    struct arena *a = rq->arena;
    struct contract_terms t = contract_terms_of(row);
    const char *today = tenant_today(a, rq->tenant);
    char term_end[11], end[11], last[11];
    bool runs = strcmp(row_text(row, "status"), "active") == 0;
    bool has_term = runs && contract_term_end(&t, today, term_end);
    bool may = runs && !contract_ends_itself(&t, today, end) &&
               contract_earliest_end(&t, today, end) &&
               contract_last_notice(&t, end, last);

    add_spans(rq, model, contract_row_on(a, row, today));
    model_date(model, a, rq->language, "term_end", has_term ? term_end : NULL);
    /* an open contract can be cancelled on any day: there is no last one */
    model_date(model, a, rq->language, "last_notice",
               may && contract_term_end(&t, end, term_end) ? last : NULL);
    model_date(model, a, rq->language, "earliest_end", may ? end : NULL);
}

/* The rows of one contract from there on. */
static json_t *
items_from(const json_t *rows, size_t at)
{
    const char *id = row_text(json_array_get(rows, at), "id");
    json_t *items = json_array();

    for (; at < json_array_size(rows); at++) {
        json_t *row = json_array_get(rows, at);

        if (strcmp(row_text(row, "id"), id) != 0) {
            break;
        }
        json_array_append(items, row);
    }
    return items;
}

struct db_answer *
contracts_ask(struct request *rq, int limit)
{
    return contract_list(rq->db, rq->arena, rq->tenant->id,
                         rq->session->customer, limit);
}

json_t *
contract_models(struct request *rq, struct db_answer *contracts)
{
    json_t *rows, *models;

    if (db_rows(contracts, &rows) != DB_OK) {
        return NULL;
    }
    models = json_array();
    for (size_t i = 0; i < json_array_size(rows);) {
        json_t *items = items_from(rows, i);

        json_array_append_new(
            models, contract_model(rq, json_array_get(rows, i), items));
        i += json_array_size(items);
        json_decref(items);
    }
    return models;
}
