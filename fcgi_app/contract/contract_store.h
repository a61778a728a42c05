/* SQL about contracts that changes them. */
#ifndef CONTRACT_CONTRACT_STORE_H
#define CONTRACT_CONTRACT_STORE_H

#include "contract/contract.h"

/* What follows from a contract's data. */
struct contract_dates {
    const char *end, *next_billing; /* or NULL */
    const char *cancelled_on;       /* or NULL */
    const char *search;             /* what is looked through, folded */
};

/* What a contract is found by, folded. */
const char *contract_search_of(struct arena *a, const char *ref,
                               const char *name);

/* What migrations folded by the database: the first tenant that has some, its
 * rows (id, ref, name), and one of them folded by us, which then waits no
 * more. */
enum db_result contract_store_unfolded_tenant(struct db *db, struct arena *a,
                                              json_t **row);
enum db_result contract_store_unfolded(struct db *db, struct arena *a,
                                       const char *tenant, int limit,
                                       json_t **rows);
enum db_result contract_store_folded(struct db *db, const char *tenant,
                                     const char *id, const char *search);

/* *added is 0 when the reference is taken. */
enum db_result contract_store_insert(struct db *db, const char *tenant,
                                     const char *id, const char *ref,
                                     const struct contract_new *new,
                                     const struct contract_dates *dates,
                                     int64_t *added);

/* What a new one becomes; new->changes_on is set. */
enum db_result contract_store_then(struct db *db, const char *tenant,
                                   const char *id,
                                   const struct contract_new *new);

/* In the place of those that are there. */
enum db_result contract_store_items(struct db *db, const char *tenant,
                                    const char *id,
                                    const struct contract_item_new *items,
                                    size_t n);

/* Of the row's version; *changed is 0 when it has another one. */
enum db_result contract_store_update(struct db *db, const char *tenant,
                                     const json_t *row,
                                     const struct contract_new *new,
                                     const struct contract_dates *dates,
                                     int64_t *changed);
enum db_result contract_store_move(struct db *db, const char *tenant,
                                   const json_t *row, const char *status,
                                   const struct contract_dates *dates,
                                   int64_t *changed);
enum db_result contract_store_delete(struct db *db, const char *tenant,
                                     const json_t *row, int64_t *changed);

#endif
