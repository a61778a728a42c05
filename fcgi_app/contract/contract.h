/* Contracts and their items. */
#ifndef CONTRACT_CONTRACT_H
#define CONTRACT_CONTRACT_H

#include "audit/audit.h"
#include "base/field.h"
#include "contract/service.h"
#include "contract/span.h"
#include "contract/term.h"
#include "db/list.h"

struct tenant;

/* How the API shows a contract, and what it takes. */
extern const struct field contract_fields[];
extern const struct field contract_create_fields[], contract_change_fields[],
    contract_query_fields[];
extern const struct field contract_cancel_fields[];
extern const struct field contract_preview_fields[];
extern const struct field contract_item_fields[]; /* one of its items */

enum { CONTRACT_ITEMS_MAX = 100 };

/* Asks for columns of table contract, as far as a list shows them, newest
 * first; so many rows in sequence as it has items, with the quantity and
 * unit_price of each, one with nulls where it has none. `limit` counts
 * contracts. What is a draft yet is not there, nor for contract_get(). */
struct db_answer *contract_list(struct db *db, struct arena *a,
                                const char *tenant, const char *customer,
                                int limit);
/* The following rows have all columns of table contract, and customer_number.
 * only: id of the one contract that may be shown, or NULL for all. */
enum db_result contract_get(struct db *db, struct arena *a, const char *tenant,
                            const char *customer, const char *only,
                            const char *ref, json_t **row);
enum db_result contract_by_ref(struct db *db, struct arena *a,
                               const char *tenant, const char *ref,
                               json_t **row);
enum db_result contract_by_id(struct db *db, struct arena *a,
                              const char *tenant, const char *id, json_t **row);

/* The row with what counts on a day in the columns of plan, recurrence and
 * terms, of a contract that changes. */
json_t *contract_row_on(struct arena *a, const json_t *row, const char *day);

/* The row and its items as others see them: columns of contract_fields. */
json_t *contract_shown(struct arena *a, const json_t *row, const json_t *items);

/* The list of the back office. */
extern const struct field contract_list_fields[];
enum db_result contract_list_rows(struct db *db, struct arena *a,
                                  const struct list_query *q,
                                  const char *tenant, const char *pool,
                                  json_t **rows);

/* Columns of table contract_item, by position; and the question alone. */
enum db_result contract_items(struct db *db, struct arena *a,
                              const char *tenant, const char *contract,
                              json_t **rows);
struct db_answer *contract_items_ask(struct db *db, struct arena *a,
                                     const char *tenant, const char *contract);

/* Items of the contracts that run on a day, of the period that it lies in, with
 * ref, name, start_date and end_date of theirs; by description. */
enum db_result contract_services(struct db *db, struct arena *a,
                                 const char *tenant, const char *customer,
                                 const char *day, int limit, json_t **rows);

enum contract_order {
    CONTRACTS_BY_REF,
    CONTRACTS_BY_REF_DOWN,
    CONTRACTS_BY_CREATED,
    CONTRACTS_BY_CREATED_DOWN,
};

/* NULL: whatever it is. */
struct contract_filter {
    const char *ref;  /* how it begins */
    const char *text; /* customer_pattern() of what stands in reference, name
                         or the customer's names and number */
    const char *customer; /* number */
    const char *status, *delivery_mode;
    enum contract_order order;
    bool on; /* goes on after: */
    const char *after_ref;
    int64_t after_created;
    int limit;
};

enum db_result contract_find(struct db *db, struct arena *a, const char *tenant,
                             const struct contract_filter *filter,
                             json_t **rows);

struct contract_item_new {
    const char *description;
    int64_t quantity, unit_price; /* scaled by 10^6; price in currency units */
    int vat_rate;                 /* basis points */
    const char *since, *until; /* of periods that begin within; NULL or "": from
                                  the first, to the last */
};

struct contract_new {
    const char *ref;          /* NULL: one is made */
    const char *customer;     /* id */
    const char *status;       /* draft, active; of a demo any */
    const char *end_date;     /* NULL: what its term says */
    const char *billed_until; /* NULL: nothing is billed yet */
    const char *name, *currency, *plan, *delivery_mode;
    const char *start_date;
    int every;
    const char *unit;
    bool in_advance;
    int term, renewal, notice; /* see contract/term.h */
    const char *term_unit, *renewal_unit, *notice_unit;
    int due_days;           /* -1: as the tenant has it */
    const char *changes_on; /* contract/term.h; NULL: it stays as it is */
    const char *then_name, *then_plan;
    struct contract_then then;
    const struct contract_item_new *items;
    size_t n_items;
};

struct contract_sent {
    struct arena *arena;
    const struct tenant *tenant;
    const json_t *input;  /* typed by contract_create_fields and its kin */
    const json_t *before; /* the row that changes; NULL: a new contract */
    const json_t *items;  /* its items */
    struct field_errors *errors;
};

/*
 * What was sent as a contract: what is absent is as it was, null empties it.
 * DB_CHECK: it breaks a rule; errors have each at its field, as the API names
 * it, beside those that are there.
 */
enum db_result contract_take(struct db *db, const struct contract_sent *sent,
                             struct contract_new *new);

/* *id gets the new contract's id. DB_UNIQUE: the reference is taken. */
enum db_result contract_create(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const struct contract_new *new, const char **id);

/*
 * Puts all of `new` (but reference, customer and status) in the place of what
 * the row and its items have. Where that is the same, nothing happens. DB_NONE:
 * it has changed meanwhile.
 */
enum db_result contract_change(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const json_t *row, const json_t *items,
                               const struct contract_new *new);

/* ---- its life: tables/contract_moves.def ---- */

/* Whether that action can be done with the row now. */
bool contract_may(const json_t *row, const char *action);

struct contract_move {
    const char *action;
    const char *today;
    const char *date; /* cancel: the day of notice; NULL: today */
    const char *end;  /* cancel: the last day; NULL: the earliest one */
};

/*
 * Does it, with audit row and callback. DB_NONE: it has changed meanwhile.
 * DB_CHECK with *why: the status does not allow it (contract_status), it ends
 * by itself whatever the notice (contract_ends_itself), notice lies in the
 * future (notice_future), or the end before it or the start (end_early).
 */
enum db_result contract_act(struct db *db, struct arena *a, const char *tenant,
                            const struct actor *actor, const json_t *row,
                            const struct contract_move *move, enum err *why);

/* Whether a member of its account may take its cancellation back: a member has
 * cancelled it, and not the merchant, and the last day is not over. */
enum db_result contract_may_undo(struct db *db, struct arena *a,
                                 const char *tenant, const json_t *row,
                                 const char *today, bool *may);

/* Whether that can be the last day of a contract whose notice came on a day. */
bool contract_may_end(const json_t *row, const char *day, const char *end);

/* The last day that a document bills a contract (its id) for, in periods; "":
 * none does. */
enum db_result contract_invoiced_until(struct db *db, struct arena *a,
                                       const char *tenant, const char *id,
                                       const char **until);

/* What notice on a day leads to, for the earliest end (NULL) or another one:
 * columns of contract_preview_fields. invoiced: contract_invoiced_until().
 * NULL: the status does not allow it. */
json_t *contract_preview(struct arena *a, const json_t *row,
                         const json_t *items, const char *invoiced,
                         const char *day, const char *end);

/* Contracts whose last day is before that one, as of contract_by_ref(), behind
 * such a row (or NULL). */
enum db_result contract_over(struct db *db, struct arena *a, const char *tenant,
                             const char *day, const json_t *after, int limit,
                             json_t **rows);

/* Contracts that ended before what is billed of them, as of contract_by_ref(),
 * behind such a row (or NULL). */
enum db_result contract_beyond(struct db *db, struct arena *a,
                               const char *tenant, const json_t *after,
                               int limit, json_t **rows);

/* What is billed of an ended one (its row) beyond its end is dealt with:
 * billed_until is the end. DB_NONE: it is not as it was when it was read. */
enum db_result contract_billed_to_end(struct db *db, const char *tenant,
                                      const json_t *row);

/* Tells callbacks that something else than its own life changed a contract (its
 * id), in the transaction that did. */
enum db_result contract_tell_changed(struct db *db, struct arena *a,
                                     const char *tenant,
                                     const struct actor *actor, const char *id);

/* An audit row of that action with the contract, not older than that; DB_NONE:
 * there is none. */
enum db_result contract_told(struct db *db, struct arena *a, const char *tenant,
                             const char *id, const char *action, int64_t since,
                             json_t **row);

/*
 * What the contract (its row) was billed from a day on is to be billed again:
 * moves billed_until and next_billing back, in the transaction that takes the
 * invoice back. DB_NONE: it is not as it was when the row was read.
 */
enum db_result contract_bill_again(struct db *db, const char *tenant,
                                   const json_t *row, const char *from);

/*
 * quantity × unit price in minor units of the currency, half away from zero.
 * One place for the rounding rule of every amount.
 */
int64_t contract_line_net(int64_t quantity, int64_t unit_price,
                          const char *currency);

/* Whether an item goes with the period that begins on that day, and so with any
 * part of it. */
bool contract_item_holds(const json_t *item, const char *day);

/* Those of the items that go with the period that the day lies in. */
json_t *contract_items_on(struct arena *a, const json_t *row,
                          const json_t *items, const char *day);

/* The sum over rows of items of the contract (its row): the net price of the
 * whole period that the day lies in. */
int64_t contract_price(const json_t *row, const json_t *items, const char *day);

#endif
