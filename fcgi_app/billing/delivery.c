#include "billing/delivery.h"

#include <string.h>

#include "base/json.h"
#include "billing/delivery_store.h"
#include "callback/callback.h"
#include "job/job.h"

static const struct {
    const char *code, *text;
} errors[DELIVERY_ERRORS] = {
    [DELIVERY_FINE] = {"", ""},
    [DELIVERY_NO_ADDRESS] = {"no_address",
                             N_("The customer has no e-mail address.")},
    [DELIVERY_FILE] = {"file", N_("Its file could not be made.")},
    [DELIVERY_MAIL] = {"mail", N_("Its e-mail could not be made.")},
    [DELIVERY_DATABASE] = {"database", N_("The database did not answer.")},
    [DELIVERY_INTERRUPTED] = {"interrupted",
                              N_("The program ended in the middle of it.")},
    [DELIVERY_REFUSED] = {"refused", N_("The e-mail could not be delivered.")},
};

const char *
delivery_error_code(enum delivery_error error)
{
    return errors[error].code;
}

const char *
delivery_error_text(enum delivery_error error)
{
    return errors[error].text;
}

const char *
delivery_error_of(const char *code)
{
    for (size_t i = 0; i < DELIVERY_ERRORS; i++) {
        if (strcmp(errors[i].code, code) == 0) {
            return errors[i].text;
        }
    }
    return "";
}

const char *
delivery_about(struct arena *a, enum delivery_kind kind, const char *id)
{
    static const char *const begins[] = {
        [DELIVERY_DOCUMENT] = "invoice/", [DELIVERY_REMINDER] = "reminder/"};

    return arena_printf(a, "%s%s", begins[kind], id);
}

int64_t
delivery_wait(int64_t tries)
{
    static const int64_t waits[] = {60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600};

    _Static_assert(sizeof waits / sizeof *waits + 1 == DELIVERY_TRIES,
                   "a wait between each two tries");
    return tries >= 1 && tries < DELIVERY_TRIES ? waits[tries - 1] : 0;
}

void
delivery_shown(json_t *row)
{
    const char *error = row_text(row, "dispatch_error");
    bool waits = strcmp(row_text(row, "dispatch"), "waiting") == 0;

    json_object_set_new(row, "dispatch_next",
                        json_integer(waits && error && error[0]
                                         ? row_int(row, "dispatch_until")
                                         : 0));
}

/* ---- failed for good ---- */

/* What the trail and the merchant's server call it. */
static const struct {
    const char *type, *action;
    enum callback_type callback;
} names[] = {
    {"invoice", "invoice.not_sent", CALLBACK_invoice_delivery_failed},
    {"credit_note", "invoice.not_sent", CALLBACK_credit_note_delivery_failed},
    {"correction", "invoice.not_sent", CALLBACK_correction_delivery_failed},
    {"reminder", "reminder.not_sent", CALLBACK_reminder_delivery_failed},
};

static enum db_result
tell(const struct delivery_desk *desk, const struct delivery_failure *f)
{
    json_t *row;
    const char *code = delivery_error_code(f->error);
    enum db_result r = delivery_store_get(desk->db, desk->arena, f->kind,
                                          desk->tenant, f->id, &row);
    struct audit audit = {desk->actor, row_text(row, "customer"), "", f->id,
                          f->mail ? f->mail : code};
    size_t i = 0;

    if (r != DB_OK) {
        return r;
    }
    while (i + 1 < sizeof names / sizeof *names &&
           strcmp(names[i].type, row_text(row, "type")) != 0) {
        i++;
    }
    audit.action = names[i].action;
    r = audit_write(desk->db, desk->arena, desk->tenant, &audit);
    return r == DB_OK
               ? callback_enqueue(
                     desk->db, desk->arena, desk->tenant, names[i].callback,
                     f->id,
                     json_pack("{s:O, s:O, s:O, s:O, s:O, s:s, s:s?}", "number",
                               json_object_get(row, "number"), "type",
                               json_object_get(row, "type"), "customer",
                               json_object_get(row, "customer_number"),
                               "contract", json_object_get(row, "contract_ref"),
                               "date", json_object_get(row, "date"), "error",
                               code, "mail", f->mail),
                     desk->actor->request_id)
               : r;
}

enum db_result
delivery_fail(const struct delivery_desk *desk,
              const struct delivery_failure *f)
{
    const struct dispatch to = {"failed", f->mail,
                                f->reason ? f->reason
                                          : delivery_error_text(f->error),
                                delivery_error_code(f->error)};
    int64_t changed = 0;
    enum db_result r =
        f->mail ? delivery_store_follow(desk->db, f->kind, desk->tenant, f->id,
                                        &to, &changed)
                : delivery_store_set(desk->db, f->kind, desk->tenant, f->id,
                                     &to, !f->by_hand, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? tell(desk, f) : r;
}

enum db_result
delivery_failed(struct db *db, struct arena *a, const char *tenant,
                int64_t counts[DELIVERY_KINDS])
{
    enum db_result r = DB_OK;
    json_t *row;

    for (int kind = 0; kind < DELIVERY_KINDS && r == DB_OK; kind++) {
        r = delivery_store_count(db, a, (enum delivery_kind)kind, tenant, &row);
        counts[kind] = row_int(row, "n");
    }
    return r;
}

/* ---- all of them again ---- */

struct asking {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const char *run, *job;
};

static enum db_result
ask_in_transaction(struct db *db, void *data)
{
    struct asking *x = data;
    json_t *arguments =
        json_in_arena(x->arena, json_pack("{s:b, s:s*}", "test",
                                          (int)x->actor->test, "run", x->run));
    struct audit row = {x->actor, "", "deliveries.again", "",
                        x->run ? x->run : ""};
    json_t *run;
    enum db_result r =
        x->run ? delivery_store_run(db, x->arena, x->tenant, x->run, &run)
               : DB_OK;

    if (r == DB_OK) {
        r = job_enqueue(db, x->arena, x->tenant, x->actor, "deliveries_again",
                        arguments, &x->job);
    }
    row.object = x->job;
    return r == DB_OK ? audit_write(db, x->arena, x->tenant, &row) : r;
}

enum db_result
delivery_again_ask(struct db *db, struct arena *a, const char *tenant,
                   const struct actor *actor, const char *run, const char **job)
{
    struct asking x = {a, tenant, actor, run, NULL};
    enum db_result r = db_transaction(db, true, ask_in_transaction, &x);

    *job = x.job;
    return r;
}
