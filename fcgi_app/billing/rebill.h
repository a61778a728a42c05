/* What an invoice billed is billed again. */
#ifndef BILLING_REBILL_H
#define BILLING_REBILL_H

#include "billing/ledger.h"

/*
 * Both inside the transaction that takes the invoice (of
 * ledger_document_by_number()) back, with rows in the trail. Who wants both
 * begins with the period: runs write contracts before services, and who comes
 * in another order waits for them while they wait.
 */

/* Its contract is billed from the invoice's period on. DB_CHECK: a later period
 * of the contract is billed already. */
enum db_result rebill_period(const struct ledger *ledger,
                             const json_t *invoice);

/* Services that it billed are open again. */
enum db_result rebill_services(const struct ledger *ledger,
                               const json_t *invoice);

#endif
