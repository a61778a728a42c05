/* SQL of the catalogue. */
#ifndef CATALOG_CATALOG_STORE_H
#define CATALOG_CATALOG_STORE_H

#include "catalog/catalog.h"

/* One row by its id, without texts. */
enum db_result catalog_store_one(struct db *db, struct arena *a,
                                 const char *tenant, enum catalog_kind kind,
                                 const char *id, json_t **row);

/* The row with all its columns. */
enum db_result catalog_store_insert(struct db *db, const char *tenant,
                                    enum catalog_kind kind, const char *id,
                                    const json_t *row);
enum db_result catalog_store_update(struct db *db, const char *tenant,
                                    enum catalog_kind kind, const json_t *row,
                                    int64_t *changed);

/* What was ordered once is not removed: *removed is 0 then, too. */
enum db_result catalog_store_delete(struct db *db, const char *tenant,
                                    enum catalog_kind kind, const json_t *row,
                                    int64_t *removed);

/* Whether anything has a price in the family's currency. DB_NONE: nothing. */
enum db_result catalog_store_priced(struct db *db, struct arena *a,
                                    const char *tenant, const char *family);

/* Whether a coupon names the plan. DB_NONE: none does. */
enum db_result catalog_store_named_plan(struct db *db, struct arena *a,
                                        const char *tenant, const char *plan);

/* Components with texts, by the ids that `sent` has as "component"; n: where in
 * it. Those that are not there are left out. */
enum db_result catalog_store_components(struct db *db, struct arena *a,
                                        const char *tenant, const json_t *sent,
                                        json_t **rows);

/* Marks a variant and components (of `sent`, as above) as ordered. */
enum db_result catalog_store_ordered(struct db *db, struct arena *a,
                                     const char *tenant, const char *variant,
                                     const json_t *sent);

#endif
