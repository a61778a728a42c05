#include "billing/rebill.h"

#include <string.h>

#include "base/json.h"
#include "billing/credit_store.h"
#include "contract/contract.h"

/* What a trail tells of it. */
static const struct field contract_state_fields[] = {
    {.name = "billed_until",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE},
    {.name = "next_billing",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE},
    FIELD_END,
};

static const struct field service_state_fields[] = {
    {.name = "status", .type = FIELD_TEXT, .flags = FIELD_OUT},
    {.name = "invoice",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE},
    FIELD_END,
};

static enum db_result
note_contract(const struct ledger *l, const json_t *invoice,
              const json_t *before)
{
    struct audit told = {l->actor, row_text(invoice, "customer_id"),
                         "contract.rebilled", row_text(before, "id"),
                         row_text(invoice, "number")};
    json_t *after;
    enum db_result r = contract_by_id(l->db, l->arena, l->tenant,
                                      row_text(before, "id"), &after);

    if (r == DB_OK) {
        r = audit_write_change(l->db, l->arena, l->tenant, &told,
                               contract_state_fields, before, after);
    }
    return r == DB_OK ? contract_tell_changed(l->db, l->arena, l->tenant,
                                              l->actor, row_text(before, "id"))
                      : r;
}

/* Its periods are billed by the next run, unless what comes after them is
 * billed already, and would be billed twice. An invoice of services alone has
 * none, whatever their days. */
enum db_result
rebill_period(const struct ledger *l, const json_t *invoice)
{
    const char *id = row_text(invoice, "contract_id");
    const char *from = row_text(invoice, "billed_from");
    char until[11];
    json_t *row;
    enum db_result r;

    if (!id || !from[0]) {
        return DB_OK;
    }
    r = contract_by_id(l->db, l->arena, l->tenant, id, &row);
    if (r == DB_OK && strcmp(contract_billed_until(row, until),
                             row_text(invoice, "billed_to")) > 0) {
        return DB_CHECK;
    }
    if (r == DB_OK) {
        r = contract_bill_again(l->db, l->tenant, row, from);
        r = r == DB_NONE ? DB_BUSY : r;
    }
    return r == DB_OK ? note_contract(l, invoice, row) : r;
}

/* All of them say the same, beside whose it is. */
static enum db_result
note_services(const struct ledger *l, const json_t *invoice, const json_t *rows)
{
    size_t n = json_array_size(rows);
    struct audit *told = arena_alloc(l->arena, (n + 1) * sizeof *told);
    struct audit_change *changes =
        arena_alloc(l->arena, (n + 1) * sizeof *changes);
    json_t *before = json_in_arena(
        l->arena, json_pack("{s:s, s:O}", "status", "billed", "invoice",
                            json_object_get(invoice, "number")));
    json_t *after = json_in_arena(
        l->arena, json_pack("{s:s, s:n}", "status", "open", "invoice"));
    struct audit_change change =
        audit_diff(l->arena, service_state_fields, before, after);

    for (size_t i = 0; i < n; i++) {
        told[i] = (struct audit){l->actor, row_text(invoice, "customer_id"),
                                 "service_entry.rebilled",
                                 row_text(json_array_get(rows, i), "id"),
                                 row_text(invoice, "number")};
        changes[i] = change;
    }
    return audit_write_many(l->db, l->arena, l->tenant, told, n, changes);
}

enum db_result
rebill_services(const struct ledger *l, const json_t *invoice)
{
    json_t *rows;
    enum db_result r = credit_store_services(l, invoice, &rows);

    if (r == DB_OK) {
        r = credit_store_reopen(l, invoice);
    }
    return r == DB_OK ? note_services(l, invoice, rows) : r;
}
