
/*
 * The session: its token from the cookie, and the application's word on
 * whether it lives, asked through a subrequest.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_module.h"


static void ngx_http_pforte_open_cookie(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, const char *name);
static void ngx_http_pforte_open_contract(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static pf_error_t ngx_http_pforte_open_token(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_str_t *token, pf_session_t *session);
static void ngx_http_pforte_take_session(ngx_http_pforte_ctx_t *ctx,
    pf_error_t error, ngx_str_t *token);
static ngx_int_t ngx_http_pforte_look(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, time_t valid);
static void ngx_http_pforte_dead(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_ask(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_str_t *uri);
static ngx_int_t ngx_http_pforte_asked(ngx_http_request_t *r, void *data,
    ngx_int_t rc);
static ngx_int_t ngx_http_pforte_asked_token(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_use_answer(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_no_answer(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_alive(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);


void
ngx_http_pforte_open_session(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_str_t  none;

    if (ctx->session_done) {
        return;
    }

    ctx->session_done = 1;
    ngx_str_null(&none);
    ngx_http_pforte_take_session(ctx, PF_ABSENT, &none);

    if (ngx_http_pforte_find_tenant(r, ctx) != NGX_OK) {
        return;
    }

    ctx->cookie = ctx->record->cookie;
    ngx_http_pforte_open_cookie(r, ctx, ctx->record->cookie_name);

    if (ctx->error != PF_OK && ctx->error != PF_EXPIRED) {
        ngx_http_pforte_open_contract(r, ctx);
    }
}


/*
 * A session cookie that is nobody's must not hide what a self-service link
 * opened; but where that is nothing, the word on it is the first cookie's.
 */

static void
ngx_http_pforte_open_contract(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx)
{
    char         name[PF_COOKIE_NAME_MAX + 1];
    ngx_str_t    none, verdict;
    pf_error_t   error;
    pf_cookie_t  cookie;

    cookie = ctx->cookie;

    if (cookie == PF_COOKIE_CONTRACT) {
        return;
    }

    error = ctx->error;
    verdict = ctx->verdict;

    pf_cookie_name(PF_COOKIE_CONTRACT, ngx_http_pforte_span(&ctx->tenant),
                   ctx->record->secure, name);

    ctx->cookie = PF_COOKIE_CONTRACT;
    ngx_http_pforte_open_cookie(r, ctx, name);

    if (ctx->error == PF_OK || ctx->error == PF_EXPIRED
        || ngx_strcmp(verdict.data, "none") == 0)
    {
        return;
    }

    ngx_str_null(&none);
    ctx->cookie = cookie;
    ngx_http_pforte_take_session(ctx, error, &none);
    ctx->verdict = verdict;
}


static void
ngx_http_pforte_open_cookie(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    const char *name)
{
    ngx_str_t   token;
    ngx_uint_t  n;
    pf_error_t  error;

    n = ngx_http_pforte_cookie(r, name, &token);

    if (n == 0) {
        return;
    }

    if (n > 1) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "pforte: session cookie occurs %ui times, tenant \"%V\"",
                      n, &ctx->tenant);
        ngx_str_set(&ctx->verdict, "duplicate");
        return;
    }

    error = ngx_http_pforte_open_token(r, ctx, &token, &ctx->session);

    if ((error == PF_OK || error == PF_EXPIRED)
        && ctx->cookie == PF_COOKIE_CONTRACT
        && ngx_strcmp(ctx->session.scope, "contract") != 0)
    {
        error = PF_BAD_CLAIM;
    }

    ngx_http_pforte_take_session(ctx, error, &token);
}


static pf_error_t
ngx_http_pforte_open_token(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_str_t *token, pf_session_t *session)
{
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    return ngx_http_pforte_store_session(pmcf->store, &ctx->tenant, token,
                                         session, r->connection->log);
}


/* Nobody is named by a token that is not valid. */

static void
ngx_http_pforte_take_session(ngx_http_pforte_ctx_t *ctx, pf_error_t error,
    ngx_str_t *token)
{
    ctx->error = error;
    ctx->verdict = ngx_http_pforte_text(pf_error_word(error));

    ngx_str_null(&ctx->token);
    ngx_str_null(&ctx->user);
    ngx_str_null(&ctx->customer);
    ngx_str_null(&ctx->scope);
    ngx_str_null(&ctx->groups);
    ngx_str_null(&ctx->session_key);

    if (error == PF_OK || error == PF_EXPIRED) {
        ctx->token = *token;

    } else {
        ngx_memzero(&ctx->session, sizeof(pf_session_t));
    }

    if (error == PF_OK) {
        ctx->user = ngx_http_pforte_text(ctx->session.user);
        ctx->customer = ngx_http_pforte_text(ctx->session.customer);
        ctx->scope = ngx_http_pforte_text(ctx->session.scope);
        ctx->groups = ngx_http_pforte_text(ctx->session.groups);
    }
}


void
ngx_http_pforte_open_session_key(ngx_http_pforte_ctx_t *ctx)
{
    if (ctx->token.len == 0 || ctx->session_key.len) {
        return;
    }

    pf_cache_key(ngx_http_pforte_span(&ctx->tenant),
                 pf_str_of(ctx->session.sid), ctx->session_key_text);

    ctx->session_key = ngx_http_pforte_text(ctx->session_key_text);
}


ngx_uint_t
ngx_http_pforte_cookie(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    unsigned          here;
    pf_str_t          found;
    ngx_uint_t        n, count;
    ngx_table_elt_t  *line;

    n = 0;
    count = 0;
    line = NULL;

    while ((line = ngx_http_pforte_cookie_line(r, line, &n)) != NULL) {

        here = pf_cookie_count(ngx_http_pforte_span(&line->value),
                               pf_str_of(name), &found);
        if (here) {
            count += here;
            value->len = found.len;
            value->data = (u_char *) found.data;
        }
    }

    return count;
}


ngx_int_t
ngx_http_pforte_check_session(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_int_t                    rc;
    ngx_http_pforte_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    if (ctx->asked) {

        if (!ctx->answered) {
            return NGX_AGAIN;
        }

        if (!ctx->answer_used) {
            ctx->answer_used = 1;
            ngx_http_pforte_use_answer(r, ctx);
            ngx_http_pforte_renew_variables(r);
        }

        if (ctx->asked) {
            return NGX_OK;
        }

        /* of another session than the dead one nobody has been asked yet */
    }

    if (plcf->check == NULL
        || (ctx->error != PF_OK && ctx->error != PF_EXPIRED))
    {
        return NGX_OK;
    }

    ctx->due = (ctx->error == PF_EXPIRED
                || pf_session_past_half(&ctx->session, ngx_time()));

    rc = ngx_http_pforte_look(r, ctx, plcf->check->zone);

    if (rc == NGX_ABORT) {
        ngx_http_pforte_dead(r, ctx);
        ngx_http_pforte_renew_variables(r);
        return ngx_http_pforte_check_session(r, ctx);
    }

    if ((ctx->due || rc == NGX_DECLINED) && plcf->check->app.len) {
        return ngx_http_pforte_ask(r, ctx, &plcf->check->app);
    }

    return NGX_OK;
}


/*
 * NGX_OK: seen alive, as its token says, no longer ago than that; NGX_ABORT:
 * ended. Without a time only what was told counts: an end, a newer version.
 */

static ngx_int_t
ngx_http_pforte_look(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    time_t valid)
{
    int64_t                       version;
    ngx_int_t                     rc;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (pmcf->zone == NULL) {
        return NGX_OK;
    }

    ngx_http_pforte_open_session_key(ctx);
    (void) ngx_http_pforte_id(ctx->session_key.data, &ctx->id);

    rc = ngx_http_pforte_zone_session(pmcf->zone, ctx->id, &ctx->seen,
                                      &version);

    if (rc == NGX_DECLINED && valid == 0) {
        return NGX_OK;
    }

    if (rc == NGX_OK
        && ((valid && ctx->seen + valid <= ngx_time())
            || version > ctx->session.version))
    {
        rc = NGX_DECLINED;
    }

    ngx_http_pforte_zone_count(pmcf->zone,
                               (rc == NGX_DECLINED) ? NGX_HTTP_PFORTE_ZONE_MISS
                                                    : NGX_HTTP_PFORTE_ZONE_HIT);

    return rc;
}


/* What a self-service link opened in the same browser is another session. */

static void
ngx_http_pforte_dead(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_str_t  none = ngx_null_string;

    ngx_http_pforte_take_session(ctx, PF_ABSENT, &none);
    ngx_str_set(&ctx->verdict, "dead");

    ngx_http_pforte_open_contract(r, ctx);

    if (ctx->error == PF_OK || ctx->error == PF_EXPIRED) {
        ctx->asked = 0;
        ctx->answered = 0;
        ctx->answer_used = 0;
        ctx->seen = 0;
        ngx_str_null(&ctx->asked_token);

        ctx->language_done = 0;
    }
}


static ngx_int_t
ngx_http_pforte_ask(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_str_t *uri)
{
    ngx_http_request_t          *sr;
    ngx_http_post_subrequest_t  *ps;

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_http_pforte_asked;
    ps->data = ctx;

    if (ngx_http_subrequest(r, uri, NULL, &sr, ps, NGX_HTTP_SUBREQUEST_WAITED)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /*
     * a body of its own, empty: the client's is neither read here nor is its
     * file closed when the upstream is done
     */

    sr->request_body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    if (sr->request_body == NULL) {
        return NGX_ERROR;
    }

    sr->header_only = 1;

    ctx->asked = 1;

    return NGX_AGAIN;
}


/* Called again for the page that nginx makes of an error: the first counts. */

static ngx_int_t
ngx_http_pforte_asked(ngx_http_request_t *r, void *data, ngx_int_t rc)
{
    ngx_http_pforte_ctx_t *ctx = data;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "pforte asked: %i s:%ui", rc, r->headers_out.status);

    if (ctx->answered) {
        return rc;
    }

    ctx->answered = 1;
    ctx->asked_status = (rc >= NGX_HTTP_OK) ? (ngx_uint_t) rc
                                            : r->headers_out.status;

    if (ctx->asked_status == NGX_HTTP_NO_CONTENT
        && ngx_http_pforte_asked_token(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return rc;
}


static ngx_int_t
ngx_http_pforte_asked_token(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    static ngx_str_t  name = ngx_string("X-Pforte-Token");
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == name.len
                && ngx_strncasecmp(h[i].key.data, name.data, name.len) == 0)
            {
                ctx->asked_token.len = h[i].value.len;
                ctx->asked_token.data = ngx_pstrdup(r->pool, &h[i].value);

                return ctx->asked_token.data ? NGX_OK : NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static void
ngx_http_pforte_use_answer(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    pf_error_t                    error;
    pf_session_t                  fresh;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (ctx->asked_status == NGX_HTTP_UNAUTHORIZED) {
        ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_APP_DEAD);

        if (pmcf->zone && ctx->session_key.len) {
            ngx_http_pforte_zone_tell(pmcf->zone, ctx->id,
                                      NGX_HTTP_PFORTE_ENDED, 0);
        }

        ngx_http_pforte_dead(r, ctx);
        return;
    }

    if (ctx->asked_status != NGX_HTTP_NO_CONTENT) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "pforte: session check answered with status %ui",
                      ctx->asked_status);
        ngx_http_pforte_no_answer(r, ctx);
        return;
    }

    if (ctx->asked_token.len == 0) {
        ngx_http_pforte_alive(r, ctx);
        return;
    }

    error = ngx_http_pforte_open_token(r, ctx, &ctx->asked_token, &fresh);

    if (error != PF_OK) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "pforte: session check gave a token that does not "
                      "open: %s", pf_error_text(error));
        ngx_http_pforte_no_answer(r, ctx);
        return;
    }

    /* a token that is neither old nor outdated stays where it is */

    if (ctx->due || fresh.version != ctx->session.version) {
        ctx->session = fresh;
        ngx_http_pforte_take_session(ctx, PF_OK, &ctx->asked_token);
        ctx->set_session = ctx->asked_token;
    }

    ngx_http_pforte_alive(r, ctx);
}


static void
ngx_http_pforte_alive(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_http_pforte_loc_conf_t   *plcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_APP_ALIVE);

    if (plcf->check->zone) {
        ngx_http_pforte_zone_tell(pmcf->zone, ctx->id, NGX_HTTP_PFORTE_ALIVE,
                                  ctx->session.version);
    }
}


/*
 * A valid token goes on without an answer. Where its session should be looked
 * at every few seconds, only if it was within the minute: for longer than that
 * an end must not be overlooked.
 */

static void
ngx_http_pforte_no_answer(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_http_pforte_loc_conf_t   *plcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_APP_FAILED);

    if (plcf->check->zone
        && ctx->error == PF_OK
        && ctx->seen + PF_CACHE_LIFE < ngx_time())
    {
        ngx_http_pforte_take_session(ctx, PF_EXPIRED, &ctx->token);
    }
}
