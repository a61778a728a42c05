/* What is billed beyond the end of contracts is taken back by corrections. */
#include <string.h>

#include "base/clock.h"
#include "base/job.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/credit.h"
#include "billing/give_back.h"
#include "billing/give_back_store.h"
#include "contract/contract.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { BATCH = 50, SLICE_MS = 500 };

/* Of one tenant, contract by contract. */
struct giving {
    struct job *job;
    struct arena *arena; /* of the contract */
    const struct tenant *tenant;
    const json_t *contract; /* that is looked at, or was last; NULL: none yet */
    struct actor actor;
    size_t seen;

    /* of the contract */
    bool by_hand; /* people give it back, or have */
    size_t issued, left;
};

static const struct field state_fields[] = {
    {.name = "billed_until", .type = FIELD_DATE, .flags = FIELD_OUT},
    FIELD_END,
};

/* In the trail: of its contract, about a document that is left to people. */
static enum db_result
leave(const struct ledger *l, struct giving *g, const json_t *document)
{
    struct audit told = {&g->actor, row_text(g->contract, "customer"),
                         "contract.not_given_back", row_text(g->contract, "id"),
                         row_text(document, "number")};

    g->left++;
    return audit_write(l->db, l->arena, l->tenant, &told);
}

static const char *
reason(const struct giving *g, const char *language)
{
    return i18n_fill(
        g->arena, i18n(language, N_("The contract ended on {date}.")), "date",
        text_date(g->arena, language, row_text(g->contract, "end_date"), false),
        NULL);
}

/* What was mailed to nobody, as a key of test mode made it, is not now. */
static enum db_result
correct(const struct ledger *l, struct giving *g, const json_t *document,
        struct invoice_line_new *lines, size_t n)
{
    struct actor actor = g->actor;
    struct correction_new new = {.tenant = g->tenant,
                                 .number = row_text(document, "number"),
                                 .currency = row_text(document, "currency"),
                                 .reason =
                                     reason(g, row_text(document, "language")),
                                 .issued = lines,
                                 .n_issued = n};
    enum correction_fault fault;
    const char *id;
    enum db_result r;

    actor.test = strcmp(row_text(document, "dispatch"), "suppressed") == 0;
    r = correction_create(l->db, l->arena, &actor, &new, &id, &fault);
    g->issued += r == DB_OK;
    return r == DB_CHECK ? leave(l, g, document) : r;
}

/* Who corrected it already may have given back the same days. */
static enum db_result
take_back(const struct ledger *l, struct giving *g, const json_t *document)
{
    struct give_back what = {.arena = g->arena,
                             .terms = contract_terms_of(g->contract),
                             .end = row_text(g->contract, "end_date"),
                             .invoice = document};
    struct invoice_line_new *lines;
    json_t *rows;
    size_t n;
    bool known;
    enum db_result r = invoice_lines(l->db, l->arena, l->tenant,
                                     row_text(document, "id"), &rows);

    if (r != DB_OK) {
        return r;
    }
    what.lines = rows;
    known = give_back_lines(&what, &lines, &n);
    if (known && n == 0) {
        return DB_OK;
    }
    return known && !g->by_hand && row_int(document, "corrections") == 0
               ? correct(l, g, document, lines, n)
               : leave(l, g, document);
}

/* A credit note since it was cancelled may have given back the same days, too.
 */
static enum db_result
look_at_hands(const struct ledger *l, struct giving *g)
{
    const char *since = row_text(g->contract, "cancelled_on");
    json_t *row;
    enum db_result r;

    g->by_hand = row_int(g->contract, "back_by_hand") != 0;
    if (g->by_hand || !since) {
        return DB_OK;
    }
    r = give_back_store_note(l, row_text(g->contract, "id"), since, &row);
    g->by_hand = r == DB_OK;
    return r == DB_NONE ? DB_OK : r;
}

static enum db_result
note(const struct ledger *l, const struct giving *g)
{
    const char *id = row_text(g->contract, "id");
    const char *action = g->issued > 0 && g->left == 0
                             ? "contract.given_back"
                             : "contract.billed_to_end";
    struct audit told = {&g->actor, row_text(g->contract, "customer"), action,
                         id, ""};
    json_t *after;
    enum db_result r = contract_by_id(l->db, l->arena, l->tenant, id, &after);

    if (r == DB_OK) {
        r = audit_write_change(l->db, l->arena, l->tenant, &told, state_fields,
                               g->contract, after);
    }
    return r == DB_OK ? contract_tell_changed(l->db, l->arena, l->tenant,
                                              &g->actor, id)
                      : r;
}

/* The contract first, as runs and corrections have it. Then it is not looked at
 * again. May run several times. */
static enum db_result
give_in_transaction(struct db *db, void *data)
{
    struct giving *g = data;
    struct ledger l = {db, g->arena, g->tenant->id, &g->actor};
    json_t *rows, *row;
    size_t i;
    enum db_result r = contract_billed_to_end(db, l.tenant, g->contract);

    g->issued = g->left = 0;
    if (r == DB_OK) {
        r = look_at_hands(&l, g);
    }
    if (r == DB_OK) {
        r = give_back_store_documents(&l, row_text(g->contract, "id"),
                                      row_text(g->contract, "end_date"), &rows);
    }
    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(rows, i, row)
    {
        r = r == DB_OK ? take_back(&l, g, row) : r;
    }
    return r == DB_OK ? note(&l, g) : r;
}

/* It is tried again with the next job; the trail has it once. */
static enum db_result
tell_failure(const struct giving *g, enum db_result why)
{
    const char *id = row_text(g->contract, "id"), *tenant = g->tenant->id;
    struct audit told = {&g->actor, row_text(g->contract, "customer"),
                         "contract.give_back_failed", id, ""};
    json_t *row;
    enum db_result r =
        contract_told(g->job->db, g->arena, tenant, id, told.action, 0, &row);

    log_warn("contract %s of %s: nothing given back (%d)", id, tenant,
             (int)why);
    return r == DB_NONE ? audit_write(g->job->db, g->arena, tenant, &told) : r;
}

/* What somebody changed meanwhile is looked at in the next run. One that fails
 * by itself holds up nobody. */
static bool
give_one(struct giving *g)
{
    enum db_result r = db_transaction(g->job->db, true, give_in_transaction, g);

    if (db_of_rows(r)) {
        r = tell_failure(g, r);
    }
    return r == DB_OK || r == DB_NONE;
}

static bool
give_batch(struct giving *g, struct arena *a, int64_t until)
{
    json_t *rows;
    size_t i;
    bool ok = contract_beyond(g->job->db, a, g->tenant->id, g->contract, BATCH,
                              &rows) == DB_OK;

    g->seen = ok ? json_array_size(rows) : 0;
    for (i = 0;
         ok && i < g->seen && !*g->job->stop && clock_monotonic_ms() < until;
         i++) {
        g->contract = json_array_get(rows, i);
        ok = give_one(g);
        arena_reset(g->arena);
    }
    return ok;
}

static bool
give_of_tenant(struct job *job, const char *id)
{
    struct giving g = {.job = job,
                       .arena = arena_new(),
                       .actor = {"jobs", "", "", NULL, false}};
    int64_t until = clock_monotonic_ms() + SLICE_MS;
    struct arena *a = arena_new();
    struct tenant *tenant;
    bool ok = tenant_load(job->db, a, job->config, id, &tenant) == DB_OK;

    g.tenant = tenant;
    do {
        ok = ok && give_batch(&g, a, until);
    } while (ok && g.seen == BATCH && !*job->stop &&
             clock_monotonic_ms() < until);
    arena_free(g.arena);
    arena_free(a);
    return ok;
}

bool
give_back_due(struct job *job)
{
    return tenant_each(job, give_of_tenant);
}
