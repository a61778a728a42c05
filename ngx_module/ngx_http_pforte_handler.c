
/*
 * The access phase: tenant, language, token, session, policy; and how a
 * refusal is told.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <sodium.h>

#include "ngx_http_pforte_module.h"


static ngx_uint_t ngx_http_pforte_claims_identity(ngx_str_t *name);
static ngx_uint_t ngx_http_pforte_other_tenant(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_decide(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_tenant_name(ngx_http_request_t *r,
    ngx_str_t *name, ngx_uint_t *bound);
static ngx_str_t ngx_http_pforte_segment(ngx_http_request_t *r);
static void ngx_http_pforte_count_verdict(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_choose_language(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_language_argument(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_language_cookie(ngx_http_request_t *r,
    const pf_record_t *record);
static ngx_str_t ngx_http_pforte_inside(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_uint_t ngx_http_pforte_at_login(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_redirect(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_send_problem(ngx_http_request_t *r,
    ngx_http_pforte_problem_t *problem);
static ngx_http_variable_value_t *ngx_http_pforte_request_id(
    ngx_http_request_t *r);


/* the texts of errors.def: programs see one shape, whoever answers */

ngx_http_pforte_problem_t  ngx_http_pforte_unauthorised = {
    NGX_HTTP_UNAUTHORIZED,
    ngx_string("unauthorised"),
    ngx_string("You are not signed in"),
    ngx_string("Please sign in to see this page.")
};


ngx_http_pforte_problem_t  ngx_http_pforte_forbidden = {
    NGX_HTTP_FORBIDDEN,
    ngx_string("forbidden"),
    ngx_string("This is not open to you"),
    ngx_string("Your account does not include this. "
               "Ask the owner of the account.")
};


ngx_http_pforte_problem_t  ngx_http_pforte_unavailable = {
    NGX_HTTP_SERVICE_UNAVAILABLE,
    ngx_string("unavailable"),
    ngx_string("One moment, please"),
    ngx_string("The service is busy. Nothing was lost; "
               "try again in a few seconds.")
};


ngx_http_pforte_problem_t  ngx_http_pforte_too_large = {
    NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
    ngx_string("too_large"),
    ngx_string("That is too large"),
    ngx_string("Send less at once.")
};


ngx_http_pforte_problem_t  ngx_http_pforte_media_type = {
    NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
    ngx_string("media_type"),
    ngx_string("Unknown kind of content"),
    ngx_string("Send JSON to the API and ordinary forms to the pages.")
};


ngx_http_pforte_problem_t  ngx_http_pforte_link_invalid = {
    NGX_HTTP_FORBIDDEN,
    ngx_string("link_invalid"),
    ngx_string("This link does not work"),
    ngx_string("It is damaged, or was not made for this portal. Open the "
               "portal again from the site that sent you here, or sign in.")
};


ngx_http_pforte_problem_t  ngx_http_pforte_link_incomplete = {
    NGX_HTTP_BAD_REQUEST,
    ngx_string("link_incomplete"),
    ngx_string("This link is incomplete"),
    ngx_string("Part of it is missing. Open the portal again from the site "
               "that sent you here, or sign in.")
};


ngx_http_pforte_problem_t  ngx_http_pforte_link_used = {
    410,
    ngx_string("link_used"),
    ngx_string("This link was already used"),
    ngx_string("Every sign-in link works once. Open the portal again "
               "from the site that sent you here, or sign in.")
};


ngx_http_pforte_problem_t  ngx_http_pforte_link_expired = {
    410,
    ngx_string("link_expired"),
    ngx_string("This link has expired"),
    ngx_string("Links into the portal live for a limited time. Open the portal "
               "again from the site that sent you here, ask for a new link, "
               "or sign in.")
};


static ngx_str_t  ngx_http_pforte_kinds[] = {
    ngx_string("login"),
    ngx_string("problem"),
    ngx_string("frame"),
    ngx_string("page")
};


/*
 * To applications "_" and "-" of a header's name are often one. A header of
 * a client that could be taken for one of ours is empty from here on, and has
 * the one spelling that proxy_set_header replaces.
 */

ngx_int_t
ngx_http_pforte_identity_handler(ngx_http_request_t *r)
{
    size_t                        n;
    ngx_uint_t                    i;
    ngx_list_part_t              *part;
    ngx_table_elt_t              *h;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (pmcf->store == NULL) {
        return NGX_DECLINED;
    }

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (!ngx_http_pforte_claims_identity(&h[i].key)) {
                continue;
            }

            for (n = 0; n < h[i].key.len; n++) {
                if (!isalnum(h[i].key.data[n])) {
                    h[i].key.data[n] = '-';
                    h[i].lowcase_key[n] = '-';
                }
            }

            h[i].hash = ngx_hash_key(h[i].lowcase_key, h[i].key.len);
            ngx_str_set(&h[i].value, "");
        }
    }

    return NGX_DECLINED;
}


/*
 * TRACE, a Host that is none, a header that is too long: nginx refuses them
 * before any phase, and whoever draws its error page, which may be a proxied
 * application, is the first to see them. Named locations begin with the second
 * of the phases in which this is called.
 */

ngx_int_t
ngx_http_pforte_refused_handler(ngx_http_request_t *r)
{
    if (r != r->main || !r->internal) {
        return NGX_DECLINED;
    }

    (void) ngx_http_pforte_identity_handler(r);

    return ngx_http_pforte_mask_handler(r);
}


/* "X-Pforte-...", whatever stands for "-" */

static ngx_uint_t
ngx_http_pforte_claims_identity(ngx_str_t *name)
{
    u_char  *p;

    p = name->data;

    return name->len >= sizeof("X-Pforte-") - 1
           && (*p == 'X' || *p == 'x')
           && !isalnum(p[1])
           && ngx_strncasecmp(p + 2, (u_char *) "pforte", 6) == 0
           && !isalnum(p[8]);
}


/*
 * nginx runs no access phase in subrequests. What a location closes stays
 * closed to those of a request that was not let in anywhere, and auth_request
 * can ask such a location.
 */

ngx_int_t
ngx_http_pforte_subrequest_handler(ngx_http_request_t *r)
{
    ngx_http_pforte_ctx_t       *ctx;
    ngx_http_pforte_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    if (r == r->main || plcf->mode != NGX_HTTP_PFORTE_REQUIRED) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_pforte_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_http_pforte_open_session(r->main, ctx);

    if (ctx->error != PF_OK || ngx_http_pforte_other_tenant(r, ctx)) {
        return NGX_HTTP_UNAUTHORIZED;
    }

    if (plcf->require
        && !pf_policy_allows(plcf->require->elts, plcf->require->nelts,
                             &ctx->session))
    {
        return NGX_HTTP_FORBIDDEN;
    }

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_http_pforte_other_tenant(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_str_t                    name;
    ngx_http_pforte_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    if (plcf->tenant == NULL || plcf->tenant == ctx->named) {
        return 0;
    }

    return ngx_http_complex_value(r, plcf->tenant, &name) != NGX_OK
           || name.len != ctx->tenant.len
           || ngx_memcmp(name.data, ctx->tenant.data, name.len) != 0;
}


ngx_int_t
ngx_http_pforte_access_handler(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_pforte_ctx_t       *ctx;
    ngx_http_pforte_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    if (plcf->mode == NGX_HTTP_PFORTE_OFF && !plcf->sso && !plcf->link) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_pforte_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    /* found by a location that is not this one, before a redirect or "set" */

    if (ctx->tenant_done && ctx->named != plcf->tenant) {
        ngx_http_pforte_reset_ctx(ctx);
        ngx_http_pforte_renew_variables(r);
    }

    ctx->guarded = 1;

    rc = ngx_http_pforte_find_tenant(r, ctx);

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "pforte: no such tenant");
        return NGX_HTTP_NOT_FOUND;
    }

    if (rc == NGX_BUSY) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_http_pforte_find_language(r, ctx);

    if (plcf->sso || plcf->link) {
        rc = ngx_http_pforte_handoff(r, ctx);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_http_pforte_open_session(r, ctx);

    rc = ngx_http_pforte_check_session(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_pforte_count_verdict(r, ctx);

    return ngx_http_pforte_decide(r, ctx);
}


static void
ngx_http_pforte_count_verdict(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx)
{
    ngx_http_pforte_counter_t     counter;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    switch (ctx->error) {

    case PF_OK:
        counter = NGX_HTTP_PFORTE_VALID;
        break;

    case PF_EXPIRED:
        counter = NGX_HTTP_PFORTE_STALE;
        break;

    case PF_ABSENT:
        counter = ngx_strcmp(ctx->verdict.data, "dead") == 0
                  ? NGX_HTTP_PFORTE_DEAD : NGX_HTTP_PFORTE_NONE;
        break;

    default:
        counter = NGX_HTTP_PFORTE_BAD;
    }

    ngx_http_pforte_zone_count(pmcf->zone, counter);
}


/* Only a session that was asked for says NGX_OK, which "satisfy any" opens. */

static ngx_int_t
ngx_http_pforte_decide(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    pf_denial_t                   kind;
    ngx_http_pforte_problem_t    *problem;
    ngx_http_pforte_loc_conf_t   *plcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (plcf->mode != NGX_HTTP_PFORTE_REQUIRED || plcf->sso || plcf->link) {
        return NGX_DECLINED;
    }

    if (ctx->error == PF_OK) {

        if (plcf->require == NULL
            || pf_policy_allows(plcf->require->elts, plcf->require->nelts,
                                &ctx->session))
        {
            return NGX_OK;
        }

        problem = &ngx_http_pforte_forbidden;

    } else if (ctx->error == PF_EXPIRED && plcf->check) {

        /* genuine, but nobody could say whether the session lives */
        problem = &ngx_http_pforte_unavailable;

    } else {
        problem = &ngx_http_pforte_unauthorised;
    }

    ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_DENIED);

    kind = ngx_http_pforte_denial(r, ctx,
                                  problem == &ngx_http_pforte_unauthorised);

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "pforte: denied with %ui, tenant \"%V\", session: %V",
                  problem->status, &ctx->tenant, &ctx->verdict);

    return ngx_http_pforte_refuse(r, ctx, problem, kind);
}


ngx_int_t
ngx_http_pforte_find_tenant(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    u_char                       *prefix;
    ngx_str_t                     name, segment;
    ngx_uint_t                    bound;
    ngx_http_pforte_loc_conf_t   *plcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    if (ctx->tenant_done) {
        return ctx->record ? NGX_OK
                           : ctx->tenant_broken ? NGX_BUSY : NGX_DECLINED;
    }

    r = r->main;
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (pmcf->store == NULL) {
        return NGX_DECLINED;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    ctx->tenant_done = 1;
    ctx->named = plcf->tenant;

    if (ngx_http_pforte_tenant_name(r, &name, &bound) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->held = ngx_http_pforte_store_record(pmcf->store, &name,
                                             r->connection->log);
    if (ctx->held == NULL) {
        ctx->tenant_broken = ngx_http_pforte_store_broken(pmcf->store, &name);
        return ctx->tenant_broken ? NGX_BUSY : NGX_DECLINED;
    }

    ctx->held->refs++;
    ctx->record = ctx->held->record;
    ctx->tenant = ngx_http_pforte_text(ctx->record->tenant);

    segment = ngx_http_pforte_segment(r);

    if (bound
        || segment.len != ctx->tenant.len
        || ngx_memcmp(segment.data, ctx->tenant.data, segment.len) != 0)
    {
        return NGX_OK;
    }

    prefix = ngx_pnalloc(r->pool, segment.len + 1);
    if (prefix == NULL) {
        return NGX_ERROR;
    }

    ctx->prefix.len = ngx_sprintf(prefix, "/%V", &segment) - prefix;
    ctx->prefix.data = prefix;

    return NGX_OK;
}


/* On a host that the index binds to a tenant the path has no say. */

static ngx_int_t
ngx_http_pforte_tenant_name(ngx_http_request_t *r, ngx_str_t *name,
    ngx_uint_t *bound)
{
    ngx_http_pforte_loc_conf_t   *plcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    *bound = 0;

    if (plcf->tenant) {
        return ngx_http_complex_value(r, plcf->tenant, name);
    }

    *name = ngx_http_pforte_store_host(pmcf->store, &r->headers_in.server,
                                       r->connection->log);
    if (name->len) {
        *bound = 1;
        return NGX_OK;
    }

    *name = ngx_http_pforte_segment(r);

    return NGX_OK;
}


static ngx_str_t
ngx_http_pforte_segment(ngx_http_request_t *r)
{
    u_char     *p, *end;
    ngx_str_t   segment;

    ngx_str_null(&segment);

    if (r->uri.len < 2 || r->uri.data[0] != '/') {
        return segment;
    }

    p = r->uri.data + 1;
    end = ngx_strlchr(p, r->uri.data + r->uri.len, '/');

    segment.data = p;
    segment.len = (end ? end : r->uri.data + r->uri.len) - p;

    return segment;
}


void
ngx_http_pforte_find_language(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_int_t                    i;
    const pf_record_t           *record;
    ngx_http_pforte_loc_conf_t  *plcf;

    if (ctx->language_done) {
        return;
    }

    ctx->language_done = 1;

    r = r->main;

    if (ngx_http_pforte_find_tenant(r, ctx) != NGX_OK) {
        return;
    }

    record = ctx->record;
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    i = plcf->language ? ngx_http_pforte_choose_language(r, ctx) : -1;

    if (i == -1) {
        i = record->default_language;
    }

    ctx->language.len = record->languages[i].len;
    ctx->language.data = (u_char *) record->languages[i].data;
}


/* ?language=, the language cookie, the user's own, Accept-Language */

static ngx_int_t
ngx_http_pforte_choose_language(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx)
{
    ngx_int_t           i;
    ngx_str_t           accept;
    const pf_record_t  *record;

    record = ctx->record;

    i = ngx_http_pforte_language_argument(r, ctx);

    if (i != -1) {
        return i;
    }

    i = ngx_http_pforte_language_cookie(r, record);

    if (i != -1) {
        return i;
    }

    ngx_http_pforte_open_session(r, ctx);

    i = pf_language_match(pf_str_of(ctx->session.language), record->languages,
                          record->n_languages);

    if (i != -1) {
        return i;
    }

    accept = ngx_http_pforte_header(r, "accept-language");

    return pf_language_pick(ngx_http_pforte_span(&accept), record->languages,
                            record->n_languages);
}


/* A language asked for by name is kept for the next pages, too. */

static ngx_int_t
ngx_http_pforte_language_argument(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx)
{
    ngx_int_t                    i;
    ngx_str_t                    value;
    ngx_http_pforte_loc_conf_t  *plcf;

    if (ngx_http_arg(r, (u_char *) "language", sizeof("language") - 1, &value)
        != NGX_OK)
    {
        return -1;
    }

    i = pf_language_match(ngx_http_pforte_span(&value), ctx->record->languages,
                          ctx->record->n_languages);

    if (i == -1) {
        return -1;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    if (plcf->mode != NGX_HTTP_PFORTE_OFF || plcf->sso || plcf->link) {
        ctx->set_language.len = ctx->record->languages[i].len;
        ctx->set_language.data = (u_char *) ctx->record->languages[i].data;
    }

    return i;
}


static ngx_int_t
ngx_http_pforte_language_cookie(ngx_http_request_t *r,
    const pf_record_t *record)
{
    ngx_str_t  value;

    if (ngx_http_pforte_cookie(r, record->language_cookie, &value) != 1) {
        return -1;
    }

    return pf_language_match(ngx_http_pforte_span(&value), record->languages,
                             record->n_languages);
}


pf_denial_t
ngx_http_pforte_denial(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_uint_t may_redirect)
{
    ngx_str_t                    accept, mode, dest;
    pf_denial_t                  kind;
    ngx_http_pforte_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    accept = ngx_http_pforte_header(r, "accept");
    mode = ngx_http_pforte_header(r, "sec-fetch-mode");
    dest = ngx_http_pforte_header(r, "sec-fetch-dest");

    kind = pf_denial(&(pf_asker_t) {
        .method = ngx_http_pforte_span(&r->method_name),
        .path = ngx_http_pforte_span(&r->uri),
        .accept = ngx_http_pforte_span(&accept),
        .sec_fetch_mode = ngx_http_pforte_span(&mode),
        .sec_fetch_dest = ngx_http_pforte_span(&dest)
    });

    if (may_redirect && plcf->denied == NGX_HTTP_PFORTE_DENIED_REDIRECT) {
        kind = PF_DENY_LOGIN;
    }

    if (kind == PF_DENY_LOGIN
        && (!may_redirect
            || plcf->denied == NGX_HTTP_PFORTE_DENIED_STATUS
            || ngx_http_pforte_at_login(r, ctx)))
    {
        return PF_DENY_PAGE;
    }

    return kind;
}


ngx_int_t
ngx_http_pforte_refuse(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_http_pforte_problem_t *problem, pf_denial_t kind)
{
    ngx_http_core_loc_conf_t    *clcf;
    ngx_http_pforte_loc_conf_t  *plcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    ctx->no_store = 1;
    ctx->refusal = problem->status;
    ctx->denied = ngx_http_pforte_kinds[kind];

    ctx->status_code.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (ctx->status_code.data == NULL) {
        return NGX_ERROR;
    }

    ctx->status_code.len = ngx_sprintf(ctx->status_code.data, "%ui",
                                       problem->status)
                           - ctx->status_code.data;

    ngx_http_pforte_renew_variables(r);

    /* with "satisfy any" somebody else may still open the door */

    if (clcf->satisfy == NGX_HTTP_SATISFY_ANY
        || plcf->denied == NGX_HTTP_PFORTE_DENIED_STATUS)
    {
        return problem->status;
    }

    if (kind == PF_DENY_LOGIN) {
        ctx->refusal = NGX_HTTP_SEE_OTHER;
        return ngx_http_pforte_redirect(r, ctx);
    }

    if (kind == PF_DENY_PROBLEM) {
        ngx_http_finalize_request(r, ngx_http_pforte_send_problem(r, problem));
        return NGX_DONE;
    }

    return problem->status;
}


/* What the browser asked for, as a path inside the portal with its query. */

static ngx_str_t
ngx_http_pforte_inside(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_str_t  path;

    path = r->unparsed_uri;

    if (path.len < ctx->prefix.len
        || ngx_memcmp(path.data, ctx->prefix.data, ctx->prefix.len) != 0)
    {
        ngx_str_null(&path);
        return path;
    }

    path.data += ctx->prefix.len;
    path.len -= ctx->prefix.len;

    return path;
}


/* The login page, should it be closed, must not redirect to itself. */

static ngx_uint_t
ngx_http_pforte_at_login(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    u_char     *query;
    ngx_str_t   inside;

    inside = ngx_http_pforte_inside(r, ctx);
    query = ngx_strlchr(inside.data, inside.data + inside.len, '?');

    if (query) {
        inside.len = query - inside.data;
    }

    return pf_str_eq(ngx_http_pforte_span(&inside), ctx->record->login_path);
}


static ngx_int_t
ngx_http_pforte_redirect(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    u_char           *p;
    size_t            i;
    ngx_str_t         next;
    ngx_table_elt_t  *location;

    next = ngx_http_pforte_inside(r, ctx);

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))
        || !pf_redirect_ok(ngx_http_pforte_span(&next))
        || ngx_http_pforte_has_secret(&next))
    {
        next.len = 0;
    }

    p = ngx_pnalloc(r->pool, ctx->prefix.len + ctx->record->login_path.len
                             + sizeof("?next=") + 3 * next.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    location = ngx_list_push(&r->headers_out.headers);
    if (location == NULL) {
        return NGX_ERROR;
    }

    /*
     * not r->headers_out.location, which nginx would complete with a scheme
     * and port of its own, wrong behind a proxy
     */

    location->hash = 1;
    ngx_http_pforte_end_header(location);
    ngx_str_set(&location->key, "Location");
    location->value.data = p;

    p = ngx_cpymem(p, ctx->prefix.data, ctx->prefix.len);
    p = ngx_cpymem(p, ctx->record->login_path.data,
                   ctx->record->login_path.len);

    if (next.len) {
        p = ngx_cpymem(p, "?next=", sizeof("?next=") - 1);
    }

    for (i = 0; i < next.len; i++) {
        if (ngx_strchr("&+=", next.data[i])) {
            p = ngx_sprintf(p, "%%%02Xd", next.data[i]);

        } else {
            *p++ = next.data[i];
        }
    }

    location->value.len = p - location->value.data;

    return NGX_HTTP_SEE_OTHER;
}


static ngx_int_t
ngx_http_pforte_send_problem(ngx_http_request_t *r,
    ngx_http_pforte_problem_t *problem)
{
    size_t                        size;
    ngx_int_t                     rc;
    ngx_buf_t                    *b;
    ngx_chain_t                   out;
    ngx_http_variable_value_t    *id;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    id = ngx_http_pforte_request_id(r);
    if (id == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    size = 2 * problem->code.len + problem->title.len + problem->detail.len
           + id->len + 160;

    b = ngx_create_temp_buf(r->pool, size);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_slprintf(b->last, b->end,
                           "{\"type\":\"urn:pforte:problem:%V\","
                           "\"title\":\"%V\",\"status\":%ui,"
                           "\"detail\":\"%V\",\"code\":\"%V\","
                           "\"request_id\":\"%v\"}\n",
                           &problem->code, &problem->title, problem->status,
                           &problem->detail, &problem->code, id);

    b->last_buf = 1;
    b->last_in_chain = 1;

    r->err_status = 0;
    r->headers_out.status = problem->status;
    r->headers_out.content_length_n = b->last - b->pos;
    ngx_str_set(&r->headers_out.content_type, "application/problem+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/*
 * $request_id, which nginx asks OpenSSL for: a third of what it costs to refuse
 * a forged cookie, where a flood of them is to be cheap. Who set it before us,
 * as for the access log, keeps it; who asks later gets ours.
 */

static ngx_http_variable_value_t *
ngx_http_pforte_request_id(ngx_http_request_t *r)
{
    u_char                        id[crypto_shorthash_siphashx24_BYTES];
    static u_char                 key[crypto_shorthash_siphashx24_KEYBYTES];
    static uint64_t               n;
    ngx_http_variable_value_t    *v;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    v = &r->variables[pmcf->request_id];

    if (v->valid) {
        return v;
    }

    v->data = ngx_pnalloc(r->pool, 2 * sizeof(id));
    if (v->data == NULL) {
        return NULL;
    }

    /* a process's own key: only workers come here, none is forked from one */

    if (n == 0) {
        randombytes_buf(key, sizeof(key));
    }

    n++;

    crypto_shorthash_siphashx24(id, (u_char *) &n, sizeof(n), key);

    (void) ngx_hex_dump(v->data, id, sizeof(id));

    v->len = 2 * sizeof(id);
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return v;
}
