/* SQL of the ledger. Amounts here are told without the sign of the document:
 * how much more, or less, of it is settled. */
#ifndef BILLING_LEDGER_STORE_H
#define BILLING_LEDGER_STORE_H

#include "billing/ledger.h"

/* A document with id, number, type, customer, contract, currency, gross,
 * settled, status, corrects. */
enum db_result ledger_store_document(const struct ledger *l, const char *id,
                                     json_t **row);

/* Open documents that a source can settle, in the order of the rule. refunds:
 * those that the customer gets money for. */
enum db_result ledger_store_open(const struct ledger *l,
                                 const struct ledger_source *source, int limit,
                                 json_t **rows);

/* What a customer has left of payments and credit documents, oldest first: kind
 * payment or credit, id, contract, invoice (that it names), rest. */
enum db_result ledger_store_credit(const struct ledger *l, const char *customer,
                                   const char *currency, json_t **rows);

/*
 * Adds to what is settled of a document, with the sign of its gross, and
 * writes open or paid as it is then; a cancelled one stays so. *changed is 0
 * where that would be more than all of it, or less than nothing.
 */
enum db_result ledger_store_settle(const struct ledger *l, const char *document,
                                   int64_t amount, int64_t *changed);
enum db_result ledger_store_use(const struct ledger *l, const char *payment,
                                int64_t amount, int64_t *changed);

enum db_result ledger_store_settlement(const struct ledger *l,
                                       const struct ledger_source *source,
                                       const char *document, int64_t amount);

/* Sums by document of what a payment (or credit document) has settled: invoice,
 * amount; without those that are nothing. */
enum db_result ledger_store_settled_by(const struct ledger *l, bool payment,
                                       const char *id, json_t **rows);

/* Corrections of an invoice that have something left: id, rest. */
enum db_result ledger_store_own(const struct ledger *l, const char *invoice,
                                json_t **rows);

/* Corrections of an invoice that have settled other documents: credit, invoice,
 * amount. */
enum db_result ledger_store_elsewhere(const struct ledger *l,
                                      const char *invoice, json_t **rows);

/* Customers with credit and something open, after that one: customer,
 * currency. */
enum db_result ledger_store_accounts(const struct ledger *l, const char *after,
                                     const char *currency, int limit,
                                     json_t **rows);

#endif
