#include "payer/payer.h"

#include <string.h>

#include "base/iban.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "callback/callback.h"
#include "contract/contract.h"
#include "job/job.h"
#include "payer/payer_store.h"
#include "tenant/tenant.h"

/* ---- the words of it ---- */

const char *
payer_creditor(struct db *db, struct arena *a, const struct tenant *tenant)
{
    const char *id =
        iban_plain(a, setting_text(db, a, tenant->id, "creditor_id"));

    return id[0] && setting_bool(db, a, tenant->id, "direct_debit") ? id : NULL;
}

const char *
payer_reference(struct arena *a)
{
    const char *code = id_crockford(a, 12);

    return arena_printf(a, "MD-%.4s-%.4s-%.4s", code, code + 4, code + 8);
}

const char *
payer_reference_of(struct arena *a, const char *id)
{
    char *code = arena_strndup(a, id_hash(a, id), 12);

    for (char *c = code; *c; c++) {
        *c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
    }
    return arena_printf(a, "MD-%.4s-%.4s-%.4s", code, code + 4, code + 8);
}

bool
payer_reference_ok(const char *reference)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789+?/-:().,'";
    size_t len = strlen(reference);

    return len > 0 && len <= PAYER_REFERENCE_MAX &&
           strspn(reference, set) == len && reference[0] != '/' &&
           reference[len - 1] != '/' && !strstr(reference, "//");
}

const char *
payer_take_iban(struct arena *a, const char *typed, const char *field,
                struct field_errors *errors)
{
    const char *iban = typed ? iban_plain(a, typed) : NULL;

    if (iban && !iban_ok(iban)) {
        field_fail(errors, field, ERR_value_iban, 0);
    } else if (iban && !iban_in_sepa(iban)) {
        field_fail(errors, field, ERR_value_iban_sepa, 0);
    }
    return iban;
}

json_t *
payer_shown(struct arena *a, const char *number, const json_t *row)
{
    json_t *shown;

    if (!row) {
        return json_in_arena(a, json_pack("{s:s, s:s}", "customer", number,
                                          "kind", PAYER_ON_ACCOUNT));
    }
    shown = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "customer",
        number, "kind", row_text(row, "kind"), "account_holder",
        row_text(row, "holder"), "mandate_reference",
        row_text(row, "reference"), "creditor_id", row_text(row, "creditor"),
        "signed_on", row_text(row, "signed_on"), "provider",
        row_text(row, "provider"), "brand", row_text(row, "brand"),
        "valid_until", row_text(row, "valid_until"), "created",
        (json_int_t)row_int(row, "given"));
    if (payer_is_card(row)) {
        model_text(shown, "last4", row_text(row, "last4"));
    } else {
        model_text(
            shown, "iban",
            iban_masked(a, row_text(row, "country"), row_text(row, "last4")));
    }
    return json_in_arena(a, shown);
}

/* ---- cards ---- */

bool
payer_is_card(const json_t *row)
{
    return strcmp(row_text(row, "kind"), PAYER_CARD) == 0;
}

const char *
payer_card_name(struct arena *a, const json_t *row)
{
    return arena_printf(a, "%s … %s", row_text(row, "brand"),
                        row_text(row, "last4"));
}

const char *
payer_card_end(struct arena *a, const json_t *row)
{
    const char *month = row_text(row, "valid_until");
    char *day = arena_alloc(a, 11);
    const char *first = arena_printf(a, "%s-01", month);

    return span_date(first, 1, 1, "month", day) && span_days(day, -1, day)
               ? day
               : first;
}

bool
payer_card_over(struct arena *a, const struct tenant *tenant, const json_t *row)
{
    return payer_is_card(row) &&
           strcmp(payer_card_end(a, row), tenant_today(a, tenant)) < 0;
}

bool
payer_card_ends_soon(struct arena *a, const struct tenant *tenant,
                     const json_t *row)
{
    char day[11];

    return payer_is_card(row) &&
           span_days(tenant_today(a, tenant), PAYER_SOON_DAYS, day) &&
           strcmp(payer_card_end(a, row), day) < 0;
}

/* ---- changing it ---- */

/* What the trail has of one: the words as well, so that its chain holds them.
 */
static const struct field audited[] = {
    {.name = "kind", .type = FIELD_TEXT},
    {.name = "country", .type = FIELD_TEXT},
    {.name = "last4", .type = FIELD_TEXT},
    {.name = "holder", .type = FIELD_TEXT},
    {.name = "reference", .type = FIELD_TEXT},
    {.name = "creditor", .type = FIELD_TEXT},
    {.name = "signed_on", .type = FIELD_TEXT},
    {.name = "provider", .type = FIELD_TEXT},
    {.name = "brand", .type = FIELD_TEXT},
    {.name = "valid_until", .type = FIELD_TEXT},
    {.name = "words", .type = FIELD_LINES},
    FIELD_END,
};

struct work {
    const struct payer_desk *desk;
    const struct payer_new *new; /* NULL: nothing takes its place */
    const char *sealed;
    const char *customer; /* id */
    const json_t *before; /* NULL: on account */
    const char *status;   /* that it ends with, and what the trail has */
    const char *action;
};

/* Tells the trail and whoever wants to know. */
static enum db_result
note(struct db *db, const struct work *w, const char *action, const char *id)
{
    const struct payer_desk *d = w->desk;
    const char *tenant = d->tenant->id;
    struct audit told = {d->actor, w->customer, action, id, ""};
    json_t *after = NULL;
    enum db_result r =
        w->new ? payer_get(db, d->arena, tenant, w->customer, id, &after)
               : DB_OK;

    if (r == DB_OK) {
        r = audit_write_change(db, d->arena, tenant, &told, audited, w->before,
                               after);
    }
    return r == DB_OK
               ? callback_enqueue(
                     db, d->arena, tenant, CALLBACK_payment_method_changed, id,
                     json_incref(field_output(
                         d->arena, payer_fields,
                         payer_shown(
                             d->arena,
                             row_text(after ? after : w->before, "customer"),
                             after))),
                     d->actor->request_id)
               : r;
}

enum db_result
payer_forget(const struct payer_desk *d, const char *provider, const char *id,
             const char *sealed)
{
    json_t *arguments =
        json_in_arena(d->arena, json_pack("{s:s, s:s, s:s}", "provider",
                                          provider, "id", id, "token", sealed));
    const char *job;

    return job_enqueue(d->db, d->arena, d->tenant->id, d->actor, "card_forget",
                       arguments, &job);
}

static enum db_result
forget(const struct payer_desk *d, const json_t *row)
{
    const char *id = row_text(row, "id");
    json_t *secret;
    enum db_result r =
        payer_store_token(d->db, d->arena, d->tenant->id, id, &secret);

    return r == DB_OK ? payer_forget(d, row_text(row, "provider"), id,
                                     row_text(secret, "token"))
                      : r;
}

static enum db_result
end(struct db *db, const struct work *w, const char *status)
{
    int64_t changed = 0;
    enum db_result r =
        w->before ? payer_store_end(db, w->desk->tenant->id,
                                    row_text(w->before, "id"), status, &changed)
                  : DB_OK;

    if (r == DB_OK && w->before && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK && w->before && payer_is_card(w->before)
               ? forget(w->desk, w->before)
               : r;
}

/* The method that another takes the place of, which is in use still. DB_NONE:
 * it is not the one that was meant. */
static enum db_result
look(struct db *db, struct work *w)
{
    json_t *row = NULL;
    enum db_result r = payer_current(db, w->desk->arena, w->desk->tenant->id,
                                     w->customer, &row);

    w->before = r == DB_OK ? row : NULL;
    if (r != DB_OK && r != DB_NONE) {
        return r;
    }
    return w->new->before &&strcmp(w->new->before,
                                   row ? row_text(row, "id") : "") != 0
               ? DB_NONE
               : DB_OK;
}

/* DB_BUSY: somebody else was quicker; the whole is looked at once more. */
static enum db_result
set_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    const char *tenant = w->desk->tenant->id;
    json_t *there;
    enum db_result r = payer_store_like(db, w->desk->arena, tenant, w->new->id,
                                        w->new->reference, &there);

    if (r != DB_NONE) {
        return r == DB_OK ? DB_UNIQUE : r;
    }
    r = look(db, w);
    if (r != DB_OK) {
        return r;
    }
    r = end(db, w, "replaced");
    if (r == DB_OK) {
        r = payer_store_insert(db, tenant, w->new, w->sealed, w->desk->actor);
    }
    if (r == DB_OK) {
        return note(db, w, "payment_method.set", w->new->id);
    }
    return r == DB_NONE || r == DB_UNIQUE ? DB_BUSY : r;
}

const char *
payer_seal_token(const struct payer_desk *d, const char *id, const char *token)
{
    return keys_seal(d->keys, d->arena, PAYER_TOKEN, d->tenant->id, id, token);
}

enum db_result
payer_set(const struct payer_desk *d, const struct payer_new *new)
{
    struct work w = {.desk = d, .new = new, .customer = new->customer};

    w.sealed = new->card ? payer_seal_token(d, new->id, new->card->token)
                         : keys_seal(d->keys, d->arena, PAYER_PURPOSE,
                                     d->tenant->id, new->id, new->iban);
    return w.sealed ? db_transaction(d->db, true, set_in_transaction, &w)
                    : DB_UNAVAILABLE;
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    enum db_result r = end(db, w, w->status);

    return r == DB_OK ? note(db, w, w->action, row_text(w->before, "id")) : r;
}

enum db_result
payer_remove(const struct payer_desk *d, const json_t *row)
{
    struct work w = {.desk = d,
                     .customer = row_text(row, "customer_id"),
                     .before = row,
                     .status = "removed",
                     .action = "payment_method.removed"};

    return db_transaction(d->db, true, remove_in_transaction, &w);
}

enum db_result
payer_lapse(const struct payer_desk *d, const json_t *row)
{
    struct work w = {.desk = d,
                     .customer = row_text(row, "customer_id"),
                     .before = row,
                     .status = "lapsed",
                     .action = "payment_method.lapsed"};

    return db_transaction(d->db, true, remove_in_transaction, &w);
}
