/* Mandates that customers gave elsewhere: on paper, or to a system of the
 * merchant's. */
#ifndef PAYER_GIVEN_WEB_H
#define PAYER_GIVEN_WEB_H

#include "http/request.h"
#include "payer/payer.h"

/*
 * What was sent of one, typed by payer_new_fields, for a customer (row).
 * direct_debit_off: the tenant collects none. invalid: the request's errors
 * have what is wrong, also where they had something before.
 */
enum err payer_take_given(struct request *rq, const json_t *customer,
                          struct payer_new *new);

#endif
