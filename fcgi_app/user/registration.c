#include "user/registration.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "customer/customer.h"
#include "user/person_store.h"

enum { SUFFIX = 4 };

struct confirmation {
    const struct one_time_store *store;
    const struct tenant *tenant;
    const struct one_time *token;
    const char *hash;
    struct registered *out;
};

static const char *
said(const struct confirmation *c, const char *name)
{
    const char *text = row_text(c->token->data, name);

    return text ? text : "";
}

static enum db_result
make_customer(struct db *db, const struct confirmation *c, json_t **row)
{
    const struct one_time_store *st = c->store;
    const struct customer_new new = {.company_name = said(c, "company_name"),
                                     .first_name = said(c, "first_name"),
                                     .last_name = said(c, "last_name"),
                                     .email = said(c, "email"),
                                     .language = said(c, "language")};
    const char *id;
    enum db_result r =
        customer_create(db, st->arena, st->tenant, st->actor, &new, &id);

    return r == DB_OK ? customer_by_id(db, st->arena, st->tenant, id, row) : r;
}

/* The customer's number, unless somebody of the pool is called so. */
static enum db_result
choose_username(struct db *db, const struct confirmation *c, const char *number)
{
    struct arena *a = c->store->arena;
    struct user *taken;
    enum db_result r = user_by_username(db, a, c->tenant->pool, number, &taken);

    c->out->username =
        r == DB_OK ? arena_printf(a, "%s-%s", number, id_base62(a, SUFFIX))
                   : number;
    return r == DB_NONE ? DB_OK : r;
}

static enum db_result
make_login(struct db *db, const struct confirmation *c, const json_t *customer)
{
    const struct one_time_store *st = c->store;
    struct arena *a = st->arena;
    const char *email = said(c, "email");
    struct login_new new = {
        .email = email, .hash = c->hash, .customer = row_text(customer, "id")};
    struct person_names names = {said(c, "first_name"), said(c, "last_name")};
    struct user *user = NULL;
    enum db_result r = choose_username(db, c, row_text(customer, "number"));

    new.username = c->out->username;
    if (r == DB_OK) {
        r = login_create(db, a, c->tenant, st->actor, &new);
    }
    if (r == DB_OK) {
        r = user_by_username(db, a, c->tenant->pool, new.username, &user);
    }
    if (r != DB_OK) {
        return r;
    }
    c->out->user = user->id;
    r = person_store_registered(db, c->tenant->pool, user->id, &names,
                                clock_now());
    return r == DB_OK
               ? membership_claim_invitations(db, a, c->tenant, st->actor,
                                              user->id, text_fold(a, email))
               : r;
}

static enum db_result
confirm_in_transaction(struct db *db, void *data)
{
    const struct confirmation *c = data;
    json_t *row;
    enum db_result r = one_time_use(c->store, c->token);

    if (r != DB_OK) {
        return r;
    }
    r = person_store_by_email(db, c->store->arena, c->tenant->pool,
                              text_fold(c->store->arena, said(c, "email")),
                              &row);
    if (r != DB_NONE) {
        return r == DB_OK ? DB_UNIQUE : r;
    }
    r = make_customer(db, c, &row);
    return r == DB_OK ? make_login(db, c, row) : r;
}

enum db_result
registration_confirm(const struct one_time_store *st,
                     const struct tenant *tenant, const struct one_time *token,
                     const char *hash, struct registered *out)
{
    struct confirmation c = {st, tenant, token, hash, out};

    return db_transaction(st->db, true, confirm_in_transaction, &c);
}

enum db_result
membership_claim_invitations(struct db *db, struct arena *a,
                             const struct tenant *tenant,
                             const struct actor *actor, const char *user,
                             const char *email_key)
{
    json_t *rows;
    enum db_result r = person_store_claim(db, a, tenant->id, tenant->pool, user,
                                          email_key, &rows);

    for (size_t i = 0; r == DB_OK && i < json_array_size(rows); i++) {
        const json_t *one = json_array_get(rows, i);
        struct audit row = {actor, row_text(one, "customer"),
                            "membership.claimed", row_text(one, "id"), user};

        r = audit_write(db, a, tenant->id, &row);
    }
    return r;
}
