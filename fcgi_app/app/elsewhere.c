#include "app/elsewhere.h"

#include <string.h>

#include "base/json.h"
#include "billing/billing.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "pf_redirect.h"
#include "session/session.h"

/* ---- whose is it? ---- */

/* The number of the customer whose it is; NULL: nobody's. */
typedef const char *owner(struct request *rq, const char *name);

static const char *
owner_of_invoice(struct request *rq, const char *number)
{
    json_t *row;

    return invoice_by_number(rq->db, rq->arena, rq->tenant->id, number, &row) ==
                   DB_OK
               ? row_text(row, "customer")
               : NULL;
}

static const char *
owner_of_contract(struct request *rq, const char *ref)
{
    json_t *row;

    return contract_by_ref(rq->db, rq->arena, rq->tenant->id, ref, &row) ==
                       DB_OK &&
                   customer_by_id(rq->db, rq->arena, rq->tenant->id,
                                  row_text(row, "customer"), &row) == DB_OK
               ? row_text(row, "number")
               : NULL;
}

/* Addresses whose first name is one of these. */
static const struct kind {
    const char *start;
    owner *of;
} kinds[] = {
    {"/invoices/{number}", owner_of_invoice},
    {"/contracts/{ref}", owner_of_contract},
};

static const char *
owner_of(const struct route *route, struct request *rq)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strncmp(route->path, kinds[i].start, strlen(kinds[i].start)) == 0) {
            return kinds[i].of(rq, rq->values[0]);
        }
    }
    return NULL;
}

/* ---- the question ---- */

/* A person, who has other accounts, looks at a page. */
static bool
can_ask(const struct route *route, const struct request *rq,
        const struct response *rs)
{
    const struct session *s = rq->session;

    return rs->kind == RESPONSE_ERROR &&
           (rs->error == ERR_not_found || rs->error == ERR_forbidden) &&
           (route->door == PORTAL || route->door == CONTRACT) &&
           strcmp(route->method, "GET") == 0 && s && session_of_person(s) &&
           !session_on_behalf(s) && s->n_accounts > 1 &&
           request_denial(rq) != PF_DENY_PROBLEM &&
           pf_redirect_ok(pf_str_of(rq->path));
}

static void
ask(struct request *rq, struct response *rs, const struct membership *m)
{
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:s, s:s+, s:s+}", "account_name", m->customer_name,
        "account_number", m->customer_number, "current_name",
        rq->session->membership->customer_name, "next", rq->path, "action",
        rq->prefix, "/accounts", "stay_url", rq->prefix, "/");

    response_page(rs, "account_elsewhere", json_in_arena(rq->arena, model));
}

void
elsewhere_offer(const struct route *route, struct request *rq,
                struct response *rs)
{
    struct membership *m;
    const char *number;

    if (!can_ask(route, rq, rs)) {
        return;
    }
    number = owner_of(route, rq);
    if (number &&
        membership_open(rq->db, rq->arena, rq->tenant, rq->session->user,
                        number, &m) == DB_OK &&
        strcmp(m->id, rq->session->membership->id) != 0 &&
        (!route->right || membership_allows(m, route->right))) {
        ask(rq, rs, m);
    }
}
