#include "app/page.h"

#include <string.h>

#include "app/guard.h"
#include "base/config.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "office/form_use_web.h"
#include "page/page_web.h"
#include "pf_redirect.h"
#include "session/accounts_web.h"
#include "session/session_web.h"
#include "tenant/brand.h"
#include "tenant/section_web.h"
#include "view/i18n.h"

/* ---- the frame ---- */

static const struct area {
    const char *path, *permission, *label;
    const char *group;   /* entry of the menu */
    const char *section; /* whose page it is, or "" */
} areas[] =
    {
#define AREA(path, permission, label, section)                                 \
    {path, permission, label, label, section},
#include "tables/areas.def"
#undef AREA
        {NULL, NULL, NULL, NULL, NULL},
},
  office_areas[] = {
#define OFFICE_AREA(path, permission, label, group)                            \
    {path, permission, label, group, ""},
#include "tables/office_areas.def"
#undef OFFICE_AREA
      {NULL, NULL, NULL, NULL, NULL},
};

static const char office_home_path[] = "/admin";
static const char settings_path[] = "/admin/settings/";

static bool
inside(const char *area, const char *path)
{
    size_t len = strlen(area);

    /* a tab stands for all of them */
    if (strncmp(area, settings_path, sizeof settings_path - 1) == 0) {
        return strncmp(path, settings_path, sizeof settings_path - 1) == 0;
    }

    return strcmp(area, path) == 0 ||
           (len > 1 && strcmp(area, office_home_path) != 0 &&
            strncmp(area, path, len) == 0 && path[len] == '/');
}

/* The page is in that area, and in none of its group that is inside of it. */
static bool
is_here(const struct area *area, const char *path)
{
    if (!inside(area->path, path)) {
        return false;
    }
    for (const struct area *next = area + 1;
         next->path && strcmp(next->group, area->group) == 0; next++) {
        if (inside(area->path, next->path) && inside(next->path, path)) {
            return false;
        }
    }
    return true;
}

/* The first row that fits serves, as with requests. */
static bool
admits(const struct session *session, const struct area *area)
{
    for (size_t i = 0; i < n_routes; i++) {
        if (strcmp(routes[i].path, area->path) == 0) {
            return guard_admits(&routes[i], session);
        }
    }
    return false;
}

static bool
may_open(const struct session *session, const struct area *area)
{
    if (session_of_staff(session)) {
        return area->permission[0] == '-' ||
               staff_allows(session->staff, area->permission);
    }
    if (strcmp(area->permission, "own") == 0) {
        return admits(session, area) && !session_on_behalf(session);
    }
    return admits(session, area) &&
           (area->permission[0] == '-' ||
            membership_allows(session->membership, area->permission));
}

/* What the tenant calls a section of the portal is what its page is called. */
static void
add_entry(struct request *rq, json_t *list, const struct area *area,
          const char *label)
{
    const char *language = NULL;
    const char *own =
        area->section[0] ? section_words(rq, area->section, &language) : NULL;
    json_t *entry = json_pack("{s:s+, s:b}", "url", rq->prefix, area->path,
                              "current", is_here(area, rq->path));

    model_text(entry, "label", own ? own : i18n(rq->language, label));
    model_text(entry, "label_lang", language);
    json_array_append_new(list, entry);
}

/* The areas of one group, up to the first of the next one: its entry in the
 * menu, and, where it is the one that is open, all of them. */
static const struct area *
add_group(struct request *rq, const struct area *area, json_t *nav,
          json_t *beside)
{
    const char *group = area->group;
    json_t *all = json_array(), *entry = NULL;
    bool current = false;

    for (; area->path && strcmp(area->group, group) == 0; area++) {
        if (!may_open(rq->session, area)) {
            continue;
        }
        if (!entry) {
            add_entry(rq, nav, area, group);
            entry = json_array_get(nav, json_array_size(nav) - 1);
        }
        add_entry(rq, all, area, area->label);
        current = current || inside(area->path, rq->path);
    }
    if (entry) {
        json_object_set_new(
            entry, "within",
            json_boolean(current &&
                         !json_is_true(json_object_get(entry, "current"))));
    }
    if (current && json_array_size(all) > 1) {
        json_array_extend(beside, all);
    }
    json_decref(all);
    return area;
}

/* The page of a section has its name in the menu as its heading, too. */
static void
add_title(json_t *model, const json_t *nav)
{
    json_t *entry;
    size_t i;

    json_array_foreach(nav, i, entry)
    {
        if (json_is_true(json_object_get(entry, "current"))) {
            model_text(model, "area", row_text(entry, "label"));
            model_text(model, "area_lang", row_text(entry, "label_lang"));
        }
    }
}

/* The menu, and what lies beside the page in its group. */
static void
add_navigation(struct request *rq, json_t *model)
{
    json_t *nav = json_array(), *beside = json_array();
    const struct area *area =
        rq->session && session_of_staff(rq->session) ? office_areas : areas;

    while (rq->session && area->path) {
        area = add_group(rq, area, nav, beside);
    }
    add_title(model, nav);
    model_list(model, "nav", nav);
    model_list(model, "beside", beside);
}

/* Whether the same address gives the same page: not what a form was sent to,
 * what nginx asked for, or what a link's token opened; but the offer of a
 * window of its own leaves the token as it is. */
static bool
repeatable(const struct request *rq)
{
    bool get =
        strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0;

    bool spends = request_argument(rq, "token") &&
                  (rq->session || !request_argument(rq, "c"));

    return get && strncmp(rq->path, "/_pforte/", 9) != 0 && !spends;
}

/* This page in another language: the same address, ?language= in front of the
 * arguments that are there; or else the overview. The path is anybody's: as it
 * was decoded, "/\host" and "//host" would be links to another site. */
static const char *
language_url(struct request *rq, const char *language)
{
    bool here = repeatable(rq) && strncmp(rq->path, "//", 2) != 0;
    json_t *value;
    const char *name, *more = "";

    json_object_foreach(rq->arguments, name, value)
    {
        if (here && strcmp(name, "language") != 0) {
            more = arena_printf(
                rq->arena, "%s&%s=%s", more, form_escape(rq->arena, name),
                form_escape(rq->arena, json_string_value(value)));
        }
    }
    return arena_printf(rq->arena, "%s%s?language=%s%s", rq->prefix,
                        here ? form_escape_path(rq->arena, rq->path) : "/",
                        language, more);
}

static json_t *
languages(struct request *rq)
{
    json_t *list = json_array();

    for (size_t i = 0; i < rq->tenant->n_languages; i++) {
        const char *code = rq->tenant->languages[i];

        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:b}", "code", code, "name",
                            text_language(rq->arena, code), "url",
                            language_url(rq, code), "current",
                            strcmp(code, rq->language) == 0));
    }
    return list;
}

static json_t *
staff_member(struct request *rq, const struct session *s)
{
    return json_pack("{s:s, s:s, s:b, s:b, s:s+}", "username", s->username,
                     "role", i18n(rq->language, s->staff->role_label),
                     "is_staff", 1, "can_sign_out", 1, "sign_out_url",
                     rq->prefix, "/admin/logout");
}

/* Whoever sees the portal, of which account, and which others they may choose.
 */
static json_t *
visitor(struct request *rq, const struct session *s)
{
    json_t *model =
        json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:s+}", "username",
                  s->username, "customer_name", s->membership->customer_name,
                  "customer_number", s->membership->customer_number, "is_staff",
                  0, "is_choosing", session_choosing(s), "can_sign_out",
                  !session_on_behalf(s), "sign_out_url", rq->prefix, "/logout");

    accounts_menu(rq, model);
    return model;
}

static void
signed_in(struct request *rq, json_t *model)
{
    struct session_store store = session_store_of(rq);
    const struct session *s = rq->session;

    json_object_set_new(model, "signed_in",
                        session_of_staff(s) ? staff_member(rq, s)
                                            : visitor(rq, s));
    model_text(model, "csrf", session_csrf(&store, s));
    model_text(model, "form_id", form_id(rq));
    model_text(model, "account",
               session_of_person(s) ? s->membership->customer_number : NULL);
    json_object_set_new(model, "on_behalf",
                        session_on_behalf(s)
                            ? json_pack("{s:s, s:s, s:s+}", "staff",
                                        s->staff->username, "username",
                                        s->username, "leave_url", rq->prefix,
                                        "/leave")
                            : json_null());
}

/* Where the tenant's name leads, and the way back from an error. */
static const char *
home_url(const struct request *rq)
{
    if (rq->session && session_of_staff(rq->session)) {
        return arena_printf(rq->arena, "%s%s", rq->prefix, office_home_path);
    }
    return rq->session && session_of_link(rq->session)
               ? arena_printf(rq->arena, "%s/contracts/%s", rq->prefix,
                              rq->session->contract_ref)
               : arena_printf(rq->arena, "%s/", rq->prefix);
}

/* Who the page is of. */
static json_t *
tenant_model(struct request *rq)
{
    const struct tenant *t = rq->tenant;
    json_t *model =
        json_pack("{s:s, s:s}", "id", t ? t->id : "", "name", t ? t->name : "");

    if (t && t->logo[0] != '\0') {
        json_object_set_new(model, "logo",
                            json_pack("{s:s, s:i, s:i}", "url",
                                      brand_logo_path(rq->arena, t), "width",
                                      t->logo_width, "height", t->logo_height));
    }
    return model;
}

bool
page_in_office(const struct request *rq)
{
    size_t len = sizeof office_home_path - 1;

    return strncmp(rq->path, office_home_path, len) == 0 &&
           strchr("/", rq->path[len]) != NULL;
}

static const char *
static_url(const struct request *rq, const char *name)
{
    return arena_printf(rq->arena, "/static/%s/%s", rq->config->style, name);
}

/* Inside a page of a site that the tenant has listed; browsers say so. */
static void
add_framed(struct request *rq, struct response *rs)
{
    json_t *list, *origin;
    const char *origins = "";
    size_t i;

    if (!rq->tenant || page_in_office(rq) ||
        strcmp(request_header(rq, "Sec-Fetch-Dest"), "iframe") != 0) {
        return;
    }
    list = tenant_ancestors(rq->db, rq->arena, rq->tenant->id);
    json_array_foreach(list, i, origin)
    {
        origins = arena_printf(rq->arena, "%s%s%s", origins, i > 0 ? " " : "",
                               json_string_value(origin));
    }
    json_decref(list);
    if (origins[0]) {
        rs->framed = true;
        json_object_set_new(rs->model, "embedded",
                            json_pack("{s:s, s:s}", "script",
                                      static_url(rq, "framed.js"), "origins",
                                      origins));
    }
}

/* What the law asks of every page of the portal, the sign-in too: sections 312k
 * and 356a BGB, section 5 DDG. */
static void
add_foot(struct request *rq, json_t *model, bool in_office)
{
    static const char *const labels[] = {
#define FOOT_LINK(setting, label) [FOOT_##setting] = N_(label),
#include "tables/foot_links.def"
#undef FOOT_LINK
    };
    const struct tenant *t = in_office ? NULL : rq->tenant;
    json_t *links = json_array();

    for (size_t i = 0; t && i < N_FOOT_LINKS; i++) {
        const char *url = t->foot_links[i];

        if (url && url[0]) {
            json_array_append_new(links,
                                  json_pack("{s:s, s:s}", "url", url, "label",
                                            i18n(rq->language, labels[i])));
        }
    }
    model_list(model, "foot_links", links);
    json_object_set_new(model, "has_declarations",
                        json_boolean(t && t->consumers));
}

void
page_frame(struct request *rq, struct response *rs)
{
    json_t *model = rs->model;
    bool in_office = page_in_office(rq) && !rs->hosted;

    model_text(model, "lang", rq->language);
    model_text(model, "dir", text_rtl(rq->language) ? "rtl" : "ltr");
    model_text(model, "prefix", rq->prefix);
    model_text(model, "path", rq->path);
    model_text(model, "home", home_url(rq));
    json_object_set_new(
        model, "by_link",
        json_boolean(rq->session && session_of_link(rq->session)));
    model_text(model, "style", static_url(rq, "portal.css"));
    model_text(model, "script", rs->script ? static_url(rq, rs->script) : NULL);
    add_framed(rq, rs);
    model_text(model, "brand",
               rq->tenant ? brand_path(rq->arena, rq->tenant, !in_office)
                          : NULL);
    add_foot(rq, model, in_office);
    model_text(model, "request_id", rq->id);
    json_object_set_new(model, "tenant", tenant_model(rq));
    /* /_components brings a menu and a person of its own */
    if (!json_object_get(model, "nav")) {
        add_navigation(rq, model);
    }
    model_list(model, "languages", rq->tenant ? languages(rq) : json_array());
    if (rq->session && !json_object_get(model, "signed_in")) {
        signed_in(rq, model);
    }
    if (rs->hosted) {
        json_object_set_new(model, "signed_in", json_null());
    }
}

/* ---- errors ---- */

/* Signing in helps where a link failed or nobody is signed in. */
static bool
login_helps(const struct request *rq, enum err error)
{
    int status = err_row(error)->status;
    bool signed_in = rq->session && !session_of_link(rq->session);

    return rq->tenant && !signed_in &&
           (error == ERR_invitation_unknown || status == 401 || status == 403 ||
            status == 410 || status == 400);
}

/* To the sign-in form, and on to what a link did not open. */
static const char *
login_url(const struct request *rq, enum err error)
{
    return error == ERR_link_scope && pf_redirect_ok(pf_str_of(rq->path))
               ? arena_printf(rq->arena, "%s/login?next=%s", rq->prefix,
                              form_escape(rq->arena, rq->path))
               : arena_printf(rq->arena, "%s/login", rq->prefix);
}

/* Nobody is signed in, or a form's cookie did not come, perhaps only because
 * the page is inside another. */
static bool
in_frame(const struct request *rq, enum err error)
{
    return strcmp(request_param(rq, "PFORTE_DENIED"), "frame") == 0 ||
           ((err_row(error)->status == 401 || error == ERR_form_expired) &&
            request_denial(rq) == PF_DENY_FRAME);
}

json_t *
page_error(struct request *rq, enum err error)
{
    const struct err_row *row = err_row(error);
    const char *lang = rq->language;
    json_t *model = json_pack(
        "{s:{s:s, s:i, s:s, s:s}, s:b, s:s, s:b}", "error", "code", row->code,
        "status", row->status, "title", i18n(lang, row->title), "detail",
        i18n(lang, row->detail), "show_login", login_helps(rq, error),
        "login_url", login_url(rq, error), "frame", in_frame(rq, error));

    model_text(model, "home_url",
               rq->session || (rq->tenant && error == ERR_not_found)
                   ? home_url(rq)
                   : NULL);
    model_text(model, "open_url", arena_printf(rq->arena, "%s/", rq->prefix));
    return json_in_arena(rq->arena, model);
}

static json_t *
field_problem(struct request *rq, const struct field_error *error)
{
    return json_pack("{s:s+, s:s, s:s}", "pointer", "#/", error->name, "code",
                     err_row(error->code)->code, "detail",
                     page_field_error(rq, error));
}

json_t *
page_problem(struct request *rq, enum err error)
{
    const struct err_row *row = err_row(error);
    const char *lang = rq->language;
    json_t *problem = json_pack("{s:s+, s:s, s:i, s:s, s:s, s:s}", "type",
                                "urn:pforte:problem:", row->code, "title",
                                i18n(lang, row->title), "status", row->status,
                                "detail", i18n(lang, row->detail), "code",
                                row->code, "request_id", rq->id);
    json_t *list = json_array();

    for (size_t i = 0; i < rq->errors.n; i++) {
        json_array_append_new(list, field_problem(rq, &rq->errors.list[i]));
    }
    if (json_array_size(list) > 0) {
        json_object_set(problem, "errors", list);
    }
    json_decref(list);
    return json_in_arena(rq->arena, problem);
}
