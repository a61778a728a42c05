#include "billing/billing_view.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/billing.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char *
money(struct request *rq, int64_t amount, const char *currency)
{
    return text_money(rq->arena, rq->language, amount, currency);
}

/* One of is_open, is_overdue, is_paid, is_cancelled. */
static void
set_status(struct request *rq, json_t *model, const json_t *row)
{
    model_flag(model, "is_",
               invoice_overdue(row, tenant_today(rq->arena, rq->tenant))
                   ? "overdue"
                   : row_text(row, "status"));
}

json_t *
invoice_model(struct request *rq, const json_t *row)
{
    struct arena *a = rq->arena;
    const char *number = row_text(row, "number");
    const char *currency = row_text(row, "currency");
    const char *type = row_text(row, "type");
    bool credit = strcmp(type, "invoice") != 0 && row_int(row, "gross") <= 0;
    int64_t gross = row_int(row, "gross"), settled = row_int(row, "settled");
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:s}", "number", number, "url",
        arena_printf(a, "%s/invoices/%s", rq->prefix, number), "pdf_url",
        arena_printf(a, "%s/invoices/%s.pdf", rq->prefix, number), "gross",
        (json_int_t)row_int(row, "gross"), "gross_text",
        money(rq, row_int(row, "gross"), currency), "currency", currency);

    /* told where it is something else than all, or nothing */
    model_text(model, "open_text",
               settled != 0 && settled != gross
                   ? money(rq, gross - settled, currency)
                   : NULL);
    set_status(rq, model, row);
    model_flag(model, "is_", type);
    model_flag(model, "delivery_", row_text(row, "delivery_mode"));
    model_date(model, a, rq->language, "date", row_text(row, "date"));
    model_date(model, a, rq->language, "due",
               credit ? NULL : row_text(row, "due"));
    return model;
}

json_t *
invoice_models(struct request *rq, const json_t *rows)
{
    json_t *models = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_array_append_new(models, invoice_model(rq, row));
    }
    return models;
}

/* The day of a service; NULL: it is none. */
static const char *
performed(struct request *rq, const json_t *line)
{
    const char *day = row_text(line, "performed");

    return day && day[0]
               ? i18n_fill(rq->arena,
                           i18n(rq->language, N_("Performed on {date}")),
                           "date",
                           text_date(rq->arena, rq->language, day, false), NULL)
               : NULL;
}

json_t *
invoice_line_models(struct request *rq, const json_t *lines,
                    const char *currency)
{
    json_t *models = json_array(), *line, *model;
    struct arena *a = rq->arena;
    const char *lang = rq->language;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        model = json_pack(
            "{s:I, s:s, s:s, s:s, s:s, s:s}", "position",
            (json_int_t)row_int(line, "position"), "description",
            row_text(line, "description"), "quantity_text",
            text_decimal(a, lang, row_int(line, "quantity")), "unit_price_text",
            text_price(a, lang, row_int(line, "unit_price"), currency),
            "vat_text", text_percent(a, lang, row_int(line, "vat_rate")),
            "net_text", money(rq, row_int(line, "net"), currency));
        model_text(model, "performed_text", performed(rq, line));
        json_array_append_new(models, model);
    }
    return models;
}

json_t *
invoice_tax_models(struct request *rq, const json_t *taxes,
                   const char *currency)
{
    json_t *models = json_array(), *tax;
    size_t i;

    json_array_foreach(taxes, i, tax)
    {
        json_array_append_new(
            models,
            json_pack(
                "{s:s, s:s, s:s}", "rate_text",
                text_percent(rq->arena, rq->language, row_int(tax, "rate")),
                "net_text", money(rq, row_int(tax, "net"), currency),
                "vat_text", money(rq, row_int(tax, "vat"), currency)));
    }
    return models;
}

/* ---- what is open ---- */

/* A sum for each currency that has one, behind the others; NULL: none has. */
static const char *
add_sum(struct request *rq, const char *sums, const json_t *row,
        const char *column)
{
    int64_t amount = row_int(row, column);

    if (amount <= 0) {
        return sums;
    }
    return arena_printf(
        rq->arena, "%s%s%s", sums ? sums : "", sums ? " + " : "",
        text_money(rq->arena, rq->language, amount, row_text(row, "currency")));
}

bool
invoice_open_model(struct request *rq, struct db_answer *answer, json_t *model)
{
    const char *open = NULL, *credit = NULL;
    json_t *sums, *sum;
    int64_t count = 0;
    size_t i;

    if (db_rows(answer, &sums) != DB_OK) {
        return false;
    }
    json_array_foreach(sums, i, sum)
    {
        open = add_sum(rq, open, sum, "amount");
        credit = add_sum(rq, credit, sum, "credit");
        count += row_int(sum, "count");
    }
    sum = json_array_get(sums, 0);
    json_object_set_new(model, "has_open", json_boolean(count > 0));
    json_object_set_new(model, "open_count", json_integer(count));
    model_text(model, "open_text",
               open ? open
                    : text_money(rq->arena, rq->language, 0,
                                 sum ? row_text(sum, "currency") : "EUR"));
    model_text(model, "credit_text", credit);
    return true;
}
