#include "app/guard.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "http/form.h"
#include "http/multipart.h"
#include "office/confirm_office.h"
#include "pf_language.h"
#include "pf_redirect.h"
#include "session/session_web.h"
#include "tenant/section_web.h"
#include "tenant/tenant.h"

static const char default_language[] = "en";

static bool
refuse(struct response *rs, enum err e)
{
    response_error(rs, e);
    return false;
}

static bool
unsafe(const struct request *rq)
{
    return strcmp(rq->method, "GET") != 0 && strcmp(rq->method, "HEAD") != 0;
}

/* ---- tenant and language ---- */

/* The best of the tenant's languages for the browser's wish. */
static const char *
wished_language(const struct request *rq)
{
    const struct tenant *t = rq->tenant;
    pf_str_t *tags =
        arena_alloc(rq->arena, (t->n_languages + 1) * sizeof *tags);
    int at;

    for (size_t i = 0; i < t->n_languages; i++) {
        tags[i] = pf_str_of(t->languages[i]);
    }
    at = pf_language_pick(pf_str_of(request_header(rq, "Accept-Language")),
                          tags, t->n_languages);
    return at < 0 ? t->default_language : t->languages[at];
}

/* As nginx chose; where it knew no tenant, as with the API, chosen here. */
static void
choose_language(struct request *rq)
{
    const char *chosen = request_param(rq, "PFORTE_LANGUAGE");
    const char *asked = request_argument(rq, "language");

    if (!rq->tenant) {
        rq->language = default_language;
    } else if (asked && tenant_speaks(rq->tenant, asked)) {
        rq->language = asked;
    } else if (tenant_speaks(rq->tenant, chosen)) {
        rq->language = chosen;
    } else {
        rq->language = wished_language(rq);
    }
}

static enum db_result
load_tenant(struct app *app, struct request *rq, const char *id)
{
    enum db_result r =
        tenant_load(app->db, rq->arena, app->config, id, &rq->tenant);

    rq->tenant_id = rq->tenant ? rq->tenant->id : "";
    choose_language(rq);
    return r;
}

void
guard_tenant(struct app *app, struct request *rq)
{
    if (!rq->tenant) {
        load_tenant(app, rq, request_param(rq, "PFORTE_TENANT"));
    }
}

/* ---- who is it? ---- */

/* A token, opened again here, and the session that it names, if it names one.
 */
struct named {
    pf_session_t token;
    struct session_named session; /* .row is NULL */
};

static void
ask_session(struct app *app, struct request *rq, const char *id,
            const char *text, struct named *named)
{
    pf_session_t *token = &named->token;
    pf_str_t sealed = pf_str_of(text);
    pf_str_t tenant = pf_str_of(id);
    int64_t now = clock_now();
    pf_error_t e =
        pf_session_open(keys_ring(app->keys), tenant, sealed, now, token);

    if (e == PF_UNKNOWN_KEY) {
        e = pf_session_open(keys_ring_now(app->keys), tenant, sealed, now,
                            token);
    }
    /* a stale token still names its session: whether that lives is the
     * question */
    named->session = e == PF_OK || e == PF_EXPIRED
                         ? session_ask(app->db, rq->arena, id, token)
                         : (struct session_named){NULL, NULL, NULL};
}

static enum db_result
load_session(struct request *rq, const struct named *named)
{
    struct session_store store = session_store_of(rq);

    return named->session.row
               ? session_load(&store, &named->session, &rq->session)
               : DB_NONE;
}

/*
 * nginx hands over one token. Where the session that it names has ended since
 * nginx looked, what a self-service link opened in that browser still counts.
 */
static enum db_result
load_link_session(struct app *app, struct request *rq, struct named *named)
{
    char name[PF_COOKIE_NAME_MAX + 1];
    const char *cookie;
    enum db_result r;

    pf_cookie_name(PF_COOKIE_CONTRACT, pf_str_of(rq->tenant->id),
                   rq->tenant->secure, name);
    cookie = request_cookie(rq, name);
    if (!cookie) {
        return DB_NONE;
    }
    ask_session(app, rq, rq->tenant->id, cookie, named);
    r = load_session(rq, named);
    if (r == DB_OK && !session_of_link(rq->session)) {
        rq->session = NULL;
        return DB_NONE;
    }
    return r;
}

static enum db_result
load_any_session(struct app *app, const struct route *route, struct request *rq,
                 struct named *named)
{
    enum db_result r = load_session(rq, named);

    return r == DB_NONE && request_param(rq, "PFORTE_TOKEN")[0] &&
                   route->door != INTERNAL
               ? load_link_session(app, rq, named)
               : r;
}

/* A token older than the session's rights, or stale, is replaced at once. */
static void
refresh_cookie(struct request *rq, struct response *rs,
               const pf_session_t *token)
{
    if (token->version != rq->session->version || token->exp <= clock_now()) {
        session_set_cookie(rq, rs, rq->session);
    }
}

static bool
find_session(struct app *app, const struct route *route, struct request *rq,
             struct response *rs, struct named *named)
{
    enum db_result r = load_any_session(app, route, rq, named);
    struct session_store store = session_store_of(rq);

    if (r != DB_OK && r != DB_NONE) {
        return refuse(rs, ERR_unavailable);
    }
    if (rq->session) {
        rq->session = session_touch(&store, rq->session) ? rq->session : NULL;
    }
    if (rq->session) {
        session_acts(rq->arena, rq->session, rq->actor);
        if (route->door != INTERNAL) {
            refresh_cookie(rq, rs, &named->token);
        }
    }
    return true;
}

/* A record changes only for who says which state of it they saw: with PATCH
 * always, with DELETE who wants to be sure. */
static bool
version_named(const struct route *route, const struct request *rq)
{
    return route->door != API || strcmp(rq->method, "PATCH") != 0 ||
           request_header(rq, "If-Match")[0] != '\0';
}

/* Of two values nobody knows which one is meant. */
static bool
headers_once(const struct request *rq)
{
    return !request_header_twice(rq, "Authorization", false) &&
           !request_header_twice(rq, "Idempotency-Key", false) &&
           !request_header_twice(rq, "If-Match", true);
}

/* ERR_NONE when that key, from that address, opens the route. */
static enum err
key_opens(const struct route *route, const struct request *rq)
{
    const struct api_key *key = rq->api_key;

    if (!api_key_works_from(key, rq->remote_addr)) {
        return ERR_api_address;
    }
    if (route->right && strcmp(route->right, API_PUBLIC) == 0) {
        return ERR_NONE;
    }
    if (key->is_public) {
        return ERR_api_public;
    }
    return !route->right || api_key_allows(key, route->right) ? ERR_NONE
                                                              : ERR_api_scope;
}

/* A public key stands in pages: in those of the sites that the tenant has
 * listed. Who is no browser says nothing of pages. */
static enum err
page_may_ask(struct request *rq)
{
    const char *origin = request_header(rq, "Origin");
    json_t *list, *listed;
    size_t i;

    if (!rq->api_key->is_public || !origin[0]) {
        return ERR_NONE;
    }
    list = tenant_ancestors(rq->db, rq->arena, rq->tenant->id);
    json_array_foreach(list, i, listed)
    {
        if (strcmp(json_string_value(listed), origin) == 0) {
            rq->page_origin = origin;
        }
    }
    json_decref(list);
    return rq->page_origin ? ERR_NONE : ERR_api_origin;
}

static bool
find_api_key(struct app *app, const struct route *route, struct request *rq,
             struct response *rs)
{
    const char *header = request_header(rq, "Authorization");
    enum db_result r = DB_NONE;
    enum err e;

    if (!headers_once(rq)) {
        return refuse(rs, ERR_header_twice);
    }
    if (strncasecmp(header, "Bearer ", 7) == 0) {
        r = api_key_find(app->db, rq->arena, header + 7, &rq->api_key);
    }
    if (r != DB_OK) {
        response_header(rs, "WWW-Authenticate", "Bearer realm=\"api\"");
        return refuse(rs, r == DB_NONE ? ERR_api_key : ERR_unavailable);
    }
    rq->actor->name = arena_printf(rq->arena, "key:%s", rq->api_key->id);
    if (load_tenant(app, rq, rq->api_key->tenant) != DB_OK) {
        return refuse(rs, ERR_unavailable);
    }
    rq->actor->test = rq->api_key->test;
    e = key_opens(route, rq);
    if (e == ERR_NONE) {
        e = page_may_ask(rq);
    }
    if (e != ERR_NONE) {
        return refuse(rs, e);
    }
    api_key_used(rq->db, rq->api_key);
    return true;
}

/* ---- may they? ---- */

/* Staff have a door of their own. */
static const char *
login_of(const struct route *route)
{
    return route_in_office(route) ? "/admin/login" : "/login";
}

/* Away to a page of the way in, and back to where they were going; but only who
 * would follow and see it. */
static void
send_to(struct request *rq, struct response *rs, const char *page,
        enum err otherwise)
{
    const char *target =
        rq->query[0] ? arena_printf(rq->arena, "%s?%s", rq->path, rq->query)
                     : rq->path;

    if (request_denial(rq) != PF_DENY_LOGIN) {
        response_error(rs, otherwise);
        return;
    }
    if (!pf_redirect_ok(pf_str_of(target)) || strcmp(target, "/") == 0) {
        response_redirect(rq, rs, page);
        return;
    }
    response_redirect(rq, rs,
                      arena_printf(rq->arena, "%s?next=%s", page,
                                   form_escape(rq->arena, target)));
}

bool
guard_admits(const struct route *route, const struct session *session)
{
    switch (route->door) {
    case OFFICE:
    case PROVEN:
    case PROOF:
        return session_of_staff(session);
    case CONTRACT:
        return session_of_person(session) || session_of_link(session);
    case PERSON:
        return session_of_person(session) || session_choosing(session);
    case SIGNED_IN:
        return !session_of_staff(session);
    default:
        return session_of_person(session);
    }
}

bool
guard_wants_session(const struct route *route)
{
    return route->door == PORTAL || route->door == CONTRACT ||
           route->door == PERSON || route->door == SIGNED_IN ||
           route_in_office(route);
}

static bool
allows(const struct session *session, const struct route *route)
{
    if (!route->right) {
        return true;
    }
    return route_in_office(route)
               ? staff_allows(session->staff, route->right)
               : membership_allows(session->membership, route->right);
}

/* Whoever has no second factor yet, and needs one, can do nothing but add it.
 */
static bool
factor_missing(struct app *app, const struct route *route,
               const struct request *rq)
{
    return route_in_office(route) && !rq->session->staff->has_totp &&
           route->door != PROOF &&
           strncmp(route->path, "/admin/security", 15) != 0 &&
           strcmp(route->path, "/admin/logout") != 0 &&
           setting_bool(app->db, rq->arena, rq->tenant->id, "staff_totp");
}

/* By a link one sees what it shows, an account is chosen first, and everybody
 * else is to sign in. */
static void
not_admitted(const struct route *route, struct request *rq, struct response *rs)
{
    if (rq->session && session_of_link(rq->session) &&
        !route_in_office(route)) {
        response_error(rs, ERR_link_scope);
    } else if (rq->session && session_choosing(rq->session) &&
               !route_in_office(route)) {
        send_to(rq, rs, "/accounts", ERR_account_choice);
    } else {
        send_to(rq, rs, login_of(route), ERR_session_ended);
    }
}

/* A first password was in a mail, or in somebody else's mouth: whoever came by
 * it chooses another before anything opens. */
static bool
password_missing(const struct route *route, struct request *rq,
                 struct response *rs)
{
    if (!rq->session->must_change ||
        strcmp(route->path, "/password/first") == 0 ||
        strcmp(route->path, "/logout") == 0) {
        return false;
    }
    if (request_denial(rq) != PF_DENY_LOGIN) {
        response_error(rs, ERR_password_first);
    } else {
        response_redirect(rq, rs,
                          arena_printf(rq->arena, "/password/first?next=%s",
                                       form_escape(rq->arena, rq->path)));
    }
    return true;
}

/* In a customer's name one looks, and changes nothing. */
static bool
in_other_name(const struct route *route, const struct request *rq,
              struct response *rs)
{
    if (!session_on_behalf(rq->session) || !unsafe(rq) ||
        strcmp(route->path, "/leave") == 0 ||
        strcmp(route->path, "/logout") == 0) {
        return false;
    }
    response_error(rs, ERR_on_behalf);
    return true;
}

/* By some forms one signs in or comes to a password: these ask who it is, and
 * not which session the browser has. */
static bool
leads_in(const struct route *route)
{
    static const char *const paths[] = {"/login", "/reset", "/register",
                                        "/invitation/", "/admin/login"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (strncmp(route->path, paths[i], strlen(paths[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Anybody's form is not for a session that may change nothing, or nothing yet.
 */
static bool
may_send(const struct route *route, struct request *rq, struct response *rs)
{
    if (route->door != PUBLIC || !unsafe(rq) || !rq->session ||
        leads_in(route)) {
        return true;
    }
    return !password_missing(route, rq, rs) && !in_other_name(route, rq, rs);
}

static bool
may_enter(struct app *app, const struct route *route, struct request *rq,
          struct response *rs)
{
    if (!guard_wants_session(route)) {
        return may_send(route, rq, rs);
    }
    if (!rq->session || !guard_admits(route, rq->session)) {
        not_admitted(route, rq, rs);
        return false;
    }
    if (password_missing(route, rq, rs)) {
        return false;
    }
    if (!allows(rq->session, route)) {
        return refuse(rs, ERR_forbidden);
    }
    if (in_other_name(route, rq, rs)) {
        return false;
    }
    if (factor_missing(app, route, rq)) {
        response_redirect(rq, rs, "/admin/security");
        return false;
    }
    return true;
}

/* ---- what did they send? ---- */

/* The media type without its parameters (RFC 9110, 8.3.1). */
static bool
body_is(const struct request *rq, const char *type)
{
    size_t len = strlen(type);

    return strncasecmp(rq->content_type, type, len) == 0 &&
           strchr("; \t", rq->content_type[len]) != NULL;
}

static enum err
parse_json(struct request *rq)
{
    json_t *body;

    if (!body_is(rq, "application/json")) {
        return ERR_media_type;
    }
    if (!text_utf8_ok(rq->body, rq->body_len)) {
        return ERR_json_malformed;
    }
    body = json_loadb(rq->body, rq->body_len, JSON_REJECT_DUPLICATES, NULL);
    if (!body) {
        return ERR_json_malformed;
    }
    rq->raw = json_in_arena(rq->arena, body);
    return json_is_object(body) ? ERR_NONE : ERR_json_malformed;
}

/* Whether a form of that route has files, which come in parts. */
static bool
takes_files(const struct route *route)
{
    const struct field *f = route->fields;

    while (f->name && f->type != FIELD_FILE && f->type != FIELD_BYTES) {
        f++;
    }
    return f->name != NULL;
}

static enum err
parse_form(const struct route *route, struct request *rq)
{
    if (takes_files(route) && body_is(rq, "multipart/form-data")) {
        return multipart_parse(rq->arena, rq->content_type, rq->body,
                               rq->body_len, &rq->raw);
    }
    if (!body_is(rq, "application/x-www-form-urlencoded")) {
        return ERR_media_type;
    }
    return form_parse(rq->arena, rq->body, rq->body_len, &rq->raw);
}

/* Calls of the API whose body has no meaning (RFC 9110, 9.3.5). */
static bool
asked_by_query(const struct route *route)
{
    return route->door == API && (strcmp(route->method, "GET") == 0 ||
                                  strcmp(route->method, "DELETE") == 0);
}

/* The API takes no name it does not know, and a call without a body finds its
 * fields here. Pages take what links have gathered on their way. */
static enum err
read_query(const struct route *route, struct request *rq)
{
    static const struct field nothing[] = {FIELD_END};
    const struct field *fields =
        asked_by_query(route) ? route->fields : nothing;
    json_t *query;
    enum err e = ERR_NONE;

    if (route->door == API) {
        e = form_parse(rq->arena, rq->query, strlen(rq->query), &query);
        if (e == ERR_value_twice) {
            field_fail(&rq->errors,
                       json_object_iter_key(json_object_iter(query)), e, 0);
            return ERR_invalid;
        }
        /* of the answer's texts, not of what is asked for */
        json_object_del(query, "language");
        rq->input =
            field_parse(rq->arena, fields, query, FIELD_QUERY, &rq->errors);
    }
    return e;
}

/* Reads the body by its kind and types it by the route's fields. */
static enum err
read_body(const struct route *route, struct request *rq)
{
    enum err e = ERR_NONE;

    if (!unsafe(rq) || (rq->body_len == 0 && route->door == API)) {
        /* an empty body of the API says nothing: {} */
    } else if (rq->body_len > route->limit) {
        return ERR_too_large;
    } else if (route->door == SIGNED) {
        return ERR_NONE; /* the bytes are what is signed */
    } else {
        e = route->door == API ? parse_json(rq) : parse_form(route, rq);
    }
    if (e == ERR_NONE && unsafe(rq) && !asked_by_query(route)) {
        rq->input = field_parse(rq->arena, route->fields, rq->raw,
                                route->door == API ? FIELD_JSON : FIELD_FORM,
                                &rq->errors);
    }
    return e;
}

/*
 * Sent by one of our own pages, as far as the browser says. Our pages send no
 * Referer, and browsers then say "Origin: null" (Fetch, "append a request
 * Origin header"): that tells nothing, Sec-Fetch-Site does. A program, or a
 * browser of 2022, may say neither; the form's token is asked for anyway.
 */
static bool
from_ourselves(struct app *app, struct request *rq)
{
    const char *site = request_header(rq, "Sec-Fetch-Site");
    const char *origin = request_header(rq, "Origin");

    if (site[0] && strcmp(site, "same-origin") != 0 &&
        strcmp(site, "none") != 0) {
        return false;
    }
    return !origin[0] || strcmp(origin, "null") == 0 ||
           tenant_own_origin(app->db, rq->arena, app->config, rq->tenant,
                             origin, request_header(rq, "Host"));
}

/* A form of ours: from our own page, with the token that page carried. */
static bool
not_forged(struct app *app, const struct route *route, struct request *rq)
{
    struct session_store store = session_store_of(rq);

    if (!unsafe(rq) || (!guard_wants_session(route) && route->door != PUBLIC)) {
        return true;
    }
    if (!from_ourselves(app, rq)) {
        return false;
    }
    if (route->door == PUBLIC) {
        return form_token_ok(
            rq, json_string_value(json_object_get(rq->raw, "form_token")));
    }
    return session_csrf_ok(&store, rq->session,
                           json_string_value(json_object_get(rq->raw, "csrf")));
}

/*
 * A page of one account may still be open when the person has chosen another
 * one in another window: its forms are of no effect there.
 */
static enum err
account_of_form(const struct route *route, const struct request *rq)
{
    const char *shown;

    if (!unsafe(rq) || (route->door != PORTAL && route->door != CONTRACT) ||
        !session_of_person(rq->session)) {
        return ERR_NONE;
    }
    shown = json_string_value(json_object_get(rq->raw, "account"));
    if (!shown) {
        return ERR_form_expired;
    }
    return strcmp(shown, rq->session->membership->customer_number) == 0
               ? ERR_NONE
               : ERR_account_changed;
}

/* ---- all of it ---- */

static bool
identify(struct app *app, const struct route *route, struct request *rq,
         struct response *rs)
{
    const char *id = request_param(rq, "PFORTE_TENANT");
    struct named named;
    enum db_result r;

    switch (route->door) {
    case API:
        return find_api_key(app, route, rq, rs);
    case SIGNED:
    case SYSTEM:
        return true;
    default:
        break;
    }
    ask_session(app, rq, id, request_param(rq, "PFORTE_TOKEN"), &named);
    r = load_tenant(app, rq, id);
    if (r == DB_NONE && route->door == INTERNAL) {
        return true; /* an unknown tenant's error page still gets drawn */
    }
    if (r != DB_OK) {
        return refuse(rs, db_error(r));
    }
    return find_session(app, route, rq, rs, &named);
}

bool
guard(struct app *app, const struct route *route, struct request *rq,
      struct response *rs)
{
    enum err e;

    if (!identify(app, route, rq, rs) || !may_enter(app, route, rq, rs)) {
        return false;
    }
    if (route->door == PORTAL && !unsafe(rq)) {
        section_words_ask(rq);
    }
    e = read_query(route, rq);
    if (e == ERR_NONE) {
        e = read_body(route, rq);
    }
    if (e != ERR_NONE) {
        return refuse(rs, e);
    }
    e = account_of_form(route, rq);
    if (e == ERR_account_changed) {
        return refuse(rs, e);
    }
    if (e != ERR_NONE || !not_forged(app, route, rq)) {
        log_warn("form refused: token or origin is wrong");
        return refuse(rs, ERR_form_expired);
    }
    if (!version_named(route, rq)) {
        return refuse(rs, ERR_precondition_missing);
    }
    if (route->door == API && rq->errors.n > 0) {
        return refuse(rs, ERR_invalid);
    }
    /* last of all: what is carried on is a form of ours, by who may send it */
    if (route->door == PROVEN && !session_proven(rq->session)) {
        confirm_ask(rq, rs);
        return false;
    }
    return true;
}
