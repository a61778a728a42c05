/* Credit settles what runs have issued. */
#include <stdio.h>

#include "base/job.h"
#include "base/log.h"
#include "billing/ledger_store.h"
#include "job/job.h"

enum { ACCOUNTS_A_STEP = 20 };

struct step {
    struct job *job;
    struct job_task *task;
    struct actor actor;
    struct job_task before; /* as it is when nothing of the step stands */
    bool end;
};

/* "customer currency" of the last one. */
static void
read_place(const struct job_task *task, char customer[64], char currency[8])
{
    if (sscanf(task->position, "%63s %7s", customer, currency) != 2) {
        customer[0] = currency[0] = '\0';
    }
}

struct account {
    const struct ledger *ledger;
    const char *customer, *currency;
};

static enum db_result
settle_in_transaction(struct db *db, void *data)
{
    const struct account *a = data;

    (void)db; /* the ledger's */
    return ledger_settle(a->ledger, a->customer, a->currency);
}

/* One that fails by itself is told and passed: what it has done is undone, and
 * the job after the next run tries again. */
static enum db_result
settle_account(const struct ledger *l, const struct step *s, const json_t *row)
{
    const char *customer = row_text(row, "customer");
    const char *currency = row_text(row, "currency");
    struct audit audit = {&s->actor, customer, "credit.settled", customer,
                          currency};
    struct account account = {l, customer, currency};
    enum db_result r =
        db_transaction(l->db, true, settle_in_transaction, &account);

    if (db_of_rows(r)) {
        log_warn("credit of %s of %s in %s: not settled (%d)", customer,
                 l->tenant, currency, (int)r);
        audit.action = "credit.not_settled";
        r = DB_OK;
    }

    snprintf(s->task->position, sizeof s->task->position, "%s %s", customer,
             currency);
    s->task->done++;
    return r == DB_OK ? audit_write(l->db, l->arena, l->tenant, &audit) : r;
}

/* May run several times, each as if it was the first. */
static enum db_result
step_in_transaction(struct db *db, void *data)
{
    struct step *s = data;
    struct ledger l = {db, s->job->arena, s->task->tenant, &s->actor};
    char customer[64], currency[8];
    json_t *rows, *row;
    size_t i;
    enum db_result r;

    *s->task = s->before;
    s->end = false;
    read_place(s->task, customer, currency);
    r = ledger_store_accounts(&l, customer, currency, ACCOUNTS_A_STEP, &rows);
    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(rows, i, row)
    {
        r = settle_account(&l, s, row);
        if (r != DB_OK) {
            return r;
        }
    }
    s->end = json_array_size(rows) < ACCOUNTS_A_STEP;
    return job_save(db, s->task, s->end);
}

enum job_outcome
ledger_settle_credits(struct job *job, struct job_task *task)
{
    struct step s = {
        .job = job,
        .task = task,
        .actor = {task->created_by, "", task->request_id, NULL, false},
        .before = *task};
    enum db_result r = db_transaction(job->db, true, step_in_transaction, &s);

    if (r != DB_OK) {
        *task = s.before;
        s.end = false;
    }
    return job_outcome(task, r, s.end);
}
