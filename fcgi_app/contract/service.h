/*
 * Services: one-off work on a contract that a run bills. Recorded for a day
 * that was or will be; a run takes what is open and may be billed on its date
 * (bill_from empty or not later). Only what is open can be changed.
 */
#ifndef CONTRACT_SERVICE_H
#define CONTRACT_SERVICE_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"

struct tenant;

enum {
    SERVICE_YEARS = 10,       /* how far from today its days may lie */
    SERVICE_BATCH_MAX = 1000, /* of one call */
};

/* How the API shows one, and what it takes. */
extern const struct field service_fields[], service_create_fields[],
    service_change_fields[], service_query_fields[],
    service_contract_query_fields[];
/* Many at once: what is sent and answered; service_line_fields type each. */
extern const struct field service_line_fields[], service_batch_fields[],
    service_batch_answer_fields[];
/* Forms of the back office; "confirm" is the answer to a warning. */
extern const struct field service_form_new_fields[], service_form_fields[],
    service_import_fields[];
/* What the page of one tells, with unit_price as text; and what the trail has.
 */
extern const struct field service_page_fields[], service_trail_fields[];
/* The list of all. */
extern const struct field service_list_fields[];
enum db_result service_list_rows(struct db *db, struct arena *a,
                                 const struct list_query *q, const char *tenant,
                                 const char *pool, json_t **rows);

/* What is to be thought of where a service is recorded. */
enum service_warning {
    SERVICE_FINE,
    SERVICE_FUTURE_NOW,  /* will be done, and is billed in the next run */
    SERVICE_BILLED_FIRST /* may be billed before it is done */
};

/* bill_from: NULL or "" for none. today: in the tenant's zone. */
enum service_warning service_warning(const char *today, const char *performance,
                                     const char *bill_from);

/* The row of a contract as services need it: id, contract (its reference),
 * status, end_date, currency, customer_id, customer (its number). */
enum db_result service_contract(struct db *db, struct arena *a,
                                const char *tenant, const char *ref,
                                json_t **row);
/* Whether it takes new services on that day. */
bool service_contract_open(const json_t *contract, const char *today);

/* Rows have the columns of service_entry; but contract and customer as others
 * see them, invoice's number, contract_id, customer_id and currency. */
enum db_result service_find(struct db *db, struct arena *a, const char *tenant,
                            const char *id, json_t **row);

/* The row with what is computed: net and, while it is open, warnings. */
json_t *service_shown(struct arena *a, const struct tenant *tenant,
                      const json_t *row);

struct service_filter {            /* NULL: whatever it is */
    const char *contract;          /* id */
    const char *customer, *status; /* number; status NULL: not deleted */
    const char *from, *to;         /* performance date, both included */
    const char *due;               /* may be billed on that day */
    const char *external_id;
    bool on; /* goes on after the last one seen: */
    const char *after_date, *after_id;
    int limit;
};
/* By performance date. */
enum db_result service_list(struct db *db, struct arena *a, const char *tenant,
                            const struct service_filter *filter, json_t **rows);

struct service_new {
    const char *description;
    int64_t quantity, unit_price; /* scaled by 10^6 */
    int64_t vat_rate;             /* basis points */
    const char *performance_date;
    const char *bill_from, *external_id; /* or NULL */
};

struct service_sent {
    struct arena *arena;
    const struct tenant *tenant;
    const json_t *input;  /* typed by the fields above */
    const json_t *before; /* the row that changes; NULL: a new one */
    struct field_errors *errors;
};

/* What was sent as a service: what is absent is as it was, null empties it.
 * False: errors have what is wrong, beside those that are there. */
bool service_take(const struct service_sent *sent, struct service_new *new);

/* Who does it, where. */
struct service_desk {
    struct db *db;
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
};

/* DB_UNIQUE: the external id is taken; DB_CHECK: the contract has ended. */
enum db_result service_create(const struct service_desk *desk,
                              const json_t *contract,
                              const struct service_new *new, const char **id);

/*
 * A change of what is the same changes nothing. DB_CHECK: it is not open, or no
 * longer; DB_NONE: it has changed meanwhile. Whether a run has it is decided by
 * the database: a run marks only what is open, and so do these.
 */
enum db_result service_change(const struct service_desk *desk,
                              const json_t *row, const struct service_new *new);
enum db_result service_remove(const struct service_desk *desk,
                              const json_t *row);

/* Why a row that is not open cannot be changed. */
enum err service_closed(const json_t *row);

/* ---- many at once ---- */

enum service_outcome { SERVICE_REFUSED, SERVICE_CREATED, SERVICE_EXISTING };

struct service_line {
    const json_t *input; /* typed by service_line_fields */
    size_t n_errors;     /* what is wrong with it: typed by the caller, and */
    const struct field_error *errors; /* what no field row says */
    enum service_outcome outcome;
    json_t *row; /* the entry that is there now; NULL: none, or a dry run's */
    enum service_warning warning;
    bool differs; /* exists with other values, which stay */
};

/* The errors of a line, kept as long as the arena. */
void service_line_errors(struct arena *a, struct service_line *line,
                         const struct field_errors *errors);

/*
 * Records the lines that can be, in one transaction, each by itself: one that
 * is refused hinders no other. By its external_id a line comes in once, whoever
 * sends it again; also when what it made was changed, billed or removed since.
 * dry: only says what would be. Other than DB_OK: nothing was done.
 */
enum db_result service_record(const struct service_desk *desk,
                              struct service_line *lines, size_t n, bool dry);

#endif
