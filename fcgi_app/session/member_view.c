/* Pages of contacts and guests: the portal's, and the back office's. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "session/member_web.h"
#include "session/session_web.h"
#include "view/i18n.h"

/* ---- one of them ---- */

json_t *
member_named(struct request *rq, struct response *rs,
             const struct member_place *place, const char *id)
{
    json_t *row;
    enum db_result r = member_get(rq->db, rq->arena, rq->tenant->id,
                                  place->customer, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return NULL;
    }
    return row;
}

/* "/contacts/mem_…" and more of it. */
static const char *
path_of(const struct request *rq, const struct member_place *place,
        const json_t *row, const char *more)
{
    return arena_printf(rq->arena, "%s/%s%s", place->path, row_text(row, "id"),
                        more);
}

/* The name of a preset, else the groups that it has something of. */
static const char *
rights_text(struct request *rq, const json_t *row)
{
    const char *preset = row_text(row, "preset"), *last = "", *text = "";
    rights_t rights = member_rights(rq->arena, row);
    const struct rights_row *right;

    for (int i = 0; preset && rights_preset_name(i); i++) {
        if (strcmp(rights_preset_name(i), preset) == 0) {
            return i18n(rq->language, rights_preset_label(i));
        }
    }
    for (int i = 0; (right = rights_row(i)); i++) {
        const char *group = rights_group_of(right)->label;

        if ((rights & rights_named(right->name)) && strcmp(group, last) != 0) {
            last = group;
            text = arena_printf(rq->arena, "%s%s%s", text, text[0] ? ", " : "",
                                i18n(rq->language, group));
        }
    }
    return text;
}

/* name_text: a time as people read it; null when there is none. */
static void
set_time(struct request *rq, json_t *model, const char *name, const json_t *row)
{
    int64_t at = row_int(row, name);

    model_text(
        model, arena_printf(rq->arena, "%s_text", name),
        at ? text_time(rq->arena, rq->language, at, rq->tenant->time_zone)
           : NULL);
}

/* Where a name says it already it is not said twice. */
static const char *
email_beside(struct request *rq, const json_t *row)
{
    const char *email = row_text(row, "email");

    return email && strcmp(email, member_name(rq->arena, row)) != 0 ? email
                                                                    : NULL;
}

json_t *
member_model(struct request *rq, const struct member_place *place,
             const json_t *row)
{
    json_t *model =
        json_pack("{s:s, s:s, s:s+, s:s, s:b}", "id", row_text(row, "id"),
                  "name", member_name(rq->arena, row), "url", rq->prefix,
                  path_of(rq, place, row, ""), "rights_text",
                  rights_text(rq, row), "is_expired", member_expired(row));

    model_text(model, "email", row_text(row, "email"));
    model_text(model, "username", row_text(row, "user"));
    model_text(model, "user_id", row_text(row, "user_id"));
    model_text(model, "customer", row_text(row, "customer"));
    model_text(model, "email_beside", email_beside(rq, row));
    model_flag(model, "is_", row_text(row, "kind"));
    model_flag(model, "is_", row_text(row, "status"));
    set_time(rq, model, "created", row);
    set_time(rq, model, "invited", row);
    set_time(rq, model, "expires", row);
    set_time(rq, model, "last_sign_in", row);
    return model;
}

/* ---- rights in a form ---- */

/* What the form says: an owner, or what is ticked. */
static rights_t
sent_rights(const struct request *rq, bool *owner)
{
    const struct rights_row *right;
    rights_t set = 0;

    *owner = strcmp(request_typed(rq, "preset"), "owner") == 0;
    for (int i = 0; (right = rights_row(i)); i++) {
        if (json_object_get(rq->raw, right->name)) {
            set |= rights_named(right->name);
        }
    }
    return set;
}

/* What the form shows: as it was sent, or as a preset would have it that was
 * asked for, or as it is. The name of the preset, or NULL. */
static const char *
shown_rights(const struct request *rq, rights_t *set, bool *owner)
{
    const char *preset = request_argument(rq, "preset");

    if (json_object_size(rq->raw) > 0) {
        *set = sent_rights(rq, owner);
    } else if (preset && rights_preset(preset, set)) {
        *owner = strcmp(preset, "owner") == 0;
        return preset;
    }
    return *owner ? "owner" : rights_preset_of(*set);
}

static void
add_preset(const struct request *rq, json_t *list, int i, const char *selected)
{
    const char *name = rights_preset_name(i);
    const struct membership *by = member_by(rq);
    rights_t set;

    rights_preset(name, &set);
    if (strcmp(name, "owner") == 0 ? !member_may_own(by)
                                   : !member_may_give(by, set)) {
        return;
    }
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:b}", "value", name, "label",
                        i18n(rq->language, rights_preset_label(i)), "selected",
                        selected && strcmp(name, selected) == 0));
}

static json_t *
right_model(const struct request *rq, int i, rights_t set)
{
    const struct rights_row *right = rights_row(i);
    rights_t one = rights_named(right->name);

    return json_pack("{s:s, s:s, s:i, s:b, s:b}", "name", right->name, "label",
                     i18n(rq->language, right->label), "number", i, "checked",
                     (set & one) != 0, "locked",
                     !member_may_give(member_by(rq), one));
}

/* Rights under the headings of their groups, and the presets that can be given.
 */
static void
add_rights(const struct request *rq, json_t *model, rights_t set, bool owner)
{
    json_t *groups = json_array(), *presets = json_array(), *rights = NULL;
    const char *selected = shown_rights(rq, &set, &owner);
    const struct rights_group *last = NULL;
    const struct rights_row *right;

    for (int i = 0; (right = rights_row(i)); i++) {
        const struct rights_group *group = rights_group_of(right);

        if (right->who == RIGHTS_OWNERS) {
            continue;
        }
        if (group != last) {
            rights = json_array();
            json_array_append_new(groups,
                                  json_pack("{s:s, s:o}", "label",
                                            i18n(rq->language, group->label),
                                            "rights", rights));
            last = group;
        }
        json_array_append_new(rights, right_model(rq, i, set));
    }
    for (int i = 0; rights_preset_name(i); i++) {
        add_preset(rq, presets, i, selected);
    }
    json_object_set_new(model, "gives_all", json_boolean(owner));
    model_text(model, "selected", selected);
    model_list(model, "groups", groups);
    model_list(model, "presets", presets);
}

static void
set_form(struct request *rq, json_t *model, const struct field *fields,
         enum err error)
{
    bool failed = error != ERR_NONE || rq->errors.n > 0;

    json_object_set(model, "controls",
                    field_controls(rq->arena, fields, rq->raw, &rq->errors,
                                   i18n, rq->language));
    json_object_set_new(model, "has_errors", json_boolean(failed));
    model_text(model, "form_error",
               error ? i18n(rq->language, err_row(error)->title) : NULL);
    model_text(model, "form_hint",
               error ? i18n(rq->language, err_row(error)->detail) : NULL);
}

static void
show(struct request *rq, struct response *rs, const char *template,
     json_t *model, enum err error)
{
    bool failed = error != ERR_NONE || rq->errors.n > 0;

    response_page(rs, template, json_in_arena(rq->arena, model));
    rs->status = error != ERR_NONE ? err_row(error)->status
                 : failed          ? 422
                                   : 200;
}

/* ---- a member ---- */

/* Asked before it is done: it takes something away. */
static bool
is_asked(const char *action)
{
    return strcmp(action, "withdraw") == 0 ||
           strcmp(action, "deactivate") == 0 || strcmp(action, "remove") == 0;
}

static bool
is_pending(const json_t *row)
{
    return strcmp(row_text(row, "status"), "pending") == 0;
}

static const char *
label_of(const json_t *row, const char *action)
{
    if (strcmp(action, "invite") == 0) {
        return is_pending(row) ? N_("Send the invitation all the same")
                               : N_("Send the invitation again");
    }
    return strcmp(action, "withdraw") == 0     ? N_("Withdraw the invitation")
           : strcmp(action, "deactivate") == 0 ? N_("Deactivate")
           : strcmp(action, "reactivate") == 0 ? N_("Reactivate")
                                               : N_("Remove");
}

static bool
may_act(const struct request *rq, const json_t *row, const char *action)
{
    return strcmp(action, "remove") == 0 ||
           (member_may_move(row, action) &&
            member_may_wake(member_by(rq), rq->arena, row));
}

static void
add_actions(struct request *rq, const struct member_place *place, json_t *model,
            const json_t *row)
{
    static const char *const actions[] = {"invite", "reactivate", "withdraw",
                                          "deactivate", "remove"};
    json_t *buttons = json_array(), *links = json_array();

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        const char *more = arena_printf(rq->arena, "/%s", actions[i]);

        if (may_act(rq, row, actions[i])) {
            json_array_append_new(
                is_asked(actions[i]) ? links : buttons,
                json_pack("{s:s+, s:s, s:b}", "action", rq->prefix,
                          path_of(rq, place, row, more), "label",
                          i18n(rq->language, label_of(row, actions[i])),
                          "is_next", is_pending(row)));
        }
    }
    model_list(model, "buttons", buttons);
    model_list(model, "links", links);
}

/* Owners are the business of owners. */
static bool
may_change(const struct request *rq, const struct member_place *place,
           const json_t *row)
{
    return place->may_change && (strcmp(row_text(row, "kind"), "owner") != 0 ||
                                 member_may_own(member_by(rq)));
}

/* What was done, and whether a mail tells of it. */
static void
set_notice(const struct request *rq, json_t *model, const json_t *row)
{
    const char *what = request_argument(rq, "done");
    bool invited = what && strcmp(what, "invite") == 0 &&
                   strcmp(row_text(row, "status"), "invited") == 0;

    model_text(model, "notice", what);
    json_object_set_new(
        model, "is_mailed",
        json_boolean(invited || (what && strcmp(what, "add") == 0)));
}

void
member_show(struct request *rq, struct response *rs,
            const struct member_place *place, const json_t *row, enum err error)
{
    json_t *model =
        json_pack("{s:o, s:s+}", "member", member_model(rq, place, row),
                  "back_url", rq->prefix, place->back);
    bool changes = may_change(rq, place, row);

    json_object_set_new(model, "may_change", json_boolean(changes));
    json_object_set_new(model, "version",
                        json_integer(row_int(row, "version")));
    set_notice(rq, model, row);
    model_text(model, "action",
               arena_printf(rq->arena, "%s%s", rq->prefix,
                            path_of(rq, place, row, "")));
    add_rights(rq, model, member_rights(rq->arena, row),
               strcmp(row_text(row, "kind"), "owner") == 0);
    if (changes) {
        add_actions(rq, place, model, row);
    }
    set_form(rq, model, member_rights_form_fields, error);
    show(rq, rs, "member", model, error);
}

static void
done(struct request *rq, struct response *rs, const struct member_place *place,
     const char *id, const char *what)
{
    response_redirect(
        rq, rs,
        arena_printf(rq->arena, "%s/%s?done=%s", place->path, id, what));
}

void
member_save(struct request *rq, struct response *rs,
            const struct member_place *place, const json_t *row)
{
    bool owner;
    rights_t rights = sent_rights(rq, &owner);
    enum err e = ERR_changed_meanwhile;

    if (request_number(rq, "version", 0) == row_int(row, "version")) {
        e = member_do_change(rq, row, owner, rights);
    } else {
        /* shown again as it is now */
        rq->raw = json_in_arena(rq->arena, json_object());
    }
    if (e == ERR_unavailable) {
        response_error(rs, e);
    } else if (e != ERR_NONE) {
        member_show(rq, rs, place, row, e);
    } else {
        done(rq, rs, place, row_text(row, "id"), "saved");
    }
}

/* ---- actions ---- */

void
member_ask(struct request *rq, struct response *rs,
           const struct member_place *place, const json_t *row,
           const char *action)
{
    json_t *model;

    if (!is_asked(action) || !may_act(rq, row, action)) {
        response_error(rs, ERR_not_found);
        return;
    }
    model = json_pack(
        "{s:o, s:s+, s:s+, s:s}", "member", member_model(rq, place, row),
        "action", rq->prefix,
        path_of(rq, place, row, arena_printf(rq->arena, "/%s", action)),
        "back_url", rq->prefix, path_of(rq, place, row, ""), "label",
        i18n(rq->language, label_of(row, action)));
    model_flag(model, "asks_", action);
    response_page(rs, "member_ask", json_in_arena(rq->arena, model));
}

void
member_act(struct request *rq, struct response *rs,
           const struct member_place *place, const json_t *row,
           const char *action)
{
    static const char *const actions[] = {"invite", "reactivate", "withdraw",
                                          "deactivate", "remove"};
    bool known = false, removed = strcmp(action, "remove") == 0;
    enum err e;

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        known = known || strcmp(actions[i], action) == 0;
    }
    if (!known) {
        response_error(rs, ERR_not_found);
        return;
    }
    e = member_do(rq, row, action);
    if (e != ERR_NONE) {
        response_error(rs, e);
    } else if (removed) {
        response_redirect(rq, rs, place->back);
    } else {
        done(rq, rs, place, row_text(row, "id"), action);
    }
}

/* ---- new ones ---- */

static void
show_form(struct request *rq, struct response *rs,
          const struct member_place *place, bool by_mail, enum err error)
{
    const char *other = by_mail ? "new" : "invite";
    json_t *model = json_pack(
        "{s:b, s:s+, s:s+, s:s+}", "by_mail", by_mail, "back_url", rq->prefix,
        place->back, "action", rq->prefix, rq->path, "other_url", rq->prefix,
        arena_printf(rq->arena, "%.*s%s",
                     (int)(strrchr(rq->path, '/') - rq->path + 1), rq->path,
                     other));

    add_rights(rq, model, 0, false);
    set_form(rq, model,
             by_mail ? member_guest_form_fields : member_contact_form_fields,
             error);
    show(rq, rs, "member_new", model, error);
}

void
member_form(struct request *rq, struct response *rs,
            const struct member_place *place, bool by_mail)
{
    show_form(rq, rs, place, by_mail, ERR_NONE);
}

static const char *
text_or_empty(const struct request *rq, const char *name)
{
    const char *text = request_text(rq, name);

    return text ? text : "";
}

void
member_take(struct request *rq, struct response *rs,
            const struct member_place *place, bool by_mail)
{
    struct member_new new = {.customer = place->customer,
                             .email = request_text(rq, "email"),
                             .first_name = text_or_empty(rq, "first_name"),
                             .last_name = text_or_empty(rq, "last_name")};
    const char *id;
    enum err e;

    if (rq->errors.n > 0) {
        show_form(rq, rs, place, by_mail, ERR_NONE);
        return;
    }
    new.rights = sent_rights(rq, &new.owner);
    e = by_mail ? member_do_invite(rq, &new, &id)
                : member_do_add(rq, &new, &id);
    if (e == ERR_unavailable) {
        response_error(rs, e);
    } else if (e != ERR_NONE) {
        show_form(rq, rs, place, by_mail, e);
    } else {
        done(rq, rs, place, id, by_mail ? "invite" : "add");
    }
}
