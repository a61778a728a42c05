/* Sealing what was written. */
#include <string.h>

#include "audit/audit_chain.h"
#include "audit/audit_store.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/job.h"
#include "base/log.h"

enum {
    BATCH = 200, /* rows in a transaction: others want to write, too */
    SLICE_MS =
        500,   /* of one tenant in one run: mail does not wait for a backlog */
    LAG_S = 2, /* younger rows wait, so that the chain follows the time; one
                  that is committed later still just takes the next place */
};

struct sealing {
    struct job *job;
    struct arena *arena;
    const char *tenant;
    const struct audit_key *key; /* or NULL */
    int64_t until;
    size_t sealed;
};

static enum db_result
sign_head(struct db *db, const struct sealing *s, int64_t seq, const char *hash)
{
    char day[11];

    clock_date(clock_now() / 86400, day);
    return audit_store_set_head(
        db, s->tenant, day, seq, hash,
        s->key ? audit_sign(s->arena, s->key, s->tenant, day, seq, hash) : "");
}

static enum db_result
seal_in_transaction(struct db *db, void *data)
{
    struct sealing *s = data;
    char prev[AUDIT_HEX] = "", hash[AUDIT_HEX];
    json_t *rows, *row, *head;
    enum db_result r = audit_store_head(db, s->arena, s->tenant, &head);
    int64_t seq = row_int(head, "seq");
    size_t i;

    if (r == DB_OK) {
        strncat(prev, row_text(head, "hash"), sizeof prev - 1);
    }
    if (r == DB_OK || r == DB_NONE) {
        r = audit_store_open(db, s->arena, s->tenant, s->until, BATCH, &rows);
    }
    s->sealed = r == DB_OK ? json_array_size(rows) : 0;
    for (i = 0; i < s->sealed && r == DB_OK; i++) {
        row = json_array_get(rows, i);
        audit_hash(row, ++seq, prev, hash);
        r = audit_store_seal(db, s->tenant, row_text(row, "id"), seq, prev,
                             hash);
        memcpy(prev, hash, sizeof hash);
    }
    return r == DB_OK && s->sealed > 0 ? sign_head(db, s, seq, prev) : r;
}

static bool
seal_tenant(struct sealing *s)
{
    int64_t end = clock_monotonic_ms() + SLICE_MS;
    enum db_result r;

    s->arena = arena_new();
    do {
        r = db_transaction(s->job->db, false, seal_in_transaction, s);
        arena_reset(s->arena);
    } while (r == DB_OK && s->sealed == BATCH && !*s->job->stop &&
             clock_monotonic_ms() < end);
    arena_free(s->arena);
    if (r != DB_OK) {
        log_warn("audit of %s: not sealed (%d)", s->tenant, (int)r);
    }
    return r == DB_OK;
}

bool
audit_seal_due(struct job *job)
{
    struct sealing s = {.job = job, .until = clock_now() - LAG_S};
    json_t *rows, *row;
    bool ok = true;
    size_t i;

    if (audit_store_tenants(job->db, job->arena, s.until, &rows) != DB_OK) {
        return false;
    }
    if (json_array_size(rows) > 0) {
        s.key = audit_key_open(job->arena, job->config->state, true);
    }
    json_array_foreach(rows, i, row)
    {
        s.tenant = row_text(row, "tenant");
        ok = !*job->stop && seal_tenant(&s) && ok;
    }
    return (ok && (s.key || json_array_size(rows) == 0)) || *job->stop;
}
