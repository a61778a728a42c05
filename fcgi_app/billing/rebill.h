/* What an invoice billed is billed again. */
#ifndef BILLING_REBILL_H
#define BILLING_REBILL_H

#include "billing/ledger.h"

/*
 * Its contract is billed from the invoice's period on, and its services are
 * open again, each with a row in the trail. Inside the transaction that takes
 * the invoice (of ledger_document_by_number()) back. DB_CHECK: a later period
 * of the contract is billed already.
 */
enum db_result rebill_invoice(const struct ledger *ledger,
                              const json_t *invoice);

#endif
