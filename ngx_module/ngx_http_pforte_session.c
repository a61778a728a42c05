
/*
 * The session: its token from the cookie, and whether it lives: by the zone, by
 * the copy in memcached, by the application's word, asked through a subrequest.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_module.h"


static void ngx_http_pforte_open_cookie(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, const char *name);
static void ngx_http_pforte_open_contract(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_hash_session(ngx_http_pforte_ctx_t *ctx);
static pf_error_t ngx_http_pforte_open_token(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_str_t *token, pf_session_t *session);
static void ngx_http_pforte_take_session(ngx_http_pforte_ctx_t *ctx,
    pf_error_t error, ngx_str_t *token);
static ngx_int_t ngx_http_pforte_check_zone(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_http_pforte_check_t *check);
static ngx_int_t ngx_http_pforte_look(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_http_pforte_check_t *check);
static ngx_int_t ngx_http_pforte_ask_memcached(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_ask_app(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_answered(ngx_http_request_t *r, void *data,
    ngx_int_t rc);
static ngx_int_t ngx_http_pforte_asked_token(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_check_copy(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static pf_error_t ngx_http_pforte_open_copy(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, pf_copy_t *copy);
static void ngx_http_pforte_took(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_http_pforte_counter_t histogram);
static ngx_int_t ngx_http_pforte_check_answer(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_use_answer(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_no_answer(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_ended(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_dead(ngx_http_request_t *r,
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
    ngx_str_t    none, verdict;
    pf_error_t   error;
    pf_cookie_t  cookie;

    cookie = ctx->cookie;

    if (cookie == PF_COOKIE_CONTRACT) {
        return;
    }

    error = ctx->error;
    verdict = ctx->verdict;

    ctx->cookie = PF_COOKIE_CONTRACT;
    ngx_http_pforte_open_cookie(r, ctx, ctx->record->contract_cookie);

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
                                         session, &ctx->token_hash,
                                         r->connection->log);
}


/* Nobody is named by a token that is not valid. */

static void
ngx_http_pforte_take_session(ngx_http_pforte_ctx_t *ctx, pf_error_t error,
    ngx_str_t *token)
{
    ctx->error = error;
    ctx->verdict = ngx_http_pforte_text(pf_error_word(error));
    ctx->session_hashed = 0;

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

    ngx_http_pforte_hash_session(ctx);

    (void) ngx_hex_dump((u_char *) ctx->session_key_text, ctx->session_hash,
                        PF_CACHE_HASH);

    ctx->session_key.len = PF_CACHE_KEY;
    ctx->session_key.data = (u_char *) ctx->session_key_text;
}


static void
ngx_http_pforte_hash_session(ngx_http_pforte_ctx_t *ctx)
{
    if (ctx->session_hashed) {
        return;
    }

    ctx->session_hashed = 1;

    pf_cache_hash(ngx_http_pforte_span(&ctx->tenant),
                  pf_str_of(ctx->session.sid), ctx->session_hash);
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


/*
 * Who is near is asked first: the zone, memcached, the application. A token
 * that is due gets a fresh one from the application alone.
 */

ngx_int_t
ngx_http_pforte_check_session(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_int_t                    rc;
    pf_cookie_t                  cookie;
    ngx_http_pforte_check_t     *check;
    ngx_http_pforte_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);
    check = plcf->check;

    if (check == NULL || ctx->checked == check) {
        return NGX_OK;
    }

    if (ctx->checked) {

        /* by a location before this one: nobody knows it better than the app */

        if (ctx->asked == NGX_HTTP_PFORTE_ASK_APP) {
            return NGX_OK;
        }

        ctx->asked = NGX_HTTP_PFORTE_ASK_NOBODY;
        ctx->checked = NULL;
    }

    /* once more, where the contract cookie takes a dead session's place */

    do {
        cookie = ctx->cookie;

        switch (ctx->asked) {

        case NGX_HTTP_PFORTE_ASK_NOBODY:
            rc = ngx_http_pforte_check_zone(r, ctx, check);
            break;

        case NGX_HTTP_PFORTE_ASK_MEMCACHED:
            rc = ngx_http_pforte_check_copy(r, ctx);
            break;

        default: /* NGX_HTTP_PFORTE_ASK_APP */
            rc = ngx_http_pforte_check_answer(r, ctx);
        }

    } while (rc == NGX_OK && ctx->cookie != cookie);

    if (rc == NGX_OK) {
        ctx->checked = check;
    }

    return rc;
}


static ngx_int_t
ngx_http_pforte_check_zone(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_http_pforte_check_t *check)
{
    ngx_int_t  rc;

    if (ctx->error != PF_OK && ctx->error != PF_EXPIRED) {
        return NGX_OK;
    }

    ctx->due = (ctx->error == PF_EXPIRED
                || pf_session_past_half(&ctx->session, ngx_time()));

    rc = ngx_http_pforte_look(r, ctx, check);

    if (rc == NGX_ABORT) {
        ngx_http_pforte_dead(r, ctx);
        return NGX_OK;
    }

    if (rc == NGX_OK && !ctx->due) {
        return NGX_OK;
    }

    if (rc == NGX_DECLINED && !ctx->due && check->memcached) {
        return ngx_http_pforte_ask_memcached(r, ctx);
    }

    return ngx_http_pforte_ask_app(r, ctx);
}


/*
 * NGX_OK: known to be alive; NGX_ABORT: ended; NGX_DECLINED: somebody has to
 * be asked. An end that was told counts however the location looks, and so does
 * a newer version, which makes the token due.
 */

static ngx_int_t
ngx_http_pforte_look(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_http_pforte_check_t *check)
{
    time_t                        seen;
    int64_t                       version;
    ngx_int_t                     rc;
    ngx_uint_t                    epoch;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    rc = NGX_DECLINED;
    epoch = 0;

    if (pmcf->zone) {
        epoch = ngx_http_pforte_zone_epoch(pmcf->zone);
        seen = ngx_http_pforte_zone_recall(pmcf->zone, &ctx->token_hash,
                                           epoch);

        if (check->zone && !ctx->due && seen + check->zone > ngx_time()) {
            ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_ZONE_HIT);
            return NGX_OK;
        }

        ngx_http_pforte_hash_session(ctx);
        ctx->id = ngx_http_pforte_id(ctx->session_hash);

        rc = ngx_http_pforte_zone_session(pmcf->zone, ctx->id, &ctx->seen,
                                          &version);
    }

    if (rc == NGX_ABORT) {
        ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_ZONE_HIT);
        return NGX_ABORT;
    }

    if (rc == NGX_OK && version > ctx->session.version) {
        ctx->due = 1;
    }

    if (check->zone == 0) {
        return check->memcached ? NGX_DECLINED : NGX_OK;
    }

    if (rc == NGX_OK && !ctx->due && ctx->seen + check->zone > ngx_time()) {
        ngx_http_pforte_zone_remember(pmcf->zone, &ctx->token_hash, epoch,
                                      ctx->seen);
        ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_ZONE_HIT);
        return NGX_OK;
    }

    ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_ZONE_MISS);

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_pforte_ask_memcached(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx)
{
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    ngx_http_pforte_open_session_key(ctx);

    ctx->lookup = ngx_http_pforte_memcached_get(pmcf->memcached, r,
                                                ctx->session_key.data);
    if (ctx->lookup == NULL) {
        ngx_http_pforte_zone_count(pmcf->zone,
                                   NGX_HTTP_PFORTE_MEMCACHED_FAILED);

        return ngx_http_pforte_ask_app(r, ctx);
    }

    ctx->asked = NGX_HTTP_PFORTE_ASK_MEMCACHED;
    ctx->asked_at = ngx_current_msec;
    ctx->answered = 0;

    return NGX_AGAIN;
}


void
ngx_http_pforte_looked_up(ngx_http_request_t *r, ngx_uint_t status,
    pf_str_t *value)
{
    ngx_connection_t       *c;
    ngx_http_pforte_ctx_t  *ctx;

    c = r->connection;
    ctx = ngx_http_pforte_find_ctx(r);

    ctx->lookup = NULL;
    ctx->answered = 1;
    ctx->asked_status = status;

    if (status == NGX_HTTP_OK) {
        ctx->asked_copy.len = value->len;
        ctx->asked_copy.data = ngx_pnalloc(r->pool, value->len);

        if (ctx->asked_copy.data) {
            ngx_memcpy(ctx->asked_copy.data, value->data, value->len);

        } else {
            ctx->asked_status = NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    ngx_http_set_log_request(c->log, r);

    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
}


/* NGX_OK: there is nobody to ask. */

static ngx_int_t
ngx_http_pforte_ask_app(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_http_request_t          *sr;
    ngx_http_post_subrequest_t  *ps;
    ngx_http_pforte_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    if (plcf->check->app.len == 0) {
        return NGX_OK;
    }

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_http_pforte_answered;
    ps->data = ctx;

    if (ngx_http_subrequest(r, &plcf->check->app, NULL, &sr, ps,
                            NGX_HTTP_SUBREQUEST_WAITED)
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

    ctx->asked = NGX_HTTP_PFORTE_ASK_APP;
    ctx->asked_at = ngx_current_msec;
    ctx->answered = 0;

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_pforte_answered(ngx_http_request_t *r, void *data, ngx_int_t rc)
{
    ngx_http_pforte_ctx_t *ctx = data;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "pforte answered: %i s:%ui", rc, r->headers_out.status);

    ctx->answered = 1;
    ctx->asked_status = (rc >= NGX_HTTP_OK) ? (ngx_uint_t) rc
                                            : r->headers_out.status;

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE
        && rc != NGX_HTTP_CLIENT_CLOSED_REQUEST
        && rc != NGX_HTTP_REQUEST_TIME_OUT)
    {
        /* nobody would see a page that says so */
        return NGX_OK;
    }

    if (ngx_http_pforte_asked_token(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    return rc;
}


static ngx_int_t
ngx_http_pforte_asked_token(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_table_elt_t  *h;

    h = ngx_http_pforte_answer_header(r, "X-Pforte-Token", NULL);

    if (h == NULL) {
        return NGX_OK;
    }

    ctx->asked_token.len = h->value.len;
    ctx->asked_token.data = ngx_pstrdup(r->pool, &h->value);

    return ctx->asked_token.data ? NGX_OK : NGX_ERROR;
}


/* What memcached does not say, the application has to. */

static ngx_int_t
ngx_http_pforte_check_copy(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    pf_copy_t  copy;

    if (!ctx->answered) {
        return NGX_AGAIN;
    }

    ngx_http_pforte_took(r, ctx, NGX_HTTP_PFORTE_MEMCACHED_TOOK);

    if (ngx_http_pforte_open_copy(r, ctx, &copy) == PF_OK) {

        if (copy.ended) {
            ngx_http_pforte_ended(r, ctx);
            return NGX_OK;
        }

        if (copy.version == ctx->session.version && copy.expires > ngx_time())
        {
            ngx_http_pforte_alive(r, ctx);
            return NGX_OK;
        }
    }

    return ngx_http_pforte_ask_app(r, ctx);
}


static pf_error_t
ngx_http_pforte_open_copy(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    pf_copy_t *copy)
{
    pf_error_t                    error;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (ctx->asked_status != NGX_HTTP_OK) {
        ngx_http_pforte_zone_count(pmcf->zone,
                                   (ctx->asked_status == NGX_HTTP_NOT_FOUND)
                                   ? NGX_HTTP_PFORTE_MEMCACHED_MISS
                                   : NGX_HTTP_PFORTE_MEMCACHED_FAILED);
        return PF_ABSENT;
    }

    ngx_http_pforte_open_session_key(ctx);

    error = pf_cache_open(ngx_http_pforte_store_ring(pmcf->store,
                                                     r->connection->log),
                          ctx->session_key_text,
                          ngx_http_pforte_span(&ctx->asked_copy),
                          ngx_time(), copy, NULL, 0, NULL);

    if (error != PF_OK) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "pforte: what memcached has of a session does not open: "
                      "%s", pf_error_text(error));
    }

    ngx_http_pforte_zone_count(pmcf->zone,
                               (error == PF_OK)
                               ? NGX_HTTP_PFORTE_MEMCACHED_HIT
                               : NGX_HTTP_PFORTE_MEMCACHED_FAILED);

    return error;
}


static void
ngx_http_pforte_took(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_http_pforte_counter_t histogram)
{
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    ngx_http_pforte_zone_took(pmcf->zone, histogram,
                              ngx_current_msec - ctx->asked_at);
}


static ngx_int_t
ngx_http_pforte_check_answer(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    if (!ctx->answered) {
        return NGX_AGAIN;
    }

    ngx_http_pforte_took(r, ctx, NGX_HTTP_PFORTE_APP_TOOK);

    ngx_http_pforte_use_answer(r, ctx);
    ngx_http_pforte_renew_variables(r);

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
        ngx_http_pforte_ended(r, ctx);
        return;
    }

    if (ctx->asked_status != NGX_HTTP_NO_CONTENT) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "pforte: session check answered with status %ui",
                      ctx->asked_status);
        ngx_http_pforte_no_answer(r, ctx);
        return;
    }

    ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_APP_ALIVE);

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
ngx_http_pforte_ended(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (pmcf->zone) {
        ngx_http_pforte_zone_tell(pmcf->zone, ctx->id, NGX_HTTP_PFORTE_ENDED,
                                  0);
    }

    ngx_http_pforte_dead(r, ctx);
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
        ctx->asked = NGX_HTTP_PFORTE_ASK_NOBODY;
        ctx->seen = 0;
        ngx_str_null(&ctx->asked_token);
        ngx_str_null(&ctx->asked_copy);

        ctx->language_done = 0;
    }

    ngx_http_pforte_renew_variables(r);
}


static void
ngx_http_pforte_alive(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_http_pforte_loc_conf_t   *plcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

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
    ngx_str_t                     token;
    ngx_http_pforte_loc_conf_t   *plcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_APP_FAILED);

    if ((plcf->check->zone || plcf->check->memcached)
        && ctx->error == PF_OK
        && ctx->seen + PF_CACHE_LIFE < ngx_time())
    {
        token = ctx->token;
        ngx_http_pforte_take_session(ctx, PF_EXPIRED, &token);
    }
}
