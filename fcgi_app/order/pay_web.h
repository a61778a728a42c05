/*
 * How an order is paid. Somebody new chooses among what the tenant offers; an
 * account that is there pays as it does, and changes that in the portal, where
 * its member proves who they are.
 */
#ifndef ORDER_PAY_WEB_H
#define ORDER_PAY_WEB_H

#include "order/order_send_web.h"

/* What can be chosen, or how the account pays; the first is chosen. False with
 * the error in the response. */
bool order_pay_load(struct response *rs, struct order_form *form);

/* Chooses that way; false: it is not offered. And all of them for forms of the
 * merchant's own, [{kind, label}], but for direct debits, whose mandate is
 * given on pages of ours. New reference. */
bool order_pay_choose(struct order_pay *pay, const char *kind);
json_t *order_pay_ways(const struct order_form *form);

/* What was chosen and typed, for the order of that id. What is wrong goes to
 * errors, at controls "pay", "account_holder" and "iban". */
void order_pay_read(struct order_form *form, const char *id,
                    struct field_errors *errors);

/* The mandate with its IBAN, which is given by ordering; NULL: none is. */
const char *order_pay_shown(const struct order_form *form);

/* What the template order.html has of it. */
void order_pay_model(const struct order_form *form, json_t *model);

/* In the transaction of the order: gives the mandate, or begins to ask for a
 * card. */
enum db_result order_pay_do(const struct order_sending *s);

#endif
