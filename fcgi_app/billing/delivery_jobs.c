/*
 * What waits is sent, what could not be is tried again, and all of it takes
 * over how its mails ended.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "billing/delivery_document.h"
#include "billing/delivery_store.h"
#include "job/job.h"
#include "mail/mail.h"

enum {
    BATCH = 10,     /* of a tenant, before the others have their turn */
    ENDED = 200,    /* mails that ended, at once */
    AGAIN = 200,    /* documents in a step of deliveries_again */
    LEASE_S = 60,   /* of one document */
    SLICE_MS = 500, /* then mail and the rest have theirs */
};

static const struct actor actor = {"system", "", "delivery", NULL, false};

/* ---- a try ---- */

struct trying {
    struct job *job;
    enum delivery_kind kind;
    const struct tenant *tenant;
    const char *id;
    int64_t tries; /* this one is the nth */
    enum delivery_error error;
};

static enum db_result
give_up_in_transaction(struct db *db, void *data)
{
    const struct trying *t = data;
    const struct delivery_desk desk = {db, t->job->arena, t->tenant->id,
                                       &actor};
    const struct delivery_failure failure = {
        .kind = t->kind, .id = t->id, .error = t->error};

    return delivery_fail(&desk, &failure);
}

/* The next try, or none any more. False: the database does not take it; then
 * the lease of this one ends by itself. */
static bool
note_failure(const struct trying *t)
{
    int64_t wait = delivery_wait(t->tries);
    const char *code = delivery_error_code(t->error);
    enum db_result r;

    if (wait > 0) {
        r = delivery_store_wait(t->job->db, t->kind, t->tenant->id, t->id,
                                t->tries, clock_now() + wait, code);
    } else {
        r = db_transaction(t->job->db, true, give_up_in_transaction, (void *)t);
    }
    log_error("%s could not be sent (%s), try %lld of %d", t->id, code,
              (long long)t->tries, DELIVERY_TRIES);
    return r == DB_OK || r == DB_NONE;
}

static enum db_result
send_it(struct trying *t)
{
    static enum db_result (*const senders[])(struct delivery *,
                                             const char *) = {
        [DELIVERY_DOCUMENT] = delivery_send,
        [DELIVERY_REMINDER] = delivery_send_reminder,
    };
    struct delivery d = {.db = t->job->db,
                         .arena = t->job->arena,
                         .config = t->job->config,
                         .keys = t->job->keys,
                         .tenant = t->tenant,
                         .actor = &actor,
                         .once = true};
    enum db_result r = senders[t->kind](&d, t->id);

    t->error = d.error;
    return r;
}

/* False: the database is not there, so nothing else can be sent, either. */
static bool
try_one(struct job *job, struct trying *t)
{
    int64_t now = clock_now();
    json_t *row;
    enum db_result r =
        delivery_store_take(job->db, job->arena, t->kind, t->tenant->id, t->id,
                            now, now + LEASE_S, &row);

    if (r != DB_OK) {
        return r == DB_NONE;
    }
    t->job = job;
    t->tries = row_int(row, "dispatch_tries");
    if (t->tries > DELIVERY_TRIES) {
        t->error = DELIVERY_INTERRUPTED; /* nobody came back from the last */
        return note_failure(t);
    }
    r = send_it(t);
    return r == DB_OK || r == DB_NONE || note_failure(t);
}

/* ---- all that is due ---- */

static bool
send_of_tenant(struct job *job, enum delivery_kind kind, const char *id,
               int64_t end)
{
    struct job one = *job; /* with an arena of its own: files are large */
    struct tenant *tenant;
    json_t *rows;
    bool ok =
        tenant_load(job->db, job->arena, job->config, id, &tenant) == DB_OK &&
        delivery_store_due(job->db, job->arena, kind, id, clock_now(), BATCH,
                           &rows) == DB_OK;

    for (size_t i = 0; ok && i < json_array_size(rows) && !*job->stop &&
                       clock_monotonic_ms() < end;
         i++) {
        struct trying t = {.kind = kind,
                           .tenant = tenant,
                           .id = row_text(json_array_get(rows, i), "id")};

        one.arena = arena_new();
        ok = try_one(&one, &t);
        arena_free(one.arena);
    }
    return ok;
}

/* A round: each tenant's oldest. *more: some had something. */
static bool
send_round(struct job *job, enum delivery_kind kind, int64_t end, bool *more)
{
    json_t *tenants, *row;
    size_t i;
    bool ok = delivery_store_tenants(job->db, job->arena, kind, clock_now(),
                                     &tenants) == DB_OK;

    *more = ok && json_array_size(tenants) > 0;
    json_array_foreach(tenants, i, row)
    {
        ok = ok && send_of_tenant(job, kind, row_text(row, "tenant"), end);
    }
    return ok;
}

/* ---- how it ended ---- */

struct following {
    struct arena *arena;
    enum delivery_kind kind;
    size_t begins; /* where the id stands in what the mail brings */
    const json_t *mail;
};

static enum db_result
follow_in_transaction(struct db *db, void *data)
{
    const struct following *f = data;
    const char *tenant = row_text(f->mail, "tenant");
    const char *mail = row_text(f->mail, "id");
    const char *id = row_text(f->mail, "about") + f->begins;
    const struct delivery_desk desk = {db, f->arena, tenant, &actor};
    const struct delivery_failure failure = {.kind = f->kind,
                                             .id = id,
                                             .error = DELIVERY_REFUSED,
                                             .mail = mail,
                                             .reason =
                                                 row_text(f->mail, "reason")};
    const struct dispatch sent = {"sent", mail, "", ""};
    int64_t changed;
    enum db_result r =
        strcmp(row_text(f->mail, "state"), "failed") == 0
            ? delivery_fail(&desk, &failure)
            : delivery_store_follow(db, f->kind, tenant, id, &sent, &changed);

    /* the document has another mail by now: then it follows that one */
    return r == DB_OK || r == DB_NONE ? mail_ended_told(db, tenant, mail) : r;
}

static bool
follow(struct job *job, enum delivery_kind kind)
{
    const char *about = delivery_about(job->arena, kind, "");
    struct following f = {job->arena, kind, strlen(about), NULL};
    json_t *rows, *row;
    size_t i;
    bool ok = mail_ended(job->db, job->arena, about, ENDED, &rows) == DB_OK;

    json_array_foreach(rows, i, row)
    {
        f.mail = row;
        ok = ok &&
             db_transaction(job->db, true, follow_in_transaction, &f) == DB_OK;
    }
    return ok;
}

/* ---- the jobs ---- */

static bool
deliver(struct job *job, enum delivery_kind kind)
{
    int64_t end = clock_monotonic_ms() + SLICE_MS;
    struct job round = *job;
    bool more = true, ok = follow(job, kind);

    round.arena = arena_new();
    while (ok && more && !*job->stop && clock_monotonic_ms() < end) {
        ok = send_round(&round, kind, end, &more);
        arena_reset(round.arena);
    }
    arena_free(round.arena);
    return ok;
}

bool
delivery_send_due(struct job *job)
{
    return deliver(job, DELIVERY_DOCUMENT);
}

bool
reminder_mail_due(struct job *job)
{
    return deliver(job, DELIVERY_REMINDER);
}

/* ---- all that failed, once more ---- */

struct step {
    struct job *job;
    struct job_task *task;
    struct actor actor;
    const char *run;        /* whose documents; NULL: all */
    struct job_task before; /* as it is when nothing of the step stands */
    bool end;
};

/* The task's position: the kind, and the id of the last one. */
static enum delivery_kind
read_place(const struct job_task *task, char id[64])
{
    int kind;

    if (sscanf(task->position, "%d %63s", &kind, id) == 2 && kind >= 0 &&
        kind < DELIVERY_KINDS) {
        return (enum delivery_kind)kind;
    }
    strcpy(id, "-"); /* less than any id */
    return DELIVERY_DOCUMENT;
}

static enum db_result
write_trail(struct db *db, const struct step *s, enum delivery_kind kind,
            const json_t *rows)
{
    static const char *const actions[] = {
        [DELIVERY_DOCUMENT] = "invoice.resent",
        [DELIVERY_REMINDER] = "reminder.resent"};
    size_t n = json_array_size(rows), i;
    struct audit *list = arena_alloc(s->job->arena, (n + 1) * sizeof *list);
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        list[i] =
            (struct audit){&s->actor, row_text(row, "customer"), actions[kind],
                           row_text(row, "id"), row_text(row, "number")};
    }
    return audit_write_many(db, s->job->arena, s->task->tenant, list, n, NULL);
}

static enum db_result
send_again(struct db *db, const struct step *s, enum delivery_kind kind,
           const char *after, const json_t *rows)
{
    const json_t *last = json_array_get(rows, json_array_size(rows) - 1);
    const struct delivery_again again = {
        .run = s->run, .after = after, .last = row_text(last, "id")};
    enum db_result r = delivery_store_again(db, kind, s->task->tenant, &again);

    return r == DB_OK ? write_trail(db, s, kind, rows) : r;
}

/* May run several times, each as if it was the first. A key of test mode sends
 * nothing, and what failed of others stays failed: they still see it, and can
 * send it. */
static enum db_result
step_in_transaction(struct db *db, void *data)
{
    struct step *s = data;
    struct job_task *task = s->task;
    char after[64];
    enum delivery_kind kind;
    json_t *rows;
    size_t n;
    enum db_result r;

    *task = s->before;
    if (s->actor.test) {
        s->end = true;
        return job_save(db, task, true);
    }
    kind = read_place(task, after);
    r = delivery_store_failed(db, s->job->arena, kind, task->tenant, s->run,
                              after, AGAIN, &rows);
    n = json_array_size(rows);
    if (r == DB_OK && n > 0) {
        r = send_again(db, s, kind, after, rows);
    }
    if (r != DB_OK) {
        return r;
    }
    task->done += (int64_t)n;
    if (n == AGAIN) {
        snprintf(task->position, sizeof task->position, "%d %s", kind,
                 row_text(json_array_get(rows, n - 1), "id"));
    } else {
        snprintf(task->position, sizeof task->position, "%d -", kind + 1);
    }
    s->end = n < AGAIN && kind + 1 == DELIVERY_KINDS;
    return job_save(db, task, s->end);
}

/* 0, as nobody knows, where they are too many to be counted. */
static int64_t
total_of(const int64_t counts[DELIVERY_KINDS])
{
    int64_t total = 0;

    for (int kind = 0; kind < DELIVERY_KINDS; kind++) {
        if (counts[kind] == DELIVERY_COUNTED) {
            return 0;
        }
        total += counts[kind];
    }
    return total;
}

enum job_outcome
delivery_again_step(struct job *job, struct job_task *task)
{
    struct step s = {
        .job = job,
        .task = task,
        .actor = {task->created_by, "", task->request_id, NULL,
                  json_is_true(json_object_get(task->arguments, "test"))},
        .run = row_text(task->arguments, "run")};
    int64_t counts[DELIVERY_KINDS] = {0};
    enum db_result r = DB_OK;

    if (task->position[0] == '\0' && !s.run && !s.actor.test) {
        r = delivery_failed(job->db, job->arena, task->tenant, counts);
        task->total = total_of(counts);
    }
    s.before = *task;
    if (r == DB_OK) {
        r = db_transaction(job->db, true, step_in_transaction, &s);
    }
    if (r != DB_OK) {
        *task = s.before;
        s.end = false;
    }
    return job_outcome(task, r, s.end);
}
