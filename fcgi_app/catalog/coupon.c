#include "catalog/coupon.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "callback/callback.h"
#include "catalog/catalog.h"
#include "catalog/coupon_store.h"

const struct field coupon_use_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("Customer number")},
    {.name = "reference",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Reference")},
    FIELD_END,
};

const struct field coupon_used_fields[] = {
    {.name = "code",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Code")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Customer number")},
    {.name = "reference",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Reference")},
    {.name = "used",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("How often it was used")},
    FIELD_END,
};

const char *
coupon_normal(struct arena *a, const char *code)
{
    char *out = arena_alloc(a, strlen(code) + 1);
    size_t n = 0;

    for (const char *p = code; *p; p++) {
        if ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')) {
            out[n++] = *p;
        } else if (*p >= 'a' && *p <= 'z') {
            out[n++] = (char)(*p - 'a' + 'A');
        } else if ((unsigned char)*p >= 0x80) {
            return NULL; /* "Ä10" must not be the code "10" */
        }
    }
    out[n] = '\0';
    return n >= COUPON_CODE_MIN && n <= COUPON_CODE_MAX ? out : NULL;
}

/* ---- may it be used ---- */

static bool
for_plan(const json_t *coupon, const char *plan)
{
    const char *plans = row_text(coupon, "plans");

    return !plans[0] || text_has_word(plans, plan);
}

static bool
in_force(const json_t *coupon, const char *today)
{
    const char *from = row_text(coupon, "valid_from"),
               *until = row_text(coupon, "valid_until");

    return strcmp(row_text(coupon, "status"), "active") == 0 &&
           (!from[0] || strcmp(from, today) <= 0) &&
           (!until[0] || strcmp(today, until) <= 0);
}

static bool
used_up(int64_t used, int64_t limit)
{
    return limit > 0 && used >= limit;
}

/* What the discount asks of the order: an amount is of one currency. */
static bool
discount_fits(const json_t *discount, const char *currency)
{
    return strcmp(row_text(discount, "status"), "active") == 0 &&
           (strcmp(row_text(discount, "kind"), "percent") == 0 ||
            strcmp(row_text(discount, "currency"), currency) == 0);
}

static enum db_result
refused(enum err reason, enum err *why)
{
    *why = reason;
    return DB_CHECK;
}

static enum db_result
judge(struct db *db, const struct coupon_order *o, const json_t *coupon,
      const json_t *discount, enum err *why)
{
    int64_t uses = 0;
    enum db_result r = DB_OK;

    if (!in_force(coupon, o->today)) {
        return refused(ERR_coupon_over, why);
    }
    if (!for_plan(coupon, o->plan) || !discount_fits(discount, o->currency)) {
        return refused(ERR_coupon_plan, why);
    }
    if (used_up(row_int(coupon, "used"), row_int(coupon, "limit_total"))) {
        return refused(ERR_coupon_used_up, why);
    }
    if (o->customer) {
        r = coupon_store_uses(db, o->arena, o->tenant, row_text(coupon, "id"),
                              o->customer, &uses);
    }
    return r == DB_OK && used_up(uses, row_int(coupon, "limit_customer"))
               ? refused(ERR_coupon_used, why)
               : r;
}

enum db_result
coupon_find(struct db *db, const struct coupon_order *o, json_t **coupon,
            json_t **discount, enum err *why)
{
    const char *code = coupon_normal(o->arena, o->code);
    enum db_result r =
        code ? coupon_store_by_code(db, o->arena, o->tenant, code, coupon)
             : DB_NONE;

    if (r == DB_NONE) {
        return refused(ERR_coupon_unknown, why);
    }
    if (r == DB_OK) {
        r = catalog_get(db, o->arena, o->tenant, CATALOG_DISCOUNT,
                        row_text(*coupon, "discount"), discount);
    }
    return r == DB_OK ? judge(db, o, *coupon, *discount, why) : r;
}

/* ---- using it ---- */

struct using
{
    const struct coupon_use *use;
    enum err *why;
};

static enum db_result
note(struct db *db, const struct coupon_use *u, int64_t n)
{
    const char *id = row_text(u->coupon, "id");
    struct audit audit = {u->actor, u->customer, "coupon.used", id,
                          u->reference};
    json_t *data = json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", id, "code",
                             row_text(u->coupon, "code"), "customer", u->number,
                             "reference", u->reference, "use", (json_int_t)n);
    enum db_result r = audit_write(db, u->arena, u->tenant, &audit);

    if (r != DB_OK) {
        json_decref(data);
        return r;
    }
    return callback_enqueue(db, u->arena, u->tenant, CALLBACK_coupon_used, id,
                            data, u->actor->request_id);
}

/* The coupon's own row is changed first: who comes second waits for it, and
 * counts the uses of the first one. */
static enum db_result
use_in_transaction(struct db *db, void *data)
{
    const struct using *w = data;
    const struct coupon_use *u = w->use;
    const char *id = row_text(u->coupon, "id");
    int64_t taken = 0, uses = 0;
    enum db_result r = coupon_store_take(db, u->tenant, id, &taken);

    if (r == DB_OK && taken == 0) {
        return refused(ERR_coupon_used_up, w->why);
    }
    if (r == DB_OK) {
        r = coupon_store_uses(db, u->arena, u->tenant, id, u->customer, &uses);
    }
    if (r == DB_OK && used_up(uses, row_int(u->coupon, "limit_customer"))) {
        return refused(ERR_coupon_used, w->why);
    }
    if (r == DB_OK) {
        r = coupon_store_used(db, u, uses + 1);
    }
    return r == DB_OK ? note(db, u, uses + 1) : r;
}

enum db_result
coupon_use(struct db *db, const struct coupon_use *use, enum err *why)
{
    struct using w = {use, why};

    if (!in_force(use->coupon, use->today)) {
        return refused(ERR_coupon_over, why);
    }
    return db_transaction(db, true, use_in_transaction, &w);
}
