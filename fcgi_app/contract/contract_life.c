/* A contract is made, changes, is cancelled and ends. */
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "callback/callback.h"
#include "contract/contract_store.h"

enum { REF_TRIES = 20, REF_PART = 4 };

struct change {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
    const json_t *row, *items;      /* as they were, or NULL */
    const struct contract_new *new; /* or NULL */
    const char *status;             /* that a move leads to */
    struct contract_dates dates;
};

/* ---- what is told ---- */

static enum db_result
now_shown(struct db *db, const struct change *c, json_t **shown, json_t **row)
{
    json_t *items;
    enum db_result r = contract_by_id(db, c->arena, c->tenant, c->id, row);

    *shown = NULL;
    if (r == DB_OK) {
        r = contract_items(db, c->arena, c->tenant, c->id, &items);
    }
    if (r == DB_OK) {
        *shown = contract_shown(c->arena, *row, items);
    }
    return r;
}

static enum db_result
tell(struct db *db, const struct change *c, enum callback_type type,
     const json_t *shown)
{
    json_t *told = field_output(c->arena, contract_fields, shown);

    return callback_enqueue(db, c->arena, c->tenant, type, c->id,
                            json_incref(told), c->actor->request_id);
}

static enum db_result
note(struct db *db, const struct change *c, const char *action,
     enum callback_type type)
{
    json_t *row = NULL, *after;
    json_t *before = c->row ? contract_shown(c->arena, c->row, c->items) : NULL;
    enum db_result r = now_shown(db, c, &after, &row);
    struct audit audit = {c->actor, row_text(c->row ? c->row : row, "customer"),
                          action, c->id, ""};

    if (r != DB_OK && r != DB_NONE) {
        return r;
    }
    r = audit_write_change(db, c->arena, c->tenant, &audit, contract_fields,
                           before, after);
    return r == DB_OK ? tell(db, c, type, after ? after : before) : r;
}

enum db_result
contract_tell_changed(struct db *db, struct arena *a, const char *tenant,
                      const struct actor *actor, const char *id)
{
    struct change c = {.arena = a, .tenant = tenant, .id = id, .actor = actor};
    json_t *row, *shown;
    enum db_result r = now_shown(db, &c, &shown, &row);

    return r == DB_OK ? tell(db, &c, CALLBACK_contract_changed, shown) : r;
}

/* ---- what follows from its data ---- */

const char *
contract_search_of(struct arena *a, const char *ref, const char *name)
{
    return text_fold(a, arena_printf(a, "%s %s", ref, name));
}

static const char *
next_billing(struct arena *a, const struct contract_terms *t,
             const char *billed_until)
{
    char *day = arena_alloc(a, 11);

    return contract_next_billing(t, billed_until, day) ? day : NULL;
}

static struct contract_terms
terms_of(const struct contract_new *n)
{
    return (struct contract_terms){.start = n->start_date,
                                   .end = n->end_date,
                                   .every = n->every,
                                   .unit = n->unit,
                                   .in_advance = n->in_advance,
                                   .changes = n->changes_on,
                                   .then = n->then};
}

/* A draft is billed from the day on which it becomes active. */
static void
set_dates(struct change *c, const char *status, const char *billed_until)
{
    struct contract_terms t = terms_of(c->new);

    c->dates.end = c->new->end_date;
    c->dates.next_billing = strcmp(status, "draft") == 0
                                ? NULL
                                : next_billing(c->arena, &t, billed_until);
}

/* ---- making one ---- */

static enum db_result
insert(struct db *db, struct change *c, const char *ref)
{
    int64_t added = 0;
    enum db_result r;

    c->dates.search = contract_search_of(c->arena, ref, c->new->name);
    r = contract_store_insert(db, c->tenant, c->id, ref, c->new, &c->dates,
                              &added);
    return r == DB_OK && added == 0 ? DB_UNIQUE : r;
}

/* 40 random bits: it is nobody's, but look. */
static enum db_result
insert_made(struct db *db, struct change *c)
{
    enum db_result r = DB_UNIQUE;

    for (int i = 0; i < REF_TRIES && r == DB_UNIQUE; i++) {
        r = insert(db, c,
                   arena_printf(c->arena, "VT-%s-%s",
                                id_crockford(c->arena, REF_PART),
                                id_crockford(c->arena, REF_PART)));
    }
    return r;
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    const struct contract_new *n = c->new;
    enum db_result r = n->ref ? insert(db, c, n->ref) : insert_made(db, c);

    if (r == DB_OK && n->changes_on) {
        r = contract_store_then(db, c->tenant, c->id, n);
    }
    if (r == DB_OK) {
        r = contract_store_items(db, c->tenant, c->id, n->items, n->n_items);
    }
    return r == DB_OK
               ? note(db, c, "contract.created", CALLBACK_contract_created)
               : r;
}

enum db_result
contract_create(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const struct contract_new *new,
                const char **id)
{
    struct change c = {.arena = a,
                       .tenant = tenant,
                       .id = id_new(a, "con"),
                       .actor = actor,
                       .new = new};

    *id = c.id;
    set_dates(&c, new->status, new->billed_until);
    return db_transaction(db, true, create_in_transaction, &c);
}

/* ---- changing ---- */

static bool
is(const json_t *row, const char *column, const char *text)
{
    const char *old = row_text(row, column);

    return strcmp(old ? old : "", text ? text : "") == 0;
}

static bool
same_items(const json_t *items, const struct contract_new *n)
{
    bool same = json_array_size(items) == n->n_items;

    for (size_t i = 0; same && i < n->n_items; i++) {
        const json_t *old = json_array_get(items, i);
        const struct contract_item_new *new = &n->items[i];

        same = is(old, "description", new->description) &&
               is(old, "since", new->since) && is(old, "until", new->until) &&
               row_int(old, "quantity") ==
                   new->quantity &&row_int(old, "unit_price") ==
                   new->unit_price &&row_int(old, "vat_rate") == new->vat_rate;
    }
    return same;
}

static bool
same_numbers(const json_t *row, const struct contract_new *n)
{
    const json_t *due = json_object_get(row, "due_days");
    int64_t days = json_is_integer(due) ? json_integer_value(due) : -1;

    return row_int(row, "every") == n->every && days == n->due_days &&
           (row_int(row, "in_advance") != 0) == n->in_advance &&
           row_int(row, "term") == n->term &&
           row_int(row, "renewal") == n->renewal &&
           row_int(row, "notice") == n->notice;
}

static bool
same(const struct change *c)
{
    const struct contract_new *n = c->new;
    const json_t *row = c->row;

    return is(row, "name", n->name) && is(row, "currency", n->currency) &&
           is(row, "plan", n->plan) && is(row, "start_date", n->start_date) &&
           is(row, "delivery_mode", n->delivery_mode) &&
           is(row, "unit", n->unit) && is(row, "term_unit", n->term_unit) &&
           is(row, "renewal_unit", n->renewal_unit) &&
           is(row, "notice_unit", n->notice_unit) && same_numbers(row, n) &&
           same_items(c->items, n);
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    int64_t changed = 0;
    enum db_result r = contract_store_update(db, c->tenant, c->row, c->new,
                                             &c->dates, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK && !same_items(c->items, c->new)) {
        r = contract_store_items(db, c->tenant, c->id, c->new->items,
                                 c->new->n_items);
    }
    return r == DB_OK
               ? note(db, c, "contract.changed", CALLBACK_contract_changed)
               : r;
}

enum db_result
contract_change(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const json_t *row,
                const json_t *items, const struct contract_new *new)
{
    struct change c = {.arena = a,
                       .tenant = tenant,
                       .id = row_text(row, "id"),
                       .actor = actor,
                       .row = row,
                       .items = items,
                       .new = new};
    char until[11];

    if (same(&c)) {
        return DB_OK;
    }
    set_dates(&c, row_text(row, "status"), contract_billed_until(row, until));
    c.dates.search = contract_search_of(a, row_text(row, "ref"), new->name);
    return db_transaction(db, true, change_in_transaction, &c);
}

/* ---- moves ---- */

static const struct {
    const char *action, *from, *to;
} moves[] = {
#define MOVE(action, from, to) {#action, #from, #to},
#include "tables/contract_moves.def"
#undef MOVE
};

static const char *
leads(const json_t *row, const char *action)
{
    const char *from = row_text(row, "status");

    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        if (strcmp(moves[i].action, action) == 0 &&
            strcmp(moves[i].from, from) == 0) {
            return moves[i].to;
        }
    }
    return NULL;
}

bool
contract_may(const json_t *row, const char *action)
{
    return leads(row, action) != NULL;
}

static const struct told {
    const char *action, *audit;
    enum callback_type type;
} tells[] = {
    {"discard", "contract.removed", CALLBACK_contract_removed},
    {"activate", "contract.activated", CALLBACK_contract_changed},
    {"cancel", "contract.cancelled", CALLBACK_contract_cancelled},
    {"undo_cancel", "contract.cancellation_undone", CALLBACK_contract_changed},
    {"end", "contract.ended", CALLBACK_contract_ended},
};

static const struct told *
told_of(const char *action)
{
    size_t i = 0;

    while (strcmp(tells[i].action, action) != 0) {
        i++;
    }
    return &tells[i];
}

/* The last day of a contract that is not cancelled: NULL for most. */
static const char *
own_end(struct arena *a, const struct contract_terms *t)
{
    char *end = arena_alloc(a, 11);

    return contract_own_end(t, end) ? end : NULL;
}

bool
contract_may_end(const json_t *row, const char *day, const char *end)
{
    return strcmp(end, day) >= 0 &&
           strcmp(end, row_text(row, "start_date")) >= 0;
}

/* When it ends by notice, and whether it may. */
static enum err
cancelled(struct change *c, const struct contract_terms *t,
          const struct contract_move *m)
{
    const char *given = m->date ? m->date : m->today;
    char *end = arena_alloc(c->arena, 11);

    c->dates.cancelled_on = given;
    c->dates.end = m->end ? m->end : end;
    if (strcmp(given, m->today) > 0) {
        return ERR_notice_future;
    }
    if (!m->end && contract_ends_itself(t, given, end)) {
        return ERR_contract_ends_itself;
    }
    if (m->end ? !contract_may_end(c->row, given, m->end)
               : !contract_earliest_end(t, given, end)) {
        return ERR_end_early;
    }
    return ERR_NONE;
}

static enum err
set_move(struct change *c, const struct contract_move *m)
{
    struct contract_terms t = contract_terms_of(c->row);
    enum err e = ERR_NONE;
    char until[11];

    c->dates.end = t.end;
    c->dates.cancelled_on = row_text(c->row, "cancelled_on");
    if (strcmp(m->action, "cancel") == 0) {
        e = cancelled(c, &t, m);
    } else if (strcmp(m->action, "undo_cancel") == 0) {
        /* until the end: then it is over, though the job may not say so yet */
        e = strcmp(t.end, m->today) < 0 ? ERR_contract_status : ERR_NONE;
        c->dates.cancelled_on = NULL;
    }
    if (strcmp(c->status, "active") == 0) {
        c->dates.end = own_end(c->arena, &t);
    }
    t.end = c->dates.end;
    c->dates.next_billing =
        next_billing(c->arena, &t, contract_billed_until(c->row, until));
    return e;
}

struct acting {
    struct change *change;
    const char *action;
};

static enum db_result
act_in_transaction(struct db *db, void *data)
{
    const struct acting *a = data;
    struct change *c = a->change;
    const struct told *told = told_of(a->action);
    int64_t changed = 0;
    enum db_result r;

    if (strcmp(c->status, "gone") == 0) {
        r = contract_store_delete(db, c->tenant, c->row, &changed);
    } else {
        r = contract_store_move(db, c->tenant, c->row, c->status, &c->dates,
                                &changed);
    }
    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? note(db, c, told->audit, told->type) : r;
}

enum db_result
contract_act(struct db *db, struct arena *a, const char *tenant,
             const struct actor *actor, const json_t *row,
             const struct contract_move *move, enum err *why)
{
    struct change c = {.arena = a,
                       .tenant = tenant,
                       .id = row_text(row, "id"),
                       .actor = actor,
                       .row = row,
                       .status = leads(row, move->action)};
    struct acting acting = {&c, move->action};
    json_t *items;
    enum db_result r;

    *why = c.status ? set_move(&c, move) : ERR_contract_status;
    if (*why != ERR_NONE) {
        return DB_CHECK;
    }
    r = contract_items(db, a, tenant, c.id, &items);
    if (r != DB_OK) {
        return r;
    }
    c.items = items;
    r = db_transaction(db, true, act_in_transaction, &acting);
    if (r == DB_FOREIGN) { /* a draft with services or links */
        *why = ERR_contract_in_use;
        r = DB_CHECK;
    }
    return r;
}

/* ---- preview ---- */

/* What one item comes to: whole periods and, as a run does, its share of those
 * that are cut. */
static int64_t
rest_of_item(const struct contract_terms *t, const struct contract_rest *rest,
             const json_t *item, const char *currency)
{
    int64_t net = contract_line_net(row_int(item, "quantity"),
                                    row_int(item, "unit_price"), currency);
    int64_t sum = net * contract_rest_within(t, rest, row_text(item, "since"),
                                             row_text(item, "until"));

    for (int i = 0; i < rest->cuts; i++) {
        const struct contract_period *cut = &rest->cut[i];

        sum += contract_item_holds(item, cut->begin) ? contract_share(net, cut)
                                                     : 0;
    }
    return sum;
}

/* What is billed after `until` up to the end: before a change and after it.
 * null: nothing. */
static json_t *
rest_model(const struct contract_terms *t, const char *until,
           const json_t *items, const char *currency)
{
    struct contract_terms parts[CONTRACT_PARTS_MAX];
    struct contract_rest rest;
    char last[11], from[11] = "";
    int n = contract_parts(t, last, parts);
    int64_t net = 0, periods = 0;
    json_t *item;
    size_t k;

    for (int i = 0; i < n; i++) {
        if (!contract_rest(&parts[i], until, &rest)) {
            continue;
        }
        json_array_foreach(items, k, item)
        {
            net += rest_of_item(&parts[i], &rest, item, currency);
        }
        periods += rest.whole + rest.cuts;
        if (!from[0]) {
            memcpy(from, rest.from, sizeof from);
        }
    }
    return from[0] ? json_pack("{s:s, s:s, s:I, s:I, s:s}", "from", from, "to",
                               t->end, "periods", (json_int_t)periods, "net",
                               (json_int_t)net, "currency", currency)
                   : json_null();
}

static json_t *
still_billed(const struct contract_terms *t, const json_t *row,
             const json_t *items)
{
    char until[11];

    return rest_model(t, contract_billed_until(row, until), items,
                      row_text(row, "currency"));
}

/* What a job takes back when it has ended, at the prices of today. What no
 * document billed, a trial or what was billed elsewhere, is not. */
static json_t *
given_back(const struct contract_terms *t, const json_t *row,
           const json_t *items, const char *invoiced)
{
    const char *until = row_text(row, "billed_until");
    struct contract_terms billed = *t;

    billed.end = until;
    return until && strcmp(until, t->end) > 0 && strcmp(invoiced, t->end) > 0
               ? rest_model(&billed, t->end, items, row_text(row, "currency"))
               : json_null();
}

json_t *
contract_preview(struct arena *a, const json_t *row, const json_t *items,
                 const char *invoiced, const char *day, const char *named)
{
    struct contract_terms t = contract_terms_of(row);
    char end[11], last[11];
    bool own = contract_ends_itself(&t, day, end);
    json_t *preview;

    if (!contract_may(row, "cancel") ||
        (!named && !own && !contract_earliest_end(&t, day, end))) {
        return NULL;
    }
    t.end = named ? named : end;
    if (!named) {
        own = own || !contract_last_notice(&t, end, last);
    }
    preview =
        json_pack("{s:s, s:s, s:s?, s:b, s:O?}", "date", day, "end", t.end,
                  "last_notice", own || named ? NULL : last, "ends_by_itself",
                  own, "billed_until", json_object_get(row, "billed_until"));
    json_object_set_new(preview, "still_billed", still_billed(&t, row, items));
    json_object_set_new(preview, "given_back",
                        given_back(&t, row, items, invoiced));
    return json_in_arena(a, preview);
}
