#include "contract/service.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "callback/callback.h"
#include "contract/contract.h"
#include "contract/service_note.h"
#include "contract/service_store.h"
#include "contract/span.h"
#include "tenant/tenant.h"

enum service_warning
service_warning(const char *today, const char *performance,
                const char *bill_from)
{
    if (!bill_from || !bill_from[0]) {
        return strcmp(performance, today) > 0 ? SERVICE_FUTURE_NOW
                                              : SERVICE_FINE;
    }
    return strcmp(bill_from, performance) < 0 ? SERVICE_BILLED_FIRST
                                              : SERVICE_FINE;
}

bool
service_contract_open(const json_t *contract, const char *today)
{
    const char *end = row_text(contract, "end_date");

    return strcmp(row_text(contract, "status"), "ended") != 0 &&
           !(end && end[0] && strcmp(end, today) < 0);
}

enum err
service_closed(const json_t *row)
{
    return strcmp(row_text(row, "status"), "deleted") == 0 ? ERR_service_deleted
                                                           : ERR_service_billed;
}

static bool
is_open(const json_t *row)
{
    return strcmp(row_text(row, "status"), "open") == 0;
}

int64_t
service_net(const json_t *row)
{
    return contract_line_net(row_int(row, "quantity"),
                             row_int(row, "unit_price"),
                             row_text(row, "currency"));
}

json_t *
service_shown(struct arena *a, const struct tenant *tenant, const json_t *row)
{
    static const char *const words[] = {
        [SERVICE_FINE] = "",
        [SERVICE_FUTURE_NOW] = "future_without_bill_from",
        [SERVICE_BILLED_FIRST] = "bill_from_before_performance"};
    json_t *shown = json_in_arena(a, json_copy((json_t *)row));
    enum service_warning w =
        is_open(row) ? service_warning(tenant_today(a, tenant),
                                       row_text(row, "performance_date"),
                                       row_text(row, "bill_from"))
                     : SERVICE_FINE;

    json_object_set_new(shown, "net", json_integer(service_net(row)));
    json_object_set_new(shown, "warnings", json_string(words[w]));
    return shown;
}

/* ---- what was sent ---- */

static const char *
text_sent(const struct service_sent *s, const char *name)
{
    const json_t *value = json_object_get(s->input, name);

    if (value) {
        return json_string_value(value); /* null: NULL */
    }
    return s->before ? row_text(s->before, name) : NULL;
}

static int64_t
number_sent(const struct service_sent *s, const char *name)
{
    return row_int(json_object_get(s->input, name) || !s->before ? s->input
                                                                 : s->before,
                   name);
}

/* A typing error in a year is a bill in another one. */
static void
check_day(const struct service_sent *s, const char *name, const char *day)
{
    const char *today = tenant_today(s->arena, s->tenant);
    char first[11], last[11];

    if (day && json_object_get(s->input, name) &&
        (!span_date(today, -1, SERVICE_YEARS, "year", first) ||
         !span_date(today, 1, SERVICE_YEARS, "year", last) ||
         strcmp(day, first) < 0 || strcmp(day, last) > 0)) {
        field_fail(s->errors, name, ERR_value_day_far, SERVICE_YEARS);
    }
}

bool
service_take(const struct service_sent *s, struct service_new *new)
{
    *new = (struct service_new){
        .description = text_sent(s, "description"),
        .quantity = number_sent(s, "quantity"),
        .unit_price = number_sent(s, "unit_price"),
        .vat_rate = number_sent(s, "vat_rate"),
        .performance_date = text_sent(s, "performance_date"),
        .bill_from = text_sent(s, "bill_from"),
        .external_id = text_sent(s, "external_id"),
    };
    check_day(s, "performance_date", new->performance_date);
    check_day(s, "bill_from", new->bill_from);
    return s->errors->n == 0;
}

/* ---- changing ---- */

static void
set_values(json_t *row, const struct service_new *n)
{
    json_t *values = json_pack(
        "{s:s, s:I, s:I, s:I, s:s, s:s?}", "description", n->description,
        "quantity", (json_int_t)n->quantity, "unit_price",
        (json_int_t)n->unit_price, "vat_rate", (json_int_t)n->vat_rate,
        "performance_date", n->performance_date, "bill_from", n->bill_from);

    json_object_update(row, values);
    json_decref(values);
}

json_t *
service_row_new(struct arena *a, const json_t *contract,
                const struct service_new *new)
{
    json_t *row = json_in_arena(
        a, json_pack("{s:s, s:O, s:O, s:O, s:O, s:O, s:s, s:n, s:s?, s:i, s:I}",
                     "id", id_new(a, "srv"), "contract_id",
                     json_object_get(contract, "id"), "contract",
                     json_object_get(contract, "contract"), "currency",
                     json_object_get(contract, "currency"), "customer_id",
                     json_object_get(contract, "customer_id"), "customer",
                     json_object_get(contract, "customer"), "status", "open",
                     "invoice", "external_id", new->external_id, "version", 1,
                     "created", (json_int_t)clock_now()));

    set_values(row, new);
    return row;
}

bool
service_differs(const json_t *row, const struct service_new *new)
{
    json_t *other = json_copy((json_t *)row);
    bool differs;

    set_values(other, new);
    differs = !json_equal(other, row);
    json_decref(other);
    return differs;
}

/* The entry as a callback has it. */
static json_t *
event_of(const struct service_desk *d, const json_t *row)
{
    return field_output(d->arena, service_fields,
                        service_shown(d->arena, d->tenant, row));
}

enum db_result
service_note(const struct service_desk *d, const struct service_note *n)
{
    const json_t *row = n->after ? n->after : n->before;
    struct audit told = {d->actor, row_text(row, "customer_id"), n->action,
                         row_text(row, "id"), ""};
    enum db_result r = audit_write_change(
        d->db, d->arena, d->tenant->id, &told, service_trail_fields, n->before,
        n->callback == CALLBACK_service_entry_removed ? NULL : n->after);

    return r == DB_OK ? callback_enqueue(d->db, d->arena, d->tenant->id,
                                         n->callback, row_text(row, "id"),
                                         json_incref(event_of(d, row)),
                                         d->actor->request_id)
                      : r;
}

static enum db_result
trail_created(const struct service_desk *d, json_t *const *rows, size_t n)
{
    struct audit *told = arena_alloc(d->arena, n * sizeof *told + 1);
    struct audit_change *changes =
        arena_alloc(d->arena, n * sizeof *changes + 1);

    for (size_t i = 0; i < n; i++) {
        told[i] = (struct audit){d->actor, row_text(rows[i], "customer_id"),
                                 "service_entry.created",
                                 row_text(rows[i], "id"), ""};
        changes[i] = audit_diff(d->arena, service_trail_fields, NULL, rows[i]);
    }
    return audit_write_many(d->db, d->arena, d->tenant->id, told, n, changes);
}

struct created {
    const struct service_desk *desk;
    json_t *const *rows;
};

static struct callback_told
tell_created(const void *of, size_t i)
{
    const struct created *c = of;

    return (struct callback_told){row_text(c->rows[i], "id"),
                                  event_of(c->desk, c->rows[i])};
}

enum db_result
service_note_created(const struct service_desk *d, json_t *const *rows,
                     size_t n)
{
    struct created created = {d, rows};
    struct callback_batch batch = {CALLBACK_service_entry_created, n,
                                   tell_created, &created,
                                   d->actor->request_id};
    enum db_result r = trail_created(d, rows, n);

    return r == DB_OK
               ? callback_enqueue_many(d->db, d->arena, d->tenant->id, &batch)
               : r;
}

struct change {
    const struct service_desk *desk;
    const json_t *before;
    json_t *after;
};

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    int64_t added = 0;
    enum db_result r = service_store_insert_many(
        db, c->desk->arena, c->desk->tenant->id, &c->after, 1, &added);

    if (r != DB_OK) {
        return r;
    }
    return added ? service_note_created(c->desk, &c->after, 1) : DB_UNIQUE;
}

enum db_result
service_create(const struct service_desk *d, const json_t *contract,
               const struct service_new *new, const char **id)
{
    struct change c = {d, NULL, service_row_new(d->arena, contract, new)};

    *id = row_text(c.after, "id");
    return service_contract_open(contract, tenant_today(d->arena, d->tenant))
               ? db_transaction(d->db, true, create_in_transaction, &c)
               : DB_CHECK;
}

/* Somebody was quicker: a run, or who changed it. */
static enum db_result
overtaken(struct db *db, const struct change *c)
{
    json_t *row;
    enum db_result r = service_find(db, c->desk->arena, c->desk->tenant->id,
                                    row_text(c->before, "id"), &row);

    if (r != DB_OK) {
        return r;
    }
    return is_open(row) ? DB_NONE : DB_CHECK;
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    struct service_note told = {"service_entry.changed", c->before, c->after,
                                CALLBACK_service_entry_changed};
    int64_t changed = 0;
    enum db_result r =
        service_store_update(db, c->desk->tenant->id, c->after,
                             row_int(c->before, "version"), &changed);

    if (r != DB_OK) {
        return r;
    }
    return changed ? service_note(c->desk, &told) : overtaken(db, c);
}

/* The row as it is after the next change. */
static json_t *
next_row(const struct service_desk *d, const json_t *row)
{
    json_t *after = json_in_arena(d->arena, json_copy((json_t *)row));

    json_object_set_new(after, "version",
                        json_integer(row_int(row, "version") + 1));
    return after;
}

enum db_result
service_change(const struct service_desk *d, const json_t *row,
               const struct service_new *new)
{
    struct change c = {d, row, next_row(d, row)};

    if (!is_open(row)) {
        return DB_CHECK;
    }
    if (!service_differs(row, new)) {
        return DB_OK;
    }
    set_values(c.after, new);
    return db_transaction(d->db, true, change_in_transaction, &c);
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    struct service_note told = {"service_entry.removed", c->before, c->after,
                                CALLBACK_service_entry_removed};
    int64_t changed = 0;
    enum db_result r =
        service_store_delete(db, c->desk->tenant->id, row_text(c->before, "id"),
                             row_int(c->before, "version"), &changed);

    if (r != DB_OK) {
        return r;
    }
    return changed ? service_note(c->desk, &told) : overtaken(db, c);
}

enum db_result
service_remove(const struct service_desk *d, const json_t *row)
{
    struct change c = {d, row, next_row(d, row)};

    if (!is_open(row)) {
        return DB_CHECK;
    }
    json_object_set_new(c.after, "status", json_string("deleted"));
    return db_transaction(d->db, true, remove_in_transaction, &c);
}
