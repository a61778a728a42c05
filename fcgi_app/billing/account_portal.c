/* The account for its customer: what is owed, and how it came to that. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/billing_view.h"
#include "billing/ledger.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/session.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { PAGE_ROWS = 50 };

static const char *
kind_text(struct request *rq, const char *kind)
{
    const struct field *f = ledger_entry_fields;

    while (strcmp(f->name, "kind") != 0) {
        f++;
    }
    return i18n(rq->language, field_choice_word(rq->arena, f, kind));
}

static const char *
money(struct request *rq, const json_t *row, const char *column)
{
    return text_money(rq->arena, rq->language, row_int(row, column),
                      row_text(row, "currency"));
}

/* Its document is linked for whoever may see it. */
static json_t *
entry_model(struct request *rq, const json_t *row, bool links)
{
    const char *number =
        row_text(row, "number")[0] ? row_text(row, "number") : NULL;
    json_t *model = json_pack("{s:s, s:s, s:s}", "kind_text",
                              kind_text(rq, row_text(row, "kind")),
                              "amount_text", money(rq, row, "amount"),
                              "balance_text", money(rq, row, "balance"));

    model_date(model, rq->arena, rq->language, "date", row_text(row, "date"));
    model_text(model, "number", number);
    model_text(model, "url",
               number && links
                   ? arena_printf(rq->arena, "%s/invoices/%s", rq->prefix,
                                  form_escape(rq->arena, number))
                   : NULL);
    return model;
}

static void
add_entries(struct request *rq, json_t *model, json_t *rows)
{
    bool links =
        membership_allows(rq->session->membership, "billing.invoices.view");
    const char *here = arena_printf(rq->arena, "%s/account", rq->prefix);
    json_t *list = json_array(), *row;
    size_t i;

    if (json_array_size(rows) > PAGE_ROWS) {
        json_array_remove(rows, PAGE_ROWS);
        row = json_array_get(rows, PAGE_ROWS - 1);
        model_text(model, "next_url",
                   arena_printf(rq->arena, "%s?before=%s", here,
                                form_escape(rq->arena, row_text(row, "id"))));
    }
    if (request_argument(rq, "before")) {
        model_text(model, "first_url", here);
    }
    json_array_foreach(rows, i, row)
    {
        json_array_append_new(list, entry_model(rq, row, links));
    }
    model_list(model, "entries", list);
}

void
account_page(struct request *rq, struct response *rs)
{
    const char *tenant = rq->tenant->id, *customer = rq->session->customer;
    json_t *rows, *model = json_in_arena(rq->arena, json_object());
    struct db_answer *open =
        invoice_open_sum(rq->db, rq->arena, tenant, customer);

    if (ledger_list(rq->db, rq->arena, tenant, customer,
                    request_argument(rq, "before"), PAGE_ROWS + 1,
                    &rows) != DB_OK ||
        !invoice_open_model(rq, open, model)) {
        response_error(rs, ERR_unavailable);
        return;
    }
    add_entries(rq, model, rows);
    response_page(rs, "ledger", model);
}
