/*
 * The catalogue of a tenant. A product family has plans, each with variants (of
 * which one is ordered), and components that go with any of them; coupons give
 * discounts. All of these are records of one kind or another, made, changed,
 * archived and removed by the same functions.
 *
 * What was ordered once stays: it can be archived, which takes it off the
 * order page, and no more be removed.
 */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "audit/audit.h"
#include "base/field.h"
#include "catalog/coupon.h"
#include "catalog/order.h"
#include "db/list.h"
#include "tenant/tenant.h"

enum catalog_kind {
    CATALOG_FAMILY,
    CATALOG_PLAN,
    CATALOG_VARIANT,
    CATALOG_COMPONENT,
    CATALOG_DISCOUNT,
    CATALOG_COUPON,
    CATALOG_KINDS
};

/* How the API shows each, and what it takes. */
extern const struct field family_fields[], plan_fields[], variant_fields[],
    component_fields[], discount_fields[], coupon_fields[];
extern const struct field family_create_fields[], plan_create_fields[],
    variant_create_fields[], component_create_fields[],
    discount_create_fields[], coupon_create_fields[];
extern const struct field family_change_fields[], plan_change_fields[],
    variant_change_fields[], component_change_fields[],
    discount_change_fields[], coupon_change_fields[];
extern const struct field family_query_fields[], plan_query_fields[],
    variant_query_fields[], component_query_fields[], discount_query_fields[],
    coupon_query_fields[];

/* What people read for some choices, as field.said has it. */
#define CATALOG_TRIAL_END_SAID "continue=goes on, and is billed|end=ends"
#define CATALOG_AFTER_TERM_SAID                                                \
    "renew=is renewed|end=ends|change=changes to another variant"
#define CATALOG_APPLIES_TO_SAID "all=recurring and one off"

enum { CATALOG_STEPS_MAX = 20, CATALOG_TEXTS_MAX = 32, CATALOG_PLANS_MAX = 50 };

struct catalog_kind_row {
    const char *segment; /* of addresses: "plan-variants" */
    const char *prefix;  /* of ids */
    const char *noun;    /* in the trail: "plan_variant" */
    const char *parent;  /* the column of what it belongs to, or NULL */
    enum catalog_kind parent_kind;
    const struct field *fields, *create, *change;
    bool texts; /* whether it has texts for people */
};
extern const struct catalog_kind_row catalog_kinds[CATALOG_KINDS];

/* The kind of an address below "/api/v1/" or "/admin/". */
enum catalog_kind catalog_kind_of(const char *path);

/*
 * A row has the columns of its table, texts (tenant/translation.h), and
 *   families: complete
 *   plans: family_name, currency
 *   variants: plan_name, family, family_name, family_vat_rate, currency,
 *             next_variant_name, orderable (it has an order page: it is
 *             released, nothing of it is archived, and everything that is shown
 *             there has a name in the tenant's language)
 *   components: family_name, family_vat_rate, currency
 *   coupons: discount_name
 */
enum db_result catalog_get(struct db *db, struct arena *a, const char *tenant,
                           enum catalog_kind kind, const char *id,
                           json_t **row);

/* NULL: whatever it is. By id, that is by age. */
struct catalog_filter {
    enum catalog_kind kind;
    const char *parent, *status;
    const char *external_id; /* of a coupon: its code */
    const char *after;       /* goes on after this id; NULL: at the top */
    int limit;
};
enum db_result catalog_list(struct db *db, struct arena *a, const char *tenant,
                            const struct catalog_filter *filter, json_t **rows);

/* What of a family has no name in the tenant's default language though the
 * order page would show it: kind (noun), id, name. */
enum db_result catalog_unnamed(struct db *db, struct arena *a,
                               const char *tenant, const char *family,
                               json_t **rows);

/* The variants of plans, in the order of their ids, by name: n (which plan),
 * id, name, plan, status, orderable. */
enum db_result catalog_variants_of(struct db *db, struct arena *a,
                                   const char *tenant, const json_t *plans,
                                   json_t **rows);

/* A step of a price, as the API takes and answers it. */
extern const struct field catalog_step_fields[];

/* The steps of a component's price, n of them. */
const struct price_step *catalog_steps(struct arena *a, const json_t *row,
                                       size_t *n);

/* The row as the API and the trail have it. */
json_t *catalog_shown(struct arena *a, enum catalog_kind kind,
                      const json_t *row);

struct catalog_sent {
    struct arena *arena;
    const struct tenant *tenant;
    enum catalog_kind kind;
    const json_t *input;  /* typed by its create or change fields */
    const json_t *before; /* the row that changes; NULL: a new one */
    struct field_errors *errors;
};

/*
 * What was sent as a row: what is absent is as it was, null empties it.
 * DB_CHECK: it breaks a rule; errors have each at its field, beside those that
 * are there.
 */
enum db_result catalog_take(struct db *db, const struct catalog_sent *sent,
                            json_t **row);

struct catalog_change {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    enum catalog_kind kind;
    const json_t *before; /* NULL: a new one */
    json_t *row;          /* of catalog_take(); NULL: it is removed */
};

/* *id gets the new one's id. DB_UNIQUE: a coupon of that code is there. */
enum db_result catalog_create(struct db *db, const struct catalog_change *c,
                              const char **id);
/* Where nothing is different, nothing happens. DB_NONE: changed meanwhile. */
enum db_result catalog_change(struct db *db, const struct catalog_change *c);
/* DB_FOREIGN: it is in use. DB_NONE: changed meanwhile. */
enum db_result catalog_remove(struct db *db, const struct catalog_change *c);

/* The lists of the back office. */
extern const struct field family_list_fields[], plan_list_fields[],
    variant_list_fields[], component_list_fields[], discount_list_fields[],
    coupon_list_fields[], coupon_use_list_fields[];
enum db_result family_list_rows(struct db *db, struct arena *a,
                                const struct list_query *q, const char *tenant,
                                const char *pool, json_t **rows);
enum db_result plan_list_rows(struct db *db, struct arena *a,
                              const struct list_query *q, const char *tenant,
                              const char *pool, json_t **rows);
enum db_result variant_list_rows(struct db *db, struct arena *a,
                                 const struct list_query *q, const char *tenant,
                                 const char *pool, json_t **rows);
enum db_result component_list_rows(struct db *db, struct arena *a,
                                   const struct list_query *q,
                                   const char *tenant, const char *pool,
                                   json_t **rows);
enum db_result discount_list_rows(struct db *db, struct arena *a,
                                  const struct list_query *q,
                                  const char *tenant, const char *pool,
                                  json_t **rows);
enum db_result coupon_list_rows(struct db *db, struct arena *a,
                                const struct list_query *q, const char *tenant,
                                const char *pool, json_t **rows);
enum db_result coupon_use_list_rows(struct db *db, struct arena *a,
                                    const struct list_query *q,
                                    const char *tenant, const char *pool,
                                    json_t **rows);

#endif
