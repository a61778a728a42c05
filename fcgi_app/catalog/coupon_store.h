/* SQL of coupons and their uses. */
#ifndef CATALOG_COUPON_STORE_H
#define CATALOG_COUPON_STORE_H

#include "catalog/coupon.h"

enum db_result coupon_store_by_code(struct db *db, struct arena *a,
                                    const char *tenant, const char *code,
                                    json_t **row);

/* How often a customer used it. */
enum db_result coupon_store_uses(struct db *db, struct arena *a,
                                 const char *tenant, const char *coupon,
                                 const char *customer, int64_t *uses);

/* Counts one more use; *taken is 0 when its limit is reached. */
enum db_result coupon_store_take(struct db *db, const char *tenant,
                                 const char *coupon, int64_t *taken);

enum db_result coupon_store_used(struct db *db, const struct coupon_use *use,
                                 int64_t n);

#endif
