/* Contracts and their items. */
#ifndef CONTRACT_CONTRACT_H
#define CONTRACT_CONTRACT_H

#include "audit/audit.h"
#include "base/field.h"
#include "contract/span.h"
#include "contract/term.h"
#include "db/list.h"

/* Asks for columns of table contract, as far as a list shows them, newest
 * first; so many rows in sequence as it has items, with the quantity and
 * unit_price of each, one with nulls where it has none. `limit` counts
 * contracts. */
struct db_answer *contract_list(struct db *db, struct arena *a,
                                const char *tenant, const char *customer,
                                int limit);
/* The following rows have all columns of table contract. */
/* only: id of the one contract that may be shown, or NULL for all. */
enum db_result contract_get(struct db *db, struct arena *a, const char *tenant,
                            const char *customer, const char *only,
                            const char *ref, json_t **row);
enum db_result contract_by_ref(struct db *db, struct arena *a,
                               const char *tenant, const char *ref,
                               json_t **row);

/* The list of all. */
extern const struct field contract_list_fields[];
enum db_result contract_list_rows(struct db *db, struct arena *a,
                                  const struct list_query *q,
                                  const char *tenant, const char *pool,
                                  json_t **rows);

/* Columns of table contract_item, by position. */
enum db_result contract_items(struct db *db, struct arena *a,
                              const char *tenant, const char *contract,
                              json_t **rows);

/* Items of the contracts that run on a day, with ref, name and start_date of
 * theirs; by description. */
enum db_result contract_services(struct db *db, struct arena *a,
                                 const char *tenant, const char *customer,
                                 const char *day, int limit, json_t **rows);

struct contract_item_new {
    const char *description;
    int64_t quantity, unit_price; /* scaled by 10^6; price in currency units */
    int vat_rate;                 /* basis points */
};

struct contract_new {
    const char *ref, *customer, *name, *status, *currency, *start_date;
    const char *end_date; /* may be NULL */
    int every;
    const char *unit, *next_billing, *delivery_mode;
    int notice_days;
    const struct contract_item_new *items;
    size_t n_items;
};

enum db_result contract_create(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const struct contract_new *new, const char **id);

/*
 * A period of the contract (its row) has been billed: moves billed_until and
 * next_billing, in the transaction of the invoice. DB_NONE: it is not as it was
 * when the row was read, so that nothing is billed twice.
 */
enum db_result contract_billed(struct db *db, const char *tenant,
                               const json_t *row,
                               const struct contract_period *period);

/*
 * quantity × unit price in minor units of the currency, half away from zero.
 * One place for the rounding rule of every amount.
 */
int64_t contract_line_net(int64_t quantity, int64_t unit_price,
                          const char *currency);

#endif
