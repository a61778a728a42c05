/* Who works in the back office, and the tenants of an organisation. */
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "session/session_web.h"
#include "user/user.h"
#include "view/i18n.h"

enum { MADE_PASSWORD = 20 };

/* A password that is shown this once. */
static void
show_password(struct request *rq, struct response *rs, const char *username,
              const char *password, const char *back)
{
    json_t *model =
        json_pack("{s:s, s:s, s:s, s:s+}", "secret", password, "username",
                  username, "name", username, "back_url", rq->prefix, back);

    response_page(rs, "office_secret", json_in_arena(rq->arena, model));
}

void
staff_new_page(struct request *rq, struct response *rs)
{
    page_form(rq, rs, "office_staff_new", json_object(), staff_new_fields, NULL,
              ERR_NONE);
}

void
staff_new_submit(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);
    struct staff_new new = {request_text(rq, "username"),
                            request_text(rq, "email"), request_text(rq, "role"),
                            id_base62(rq->arena, MADE_PASSWORD)};
    enum db_result r;

    if (rq->errors.n == 0 && !staff_may_give(rq->session->staff, new.role)) {
        field_fail(&rq->errors, "role", ERR_value_choice, 0);
    }
    r = rq->errors.n > 0 ? DB_CHECK : staff_create(&desk, &new);
    if (r == DB_UNIQUE) {
        field_fail(&rq->errors, "username", ERR_login_exists, 0);
    }
    if (r == DB_UNIQUE || r == DB_CHECK) {
        staff_new_page(rq, rs);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        show_password(rq, rs, new.username, new.password, "/admin/staff");
    }
}

/* ---- one of them ---- */

static const struct field role_fields[] = {
    {.name = "role",
     .type = FIELD_ENUM,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .choices = "owner|operator|administrator|billing|support|read_only",
     .label = N_("Role")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .choices = "active|blocked",
     .label = N_("Status")},
    FIELD_END,
};

/* The row of the list that the path names; NULL with the error in the response.
 */
static json_t *
staff_named(struct request *rq, struct response *rs)
{
    struct list_query q = {
        .order = "username", .key = "id", .limit = 1, .n = 1};
    json_t *rows;
    enum db_result r;

    q.conditions[0].column = "username";
    q.conditions[0].text = rq->values[0];
    r = staff_list(rq->db, rq->arena, &q, rq->tenant->id, rq->tenant->pool,
                   &rows);
    if (r != DB_OK || json_array_size(rows) == 0) {
        office_refuse(rs, r == DB_OK ? DB_NONE : r);
        return NULL;
    }
    return json_array_get(rows, 0);
}

/* Nobody takes anything from whoever may more than they. */
static bool
may_change(const struct request *rq, const json_t *row)
{
    return office_may(rq, "staff.change") &&
           staff_may_give(rq->session->staff, row_text(row, "role"));
}

/* What the form can change: whoever blocks somebody is not undone by a form
 * that somebody else opened before, for another role. */
static const char *
version_of(const struct request *rq, const json_t *row)
{
    return arena_printf(rq->arena, "%s %s", row_text(row, "role"),
                        row_text(row, "status"));
}

static void
show_staff(struct request *rq, struct response *rs, const json_t *row,
           enum err error)
{
    const char *username = row_text(row, "username");
    json_t *model = json_pack(
        "{s:s, s:b, s:s, s:s+, s:s}", "title", username, "may_change",
        may_change(rq, row), "action",
        arena_printf(rq->arena, "%s/admin/staff/%s", rq->prefix,
                     form_escape(rq->arena, username)),
        "back_url", rq->prefix, "/admin/staff", "version", version_of(rq, row));

    json_object_set_new(model, "facts",
                        office_facts(rq, staff_list_fields, row));
    page_form(rq, rs, "office_staff", model, role_fields, row, error);
}

void
staff_page(struct request *rq, struct response *rs)
{
    json_t *row = staff_named(rq, rs);

    if (row) {
        show_staff(rq, rs, row, ERR_NONE);
    }
}

void
staff_submit(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);
    json_t *row = staff_named(rq, rs), *values;
    const char *role;
    enum db_result r;

    if (!row) {
        return;
    }
    values =
        field_parse(rq->arena, role_fields, rq->raw, FIELD_FORM, &rq->errors);
    role = row_text(values, "role");
    if (rq->errors.n == 0 && !staff_may_give(rq->session->staff, role)) {
        field_fail(&rq->errors, "role", ERR_value_choice, 0);
    }
    if (!may_change(rq, row)) {
        response_error(rs, ERR_forbidden);
        return;
    }
    if (!page_version_is(rq, version_of(rq, row))) {
        show_staff(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    if (rq->errors.n > 0) {
        show_staff(rq, rs, row, ERR_NONE);
        return;
    }
    r = staff_change(&desk, row_text(row, "username"), role,
                     row_text(values, "status"));
    if (r == DB_CHECK) {
        show_staff(rq, rs, row, ERR_staff_last_owner);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(rq, rs, "/admin/staff");
    }
}

void
staff_reset_submit(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);
    struct session_store store = session_store_of(rq);
    const char *password = id_base62(rq->arena, MADE_PASSWORD), *id;
    json_t *row = staff_named(rq, rs), *ended = NULL;
    enum db_result r;

    if (!row) {
        return;
    }
    if (!may_change(rq, row)) {
        response_error(rs, ERR_forbidden);
        return;
    }
    r = staff_reset(&desk, row_text(row, "username"), password, &id);
    if (r == DB_OK) {
        r = session_end_of_staff(&store, id, "", &ended);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    session_tell_ended(&store, ended);
    show_password(rq, rs, row_text(row, "username"), password, "/admin/staff");
}

/* ---- tenants ---- */

const struct field tenant_new_fields[] = {
    {.name = "id",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .min = 2,
     .max = 31,
     .label = N_("Id, as in addresses: small letters, digits, hyphens")},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 100,
     .label = N_("Name")},
    {.name = "languages",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 100,
     .label = N_("Languages, the default one first: de en fr")},
    {.name = "username",
     .type = FIELD_NAME,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .min = 3,
     .max = USERNAME_MAX,
     .label = N_("Username of its first owner")},
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 254,
     .label = N_("E-mail address of its first owner")},
    FIELD_END,
};

static void
show_tenants(struct request *rq, struct response *rs)
{
    json_t *rows, *model;

    if (tenant_of_organisation(rq->db, rq->arena, rq->tenant->id, &rows) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model = json_object();
    model_list(model, "tenants", json_incref(rows));
    page_form(rq, rs, "office_tenants", model, tenant_new_fields, NULL,
              ERR_NONE);
}

void
tenants_page(struct request *rq, struct response *rs)
{
    show_tenants(rq, rs);
}

/* Its first owner, in the pool that it was made with. */
static enum db_result
add_owner(struct request *rq, const char *tenant, const char *password)
{
    struct staff_desk desk = office_desk(rq);
    struct staff_new owner = {request_text(rq, "username"),
                              request_text(rq, "email"), "owner", password};
    struct tenant *made;
    enum db_result r =
        tenant_load(rq->db, rq->arena, rq->config, tenant, &made);

    desk.tenant = made;
    return r == DB_OK ? staff_create(&desk, &owner) : r;
}

void
tenant_new_submit(struct request *rq, struct response *rs)
{
    const char *password = id_base62(rq->arena, MADE_PASSWORD);
    const char *id = request_text(rq, "id");
    struct tenant_order order = {id, request_text(rq, "name"),
                                 request_text(rq, "languages"), rq->tenant->id};
    const char *wrong = NULL;
    enum db_result r = DB_CHECK;

    if (rq->errors.n == 0) {
        r = tenant_add(rq->db, rq->arena, rq->actor, &order, &wrong);
        if (r == DB_UNIQUE) {
            field_fail(&rq->errors, "id", ERR_conflict, 0);
        } else if (r == DB_CHECK) {
            field_fail(&rq->errors, wrong, ERR_value_characters, 0);
        }
    }
    if (r == DB_OK) {
        r = add_owner(rq, id, password);
    }
    if (rq->errors.n > 0) {
        show_tenants(rq, rs);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        show_password(rq, rs, request_text(rq, "username"), password,
                      "/admin/tenants");
    }
}
