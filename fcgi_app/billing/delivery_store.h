/* SQL of delivery: the same columns of documents and reminders. */
#ifndef BILLING_DELIVERY_STORE_H
#define BILLING_DELIVERY_STORE_H

#include "billing/delivery.h"

struct dispatch {
    const char *state, *mail, *reason; /* mail: id, or NULL */
    const char *error;                 /* code, or "" */
};

/* Of all tenants: those that have something to send. */
enum db_result delivery_store_tenants(struct db *db, struct arena *a,
                                      enum delivery_kind kind, int64_t now,
                                      json_t **rows);

/* Ids: what has not been tried, the oldest first, and then what is due again.
 */
enum db_result delivery_store_due(struct db *db, struct arena *a,
                                  enum delivery_kind kind, const char *tenant,
                                  int64_t now, int limit, json_t **rows);

/* Begins a try: in one's hands until then. Row: dispatch_tries, with this one.
 * DB_NONE: it is in somebody else's hands. */
enum db_result delivery_store_take(struct db *db, struct arena *a,
                                   enum delivery_kind kind, const char *tenant,
                                   const char *id, int64_t now, int64_t until,
                                   json_t **row);

/* The next try; nothing changes unless it is that try that failed. */
enum db_result delivery_store_wait(struct db *db, enum delivery_kind kind,
                                   const char *tenant, const char *id,
                                   int64_t tries, int64_t until,
                                   const char *error);

/* Nothing changes while a mail of it waits; once: nor when it does not wait. */
enum db_result delivery_store_set(struct db *db, enum delivery_kind kind,
                                  const char *tenant, const char *id,
                                  const struct dispatch *to, bool once,
                                  int64_t *changed);

/* Nothing changes unless that mail is its last one, and it waits. */
enum db_result delivery_store_follow(struct db *db, enum delivery_kind kind,
                                     const char *tenant, const char *id,
                                     const struct dispatch *to,
                                     int64_t *changed);

/* id, number, type ("reminder" of those), customer, customer_number,
 * contract_ref, date. */
enum db_result delivery_store_get(struct db *db, struct arena *a,
                                  enum delivery_kind kind, const char *tenant,
                                  const char *id, json_t **row);

/* ---- what failed for good ---- */

/* Row: n, DELIVERY_COUNTED at most. */
enum db_result delivery_store_count(struct db *db, struct arena *a,
                                    enum delivery_kind kind, const char *tenant,
                                    json_t **row);

/* id, number, customer of those after that id, by id; run: of that one, NULL:
 * of all. */
enum db_result delivery_store_failed(struct db *db, struct arena *a,
                                     enum delivery_kind kind,
                                     const char *tenant, const char *run,
                                     const char *after, int limit,
                                     json_t **rows);

/* The same, up to the id `last`, wait as if they had never been tried. */
struct delivery_again {
    const char *run, *after, *last;
};
enum db_result delivery_store_again(struct db *db, enum delivery_kind kind,
                                    const char *tenant,
                                    const struct delivery_again *again);

/* The id of an invoice run or reminder run; DB_NONE: there is no such one. */
enum db_result delivery_store_run(struct db *db, struct arena *a,
                                  const char *tenant, const char *run,
                                  json_t **row);

#endif
