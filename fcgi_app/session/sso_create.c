#include "session/sso_create.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "customer/customer.h"

/* As the API takes them. */
static const struct field person_fields[] = {
    {.name = "username",
     .type = FIELD_NAME,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .min = 3,
     .max = USERNAME_MAX},
    {.name = "customer",
     .type = FIELD_NAME,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 200},
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 254},
    FIELD_END,
};

enum { PART_MAX = 100 }; /* of a name, as in every form */

/* "Anna Maria Sommer": what stands behind the last blank is the last name. One
 * word is a last name alone. False: it is none that a form would take. */
static bool
split(struct arena *a, const char *name, const char **first, const char **last)
{
    const char *blank;

    name = text_trim(a, name);
    blank = strrchr(name, ' ');
    *first = blank ? arena_strndup(a, name, (size_t)(blank - name)) : "";
    *last = blank ? blank + 1 : name;
    return *last[0] && text_hidden(name) == 0 &&
           text_length(*first) <= PART_MAX && text_length(*last) <= PART_MAX;
}

bool
sso_creates(const struct session_store *st)
{
    return setting_bool(st->db, st->arena, st->tenant->id, "sso_create");
}

/* A customer who is there keeps the number they have, whatever its format; a
 * new one has the tenant's. */
static enum err
number_ok(const struct session_store *st, const char *number)
{
    json_t *row;

    switch (
        customer_by_number(st->db, st->arena, st->tenant->id, number, &row)) {
    case DB_OK:
        return ERR_NONE;
    case DB_NONE:
        return customer_number_ok(st->db, st->arena, st->tenant->id, number)
                   ? ERR_NONE
                   : ERR_link_customer;
    default:
        return ERR_unavailable;
    }
}

enum err
sso_newcomer_ok(const struct session_store *st, const pf_sso_t *sso)
{
    struct arena *a = st->arena;
    struct field_errors errors = {0};
    const char *first, *last;
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:s}", "username", sso->sub, "customer",
                  sso->customer, "name", sso->name, "email", sso->email);

    if (!sso->customer[0] || !sso->name[0] || !sso->email[0]) {
        json_decref(claims);
        return ERR_no_account;
    }
    field_parse(a, person_fields, json_in_arena(a, claims), FIELD_FORM,
                &errors);
    return errors.n == 0 && split(a, sso->name, &first, &last)
               ? number_ok(st, sso->customer)
               : ERR_link_incomplete;
}

/* ---- somebody new ---- */

static enum db_result
make_customer(const struct session_store *st, const pf_sso_t *sso,
              const char **id)
{
    struct customer_new new = {.number = sso->customer,
                               .company_name = "",
                               .email = sso->email,
                               .language = ""};

    split(st->arena, sso->name, &new.first_name, &new.last_name);
    if (!new.first_name[0]) { /* a person has two names */
        new.company_name = new.last_name;
        new.last_name = "";
    }
    if (tenant_speaks(st->tenant, sso->language)) {
        new.language = sso->language;
    }
    return customer_create(st->db, st->arena, st->tenant->id, st->actor, &new,
                           id);
}

static enum db_result
find_customer(const struct session_store *st, const pf_sso_t *sso,
              const char **id)
{
    json_t *row;
    enum db_result r = customer_by_number(st->db, st->arena, st->tenant->id,
                                          sso->customer, &row);

    if (r == DB_NONE) {
        return make_customer(st, sso, id);
    }
    *id = r == DB_OK ? row_text(row, "id") : NULL;
    return r;
}

enum db_result
sso_make_user(const struct session_store *st, const pf_sso_t *sso,
              struct mail *mail)
{
    struct login_new new = {
        .username = sso->sub, .email = sso->email, .mail = mail};
    enum db_result r = find_customer(st, sso, &new.customer);

    if (r == DB_OK) {
        split(st->arena, sso->name, &new.first_name, &new.last_name);
        mail->customer = new.customer;
        r = login_create(st->db, st->arena, st->tenant, st->actor, &new);
    }
    return r == DB_UNIQUE ? DB_BUSY : r;
}

/* ---- somebody known ---- */

static bool
differs(const json_t *login, const char *name, const char *value)
{
    return strcmp(row_text(login, name), value) != 0;
}

bool
sso_news(struct arena *a, const pf_sso_t *sso, const json_t *login,
         struct login_data *data)
{
    const char *first, *last;

    *data = (struct login_data){
        row_text(login, "username"), row_text(login, "email"),
        row_text(login, "first_name"), row_text(login, "last_name"),
        row_text(login, "language")};
    if (split(a, sso->name, &first, &last)) {
        data->first_name = first;
        data->last_name = last;
    }
    if (field_email_ok(sso->email)) {
        data->email = sso->email;
    }
    return differs(login, "email", data->email) ||
           differs(login, "first_name", data->first_name) ||
           differs(login, "last_name", data->last_name);
}
