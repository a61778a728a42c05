#include "user/user.h"

#include <string.h>

#include "base/text.h"
#include "user/user_store.h"

enum db_result
user_by_username(struct db *db, struct arena *a, const char *pool,
                 const char *username, struct user **out)
{
    json_t *row;
    struct user *u;
    enum db_result r =
        user_store_by_key(db, a, pool, text_fold(a, username), &row);

    *out = NULL;
    if (r != DB_OK) {
        return r;
    }
    u = arena_alloc(a, sizeof *u);
    u->id = row_text(row, "id");
    u->username = row_text(row, "username");
    u->email = row_text(row, "email");
    u->password_hash = row_text(row, "password_hash");
    u->status = row_text(row, "status");
    u->language = row_text(row, "language");
    u->must_change = row_int(row, "must_change") != 0;
    *out = u;
    return DB_OK;
}

bool
user_active(const struct user *user)
{
    return strcmp(user->status, "active") == 0;
}
