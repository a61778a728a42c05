/* Documents that wait are sent, and take over how their mails ended. */
#include <string.h>

#include "base/clock.h"
#include "base/job.h"
#include "base/log.h"
#include "billing/billing_store.h"
#include "billing/delivery_document.h"
#include "mail/mail.h"

enum {
    BATCH = 10,     /* of a tenant, before the others have their turn */
    ENDED = 200,    /* mails that ended, at once */
    LEASE_S = 60,   /* of one document */
    SLICE_MS = 500, /* then mail and the rest have theirs */
};

static const struct actor actor = {"system", "", "delivery", NULL, false};

/* ---- sending ---- */

static bool
send_one(struct job *job, const struct tenant *tenant, const char *id)
{
    struct job one = *job; /* with an arena of its own: files are large */
    struct delivery d = {.db = job->db,
                         .config = job->config,
                         .keys = job->keys,
                         .tenant = tenant,
                         .actor = &actor,
                         .once = true};
    int64_t now = clock_now(), taken = 0;
    enum db_result r = delivery_store_lease(job->db, tenant->id, id, now,
                                            now + LEASE_S, &taken);

    if (r == DB_OK && taken > 0) {
        one.arena = arena_new();
        d.arena = one.arena;
        r = delivery_send(&d, id);
        arena_free(one.arena);
    }
    if (r != DB_OK && r != DB_NONE) {
        log_error("%s could not be sent; it is tried again in %d seconds", id,
                  LEASE_S);
    }
    return r == DB_OK || r == DB_NONE || r == DB_FAILED;
}

static bool
send_of_tenant(struct job *job, const char *id, int64_t end)
{
    struct tenant *tenant;
    json_t *rows;
    bool ok =
        tenant_load(job->db, job->arena, job->config, id, &tenant) == DB_OK &&
        delivery_store_due(job->db, job->arena, id, clock_now(), BATCH,
                           &rows) == DB_OK;

    for (size_t i = 0; ok && i < json_array_size(rows) && !*job->stop &&
                       clock_monotonic_ms() < end;
         i++) {
        ok = send_one(job, tenant, row_text(json_array_get(rows, i), "id"));
    }
    return ok;
}

/* A round: each tenant's oldest. *more: some had something. */
static bool
send_round(struct job *job, int64_t end, bool *more)
{
    json_t *tenants, *row;
    size_t i;
    bool ok = delivery_store_tenants(job->db, job->arena, clock_now(),
                                     &tenants) == DB_OK;

    *more = ok && json_array_size(tenants) > 0;
    json_array_foreach(tenants, i, row)
    {
        ok = ok && send_of_tenant(job, row_text(row, "tenant"), end);
    }
    return ok;
}

/* ---- how it ended ---- */

static enum db_result
follow_in_transaction(struct db *db, void *data)
{
    const json_t *mail = data;
    const char *tenant = row_text(mail, "tenant"), *id = row_text(mail, "id");
    const char *invoice = row_text(mail, "about") + strlen(INVOICE_ABOUT);
    struct dispatch to = {row_text(mail, "state"), id,
                          row_text(mail, "reason")};
    enum db_result r = delivery_store_follow(db, tenant, invoice, &to);

    return r == DB_OK ? mail_ended_told(db, tenant, id) : r;
}

/* The document has another mail by now: then it follows that one. */
static bool
follow(struct job *job)
{
    json_t *rows, *row;
    size_t i;
    bool ok =
        mail_ended(job->db, job->arena, INVOICE_ABOUT, ENDED, &rows) == DB_OK;

    json_array_foreach(rows, i, row)
    {
        ok = ok &&
             db_transaction(job->db, true, follow_in_transaction, row) == DB_OK;
    }
    return ok;
}

bool
delivery_send_due(struct job *job)
{
    int64_t end = clock_monotonic_ms() + SLICE_MS;
    struct job round = *job;
    bool more = true, ok = follow(job);

    round.arena = arena_new();
    while (ok && more && !*job->stop && clock_monotonic_ms() < end) {
        ok = send_round(&round, end, &more);
        arena_reset(round.arena);
    }
    arena_free(round.arena);
    return ok;
}
