#include "declaration/declaration.h"

#include <string.h>

#include "base/json.h"
#include "callback/callback.h"
#include "contract/contract.h"
#include "declaration/declaration_store.h"
#include "tenant/tenant.h"

void
declaration_check(const struct tenant *tenant, struct arena *a,
                  const char *kind, const json_t *input,
                  struct field_errors *errors)
{
    const char *notice = row_text(input, "notice");
    const char *reason = row_text(input, "reason");
    const char *end = row_text(input, "end");

    if (strcmp(kind, "cancellation") != 0) {
        return;
    }
    if (notice && strcmp(notice, "extraordinary") == 0 &&
        !(reason && *reason)) {
        field_fail(errors, "reason", ERR_reason_missing, 0);
    }
    if (end && strcmp(end, tenant_today(a, tenant)) < 0) {
        field_fail(errors, "end", ERR_date_past, 0);
    }
}

/* The contract of exactly that reference; *id NULL where there is none, or it
 * is a draft, of which nobody outside knows. */
static enum db_result
contract_meant(const struct declaration_desk *d, const char *ref,
               const char **id)
{
    json_t *row = NULL;
    enum db_result r =
        contract_by_ref(d->db, d->arena, d->tenant->id, ref, &row);

    *id = r == DB_OK && strcmp(row_text(row, "status"), "draft") != 0
              ? row_text(row, "id")
              : NULL;
    return r == DB_NONE ? DB_OK : r;
}

static enum db_result
note(const struct declaration_desk *d, const char *action, const json_t *before,
     const json_t *after)
{
    struct audit told = {d->actor, row_text(after, "customer_id"), action,
                         row_text(after, "id"), ""};

    return audit_write_change(d->db, d->arena, d->tenant->id, &told,
                              declaration_fields, before, after);
}

enum db_result
declaration_receive(const struct declaration_desk *d,
                    const struct declaration_new *new)
{
    const char *contract;
    int64_t added = 0;
    json_t *row;
    enum db_result r =
        contract_meant(d, row_text(new->input, "contract"), &contract);

    if (r == DB_OK) {
        r = declaration_store_insert(d->db, d->tenant->id, new, contract,
                                     &added);
    }
    if (r == DB_OK && added == 0) {
        return DB_UNIQUE;
    }
    if (r == DB_OK) {
        r = declaration_get(d->db, d->arena, d->tenant->id, new->id, &row);
    }
    if (r == DB_OK) {
        r = note(d, "declaration.received", NULL, row);
    }
    return r == DB_OK
               ? callback_enqueue(d->db, d->arena, d->tenant->id,
                                  CALLBACK_declaration_received, new->id,
                                  json_incref(field_output(
                                      d->arena, declaration_fields, row)),
                                  d->actor->request_id)
               : r;
}

/* ---- what is done about it ---- */

struct change {
    const struct declaration_desk *desk;
    const json_t *before;
    struct declaration_update update;
};

static const char *
sent(const json_t *row, const json_t *input, const char *name)
{
    const json_t *value = json_object_get(input, name);
    const char *text = value ? json_string_value(value) : row_text(row, name);

    return text ? text : "";
}

/* DB_CHECK: there is no such contract. */
static enum db_result
take_contract(const struct declaration_desk *d, const json_t *row,
              const json_t *input, const char **id, struct field_errors *errors)
{
    const char *ref = sent(row, input, "contract");
    enum db_result r = DB_OK;

    *id = NULL;
    if (ref[0]) {
        r = contract_meant(d, ref, id);
    }
    if (r == DB_OK && ref[0] && !*id) {
        field_fail(errors, "contract", ERR_unknown_contract, 0);
        return DB_CHECK;
    }
    return r;
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    const struct declaration_desk *d = c->desk;
    int64_t changed = 0;
    json_t *after;
    enum db_result r =
        declaration_store_update(db, d->tenant->id, &c->update, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = declaration_get(db, d->arena, d->tenant->id, c->update.id, &after);
    }
    return r == DB_OK ? note(d, "declaration.changed", c->before, after) : r;
}

static bool
same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

enum db_result
declaration_change(const struct declaration_desk *d, const json_t *row,
                   const json_t *input, struct field_errors *errors)
{
    struct change c = {d,
                       row,
                       {.id = row_text(row, "id"),
                        .version = row_int(row, "version"),
                        .status = sent(row, input, "status"),
                        .note = sent(row, input, "note")}};
    enum db_result r = take_contract(d, row, input, &c.update.contract, errors);

    if (r != DB_OK) {
        return r;
    }
    if (same(c.update.contract, row_text(row, "contract_id")) &&
        same(c.update.status, row_text(row, "status")) &&
        same(c.update.note, row_text(row, "note"))) {
        return DB_OK;
    }
    return db_transaction(d->db, true, change_in_transaction, &c);
}
