/* The contract of a page, and how contracts look in the model of one. */
#ifndef CONTRACT_CONTRACT_VIEW_H
#define CONTRACT_CONTRACT_VIEW_H

#include "http/request.h"
#include "http/response.h"

/* The contract of the signed-in customer that the path names; NULL with the
 * error in the response. */
json_t *contract_named_here(struct request *rq, struct response *rs);

/* The model of one contract; items: its rows, for the price of a period. New
 * reference. */
json_t *contract_model(struct request *rq, const json_t *row,
                       const json_t *items);

/* Adds what its page says of term, renewal, notice and end, as of today:
 * term_text, renewal_text, notice_text; term_end, and while it can be cancelled
 * last_notice and earliest_end, each with its _text; null where there is none.
 */
void contract_model_terms(struct request *rq, json_t *model, const json_t *row);

/* What it is going to become: {on, on_text, name, price_text, recurrence,
 * term_text, renewal_text, notice_text}; NULL: it stays as it is, has changed,
 * or ends before. New reference. */
json_t *contract_change_model(struct request *rq, const json_t *row,
                              const json_t *items);

/* How often a row recurs, for templates/recurrence.html. New reference. */
json_t *contract_recurrence(const json_t *row);

/* "3 months"; NULL for none. */
const char *contract_span_text(struct request *rq, int64_t count,
                               const char *unit);

/* Asks for the newest `limit` contracts of the signed-in customer; and their
 * models, NULL when the database fails. New reference. */
struct db_answer *contracts_ask(struct request *rq, int limit);
json_t *contract_models(struct request *rq, struct db_answer *contracts);

#endif
