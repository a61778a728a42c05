/*
 * What an order page is about, and an order of it on its way: shared by the
 * page and by forms of the merchant's own (order_page_api.c).
 */
#ifndef ORDER_ORDER_SEND_WEB_H
#define ORDER_ORDER_SEND_WEB_H

#include "order/order_web.h"
#include "user/rate.h"

/* How many orders, and tries at codes of coupons, a network has: so many that
 * nobody who means it meets the limit. */
extern const struct rate order_rate, order_coupon_rate;

/* The variant that the address names (form->rq->values[0]), its components, the
 * merchant's words and settings, and the terms. DB_NONE: nobody may order it,
 * as if it were not there. */
enum db_result order_load(struct order_form *form);

struct order_sending {
    struct order_form *form;
    struct order_new order;
    struct customer_new person; /* order.person, or not used */
    struct order_placed placed;
};

/*
 * Places the order, and mails the customer what they ordered with a link, in
 * one transaction; form->priced is what it was placed with. As order_place(),
 * and DB_CHECK with ERR_too_many in placed.why: that address was ordered for
 * too often.
 */
enum db_result order_send(struct order_sending *s);

#endif
