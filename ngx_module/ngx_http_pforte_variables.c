
/*
 * The variables. Each is found out on its first reading, in whatever phase,
 * and then stays: nginx's script engine asks for a length and a value apart.
 * Only what the access phase learns later is asked for once more.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_module.h"


#define NGX_HTTP_PFORTE_NEEDS_TENANT    0x01
#define NGX_HTTP_PFORTE_NEEDS_LANGUAGE  0x02
#define NGX_HTTP_PFORTE_NEEDS_SESSION   0x04
#define NGX_HTTP_PFORTE_NEEDS_KEY       0x08
#define NGX_HTTP_PFORTE_NEEDS_MASKED    0x10


typedef struct {
    ngx_str_t    name;
    ngx_uint_t   needs;
    size_t       offset;
} ngx_http_pforte_variable_t;


static ngx_int_t ngx_http_pforte_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_pforte_provide(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_uint_t needs);
static ngx_inline u_char *ngx_http_pforte_secret(u_char *p, u_char *last,
    u_char *first);
static u_char *ngx_http_pforte_secret_end(u_char *p, u_char *last,
    u_char *first);
static ngx_uint_t ngx_http_pforte_word_begins(u_char *p, u_char *first);


static ngx_http_pforte_variable_t  ngx_http_pforte_variables[] = {

    { ngx_string("pforte_tenant"), NGX_HTTP_PFORTE_NEEDS_TENANT,
      offsetof(ngx_http_pforte_ctx_t, tenant) },

    { ngx_string("pforte_prefix"), NGX_HTTP_PFORTE_NEEDS_TENANT,
      offsetof(ngx_http_pforte_ctx_t, prefix) },

    { ngx_string("pforte_language"), NGX_HTTP_PFORTE_NEEDS_LANGUAGE,
      offsetof(ngx_http_pforte_ctx_t, language) },

    { ngx_string("pforte_verdict"), NGX_HTTP_PFORTE_NEEDS_SESSION,
      offsetof(ngx_http_pforte_ctx_t, verdict) },

    { ngx_string("pforte_token"), NGX_HTTP_PFORTE_NEEDS_SESSION,
      offsetof(ngx_http_pforte_ctx_t, token) },

    { ngx_string("pforte_user"), NGX_HTTP_PFORTE_NEEDS_SESSION,
      offsetof(ngx_http_pforte_ctx_t, user) },

    { ngx_string("pforte_customer"), NGX_HTTP_PFORTE_NEEDS_SESSION,
      offsetof(ngx_http_pforte_ctx_t, customer) },

    { ngx_string("pforte_scope"), NGX_HTTP_PFORTE_NEEDS_SESSION,
      offsetof(ngx_http_pforte_ctx_t, scope) },

    { ngx_string("pforte_groups"), NGX_HTTP_PFORTE_NEEDS_SESSION,
      offsetof(ngx_http_pforte_ctx_t, groups) },

    { ngx_string("pforte_session_key"), NGX_HTTP_PFORTE_NEEDS_KEY,
      offsetof(ngx_http_pforte_ctx_t, session_key) },

    { ngx_string("pforte_handoff"), 0,
      offsetof(ngx_http_pforte_ctx_t, handoff) },

    { ngx_string("pforte_refused"), 0,
      offsetof(ngx_http_pforte_ctx_t, refused) },

    { ngx_string("pforte_subject"), 0,
      offsetof(ngx_http_pforte_ctx_t, subject) },

    { ngx_string("pforte_denied"), 0,
      offsetof(ngx_http_pforte_ctx_t, denied) },

    { ngx_string("pforte_status_code"), 0,
      offsetof(ngx_http_pforte_ctx_t, status_code) },

    { ngx_string("pforte_request_masked"), NGX_HTTP_PFORTE_NEEDS_MASKED,
      offsetof(ngx_http_pforte_ctx_t, request_masked) },

    { ngx_null_string, 0, 0 }
};


/* what stands before a secret in an address, in any case */

static ngx_str_t  ngx_http_pforte_secrets[] = {
    ngx_string("/s/"),
    ngx_string("/reset/"),
    ngx_string("/register/"),
    ngx_string("/email/"),
    ngx_string("/invitation/"),
    ngx_string("%2freset%2f"),
    ngx_string("%2finvitation%2f"),
    ngx_string("?token="),
    ngx_string("&token="),
    ngx_string("token%3d"),
    ngx_null_string
};


/* how a token begins that stands elsewhere */

static ngx_str_t  ngx_http_pforte_tokens[] = {
    ngx_string("v4.local."),
    ngx_string("v4.public."),
    ngx_string("eyJ"),
    ngx_null_string
};


static ngx_int_t
ngx_http_pforte_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                   *value;
    ngx_http_pforte_ctx_t       *ctx;
    ngx_http_pforte_variable_t  *var;

    var = (ngx_http_pforte_variable_t *) data;

    ctx = ngx_http_pforte_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    /* nginx refused it before any phase, but logs it: so may we, on the way */

    if (r->main->phase_handler == 0) {
        (void) ngx_http_pforte_mask_handler(r->main);
    }

    if (ngx_http_pforte_provide(r->main, ctx, var->needs) != NGX_OK) {
        return NGX_ERROR;
    }

    value = (ngx_str_t *) ((u_char *) ctx + var->offset);

    v->len = value->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->data = value->data ? value->data : (u_char *) "";

    return NGX_OK;
}


static ngx_int_t
ngx_http_pforte_provide(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    ngx_uint_t needs)
{
    switch (needs) {

    case NGX_HTTP_PFORTE_NEEDS_TENANT:
        return ngx_http_pforte_find_tenant(r, ctx) == NGX_ERROR ? NGX_ERROR
                                                                : NGX_OK;

    case NGX_HTTP_PFORTE_NEEDS_LANGUAGE:
        ngx_http_pforte_find_language(r, ctx);
        return NGX_OK;

    case NGX_HTTP_PFORTE_NEEDS_SESSION:
        ngx_http_pforte_open_session(r, ctx);
        return NGX_OK;

    case NGX_HTTP_PFORTE_NEEDS_KEY:
        ngx_http_pforte_open_session(r, ctx);
        ngx_http_pforte_open_session_key(ctx);
        return NGX_OK;

    case NGX_HTTP_PFORTE_NEEDS_MASKED:
        return ngx_http_pforte_masked(r).data ? NGX_OK : NGX_ERROR;

    default:
        return NGX_OK;
    }
}


void
ngx_http_pforte_renew_variables(ngx_http_request_t *r)
{
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (v[i].get_handler == ngx_http_pforte_variable) {
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
        }
    }
}


ngx_str_t
ngx_http_pforte_masked(ngx_http_request_t *r)
{
    size_t                  size;
    u_char                 *p;
    ngx_http_pforte_ctx_t  *ctx;

    ctx = ngx_http_pforte_get_ctx(r);

    if (ctx == NULL) {
        return (ngx_str_t) ngx_null_string;
    }

    if (ctx->request_masked.data) {
        return ctx->request_masked;
    }

    if (!ngx_http_pforte_has_secret(&r->request_line)) {
        ctx->request_masked = r->request_line;
        return ctx->request_masked;
    }

    /* a mask of three at most doubles what has four characters and a secret */

    size = 2 * r->request_line.len + 1;

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return ctx->request_masked;
    }

    ctx->request_masked.data = p;
    ctx->request_masked.len = ngx_http_pforte_mask(p, p + size,
                                                   &r->request_line)
                              - p;

    return ctx->request_masked;
}


u_char *
ngx_http_pforte_mask(u_char *buf, u_char *last, ngx_str_t *text)
{
    u_char  *p, *end, *secret;

    p = text->data;
    end = p + text->len;

    while (p < end && buf < last) {
        secret = ngx_http_pforte_secret(p, end, text->data);

        if (secret > p) {
            buf = ngx_slprintf(buf, last, "***");
            p = secret;

        } else {
            *buf++ = *p++;
        }
    }

    return buf;
}


ngx_uint_t
ngx_http_pforte_has_secret(ngx_str_t *text)
{
    u_char  *p, *last;

    last = text->data + text->len;

    for (p = text->data; p < last; p++) {
        if (ngx_http_pforte_secret(p, last, text->data) > p) {
            return 1;
        }
    }

    return 0;
}


/* Where the secret that begins at p ends; p if none does: mostly that is plain
 * to see. */

static ngx_inline u_char *
ngx_http_pforte_secret(u_char *p, u_char *last, u_char *first)
{
    if (*p == 'v' || *p == 'e'
        || (p > first && (p[-1] == '/' || p[-1] == '='
                          || p[-1] == 'd' || p[-1] == 'D'
                          || p[-1] == 'f' || p[-1] == 'F')))
    {
        return ngx_http_pforte_secret_end(p, last, first);
    }

    return p;
}


static u_char *
ngx_http_pforte_secret_end(u_char *p, u_char *last, u_char *first)
{
    u_char      *end;
    ngx_str_t   *s;

    s = NULL;

    if (p > first) {

        for (s = ngx_http_pforte_secrets; s->len; s++) {
            if ((size_t) (p - first) >= s->len
                && ngx_tolower(p[-(ssize_t) s->len]) == s->data[0]
                && ngx_strncasecmp(p - s->len, s->data, s->len) == 0)
            {
                break;
            }
        }
    }

    if ((s == NULL || s->len == 0)
        && (*p == 'v' || *p == 'e')
        && ngx_http_pforte_word_begins(p, first))
    {

        for (s = ngx_http_pforte_tokens; s->len; s++) {
            if ((size_t) (last - p) > s->len
                && ngx_strncmp(p, s->data, s->len) == 0)
            {
                break;
            }
        }
    }

    end = p;

    if (s == NULL || s->len == 0) {
        return end;
    }

    while (end < last && *end != ' ' && *end != '&' && *end != '/'
           && *end != '?' && *end != '"')
    {
        end++;
    }

    return end;
}


/*
 * No letter or digit stands before it, but for an escaped character: "/s%2F"
 * leads to a link as "/s/" does. Escaped twice, as in an address inside an
 * address, it is "%252F".
 */

static ngx_uint_t
ngx_http_pforte_word_begins(u_char *p, u_char *first)
{
    if (p == first || !isalnum(p[-1])) {
        return 1;
    }

    if (p - first < 3 || !isxdigit(p[-1]) || !isxdigit(p[-2])) {
        return 0;
    }

    p -= 2;

    return p[-1] == '%'
           || (p - first >= 3 && ngx_strncmp(p - 3, "%25", 3) == 0);
}


ngx_int_t
ngx_http_pforte_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t         *var;
    ngx_http_pforte_variable_t  *v;

    for (v = ngx_http_pforte_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, 0);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_http_pforte_variable;
        var->data = (uintptr_t) v;
    }

    return NGX_OK;
}
