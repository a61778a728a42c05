#include "user/user.h"

#include <string.h>

#include "base/text.h"
#include "user/user_store.h"

static struct user *
take(struct arena *a, const json_t *row)
{
    struct user *u = arena_alloc(a, sizeof *u);

    u->id = row_text(row, "id");
    u->username = row_text(row, "username");
    u->email = row_text(row, "email");
    u->password_hash = row_text(row, "password_hash");
    u->status = row_text(row, "status");
    u->language = row_text(row, "language");
    u->must_change = row_int(row, "must_change") != 0;
    u->has_factor = person_has_factor(row);
    u->version = row_int(row, "version");
    return u;
}

enum db_result
user_by_username(struct db *db, struct arena *a, const char *pool,
                 const char *username, struct user **out)
{
    json_t *row;
    enum db_result r =
        user_store_by_key(db, a, pool, text_fold(a, username), &row);

    *out = r == DB_OK ? take(a, row) : NULL;
    return r;
}

enum db_result
user_find_by_identifier(struct db *db, struct arena *a,
                        const struct tenant *tenant, const char *identifier,
                        struct user **out)
{
    json_t *rows, *best, *next;
    enum db_result r =
        user_store_by_identifier(db, a, tenant, text_fold(a, identifier),
                                 text_trim(a, identifier), &rows);

    *out = NULL;
    if (r != DB_OK) {
        return r;
    }
    best = json_array_get(rows, 0);
    next = json_array_get(rows, 1);
    if (!best || (next && row_int(next, "rank") == row_int(best, "rank"))) {
        return DB_NONE;
    }
    *out = take(a, best);
    return DB_OK;
}
bool
user_active(const struct user *user)
{
    return strcmp(user->status, "active") == 0;
}

enum db_result
login_helped(struct db *db, struct arena *a, const struct tenant *tenant,
             const char *typed, json_t **rows)
{
    json_t *more;
    enum db_result r = user_store_named(db, a, tenant->id, tenant->pool,
                                        text_fold(a, typed), rows);

    if (r == DB_OK) {
        r = user_store_of_account(db, a, tenant->id, tenant->pool, typed,
                                  &more);
    }
    if (r == DB_OK) {
        json_array_extend(*rows, more);
    }
    return r;
}
