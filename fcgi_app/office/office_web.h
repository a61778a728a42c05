/* What the pages of the back office have in common. */
#ifndef OFFICE_OFFICE_WEB_H
#define OFFICE_OFFICE_WEB_H

#include "base/buf.h"
#include "db/list.h"
#include "http/request.h"
#include "http/response.h"
#include "page/page_web.h"
#include "session/session.h"

/* Records of the forms. */
extern const struct field act_fields[];
extern const struct field host_fields[];
extern const struct field api_key_new_fields[];
extern const struct field sso_key_new_fields[];
extern const struct field jwks_fields[];
extern const struct field tenant_new_fields[];
extern const struct field endpoint_fields[];
extern const struct field endpoint_replay_fields[];
extern const struct field list_csv_fields[];

/* What functions about staff want, taken from a request. */
struct staff_desk office_desk(const struct request *rq);

/* Whether who is signed in may do that. */
bool office_may(const struct request *rq, const char *permission);

/* On the pages of the order page's settings and words, `page` being "signup":
 * sets "warnings" (templates/office_warnings.html) to links of the contract
 * terms that have no address. */
enum db_result office_warn_of_terms(struct request *rq, const char *page,
                                    json_t *model);

/* What templates/style_sample.html has. */
void office_style_sample(struct request *rq, json_t *model);

/* How that page of the tenant comes into the merchant's own, its link saying
 * `words` (message id): the model of templates/office_embed.html. New
 * reference. */
json_t *office_embed(struct request *rq, const char *path, const char *words);

/* Where a form leads on to: its `next`, or the address's, if that lies in the
 * back office; else the first page of it. */
const char *office_next(const struct request *rq);

/* What a payment is called: "Payment of 10.00 EUR". */
const char *office_payment_title(const struct request *rq,
                                 const json_t *payment);

/* Sets why a mail of the log was not sent to words in the reader's language,
 * where we decided it; what a server said stays as it is. */
void office_mail_reason(const struct request *rq, json_t *mail);

/* Who stands in the trail, as people call them: a username, the name of an API
 * key, "the system". names (or NULL) keeps what was looked up, for the next. */
const char *office_who(const struct request *rq, json_t *names,
                       const char *actor);

/* The word for a choice of a field; and for one of no field, such as a role:
 * "read_only". */
const char *office_choice(const struct request *rq, const struct field *f,
                          const char *choice);
const char *office_word(const struct request *rq, const char *choice);

/*
 * ---- lists: rows of tables/lists.def ----
 *
 * rows() is a function of a store that calls db_list.
 */
typedef enum db_result list_rows(struct db *db, struct arena *a,
                                 const struct list_query *q, const char *tenant,
                                 const char *pool, json_t **rows);

struct list;

/*
 * Rows of a list, as its address asks for them (the arguments of the request):
 * filters, order and place.
 */
struct list_part {
    int limit;
    bool as_made; /* by the list's key, whatever order was asked for: what comes
                     or changes meanwhile moves nothing */

    json_t *rows;
    bool next;               /* there is more, which goes on after: */
    const char *at, *at_key; /* the arguments of these names */
};
typedef enum db_result list_part(struct request *rq, const struct list *list,
                                 struct list_part *part);

/* What a list does in a way of its own; NULL: as all do. */
struct list_own {
    /* makes of rows what people are told */
    void (*prepare)(struct request *rq, const json_t *rows);
    list_part *part;
    const struct field *csv; /* columns of its CSV */
};
extern const struct list_own office_invoices_own;

struct list {
    const char *path;           /* of its page */
    const char *title;          /* message id */
    const char *empty;          /* message id: there is nothing of it, … */
    const char *then;           /* … and what it is, and what to do then */
    const struct field *fields; /* columns */
    list_rows *rows;
    const char *key;   /* column, see list_query */
    const char *order; /* column it begins with, "-" in front: the last first */
    const char
        *link; /* where a row leads: "/admin/customers/{number}", or "" */
    const char *action, *action_label, *action_right; /* a button, or NULL */
    const struct list_own *own;                       /* or NULL */
};

/* The list of that page; NULL: none. */
const struct list *office_list(const char *path);

/* Every list, for `pforte check`; ended by a row without path. And what is
 * wrong with one, as words after its name; NULL: nothing. */
extern const struct list office_lists[];
const char *office_list_fault(const struct list *list);

/*
 * The model of templates/office_table.html: the newest rows of a list whose
 * column has that value. New reference; NULL: the database does not answer.
 */
json_t *office_table(struct request *rq, const char *path, const char *column,
                     const char *value, int limit);

/* The same where another column has a value besides; and: NULL for none. */
struct office_part {
    const char *path, *title; /* title: message id, or NULL for the list's */
    const char *column, *value;
    const char *and, *is;
    int limit;
};
json_t *office_table_part(struct request *rq, const struct office_part *part);

/* The same of rows that are at hand: limit of them at most, and no way to more.
 * same: the column that is the same in all of them and left out, or NULL. */
json_t *office_table_of(struct request *rq, const char *path, const char *same,
                        const json_t *rows, int limit);

/* The same of a list that has no page: path is "". */
json_t *office_table_like(struct request *rq, const struct list *list,
                          const json_t *rows, int limit);

/* Adds to a table of rows that come in parts the ways to the first and to the
 * next: the request's address, with the key of the last row that is shown as
 * its argument of that name. rows: with column key, one more than a part where
 * there are more. */
enum { OFFICE_PART_ROWS = 50 };
void office_go_on(struct request *rq, json_t *table, const json_t *rows,
                  const char *name);

/* The same of what the trail has about a record, the newest first: fields are
 * those that its rows were written by. */
json_t *office_history(struct request *rq, const struct field *fields,
                       const char *object);

/* Sets what templates/office_table says of a whole list without rows: that it
 * is empty, or that the filters leave nothing. */
void office_set_empty(struct request *rq, json_t *model,
                      const struct list *list, bool narrowed);

/* Adds a row to a list as CSV, with values for programs. NULL: the names. */
void office_csv(struct request *rq, const struct list *list, const json_t *row,
                struct buf *out);

/* What the address of the request asks for of the list. What is wrong with it
 * is in rq->errors, and filters nothing. */
enum db_result office_list_part(struct request *rq, const struct list *list,
                                struct list_part *part);

/* Makes the arguments ask for what comes after the part; where it was the last
 * one, they stay. */
void office_list_go_on(json_t *arguments, const struct list_part *part);

/* Answers the list as a CSV file; where it has more rows than one answer shall
 * have, with a page that offers to make the file in the background. */
void office_list_csv(struct request *rq, struct response *rs,
                     const struct list *list);

/* Adds the list of other accounts that people have access to, of whom a column
 * of that list has that value; nothing where there are none. */
void office_add_access(struct request *rq, json_t *tables, const char *column,
                       const char *value);

/* A record as [{label, text, …}] for templates/office_facts.html. New
 * reference. */
json_t *office_facts(struct request *rq, const struct field *fields,
                     const json_t *row);

/*
 * The question whether to remove a record, which its own address answers by
 * POST. error: why it was not done, or ERR_NONE.
 */
struct office_removal {
    const char *question;       /* message id */
    const char *name;           /* of the record */
    const char *back;           /* path of its page */
    const char *version;        /* its state */
    const struct field *fields; /* what is told of it */
    const json_t *row;
    const char *warning;  /* message id: what goes with it, or NULL */
    json_t *kept_by;      /* tables of what forbids it (stolen), or NULL */
    const char *why_kept; /* message id, above them */
};
void office_ask_removal(struct request *rq, struct response *rs,
                        const struct office_removal *removal, enum err error);

/* A page or file that a record's page leads to: its path and what is said (a
 * message id), for templates/office_detail.html; quiet: others matter more. New
 * reference. And added to links, of which the first stands out. */
json_t *office_link(const struct request *rq, const char *path,
                    const char *label, bool quiet);
void office_add_link(const struct request *rq, json_t *links, const char *path,
                     const char *label);

/* A form with nothing to fill in, for templates/office_detail.html: its path
 * and what its button says (a message id). New reference. */
json_t *office_button(const struct request *rq, const char *path,
                      const char *label);

/*
 * Answers the page of what is done in the background: template office_run,
 * whose model lacks only how far it is. While it is under way the page is
 * loaded again every five seconds.
 */
struct office_progress {
    bool under_way;
    int64_t done, total;
    const char *words; /* message id with {done} and {total} */
};
void office_run(struct request *rq, struct response *rs, json_t *model,
                const struct office_progress *progress);

/* Adds what stands in the custom fields of a customer or contract (kind, its
 * row) to its facts. */
void office_add_custom(struct request *rq, json_t *facts, const char *kind,
                       const json_t *row);

/* Adds how a customer (its row) pays to its facts. */
void office_add_payer(struct request *rq, json_t *facts,
                      const json_t *customer);

/* The error page for what a store answered. */
void office_refuse(struct response *rs, enum db_result r);

#endif
