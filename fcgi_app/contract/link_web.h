/*
 * A new link for somebody whose link has expired, and the mail that brings it.
 *
 * Whoever opens a genuine link after its end gets a page with a button. The
 * button's address has a ticket: the contract, sealed for this purpose and good
 * for TICKET_LIFE, so that nobody can make mails for a contract whose link they
 * never had. The mail goes to the address on file alone.
 */
#ifndef CONTRACT_LINK_WEB_H
#define CONTRACT_LINK_WEB_H

#include "contract/link.h"
#include "http/request.h"
#include "http/response.h"

/* The page about an expired link to the contract of that id, 410; for programs
 * and where no new one may be asked for, the error as always. */
void link_expired(struct request *rq, struct response *rs,
                  const char *contract);

/*
 * Queues the mail link_new to the address of the customer (a row of its table),
 * in their language, in the transaction that made the link. DB_CHECK: there is
 * no address. By a key of test mode it is suppressed.
 */
enum db_result link_send(const struct session_store *store,
                         const json_t *contract, const json_t *customer,
                         const struct link_made *link);

#endif
