/* Reminder runs step by step, the daily ones, and mails of letters. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/reminder_document.h"
#include "contract/contract.h"
#include "contract/link.h"
#include "customer/customer.h"
#include "mail/mail_view.h"

enum {
    SLICE_MS = 300, /* of a step */
    BATCH = 20,     /* letters sent between two looks at the clock */
    ENDED = 200,    /* mails looked after in one turn */
    MAIL_MS = 1000,
    KEPT_S = 30 * 86400, /* what a dry run said */
};

/* ---- runs ---- */

struct running {
    struct job_task *task;
    struct reminding r;
    const char *group; /* NULL: there are no more */
    int64_t done;      /* groups before this one */
};

static enum db_result
group_in_transaction(struct db *db, void *data)
{
    struct running *x = data;
    enum db_result r = DB_OK;

    if (x->group) {
        x->r.group = x->group;
        x->r.position = x->done + 1;
        r = reminder_write(db, &x->r);
        x->task->done = x->done + 1;
        snprintf(x->task->position, sizeof x->task->position, "%s", x->group);
    }
    return r == DB_OK ? job_save(db, x->task, !x->group) : r;
}

/* One group and how far the run is, or the end of it. */
static enum job_outcome
do_group(struct job *job, struct running *x)
{
    struct job_task *task = x->task;
    enum db_result r = reminder_next(job->db, &x->r, task->position, &x->group);

    if (r == DB_NONE) {
        x->group = NULL;
        r = DB_OK;
    }
    x->done = task->done;
    if (r == DB_OK) {
        r = db_transaction(job->db, true, group_in_transaction, x);
    }
    return job_outcome(task, r, !x->group);
}

static enum db_result
prepare(struct job *job, struct running *x, struct reminder_terms *terms,
        struct actor *actor)
{
    struct arena *a = job->arena;
    const char *run = row_text(x->task->arguments, "run");
    json_t *row;
    struct tenant *tenant;
    enum db_result r = reminder_run_get(job->db, a, x->task->tenant, run, &row);

    if (r == DB_OK) {
        r = tenant_load(job->db, a, job->config, x->task->tenant, &tenant);
    }
    if (r != DB_OK) {
        return r;
    }
    *terms = reminder_terms_of(job->db, a, tenant->id);
    *actor = (struct actor){x->task->created_by, "", x->task->request_id, NULL,
                            row_int(row, "test") != 0};
    x->r = (struct reminding){.arena = a,
                              .tenant = tenant,
                              .actor = actor,
                              .terms = terms,
                              .run = row};
    r = invoice_seller(job->db, a, tenant, &x->r.seller);
    if (r != DB_OK) {
        return r;
    }
    return x->task->position[0]
               ? DB_OK
               : reminder_count(job->db, &x->r, &x->task->total);
}

enum job_outcome
reminder_run_step(struct job *job, struct job_task *task)
{
    struct running x = {.task = task};
    struct reminder_terms terms;
    struct actor actor;
    int64_t end = clock_monotonic_ms() + SLICE_MS;
    enum db_result r = prepare(job, &x, &terms, &actor);
    enum job_outcome outcome;

    if (r != DB_OK) {
        snprintf(task->why, sizeof task->why, "the run cannot be read");
        return r == DB_NONE ? JOB_NEVER : JOB_LATER;
    }
    do {
        outcome = do_group(job, &x);
    } while (outcome == JOB_MORE && !*job->stop && clock_monotonic_ms() < end);
    return outcome;
}

/* ---- the daily ones ---- */

/* Later than its hour as well: who was down then begins when they are back. */
static bool
begin_of(struct job *job, const json_t *row)
{
    struct arena *a = job->arena;
    struct actor actor = {"system", "", "", NULL, false};
    struct reminder_run_new new = {.origin = "schedule"};
    struct tenant *tenant;
    const char *id;
    int64_t now = clock_now();

    if (tenant_load(job->db, a, job->config, row_text(row, "tenant"),
                    &tenant) != DB_OK) {
        return false;
    }
    new.date = text_day(a, tenant->time_zone, now);
    if (strcmp(row_text(row, "last"), new.date) >= 0 ||
        text_hour(tenant->time_zone, now) <
            setting_number(job->db, a, tenant->id, "reminders_hour")) {
        return true;
    }
    switch (reminder_run_ask(job->db, a, tenant, &actor, &new, &id)) {
    case DB_OK:
    case DB_UNIQUE: /* another host was quicker */
        return true;
    default:
        return false;
    }
}

bool
reminder_begin_due(struct job *job)
{
    json_t *rows, *row;
    size_t i;
    bool ok = reminder_scheduled(job->db, job->arena, &rows) == DB_OK &&
              reminder_forget(job->db, clock_now() - KEPT_S) == DB_OK;

    json_array_foreach(rows, i, row)
    {
        ok = !*job->stop && begin_of(job, row) && ok;
    }
    return ok || *job->stop;
}

/* ---- mails ---- */

static const char about[] = "reminder/";

static enum db_result
follow_in_transaction(struct db *db, void *data)
{
    const json_t *mail = data;
    const char *tenant = row_text(mail, "tenant"), *id = row_text(mail, "id");
    enum db_result r =
        reminder_follow(db, tenant, row_text(mail, "about") + strlen(about), id,
                        row_text(mail, "state"));

    return r == DB_OK ? mail_ended_told(db, tenant, id) : r;
}

static bool
follow(struct job *job)
{
    json_t *rows, *row;
    size_t i;
    bool ok = mail_ended(job->db, job->arena, about, ENDED, &rows) == DB_OK;

    json_array_foreach(rows, i, row)
    {
        ok = ok &&
             db_transaction(job->db, true, follow_in_transaction, row) == DB_OK;
    }
    return ok;
}

struct sending {
    struct job *job;
    const json_t *row;
    struct tenant *tenant;
    json_t *customer, *contract, *invoices; /* contract NULL: none */
    struct actor actor;
    struct document_bytes pdf;
};

static enum db_result
load(struct sending *s)
{
    struct db *db = s->job->db;
    struct arena *a = s->job->arena;
    const char *tenant = row_text(s->row, "tenant");
    const char *ref = row_text(s->row, "contract_ref");
    enum db_result r = tenant_load(db, a, s->job->config, tenant, &s->tenant);

    if (r == DB_OK) {
        r = customer_by_id(db, a, tenant, row_text(s->row, "customer"),
                           &s->customer);
    }
    if (r == DB_OK && ref) {
        r = contract_by_ref(db, a, tenant, ref, &s->contract);
    }
    if (r == DB_OK) {
        r = reminder_invoices(db, a, tenant, row_text(s->row, "id"),
                              &s->invoices);
    }
    return r;
}

/* The way to the contract, for as long as the tenant's links work. */
static enum db_result
add_link(struct db *db, struct sending *s, json_t *values)
{
    struct session_store store = {.db = db,
                                  .keys = s->job->keys,
                                  .arena = s->job->arena,
                                  .tenant = s->tenant,
                                  .actor = &s->actor};
    struct link_made link;
    enum db_result r;

    if (!s->contract) {
        return DB_OK;
    }
    r = link_mint_by_mail(&store, s->contract, &link);
    if (r == DB_OK) {
        json_object_set_new(values, "portal_url", json_string(link.url));
    }
    return r == DB_NONE ? DB_OK : r; /* revoked: the mail goes without */
}

static bool
compose(struct db *db, struct sending *s, struct mail *mail, json_t *values)
{
    struct arena *a = s->job->arena;

    return mail_compose(db, a, s->job->keys, s->tenant, mail, values) &&
           mail_attach(a, s->job->keys, s->tenant, mail,
                       arena_printf(a, "%s.pdf", row_text(s->row, "number")),
                       "application/pdf", s->pdf.data, s->pdf.len);
}

/* The mail, the link in it, and that it was sent: all, or nothing. */
static enum db_result
send_in_transaction(struct db *db, void *data)
{
    struct sending *s = data;
    struct arena *a = s->job->arena;
    const char *dispatch = "waiting"; /* until the mail has ended */
    struct mail mail = {
        .event = "reminder_mail",
        .customer = row_text(s->customer, "id"),
        .user = "",
        .recipient = row_text(s->customer, "email"),
        .language = row_text(s->row, "language"),
        .request_id = "",
        .about = arena_printf(a, "%s%s", about, row_text(s->row, "id"))};
    struct audit row = {&s->actor, mail.customer, "reminder.sent",
                        row_text(s->row, "id"), row_text(s->row, "number")};
    json_t *values = reminder_values(a, s->row, s->invoices);
    enum db_result r = DB_OK;

    if (!field_email_ok(mail.recipient)) {
        dispatch = "failed";
        row.action = "reminder.not_sent";
    } else {
        r = add_link(db, s, values);
        if (r == DB_OK && !compose(db, s, &mail, values)) {
            r = DB_FAILED;
        }
        if (r == DB_OK) {
            r = mail_queue(db, a, s->tenant->id, &mail);
        }
    }
    if (r == DB_OK) {
        r = reminder_dispatched(db, s->tenant->id, s->row, dispatch,
                                mail.id ? mail.id : "");
    }
    return r == DB_OK ? audit_write(db, a, s->tenant->id, &row) : r;
}

/* False: not now. DB_NONE: somebody else sent it, or it was withdrawn. */
static bool
send_one(struct job *job, const json_t *row)
{
    struct sending s = {
        .job = job, .row = row, .actor = {"system", "", "", NULL, false}};
    enum db_result r = load(&s);

    if (r == DB_OK) {
        r = reminder_file(job->db, job->arena, job->config, row, s.invoices,
                          &s.pdf);
    }
    if (r == DB_OK) {
        r = db_transaction(job->db, true, send_in_transaction, &s);
    }
    if (r != DB_OK && r != DB_NONE) {
        log_error("reminder %s could not be sent", row_text(row, "number"));
    }
    return r == DB_OK || r == DB_NONE;
}

bool
reminder_mail_due(struct job *job)
{
    int64_t end = clock_monotonic_ms() + MAIL_MS;
    struct job one = *job;
    json_t *rows, *row;
    bool ok = follow(job);
    size_t i;

    do {
        if (reminder_waiting(job->db, job->arena, BATCH, &rows) != DB_OK) {
            return false;
        }
        json_array_foreach(rows, i, row)
        {
            one.arena = arena_new();
            ok = !*job->stop && send_one(&one, row) && ok;
            arena_free(one.arena);
        }
    } while (ok && json_array_size(rows) == BATCH && !*job->stop &&
             clock_monotonic_ms() < end);
    return ok || *job->stop;
}
