#include "user/one_time.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "user/one_time_store.h"

enum { SECRET = 16 }; /* bytes */

static const struct purpose {
    const char *name;
    int64_t life;
    enum { LINK, CODE } form;
} purposes[] = {
#define ONE_TIME(purpose, seconds, form) {#purpose, seconds, form},
#include "tables/one_time.def"
#undef ONE_TIME
};

static const char code_purpose[] = "one-time code";
static const char data_purpose[] = "one-time data";

/* ---- making ---- */

static char *
random_digits(struct arena *a)
{
    char *digits = arena_alloc(a, ONE_TIME_CODE + 1);

    for (int i = 0; i < ONE_TIME_CODE; i++) {
        digits[i] = (char)('0' + randombytes_uniform(10));
    }
    digits[ONE_TIME_CODE] = '\0';
    return digits;
}

/* A code is short: its hash is keyed, so that a copy of the table gives none
 * away, and bound to its row. */
static const char *
code_hash(const struct one_time_store *st, const char *id, const char *code)
{
    return keys_mac(st->keys, st->arena, code_purpose, st->tenant,
                    arena_printf(st->arena, "%s %s", id, code));
}

static bool
code_ok(const struct one_time_store *st, const json_t *row, const char *code)
{
    return keys_mac_ok(
        st->keys, code_purpose, st->tenant,
        arena_printf(st->arena, "%s %s", row_text(row, "id"), code),
        row_text(row, "code"));
}

/* NULL: it could not be sealed. */
static const char *
sealed(const struct one_time_store *st, const char *id, const json_t *data)
{
    return data ? keys_seal(st->keys, st->arena, data_purpose, st->tenant, id,
                            json_text(st->arena, data, JSON_COMPACT))
                : "";
}

enum db_result
one_time_make(const struct one_time_store *st, enum one_time_purpose purpose,
              const char *subject, const json_t *data,
              struct one_time_secret *out)
{
    const struct purpose *p = &purposes[purpose];
    const char *id = id_new(st->arena, "one");
    struct one_time_row row = {
        id, p->name, subject, NULL, "", sealed(st, id, data), clock_now(), 0};
    enum db_result r;

    out->secret = id_secret(st->arena, SECRET);
    out->code = p->form == CODE ? random_digits(st->arena) : NULL;
    out->expires = row.expires = row.created + p->life;
    row.hash = id_hash(st->arena, out->secret);
    if (out->code) {
        row.code = code_hash(st, id, out->code);
    }
    if (!row.data || !row.code) {
        return DB_UNAVAILABLE;
    }
    r = one_time_store_revoke(st->db, st->tenant, p->name, subject,
                              row.created);
    return r == DB_OK ? one_time_store_insert(st->db, st->tenant, &row) : r;
}

/* ---- finding ---- */

static enum one_time_state
state_of(const json_t *row)
{
    if (row_int(row, "used") != 0) {
        return ONE_TIME_USED;
    }
    if (row_int(row, "revoked") != 0) {
        return ONE_TIME_REVOKED;
    }
    return row_int(row, "expires") > clock_now() ? ONE_TIME_OPEN
                                                 : ONE_TIME_EXPIRED;
}

static json_t *
unsealed(const struct one_time_store *st, const json_t *row)
{
    const char *data = row_text(row, "data"), *text;

    if (!data[0]) {
        return NULL;
    }
    text = keys_unseal(st->keys, st->arena, data_purpose, st->tenant,
                       row_text(row, "id"), data);
    return text ? json_in_arena(st->arena, json_loads(text, 0, NULL)) : NULL;
}

static struct one_time *
take(const struct one_time_store *st, enum one_time_purpose purpose,
     const json_t *row)
{
    struct one_time *t = arena_alloc(st->arena, sizeof *t);

    t->id = row_text(row, "id");
    t->subject = row_text(row, "subject");
    t->purpose = purpose;
    t->created = row_int(row, "created");
    t->expires = row_int(row, "expires");
    t->state = state_of(row);
    t->data = unsealed(st, row);
    return t;
}

enum db_result
one_time_find(const struct one_time_store *st, enum one_time_purpose purpose,
              const char *secret, struct one_time **out)
{
    json_t *row;
    enum db_result r = one_time_store_by_hash(st->db, st->arena, st->tenant,
                                              purposes[purpose].name,
                                              id_hash(st->arena, secret), &row);

    *out = r == DB_OK ? take(st, purpose, row) : NULL;
    return r;
}

enum db_result
one_time_get(const struct one_time_store *st, enum one_time_purpose purpose,
             const char *id, struct one_time **out)
{
    json_t *row;
    enum db_result r = one_time_store_by_id(st->db, st->arena, st->tenant,
                                            purposes[purpose].name, id, &row);

    *out = r == DB_OK ? take(st, purpose, row) : NULL;
    return r;
}

/* The digits of what somebody typed; NULL: too many, or something else. */
static const char *
typed_digits(struct arena *a, const char *code)
{
    char *digits = arena_alloc(a, ONE_TIME_CODE + 1);
    int n = 0;

    for (; *code; code++) {
        if (*code == ' ' || *code == '-') {
            continue;
        }
        if (*code < '0' || *code > '9' || n == ONE_TIME_CODE) {
            return NULL;
        }
        digits[n++] = *code;
    }
    digits[n] = '\0';
    return n == ONE_TIME_CODE ? digits : NULL;
}

enum db_result
one_time_by_code(const struct one_time_store *st, enum one_time_purpose purpose,
                 const char *subject, const char *code, struct one_time **out)
{
    const char *digits = typed_digits(st->arena, code);
    json_t *row;
    enum db_result r;

    *out = NULL;
    if (!digits) {
        return DB_NONE; /* no code: not a try either */
    }
    r = one_time_store_try(st->db, st->arena, st->tenant,
                           purposes[purpose].name, subject, clock_now(), &row);
    if (r == DB_OK && !code_ok(st, row, digits)) {
        r = DB_NONE;
    }
    if (r == DB_OK) {
        *out = take(st, purpose, row);
    }
    return r;
}

/* ---- ending ---- */

enum db_result
one_time_use(const struct one_time_store *st, const struct one_time *token)
{
    return one_time_store_use(st->db, st->tenant, token->id, clock_now());
}

enum db_result
one_time_revoke(const struct one_time_store *st, enum one_time_purpose purpose,
                const char *subject)
{
    return one_time_store_revoke(st->db, st->tenant, purposes[purpose].name,
                                 subject, clock_now());
}

enum db_result
one_time_revoke_in_pool(const struct one_time_store *st, const char *pool,
                        enum one_time_purpose purpose, const char *user)
{
    return one_time_store_revoke_in_pool(st->db, pool, purposes[purpose].name,
                                         user, clock_now());
}

enum db_result
one_time_forget(struct db *db, int64_t before)
{
    return one_time_store_forget(db, before);
}
