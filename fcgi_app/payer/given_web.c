#include "payer/given_web.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "tenant/tenant.h"

/* A form without a value has its error already. */
static void
check(struct request *rq, struct payer_new *new)
{
    const char *iban = request_text(rq, "iban");

    if (iban) {
        new->iban = payer_take_iban(rq->arena, iban, "iban", &rq->errors);
    }
    if (new->reference && !payer_reference_ok(new->reference)) {
        field_fail(&rq->errors, "mandate_reference", ERR_value_mandate, 0);
    }
    if (new->signed_on &&
        strcmp(new->signed_on, tenant_today(rq->arena, rq->tenant)) > 0) {
        field_fail(&rq->errors, "signed_on", ERR_date_future, 0);
    }
}

enum err
payer_take_given(struct request *rq, const json_t *customer,
                 struct payer_new *new)
{
    *new = (struct payer_new){
        .id = id_new(rq->arena, "pm"),
        .customer = row_text(customer, "id"),
        .holder = request_text(rq, "account_holder"),
        .reference = request_text(rq, "mandate_reference"),
        .creditor = payer_creditor(rq->db, rq->arena, rq->tenant),
        .signed_on = request_text(rq, "signed_on"),
        .words = "",
        .language = "",
        .url = ""};
    if (!new->creditor) {
        return ERR_direct_debit_off;
    }
    check(rq, new);
    return rq->errors.n > 0 ? ERR_invalid : ERR_NONE;
}
