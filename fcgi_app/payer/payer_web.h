/* How is paid, on pages, and the mandate in words. */
#ifndef PAYER_PAYER_WEB_H
#define PAYER_PAYER_WEB_H

#include "http/request.h"
#include "http/response.h"
#include "payer/payer.h"
#include "provider/provider_web.h"

struct payer_desk payer_desk_of(const struct request *rq);

/* [{label, text}] for templates/office_facts.html of a row, or of who pays on
 * account (NULL). New reference. */
json_t *payer_facts(struct request *rq, const json_t *row);

/* One more fact for such a list. */
void payer_add_fact(struct request *rq, json_t *list, const char *label,
                    const char *text);

/*
 * The mandate as its debtor (row of a customer) would give it today, in the
 * reader's language: lines, with PAYER_IBAN in the place of the IBAN (EPC
 * 130-08: recurrent, core). new: its holder, reference, creditor, signed_on.
 */
const char *payer_words(struct request *rq, const json_t *customer,
                        const struct payer_new *new);

/* The same as a list of lines with that IBAN in its place. New reference. */
json_t *payer_lines(struct request *rq, const char *words, const char *iban);

/* Lines of a row, whose IBAN is masked: empty where the mandate was given
 * elsewhere. New reference. */
json_t *payer_row_lines(struct request *rq, const json_t *row);

/* The method in use of the account that is signed in, or NULL on account; false
 * with the error in the response. */
bool payer_in_use(struct request *rq, struct response *rs, json_t **row);

/* Where a mandate is shown, inside the tenant. */
const char *payer_mandate_path(struct request *rq, const char *id);

/* The provider that the tenant has for cards; NULL: it takes none. */
const struct provider *payer_provider(struct request *rq);

/*
 * Tells the account of what changed, in the transaction of that: a mail to its
 * address, or else to whoever did it. values: keys of events.def, to which the
 * customer's name is added.
 */
struct payer_told {
    const json_t *customer;   /* row */
    const char *user, *email; /* who did it: id and address, or "" */
    const char *language;
};
enum db_result payer_tell(struct request *rq, const struct payer_told *told,
                          const char *event, json_t *values);

/* Gives a mandate in the caller's transaction, and sends its debtor's copy by
 * mail. As payer_set(). */
enum db_result payer_give(struct request *rq, const struct payer_new *new,
                          const struct payer_told *told);

#endif
