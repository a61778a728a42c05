/* Sending what is due: several at a time, and none waits for a slow target. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/job.h"
#include "base/json.h"
#include "base/log.h"
#include "callback/callback_message.h"
#include "callback/callback_store.h"
#include "mail/mail_view.h"
#include "net/http.h"
#include "tenant/tenant.h"

enum {
    RUNNING_MAX = 32, /* at the same time */
    EACH_MAX = 2,     /* of them to one endpoint */
    BATCH = 200,
    WHOLE_MS = 15 * 1000,
    ANSWER_MAX = 64 * 1024,
    LEASE_S = 120,   /* longer than sending takes, other jobs in between */
    SLICE_MS = 3000, /* then it is the turn of the other jobs */
    WAIT_MS = 200,
    RETRY_AFTER_MAX = 3600,
    OFF_AFTER_S = 75 * 3600, /* of nothing but failures */
    KEPT_S = 30 * 24 * 3600,
};

/* ---- one delivery in the air ---- */

struct sending {
    struct arena *arena; /* NULL: the place is free */
    const json_t *row;
    const char *owner; /* of the lease */
    int64_t at;
    struct http_call call; /* headers are here: they live as long */
    const char *headers[8];
};

static struct {
    struct http_pool *pool;
    struct sending places[RUNNING_MAX];
    size_t running;
    unsigned long long count;
} sender;

static size_t
running_to(const json_t *due)
{
    size_t n = 0;

    for (size_t i = 0; i < RUNNING_MAX; i++) {
        const struct sending *s = &sender.places[i];

        n += s->arena &&
             strcmp(row_text(s->row, "tenant"), row_text(due, "tenant")) == 0 &&
             strcmp(row_text(s->row, "endpoint"), row_text(due, "endpoint")) ==
                 0;
    }
    return n;
}

static struct sending *
free_place(void)
{
    for (size_t i = 0; i < RUNNING_MAX; i++) {
        if (!sender.places[i].arena) {
            return &sender.places[i];
        }
    }
    return NULL;
}

static void
leave(struct sending *s)
{
    arena_free(s->arena);
    *s = (struct sending){0};
}

/* ---- what is sent ---- */

static const char *
unsealed(struct job *job, struct sending *s, const char *purpose,
         const char *id, const char *column)
{
    return keys_unseal(job->keys, s->arena, purpose, row_text(s->row, "tenant"),
                       row_text(s->row, id), row_text(s->row, column));
}

/* Both secrets sign while one takes the place of the other. */
static const char *
signatures(struct job *job, struct sending *s, const char *body)
{
    const char *id = row_text(s->row, "event"), *old = NULL, *now = NULL;
    const char *secret =
        unsealed(job, s, CALLBACK_SECRET, "endpoint", "secret");

    if (secret) {
        now = callback_signature(s->arena, secret, id, s->at, body);
    }
    if (row_int(s->row, "old_until") > s->at) {
        secret = unsealed(job, s, CALLBACK_SECRET, "endpoint", "old_secret");
        old = secret ? callback_signature(s->arena, secret, id, s->at, body)
                     : NULL;
    }
    return now && old ? arena_printf(s->arena, "%s %s", now, old) : now;
}

static const char *
body_of(struct job *job, struct sending *s)
{
    struct callback_message m = {
        .id = row_text(s->row, "event"),
        .type = row_text(s->row, "type"),
        .object = row_text(s->row, "object"),
        .envelope = row_text(s->row, "envelope"),
        .seq = row_int(s->row, "seq"),
        .created = row_int(s->row, "created"),
        .data = unsealed(job, s, CALLBACK_EVENT, "event", "payload")};

    return m.data ? callback_body(s->arena, &m) : NULL;
}

static bool
begin(struct job *job, struct sending *s)
{
    const char *body = body_of(job, s);
    const char *signed_by = body ? signatures(job, s, body) : NULL;
    const char *request = row_text(s->row, "request_id");
    size_t n = 0;

    if (!signed_by) {
        snprintf(s->call.why, sizeof s->call.why,
                 "no key of the ring opens the event or its secret");
        return false;
    }
    if (!callback_url_ok(job->config, s->call.url)) {
        snprintf(s->call.why, sizeof s->call.why,
                 "the address is not one that callbacks may go to");
        return false;
    }
    s->headers[n++] = "Content-Type: application/json";
    s->headers[n++] = "Expect:";
    s->headers[n++] =
        arena_printf(s->arena, "webhook-id: %s", row_text(s->row, "event"));
    s->headers[n++] =
        arena_printf(s->arena, "webhook-timestamp: %lld", (long long)s->at);
    s->headers[n++] =
        arena_printf(s->arena, "webhook-signature: %s", signed_by);
    if (request[0]) {
        s->headers[n++] = arena_printf(s->arena, "X-Request-Id: %s", request);
    }
    s->call.headers = s->headers;
    s->call.sent = body;
    s->call.sent_len = strlen(body);
    return http_pool_start(sender.pool, s->arena, &s->call);
}

/* ---- how it ended ---- */

struct outcome {
    struct job *job;
    struct sending *sending;
    const char *error; /* "" = delivered */
    const char *state;
    int64_t now, next_at;
};

/* Whoever is to be told that nothing is sent any more. */
static enum db_result
write_mail(struct db *db, struct outcome *o, const char *reason)
{
    const json_t *row = o->sending->row;
    struct arena *a = o->sending->arena;
    struct mail mail = {.event = strcmp(reason, "gone") == 0 ? "callback_gone"
                                                             : "callback_off",
                        .customer = "",
                        .user = "",
                        .recipient = row_text(row, "contact"),
                        .request_id = row_text(row, "request_id")};
    json_t *model =
        json_pack("{s:s, s:s}", "url", row_text(row, "url"), "error", o->error);
    struct tenant *tenant;
    enum db_result r;

    json_in_arena(a, model);
    if (mail.recipient[0] == '\0') {
        return DB_OK;
    }
    r = tenant_load(db, a, o->job->config, row_text(row, "tenant"), &tenant);
    if (r != DB_OK) {
        return r;
    }
    mail.language = tenant->default_language;
    return mail_compose(db, a, o->job->keys, tenant, &mail, model)
               ? mail_queue(db, a, tenant->id, &mail)
               : DB_FAILED;
}

static enum db_result
switch_off(struct db *db, struct outcome *o, const char *reason)
{
    static const struct actor by_jobs = {"jobs", "", "", NULL, false};
    const json_t *row = o->sending->row;
    const char *tenant = row_text(row, "tenant");
    struct audit audit = {&by_jobs, "", "callback.off",
                          row_text(row, "endpoint"), reason};
    int64_t changed = 0;
    enum db_result r = callback_store_off(db, tenant, row_text(row, "endpoint"),
                                          reason, &changed);

    if (r != DB_OK || changed == 0) {
        return r;
    }
    log_warn("callback endpoint %s of tenant %s is off: %s",
             row_text(row, "endpoint"), tenant, reason);
    r = write_mail(db, o, reason);
    return r == DB_OK ? audit_write(db, o->sending->arena, tenant, &audit) : r;
}

static enum db_result
judge_endpoint(struct db *db, struct outcome *o)
{
    const json_t *row = o->sending->row;
    int64_t since = row_int(row, "failing_since");
    enum db_result r = callback_store_failing(db, row_text(row, "tenant"),
                                              row_text(row, "endpoint"),
                                              o->error[0] ? o->now : 0);

    if (r != DB_OK || o->error[0] == '\0') {
        return r;
    }
    if (o->sending->call.status == 410) {
        return switch_off(db, o, "gone");
    }
    return since > 0 && o->now - since >= OFF_AFTER_S
               ? switch_off(db, o, "failing")
               : DB_OK;
}

static enum db_result
settle_in_transaction(struct db *db, void *data)
{
    struct outcome *o = data;
    struct sending *s = o->sending;
    const json_t *row = s->row;
    struct callback_attempt attempt = {
        .id = id_new(s->arena, "cba"),
        .url = s->call.url,
        .number = row_int(row, "attempts"),
        .at = s->at,
        .ms = s->call.ms,
        .status = s->call.status,
        .error = o->error,
        .answer = callback_masked(s->arena, s->call.body ? s->call.body : "",
                                  s->call.len)};
    int64_t changed = 0;
    enum db_result r = callback_store_attempt(
        db, row_text(row, "tenant"), row_text(row, "event"),
        row_text(row, "endpoint"), &attempt);

    if (r == DB_OK) {
        r = callback_store_finish(db, row, s->owner, o->state, o->next_at,
                                  &changed);
    }
    if (r == DB_OK && changed == 0) {
        log_warn("%s: the lease was lost", row_text(row, "event"));
    }
    return r == DB_OK ? judge_endpoint(db, o) : r;
}

/* A tenth more at most: what failed together comes back apart. */
static int64_t
pause_of(const struct http_call *call, int64_t pause)
{
    int64_t asked =
        call->status == 429 || call->status == 503 ? call->retry_after : 0;

    asked = asked > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : asked;
    pause = asked > pause ? asked : pause;
    return pause + randombytes_uniform((uint32_t)pause / 10 + 1);
}

static const char *
error_of(struct sending *s)
{
    const struct http_call *call = &s->call;

    if (call->status >= 200 && call->status <= 299) {
        return "";
    }
    return call->status
               ? arena_printf(s->arena, "the answer is %d", call->status)
               : arena_strdup(s->arena, call->why);
}

static bool
settle(struct job *job, struct sending *s)
{
    struct outcome o = {.job = job,
                        .sending = s,
                        .error = error_of(s),
                        .state = "delivered",
                        .now = clock_now()};
    const char *event = row_text(s->row, "event");
    int64_t pause = callback_pause(row_int(s->row, "attempts"));
    enum db_result r;

    if (o.error[0]) {
        bool over = pause < 0 || s->call.status == 410;

        o.state = over ? "failed" : "queued";
        o.next_at = over ? 0 : o.now + pause_of(&s->call, pause);
    }
    log_set_request(row_text(s->row, "request_id"));
    r = db_transaction(job->db, true, settle_in_transaction, &o);
    if (o.error[0]) {
        log_warn("%s %s after try %lld: %s", event, o.state,
                 (long long)row_int(s->row, "attempts"), o.error);
    } else {
        log_info("%s delivered", event);
    }
    log_set_request(NULL);
    leave(s);
    return r == DB_OK || r == DB_FOREIGN; /* the endpoint was removed */
}

/* ---- all that is due ---- */

static bool
take(struct job *job, const json_t *due)
{
    struct sending *s = free_place();
    json_t *row;
    enum db_result r;

    s->arena = arena_new();
    s->at = clock_now();
    s->owner = arena_printf(s->arena, "%s:%llu", job->owner, ++sender.count);
    r = callback_store_lease(job->db, s->arena, due, s->owner, s->at,
                             s->at + LEASE_S, &row);
    if (r != DB_OK) {
        leave(s);
        return r == DB_NONE; /* somebody else has it */
    }
    s->row = row;
    s->call = (struct http_call){.url = row_text(row, "url"),
                                 .max = ANSWER_MAX,
                                 .cut = true,
                                 .whole_ms = WHOLE_MS};
    if (!begin(job, s)) {
        return settle(job, s);
    }
    sender.running++;
    return true;
}

/* *begun: how many were taken. */
static bool
take_due(struct job *job, size_t *begun)
{
    json_t *rows, *due;
    size_t i;

    *begun = 0;
    if (sender.running == RUNNING_MAX) {
        return true;
    }
    if (callback_store_due(job->db, job->arena, clock_now(), EACH_MAX, BATCH,
                           &rows) != DB_OK) {
        return false;
    }
    json_array_foreach(rows, i, due)
    {
        if (sender.running < RUNNING_MAX && running_to(due) < EACH_MAX) {
            if (!take(job, due)) {
                return false;
            }
            ++*begun;
        }
    }
    return true;
}

/* *ended: how many. */
static bool
take_ended(struct job *job, size_t *ended)
{
    struct http_call *call = http_pool_next(sender.pool, WAIT_MS);
    bool ok = true;

    *ended = 0;
    for (; call; call = http_pool_next(sender.pool, 0)) {
        struct sending *s =
            (struct sending *)((char *)call - offsetof(struct sending, call));

        sender.running--;
        ++*ended;
        ok = settle(job, s) && ok;
    }
    return ok;
}

bool
callback_send_due(struct job *job)
{
    int64_t until = clock_monotonic_ms() + SLICE_MS;
    size_t begun, ended;

    if (!sender.pool) {
        sender.pool = http_pool_new(job->config);
    }
    if (!sender.pool) {
        return false;
    }
    do {
        arena_reset(job->arena);
        if (!take_due(job, &begun) || !take_ended(job, &ended)) {
            return false;
        }
    } while (!*job->stop &&
             (job->once ? begun || sender.running
                        : (begun || ended) && clock_monotonic_ms() < until));
    return true;
}

bool
callback_forget(struct job *job)
{
    return callback_store_forget(job->db, clock_now() - KEPT_S) == DB_OK;
}

/* What cannot be opened stays as it is: the key may come back. */
static const char *
sealed_anew(struct job *job, const json_t *row, const char *column)
{
    const char *tenant = row_text(row, "tenant"), *id = row_text(row, "id");
    const char *sealed = row_text(row, column), *secret = NULL;

    if (sealed[0]) {
        secret = keys_unseal(job->keys, job->arena, CALLBACK_SECRET, tenant, id,
                             sealed);
    }
    return secret ? keys_seal(job->keys, job->arena, CALLBACK_SECRET, tenant,
                              id, secret)
                  : sealed;
}

bool
callback_reseal(struct job *job)
{
    const char *tenant = "", *id = "";
    json_t *rows, *row;
    size_t i;

    do {
        if (callback_store_secrets(job->db, job->arena, tenant, id, BATCH,
                                   &rows) != DB_OK) {
            return false;
        }
        json_array_foreach(rows, i, row)
        {
            tenant = row_text(row, "tenant");
            id = row_text(row, "id");
            if (callback_store_reseal(
                    job->db, row, sealed_anew(job, row, "secret"),
                    sealed_anew(job, row, "old_secret")) != DB_OK) {
                return false;
            }
        }
    } while (json_array_size(rows) == BATCH && !*job->stop);
    return true;
}
