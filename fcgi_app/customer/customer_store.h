/* SQL of the customer folder. */
#ifndef CUSTOMER_CUSTOMER_STORE_H
#define CUSTOMER_CUSTOMER_STORE_H

#include "customer/customer.h"

/* What is looked through, folded: by staff, and by members of the account, who
 * may not all see its address. */
struct customer_search {
    const char *all, *name;
};

/* *added is 0 when the number is taken. */
enum db_result customer_store_insert(struct db *db, const char *tenant,
                                     const char *id, const char *number,
                                     const struct customer_new *new,
                                     const struct customer_search *search,
                                     int64_t *added);
enum db_result customer_store_update(struct db *db, const char *tenant,
                                     const char *id, int64_t version,
                                     const struct customer_new *new,
                                     const struct customer_search *search,
                                     int64_t *changed);
/* The words of its names, for lists of what customers have. */
enum db_result customer_store_forget_words(struct db *db, const char *tenant,
                                           const char *id);
enum db_result customer_store_add_word(struct db *db, const char *tenant,
                                       const char *id, const char *word);

/* What migrations folded by the database: the first tenant that has some, its
 * rows, and one of them folded by us, which then waits no more. */
enum db_result customer_store_unfolded_tenant(struct db *db, struct arena *a,
                                              json_t **row);
enum db_result customer_store_unfolded(struct db *db, struct arena *a,
                                       const char *tenant, int limit,
                                       json_t **rows);
enum db_result customer_store_folded(struct db *db, const char *tenant,
                                     const char *id,
                                     const struct customer_search *search);
enum db_result customer_store_delete(struct db *db, const char *tenant,
                                     const char *id, int64_t version,
                                     int64_t *removed);

/* DB_OK when one of the customers above id, or it itself, is `other`. */
enum db_result customer_store_above(struct db *db, struct arena *a,
                                    const char *tenant, const char *id,
                                    const char *other, json_t **row);

#endif
