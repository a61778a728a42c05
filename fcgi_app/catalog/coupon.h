/* Coupons: codes that give a discount. */
#ifndef CATALOG_COUPON_H
#define CATALOG_COUPON_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/db.h"

enum { COUPON_CODE_MIN = 3, COUPON_CODE_MAX = 32 };

/* A code as codes are compared: capital letters and digits, nothing between
 * them. NULL: it has other letters, or is too short or long. */
const char *coupon_normal(struct arena *a, const char *code);

struct coupon_order {
    struct arena *arena;
    const char *tenant, *today;
    const char *code;     /* as it was typed */
    const char *plan;     /* id */
    const char *currency; /* of its family */
    const char *customer; /* id, or NULL: somebody new */
};

/*
 * Whether the coupon can be used for an order. DB_OK with its row (columns of
 * table coupon) and that of its discount, with texts; DB_CHECK with *why:
 * coupon_unknown, coupon_over (not valid yet, or any more), coupon_plan,
 * coupon_used_up, coupon_used (by this customer).
 */
enum db_result coupon_find(struct db *db, const struct coupon_order *order,
                           json_t **coupon, json_t **discount, enum err *why);

struct coupon_use {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const json_t *coupon;  /* its row */
    const char *customer;  /* id */
    const char *number;    /* of the customer */
    const char *reference; /* of the contract, or "" */
    const char *today;
};

/*
 * Uses it once more, in the transaction of the order: limits hold whoever else
 * does at the same time. DB_CHECK with *why as above.
 */
enum db_result coupon_use(struct db *db, const struct coupon_use *use,
                          enum err *why);

/* What the API takes and answers of a use. */
extern const struct field coupon_use_fields[], coupon_used_fields[];

#endif
