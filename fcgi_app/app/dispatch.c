/*
 * A request's way through the application: address, guard, handler, view.
 */
#include <string.h>

#include "app/app.h"
#include "app/elsewhere.h"
#include "app/guard.h"
#include "app/once.h"
#include "app/page.h"
#include "app/replay.h"
#include "app/routes.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "http/form.h"
#include "office/confirm_office.h"
#include "office/form_use_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"
#include "view/template.h"

/* Everything from ourselves, nothing inline. Who may frame it says nginx, on
 * every answer, also those that never came here (pforte_frame_ancestors). */
#define POLICY                                                                 \
    "default-src 'none'; style-src 'self'; img-src 'self'; "                   \
    "form-action 'self'; base-uri 'none'"
static const char policy[] = POLICY;

/* Of a page that has a script, which asks for the page once more. */
static const char script_policy[] =
    POLICY "; script-src 'self'; connect-src 'self'";

/* Of one that tells the page around it how tall it is. */
static const char framed_policy[] = POLICY "; script-src 'self'";

/* Nobody frames the back office, whoever may frame the portal. */
static const char office_policy[] = POLICY "; frame-ancestors 'none'";

/* ---- before ---- */

static void
read_arguments(struct request *rq)
{
    if (form_parse(rq->arena, rq->query, strlen(rq->query), &rq->arguments) !=
        ERR_NONE) {
        rq->arguments = json_in_arena(rq->arena, json_object());
    }
}

static void
prepare(struct app *app, struct request *rq)
{
    rq->prefix = request_param(rq, "PFORTE_PREFIX");
    rq->language = "en";
    rq->tenant_id = "";
    rq->config = app->config;
    rq->keys = app->keys;
    rq->db = app->db;
    rq->cache = app->cache;
    rq->gate = app->gate;
    rq->input = json_in_arena(rq->arena, json_object());
    rq->raw = json_in_arena(rq->arena, json_object());
    rq->actor = arena_alloc(rq->arena, sizeof *rq->actor);
    rq->actor->name = "nobody";
    rq->actor->remote_addr = rq->remote_addr;
    rq->actor->request_id = rq->id;
    read_arguments(rq);
}

/* ---- after ---- */

/* A page that others show inside theirs may be asked for by them. */
static const char *
resource_policy(const struct request *rq)
{
    return rq->tenant && rq->tenant->cookie == PF_COOKIE_EMBEDDED
               ? "cross-origin"
               : "same-origin";
}

static void
headers(struct request *rq, struct response *rs)
{
    response_header(rs, "X-Request-Id", rq->id);
    if (!response_has(rs, "Cache-Control")) {
        response_header(rs, "Cache-Control", "no-store");
    }
    response_header(rs, "X-Content-Type-Options", "nosniff");
    response_header(rs, "Referrer-Policy", "no-referrer");
    response_header(rs, "Cross-Origin-Resource-Policy", resource_policy(rq));
    if (rq->page_origin) {
        response_header(rs, "Access-Control-Allow-Origin", rq->page_origin);
        response_header(rs, "Access-Control-Expose-Headers",
                        "X-Request-Id, Retry-After, Content-Language");
        response_header(rs, "Vary", "Origin");
    }
    if (rs->kind == RESPONSE_PAGE) {
        response_header(rs, "Content-Security-Policy",
                        page_in_office(rq) ? office_policy
                        : rs->script       ? script_policy
                        : rs->framed       ? framed_policy
                                           : policy);
        response_header(rs, "Cross-Origin-Opener-Policy", "same-origin");
        response_header(rs, "Content-Language", rq->language);
    }
}

static void
render_json(struct request *rq, struct response *rs, const char *type,
            const char **body, size_t *len)
{
    const char *text = json_text(rq->arena, rs->model, JSON_COMPACT);

    rs->type = type;
    *body = text ? text : "{}";
    *len = strlen(*body);
}

static void
render_page(struct request *rq, struct response *rs, const char **body,
            size_t *len)
{
    struct buf out = buf_new(rq->arena, 16 * 1024);

    page_frame(rq, rs);
    if (template_render(rs->template, rq->language, rs->model, &out) != 0) {
        log_error("template %s cannot be drawn", rs->template);
        rs->status = 500;
        rs->type = "text/plain; charset=utf-8";
        *body = i18n(rq->language, err_row(ERR_internal)->title);
        *len = strlen(*body);
        return;
    }
    rs->type = "text/html; charset=utf-8";
    *body = out.data;
    *len = out.len;
}

/* A program wants problem+json, a person a page. */
static bool
wants_problem(const struct request *rq, const struct route *route)
{
    return (route && (route->door == API || route->door == SIGNED)) ||
           strcmp(request_param(rq, "PFORTE_DENIED"), "problem") == 0 ||
           request_denial(rq) == PF_DENY_PROBLEM;
}

/* An API error with a field of the wrong kind is 400, of a wrong value 422. */
static int
status_of(const struct request *rq, enum err error)
{
    int status = err_row(error)->status;

    for (size_t i = 0; error == ERR_invalid && i < rq->errors.n; i++) {
        if (err_row(rq->errors.list[i].code)->status == 400) {
            status = 400;
        }
    }
    return status;
}

static void
render_error(struct app *app, struct request *rq, struct response *rs,
             const struct route *route, const char **body, size_t *len)
{
    guard_tenant(app, rq);
    rs->status = status_of(rq, rs->error);
    if (wants_problem(rq, route)) {
        rs->model = page_problem(rq, rs->error);
        json_object_set_new(rs->model, "status", json_integer(rs->status));
        render_json(rq, rs, "application/problem+json", body, len);
        return;
    }
    rs->kind = RESPONSE_PAGE;
    rs->template = "error";
    rs->model = page_error(rq, rs->error);
    render_page(rq, rs, body, len);
}

static void
render(struct app *app, struct request *rq, struct response *rs,
       const struct route *route, const char **body, size_t *len)
{
    *body = "";
    *len = 0;
    switch (rs->kind) {
    case RESPONSE_PAGE:
        render_page(rq, rs, body, len);
        break;
    case RESPONSE_JSON:
        render_json(rq, rs, "application/json", body, len);
        break;
    case RESPONSE_ERROR:
        render_error(app, rq, rs, route, body, len);
        break;
    case RESPONSE_BYTES:
        *body = rs->bytes;
        *len = rs->len;
        break;
    case RESPONSE_NONE:
    case RESPONSE_CARRIED:
        break;
    }
    headers(rq, rs);
}

/* ---- all of it ---- */

/*
 * Fetch Standard, CORS-preflight: a browser asks before it lets a page of
 * another site ask. It brings no key, so that any page may ask what a public
 * key opens; which of them the answer is for says guard.c.
 */
static bool
answer_preflight(struct request *rq, struct response *rs,
                 const struct route *row)
{
    const char *origin = request_header(rq, "Origin");
    const char *method = request_header(rq, "Access-Control-Request-Method");

    if (strcmp(rq->method, "OPTIONS") != 0 || !origin[0] || !method[0] ||
        !row->right || strcmp(row->right, API_PUBLIC) != 0) {
        return false;
    }
    response_empty(rs, 204);
    response_header(rs, "Access-Control-Allow-Origin", origin);
    response_header(rs, "Access-Control-Allow-Methods", row->method);
    response_header(rs, "Access-Control-Allow-Headers",
                    "Authorization, Content-Type, Idempotency-Key");
    response_header(rs, "Access-Control-Max-Age", "600");
    response_header(rs, "Vary", "Origin");
    return true;
}

static void
refuse_method(struct request *rq, struct response *rs, const struct route *row)
{
    const char *allow = "";

    for (size_t i = 0; i < n_routes; i++) {
        if (strcmp(routes[i].path, row->path) == 0) {
            allow = arena_printf(rq->arena, "%s%s%s%s", allow,
                                 allow[0] ? ", " : "", routes[i].method,
                                 strcmp(routes[i].method, "GET") == 0 ? ", HEAD"
                                                                      : "");
        }
    }
    response_header(rs, "Allow", allow);
    response_error(rs, ERR_method);
}

static void
run_form(const struct route *route, struct request *rq, struct response *rs)
{
    static const struct once forms = {form_claim, form_keep, form_again};
    const char *id = form_id_sent(rq);

    if (id) {
        /* a page's forms share its id, and are not each other's repetitions */
        once_run(&forms, arena_printf(rq->arena, "%s %s", id, rq->path),
                 route->run, rq, rs);
    } else {
        response_error(rs, ERR_form_expired);
    }
}

/* By nature: they may have gone that way before and come back; and each try at
 * a password counts, which is looked at outside of any transaction. */
static bool
repeatable(const struct route *route)
{
    return route->door == PERSON || route->door == SIGNED_IN ||
           route->door == PROOF ||
           ((route->door == PORTAL || route->door == PROVEN) &&
            route->pool == PASSWORDS);
}

/* What is posted by people who are signed in, and by the API, has its effect
 * once; to choose an account, and to leave, is the same however often. */
static void
handle(const struct route *route, struct request *rq, struct response *rs)
{
    bool post = strcmp(rq->method, "POST") == 0;

    if (post && guard_wants_session(route) && !repeatable(route)) {
        run_form(route, rq, rs);
    } else if (post && route->door == API) {
        replay_run(route, rq, rs);
    } else {
        route->run(rq, rs);
    }
}

/*
 * The form that waited for a proof, as if it came now: all of the guard again,
 * with its own token, limit and id. Only a route that asks for the proof waits
 * for it.
 */
static void
handle_carried(struct app *app, const struct route **route, struct request *rq,
               struct response *rs)
{
    const struct route *found = NULL;
    const char *to = confirm_target(rq);

    *rs = (struct response){0};
    if (route_find(rq->arena, "POST", to, to, &found, rq->values) !=
            ROUTE_FOUND ||
        found->door != PROVEN) {
        response_error(rs, ERR_malformed);
        return;
    }
    *route = found;
    rq->path = to;
    rq->body = confirm_carried(rq);
    rq->body_len = strlen(rq->body);
    rq->errors.n = 0;
    if (guard(app, found, rq, rs)) {
        handle(found, rq, rs);
    }
}

void
app_answer(struct app *app, struct request *rq, struct response *rs,
           const char **body, size_t *len)
{
    const struct route *route = NULL;
    const char *uri = rq->path;
    const char *within;
    int64_t began = clock_monotonic_ms();

    log_set_request(rq->id);
    prepare(app, rq);
    db_reads_together(app->db, true);
    within = request_inside(rq);
    rq->path = within ? within : uri;
    switch (
        route_find(rq->arena, rq->method, uri, within, &route, rq->values)) {
    case ROUTE_FOUND:
        if (guard(app, route, rq, rs)) {
            handle(route, rq, rs);
        }
        if (rs->kind == RESPONSE_CARRIED) {
            handle_carried(app, &route, rq, rs);
        }
        elsewhere_offer(route, rq, rs);
        break;
    case ROUTE_METHOD:
        if (!answer_preflight(rq, rs, route)) {
            refuse_method(rq, rs, route);
        }
        break;
    case ROUTE_NOT_FOUND:
        response_error(rs, ERR_not_found);
        break;
    }
    render(app, rq, rs, route, body, len);
    db_reads_together(app->db, false);
    log_info("%s %s %s %d %lld ms", rq->method,
             rq->tenant ? rq->tenant->id : "-", route ? route->path : "-",
             rs->status, (long long)(clock_monotonic_ms() - began));
    log_set_request(NULL);
}
