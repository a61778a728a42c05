
/*
 * The locations where links from outside arrive: SSO tokens in the query or a
 * form, self-service links in the path.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_module.h"


static u_char *ngx_http_pforte_log_handler(ngx_http_request_t *r,
    ngx_http_request_t *sr, u_char *buf, size_t len);
static ngx_int_t ngx_http_pforte_sso(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_link(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static ngx_int_t ngx_http_pforte_field(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_str_t *form);
static ngx_uint_t ngx_http_pforte_form_count(ngx_pool_t *pool,
    ngx_str_t *form, ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_pforte_form_decode(ngx_pool_t *pool,
    u_char *data, size_t len, ngx_str_t *text);
static ngx_int_t ngx_http_pforte_read_body(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_body_handler(ngx_http_request_t *r);
static ngx_uint_t ngx_http_pforte_is_form(ngx_http_request_t *r);
static pf_error_t ngx_http_pforte_open_sso(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_str_t *token);
static pf_error_t ngx_http_pforte_open_link(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_str_t *token);
static pf_error_t ngx_http_pforte_single_use(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, pf_sso_t *sso);
static ngx_int_t ngx_http_pforte_handoff_done(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_str_t *token, pf_error_t error);
static ngx_int_t ngx_http_pforte_handoff_refuse(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, pf_error_t error,
    ngx_http_pforte_problem_t *problem);


/*
 * nginx appends request line, referrer and the address of an upstream to what
 * it logs. Limits and other access rules log too, and what they refuse is a
 * token that still works: this comes before all of them. The application gets
 * the Referer header as it is.
 */

ngx_int_t
ngx_http_pforte_mask_handler(ngx_http_request_t *r)
{
    ngx_str_t                     masked;
    ngx_table_elt_t              *referer;
    ngx_http_pforte_ctx_t        *ctx;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);
    referer = r->headers_in.referer;

    if (pmcf->store == NULL
        || r->log_handler == ngx_http_pforte_log_handler
        || (!ngx_http_pforte_has_secret(&r->request_line)
            && (referer == NULL
                || !ngx_http_pforte_has_secret(&referer->value))))
    {
        return NGX_DECLINED;
    }

    ctx = ngx_http_pforte_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    masked = ngx_http_pforte_masked(r);

    /* what HTTP/2 refuses may have no request line yet */

    if (masked.data == NULL && r->request_line.data) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->request_line = masked;

    ctx->log_handler = r->log_handler;
    r->log_handler = ngx_http_pforte_log_handler;

    return NGX_DECLINED;
}


static u_char *
ngx_http_pforte_log_handler(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len)
{
    ngx_str_t               text;
    ngx_http_pforte_ctx_t  *ctx;
    u_char                  line[NGX_MAX_ERROR_STR];

    ctx = ngx_http_pforte_find_ctx(r);

    text.data = line;
    text.len = ctx->log_handler(r, sr, line, ngx_min(len, sizeof(line)))
               - line;

    return ngx_http_pforte_mask(buf, buf + len, &text);
}


ngx_int_t
ngx_http_pforte_handoff(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_http_pforte_loc_conf_t  *plcf;

    if (ctx->handoff_done) {
        return NGX_OK;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);

    return plcf->sso ? ngx_http_pforte_sso(r, ctx)
                     : ngx_http_pforte_link(r, ctx);
}


static ngx_int_t
ngx_http_pforte_sso(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_int_t  rc;
    ngx_str_t  form;

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        return ngx_http_pforte_field(r, ctx, &r->args);
    }

    if (r->method != NGX_HTTP_POST) {
        return NGX_OK;
    }

    if (!ctx->body_read) {
        return ngx_http_pforte_read_body(r, ctx);
    }

    rc = ngx_http_pforte_body(r, NGX_HTTP_PFORTE_BODY_MAX, &form);

    if (rc == NGX_DECLINED) {
        return ngx_http_pforte_handoff_refuse(r, ctx, PF_MALFORMED,
                                              &ngx_http_pforte_too_large);
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    return ngx_http_pforte_field(r, ctx, &form);
}


/* ".../s/<token>" */

static ngx_int_t
ngx_http_pforte_link(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    u_char     *p;
    ngx_str_t   token;

    token.len = 0;

    for (p = r->uri.data + r->uri.len; p > r->uri.data; p--) {
        if (p[-1] == '/') {
            break;
        }

        token.len++;
    }

    token.data = p;

    if (p - r->uri.data < 3 || ngx_strncmp(p - 3, "/s/", 3) != 0) {
        token.len = 0;
    }

    return ngx_http_pforte_handoff_done(r, ctx, &token,
                                   ngx_http_pforte_open_link(r, ctx, &token));
}


static ngx_int_t
ngx_http_pforte_field(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_str_t *form)
{
    static ngx_str_t  name = ngx_string("token");
    ngx_str_t         token;

    ngx_str_null(&token);

    switch (ngx_http_pforte_form_count(r->pool, form, &name, &token)) {

    case 0:
        return ngx_http_pforte_handoff_done(r, ctx, &token, PF_ABSENT);

    case 1:
        return ngx_http_pforte_handoff_done(r, ctx, &token,
                                    ngx_http_pforte_open_sso(r, ctx, &token));

    default:
        return ngx_http_pforte_handoff_done(r, ctx, &token, PF_MALFORMED);
    }
}


/* How often the field occurs; the value is the last one's, decoded. */

static ngx_uint_t
ngx_http_pforte_form_count(ngx_pool_t *pool, ngx_str_t *form, ngx_str_t *name,
    ngx_str_t *value)
{
    u_char      *p, *end, *last, *eq;
    ngx_str_t    key;
    ngx_uint_t   n;

    n = 0;
    last = form->data + form->len;

    for (p = form->data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '&');
        if (end == NULL) {
            end = last;
        }

        eq = ngx_strlchr(p, end, '=');
        if (eq == NULL) {
            eq = end;
        }

        if ((size_t) (eq - p) < name->len || (size_t) (eq - p) > 3 * name->len)
        {
            continue;
        }

        if (ngx_http_pforte_form_decode(pool, p, eq - p, &key) != NGX_OK) {
            return 2;
        }

        if (key.len != name->len
            || ngx_memcmp(key.data, name->data, key.len) != 0)
        {
            continue;
        }

        n++;

        if (eq != end
            && ngx_http_pforte_form_decode(pool, eq + 1, end - eq - 1, value)
               != NGX_OK)
        {
            return 2;
        }
    }

    return n;
}


static ngx_int_t
ngx_http_pforte_form_decode(ngx_pool_t *pool, u_char *data, size_t len,
    ngx_str_t *text)
{
    u_char  *dst;

    text->data = ngx_pnalloc(pool, len + 1);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    dst = text->data;
    ngx_unescape_uri(&dst, &data, len, 0);
    text->len = dst - text->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_pforte_read_body(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (ctx->body_asked) {
        return NGX_AGAIN;
    }

    if (!ngx_http_pforte_is_form(r)) {
        return ngx_http_pforte_handoff_refuse(r, ctx, PF_MALFORMED,
                                              &ngx_http_pforte_media_type);
    }

    if (r->headers_in.content_length_n > NGX_HTTP_PFORTE_BODY_MAX) {
        return ngx_http_pforte_handoff_refuse(r, ctx, PF_MALFORMED,
                                              &ngx_http_pforte_too_large);
    }

    ctx->body_asked = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_pforte_body_handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    ngx_http_finalize_request(r, NGX_DONE);

    return NGX_DONE;
}


static void
ngx_http_pforte_body_handler(ngx_http_request_t *r)
{
    ngx_http_pforte_ctx_t  *ctx;

    ctx = ngx_http_pforte_find_ctx(r);
    ctx->body_read = 1;

    /* the content handler sends the same body on */

    r->preserve_body = 1;

    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


static ngx_uint_t
ngx_http_pforte_is_form(ngx_http_request_t *r)
{
    static ngx_str_t  form = ngx_string("application/x-www-form-urlencoded");
    ngx_str_t         type;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = r->headers_in.content_type->value;

    return type.len >= form.len
           && ngx_strncasecmp(type.data, form.data, form.len) == 0
           && (type.len == form.len
               || ngx_strchr("; \t", type.data[form.len]) != NULL);
}


/* A chunked body may have gone to a file. */

ngx_int_t
ngx_http_pforte_body(ngx_http_request_t *r, size_t max, ngx_str_t *body)
{
    size_t        size;
    u_char       *p;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    /* of a subrequest made without one */

    if (r->request_body == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "pforte: request body is unavailable");
        return NGX_ERROR;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);

        if (size > max) {
            return NGX_DECLINED;
        }
    }

    p = ngx_pnalloc(r->pool, size + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_size(b) == 0) {
            continue;
        }

        if (!b->in_file) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        n = ngx_read_file(b->file, p, b->file_last - b->file_pos, b->file_pos);

        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        p += n;
    }

    body->len = p - body->data;

    return NGX_OK;
}


static pf_error_t
ngx_http_pforte_open_sso(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_str_t *token)
{
    pf_sso_t                      sso;
    pf_error_t                    error;
    ngx_uint_t                    tries;
    ngx_log_t                    *log;
    ngx_http_pforte_record_t     *now;
    ngx_http_pforte_main_conf_t  *pmcf;

    log = r->connection->log;
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    ctx->spends_until = 0;

    for (tries = 0; /* void */ ; tries++) {

        now = ngx_http_pforte_store_record(pmcf->store, &ctx->tenant, log);

        error = pf_sso_open(ngx_http_pforte_store_ring(pmcf->store, log),
                            now ? now->record->sso_keys
                                : ctx->record->sso_keys,
                            ngx_http_pforte_span(&ctx->tenant),
                            ngx_http_pforte_span(token), ngx_time(), &sso);

        if (error == PF_OK || error == PF_EXPIRED) {
            ctx->subject = ngx_http_pforte_text(sso.sub);
            ctx->subject.data = ngx_pstrdup(r->pool, &ctx->subject);

            if (ctx->subject.data == NULL) {
                return PF_MEMORY;
            }
        }

        if (error == PF_OK) {
            return ngx_http_pforte_single_use(r, ctx, &sso);
        }

        if (error != PF_UNKNOWN_KEY || tries == 1) {
            return error;
        }

        ngx_http_pforte_store_ring_again(pmcf->store, log);
        ngx_http_pforte_store_record_again(pmcf->store, &ctx->tenant, log);
    }
}


/*
 * The database knows which tokens are used. What the application has said of
 * one is remembered, so that who tries it over and over wakes nobody.
 */

static pf_error_t
ngx_http_pforte_single_use(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    pf_sso_t *sso)
{
    u_char                        hash[PF_CACHE_HASH];
    pf_str_t                      name;
    ngx_http_pforte_main_conf_t  *pmcf;
    u_char                        text[PF_KID_MAX + PF_ID_MAX + 2];

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (pmcf->zone == NULL) {
        return PF_OK;
    }

    name.data = text;
    name.len = ngx_sprintf(text, "%s%Z%s", sso->kid, sso->jti) - text;

    pf_cache_hash(ngx_http_pforte_span(&ctx->tenant), name, hash);
    ctx->spends = ngx_http_pforte_id(hash);

    if (ngx_http_pforte_zone_spent(pmcf->zone, ctx->spends)) {
        return PF_USED;
    }

    ctx->spends_until = sso->exp + PF_LEEWAY + 1;

    return PF_OK;
}


/* The application has done what the token was good for; nobody else is told. */

void
ngx_http_pforte_spend(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx)
{
    ngx_table_elt_t              *h;
    ngx_http_pforte_main_conf_t  *pmcf;

    h = ngx_http_pforte_answer_header(r, "X-Pforte-Spent", NULL);

    if (h == NULL) {
        return;
    }

    h->hash = 0;
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    if (pmcf->zone && ctx->spends_until) {
        ngx_http_pforte_zone_spend(pmcf->zone, ctx->spends,
                                   ctx->spends_until);
    }
}


static pf_error_t
ngx_http_pforte_open_link(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_str_t *token)
{
    pf_link_t                     link;
    pf_error_t                    error;
    ngx_log_t                    *log;
    ngx_http_pforte_main_conf_t  *pmcf;

    log = r->connection->log;
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    error = pf_link_open(ngx_http_pforte_store_ring(pmcf->store, log),
                         ngx_http_pforte_span(&ctx->tenant),
                         ngx_http_pforte_span(token), ngx_time(), &link);

    if (error == PF_UNKNOWN_KEY) {
        ngx_http_pforte_store_ring_again(pmcf->store, log);

        error = pf_link_open(ngx_http_pforte_store_ring(pmcf->store, log),
                             ngx_http_pforte_span(&ctx->tenant),
                             ngx_http_pforte_span(token), ngx_time(), &link);
    }

    if (error != PF_OK && error != PF_EXPIRED) {
        return error;
    }

    /* no username has a slash */

    ctx->subject.data = ngx_pnalloc(r->pool,
                                    sizeof("contract/") - 1 + PF_ID_MAX);
    if (ctx->subject.data == NULL) {
        return PF_MEMORY;
    }

    ctx->subject.len = ngx_sprintf(ctx->subject.data, "contract/%s",
                                   link.contract)
                       - ctx->subject.data;

    return error;
}


static ngx_int_t
ngx_http_pforte_handoff_done(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_str_t *token, pf_error_t error)
{
    ngx_http_pforte_problem_t    *problem;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    switch (error) {

    case PF_OK:
        ctx->handoff_done = 1;
        ctx->handoff = *token;
        ngx_http_pforte_zone_count(pmcf->zone, NGX_HTTP_PFORTE_HANDOFF_GOOD);
        ngx_http_pforte_renew_variables(r);
        return NGX_OK;

    case PF_ABSENT:
    case PF_MALFORMED:
    case PF_MISSING_CLAIM:
    case PF_BAD_CLAIM:
        problem = &ngx_http_pforte_link_incomplete;
        break;

    case PF_EXPIRED:
        problem = &ngx_http_pforte_link_expired;
        break;

    case PF_USED:
        problem = &ngx_http_pforte_link_used;
        break;

    case PF_MEMORY:
        return NGX_ERROR;

    default:
        problem = &ngx_http_pforte_link_invalid;
    }

    ngx_http_pforte_zone_count(pmcf->zone,
                               (error == PF_USED)
                               ? NGX_HTTP_PFORTE_HANDOFF_REPEATED
                               : NGX_HTTP_PFORTE_HANDOFF_REFUSED);

    return ngx_http_pforte_handoff_refuse(r, ctx, error, problem);
}


/* From here on no one gets to see the token: no query, no URI with a query. */

static ngx_int_t
ngx_http_pforte_handoff_refuse(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, pf_error_t error,
    ngx_http_pforte_problem_t *problem)
{
    u_char  *query;

    ctx->handoff_done = 1;
    ctx->no_referrer = 1;
    ctx->refused = ngx_http_pforte_text(pf_error_word(error));

    ngx_str_null(&r->args);

    query = ngx_strlchr(r->unparsed_uri.data,
                        r->unparsed_uri.data + r->unparsed_uri.len, '?');
    if (query) {
        r->unparsed_uri.len = query - r->unparsed_uri.data;
    }

    r->valid_unparsed_uri = 0;

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "pforte: link refused with %ui, tenant \"%V\", %s: %s",
                  problem->status, &ctx->tenant, pf_error_word(error),
                  pf_error_text(error));

    return ngx_http_pforte_refuse(r, ctx, problem,
                                  ngx_http_pforte_denial(r, ctx, 0));
}
