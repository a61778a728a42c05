/*
 * An order before it is one: a plan variant, components with quantities, a
 * coupon; and what it costs (catalog/price.h). What is ordered is looked at
 * here, prices are never taken from whoever orders.
 */
#ifndef CATALOG_ORDER_H
#define CATALOG_ORDER_H

#include "base/field.h"
#include "catalog/price.h"
#include "db/db.h"

struct tenant;

struct catalog_order {
    struct arena *arena;
    const struct tenant *tenant;
    const char *language;     /* of what the lines say */
    const json_t *variant;    /* row of catalog_get() */
    const json_t *components; /* [{component, quantity}], or NULL; without a
                                 quantity it is one */
    const char *setup_name;   /* what the line of the setup fee says; NULL: the
                                 variant's name */
    const char *coupon;       /* a code as it was typed, or NULL */
    const char *customer;     /* id, or NULL: somebody new */
    bool self_service; /* by the customer: only what the order page has */
    struct field_errors *errors;
};

/* What somebody who reads that language reads of a record; where there is no
 * text for them, what the merchant calls it. */
const char *catalog_name_read(const struct tenant *tenant, const char *language,
                              const json_t *row);

/* Basis points: the record's own, else its family's. */
int catalog_vat_rate(const json_t *row);

struct catalog_priced {
    struct price price;
    const char *currency;
    const char *coupon; /* id; NULL: there is none */
    const json_t *coupon_row;
    const char *code;      /* as it is compared */
    enum err coupon_error; /* why it gives nothing, or ERR_NONE */
    int periods; /* that a discount is for; 0: none, or as long as it runs */
    const json_t *next_variant; /* that it changes to after its first term */
    const struct catalog_priced *next; /* what that costs; NULL: it does not */
};

/*
 * DB_CHECK: it breaks a rule; errors have each below "components", or at
 * "variant". A coupon that cannot be used is no error of the order: it gives
 * nothing, and says why.
 *
 * A variant that changes to another one is priced as both, with the same
 * components. A discount for some periods ends with the first term at the
 * latest; the setup fee and the trial of the other one are for those who begin
 * with it.
 */
enum db_result catalog_price(struct db *db, const struct catalog_order *order,
                             struct catalog_priced *out);

/* What was ordered stays: it is not removed any more. In the transaction of the
 * order. */
enum db_result catalog_ordered(struct db *db, struct arena *a,
                               const char *tenant,
                               const struct catalog_order *order);

/* As the API answers it: columns of catalog_price_fields. */
json_t *catalog_priced_shown(struct arena *a, const struct catalog_order *order,
                             const struct catalog_priced *priced);

extern const struct field catalog_order_fields[], catalog_price_fields[],
    catalog_wish_fields[];

/* Components and coupon, as they are sent. */
/* clang-format off */
#define CATALOG_WISH_ROWS \
    {.name = "components", \
     .type = FIELD_RECORDS, \
     .flags = FIELD_IN, \
     .max = PRICE_COMPONENTS_MAX, \
     .label = N_("Components"), \
     .fields = catalog_wish_fields}, \
    {.name = "coupon", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 64, \
     .label = N_("Coupon code")}
/* clang-format on */

#endif
