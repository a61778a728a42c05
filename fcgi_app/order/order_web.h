/* How the order page shows a variant, its components, terms and prices. */
#ifndef ORDER_ORDER_WEB_H
#define ORDER_ORDER_WEB_H

#include "http/request.h"
#include "order/order.h"
#include "payer/payer_web.h"

/* How is paid, order/pay_web.h. */
struct order_pay {
    const char *ways[3]; /* PAYER_ON_ACCOUNT and so on: somebody new chooses */
    size_t n_ways;
    const char *kind; /* the one that was chosen */
    const char *creditor;
    const struct provider *provider;
    const char *iban, *holder, *reference; /* of a direct debit, as typed */
    const char *words;                     /* its mandate, or NULL */
    const json_t *in_use; /* method of an account that is there, or NULL */
};

/* One visit of the page: what it is about, and what was typed. */
struct order_form {
    struct request *rq;
    struct order_page page;
    const json_t *variant;      /* row of catalog_get() */
    const json_t *components;   /* rows: what may be ordered, or is told */
    const struct field *fields; /* of a new customer; empty: one who is there */
    const json_t *typed;        /* name of a control -> text */
    struct order_term terms[ORDER_TERMS_MAX]; /* as they are shown */
    size_t n_terms;
    json_t *wish;       /* [{component, quantity}] */
    const char *coupon; /* as it was typed, or NULL */
    struct catalog_order asked;
    struct catalog_priced priced;
    struct order_pay pay;
};

/* Words of the page in the reader's language: the merchant's, or ours; the
 * merchant's in the tenant's default language where *fell_back says so (NULL:
 * who asks need not know). */
const char *order_words(const struct order_form *form, const char *name,
                        bool *fell_back);

/* Sets the terms as they are shown. */
void order_read_terms(struct order_form *form);

/* What was ticked: "term-1" is sent. */
bool order_term_ticked(const struct order_form *form,
                       const struct order_term *term);

/* The wish and the coupon of what was typed: quantities that are no numbers go
 * to the errors, at the control. */
void order_read_wish(struct order_form *form);

/* Prices wish and coupon, for that customer (id) or somebody new (NULL).
 * DB_CHECK: rq->errors have what is wrong, beside what they had. */
enum db_result order_price_wish(struct order_form *form, const char *customer);

/* What names all that was shown: order_digest() of the form, once it is priced.
 */
const char *order_shown(const struct order_form *form);

/* Prices the wish. DB_CHECK: rq->errors have what is wrong, at controls. */
enum db_result order_price(struct order_form *form);

/* All that the template order.html has, but the form's own fields. New
 * reference. */
json_t *order_model(const struct order_form *form);

/* What was ordered line by line, as the mail has it: what is billed when, with
 * VAT and sums, and term and notice. New reference. */
json_t *order_summary_lines(const struct order_form *form);

#endif
