/*
 * Orders: what somebody takes of the catalogue. An order makes a contract with
 * what was priced as its items, for a customer that it makes or that was there,
 * and keeps what its sender saw and accepted as proof: all in one transaction.
 */
#ifndef ORDER_ORDER_H
#define ORDER_ORDER_H

#include "catalog/catalog.h"
#include "customer/customer.h"

enum { ORDER_TERMS_MAX = 5 };

/* What the merchant has set of the order page: the tab "signup". */
struct order_page {
    const json_t *settings; /* as of setting_values() */
    const json_t *texts;    /* as of page_text_get() */
};
enum db_result order_page_load(struct db *db, struct arena *a,
                               const char *tenant, struct order_page *out);

const char *order_setting(const struct order_page *page, const char *name);
bool order_setting_is(const struct order_page *page, const char *name,
                      const char *value);

/* Places in the lines of the contract terms that are links: what stands there,
 * the setting that has the address, and the words that are the link. Ended by
 * one without a name. */
struct order_place {
    const char *name, *setting, *label;
};
extern const struct order_place order_places[];

/* The name of the text that a line of the terms is, from 1. */
const char *order_term_text(struct arena *a, int position);

/* Whether the terms of a tenant have a place, in any language, whose address is
 * not set: then its words are no link. */
bool order_unlinked(struct arena *a, const struct tenant *tenant,
                    const struct order_page *page,
                    const struct order_place *place);

/* All that a new customer can be asked for. */
extern const struct field order_buyer_fields[];

/* What a new customer is asked for, by the tenant's policy: columns of
 * customer_new, and delivery_mode. Ended by FIELD_END. */
const struct field *order_person_fields(struct arena *a,
                                        const struct order_page *page);

/* A line of the contract terms as somebody was shown it. */
struct order_term {
    int position;      /* from 1 */
    const char *words; /* addresses of its links in brackets behind them */
    bool required;     /* has a box, which has to be ticked */
};

struct order_desk {
    struct db *db;
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
};

struct order_new {
    const char *id; /* of the form: sent twice, it is one */
    const struct catalog_order *asked;
    const char *shown; /* order_digest() of what its sender saw; NULL: what is
                          billed with the order, gross, as far as it is given */
    const int64_t *gross;
    const struct customer_new *person; /* NULL: asked->customer orders */
    const char *delivery_mode;         /* of the contract's documents */
    const char *url;                   /* of the page */
    const char *browser;               /* order_browser() of `shown` */
    bool again; /* although the same was ordered before */
    const struct order_term *terms;
    size_t n_terms;
    const char *mandate; /* that is given with it, as it was shown; or NULL */
};

struct order_placed {
    bool before; /* it was placed before: nothing is done now */
    const char *customer, *number, *email; /* of the customer: id, number */
    const char *contract, *ref;            /* id and reference */
    struct catalog_priced priced;
    enum err why;   /* of DB_CHECK */
    bool by_coupon; /* it is the coupon that is refused */
    int64_t placed; /* of order_twice: when, as ref says which */
};

/* What tells one order from another: all that its page says of prices, periods,
 * terms and notice, the terms word by word, whose account it is for, and the
 * mandate that is given with it, or NULL. */
const char *order_digest(struct arena *a, const struct catalog_order *asked,
                         const struct catalog_priced *priced,
                         const struct order_term *terms, size_t n_terms,
                         const char *mandate);

/* The same of one browser. */
const char *order_browser(struct arena *a, const char *cookie,
                          const char *digest);

/*
 * Reads and prices all of it anew, and places it; or finds it placed before,
 * the same by the same browser (out->before). DB_CHECK with out->why:
 * order_changed (it is not what was shown any more), order_old (its id is that
 * of another order), order_twice (the same browser ordered the same within a
 * day, with another id; not where `again` is set), order_long (more items than
 * a contract has), what a coupon is refused for (out->by_coupon), or invalid
 * with the errors of `asked`; nothing is done then.
 */
enum db_result order_place(const struct order_desk *desk,
                           const struct order_new *new,
                           struct order_placed *out);

/* Rows have the columns of table orders; customer and contract as others see
 * them, customer_id and contract_id. */
enum db_result order_get(struct db *db, struct arena *a, const char *tenant,
                         const char *id, json_t **row);
enum db_result order_terms(struct db *db, struct arena *a, const char *tenant,
                           const char *id, json_t **rows);

/* The newest first, those before the id `before`, which is NULL at the start;
 * of a customer (number) or a contract (reference), or NULL. */
enum db_result order_list(struct db *db, struct arena *a, const char *tenant,
                          const char *customer, const char *contract,
                          const char *before, int limit, json_t **rows);

/* The newest order of that browser since then; DB_NONE: there is none. */
enum db_result order_of_browser(struct db *db, struct arena *a,
                                const char *tenant, const char *browser,
                                int64_t since, json_t **row);

/* How callbacks and the trail have one; with its terms; how its page and its
 * terms are shown; what is sent of a new one, and asked for in lists. */
extern const struct field order_fields[], order_one_fields[],
    order_page_fields[], order_term_fields[], order_new_fields[],
    order_query_fields[];
/* For forms of the merchant's own: what the page shows, a wish and its price,
 * and an order of it. */
extern const struct field order_offer_fields[], order_wish_fields[],
    order_wished_fields[], order_buy_fields[], order_bought_fields[];
/* The list of the back office. */
extern const struct field order_list_fields[];
enum db_result order_list_rows(struct db *db, struct arena *a,
                               const struct list_query *q, const char *tenant,
                               const char *pool, json_t **rows);

#endif
