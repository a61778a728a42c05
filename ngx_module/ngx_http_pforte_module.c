
/*
 * The module's glue: directives, configuration, phases, header filter.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <sodium.h>

#include "ngx_http_pforte_module.h"


#define NGX_HTTP_PFORTE_LANGUAGE_LIFE  (365 * 86400)

/* of pforte_memcached: nodes, as the application has; milliseconds */
#define NGX_HTTP_PFORTE_MEMCACHED_MAX          16
#define NGX_HTTP_PFORTE_MEMCACHED_TIMEOUT      20
#define NGX_HTTP_PFORTE_MEMCACHED_TIMEOUT_MAX  1000


static void ngx_http_pforte_init_ctx(ngx_http_pforte_ctx_t *ctx);
static void ngx_http_pforte_cleanup(void *data);
static ngx_int_t ngx_http_pforte_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_pforte_frame_ancestors(ngx_http_request_t *r);
static ngx_int_t ngx_http_pforte_set_cookie(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, pf_cookie_t kind, ngx_str_t *value,
    long max_age);
static ngx_int_t ngx_http_pforte_add_header(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);
static ngx_int_t ngx_http_pforte_push_header(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);

static ngx_int_t ngx_http_pforte_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_pforte_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_pforte_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_pforte_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_pforte_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_pforte_state(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_pforte_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_pforte_memcached(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_pforte_control(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_pforte_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_pforte_content(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_handler_pt handler);
static char *ngx_http_pforte_tenant(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_pforte_word(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_pforte_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_pforte_session_check(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_pforte_check_word(ngx_http_pforte_check_t *check,
    ngx_str_t *word);
static ngx_int_t ngx_http_pforte_init_process(ngx_cycle_t *cycle);


static ngx_conf_enum_t  ngx_http_pforte_modes[] = {
    { ngx_string("off"), NGX_HTTP_PFORTE_OFF },
    { ngx_string("optional"), NGX_HTTP_PFORTE_OPTIONAL },
    { ngx_string("required"), NGX_HTTP_PFORTE_REQUIRED },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_pforte_denials[] = {
    { ngx_string("auto"), NGX_HTTP_PFORTE_DENIED_AUTO },
    { ngx_string("401"), NGX_HTTP_PFORTE_DENIED_STATUS },
    { ngx_string("redirect"), NGX_HTTP_PFORTE_DENIED_REDIRECT },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_http_pforte_commands[] = {

    { ngx_string("pforte_state"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_pforte_state,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("pforte_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_pforte_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("pforte_memcached"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_pforte_memcached,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("pforte_tenant"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_pforte_tenant,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_pforte_loc_conf_t, tenant),
      NULL },

    { ngx_string("pforte"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_pforte_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_pforte_loc_conf_t, mode),
      &ngx_http_pforte_modes },

    { ngx_string("pforte_require"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_pforte_require,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("pforte_session_check"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_pforte_session_check,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("pforte_sso"),
      NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_pforte_loc_conf_t, sso),
      NULL },

    { ngx_string("pforte_link"),
      NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_pforte_loc_conf_t, link),
      NULL },

    { ngx_string("pforte_control"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_pforte_control,
      0,
      0,
      NULL },

    { ngx_string("pforte_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_pforte_status,
      0,
      0,
      NULL },

    { ngx_string("pforte_denied"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_pforte_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_pforte_loc_conf_t, denied),
      &ngx_http_pforte_denials },

    { ngx_string("pforte_language"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_pforte_loc_conf_t, language),
      NULL },

    { ngx_string("pforte_frame_ancestors"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_pforte_loc_conf_t, frame_ancestors),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_pforte_module_ctx = {
    ngx_http_pforte_preconfiguration,      /* preconfiguration */
    ngx_http_pforte_postconfiguration,     /* postconfiguration */

    ngx_http_pforte_create_main_conf,      /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_pforte_create_loc_conf,       /* create location configuration */
    ngx_http_pforte_merge_loc_conf         /* merge location configuration */
};


ngx_module_t  ngx_http_pforte_module = {
    NGX_MODULE_V1,
    &ngx_http_pforte_module_ctx,           /* module context */
    ngx_http_pforte_commands,              /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_pforte_init_process,          /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


ngx_http_pforte_ctx_t *
ngx_http_pforte_find_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t     *cln;
    ngx_http_pforte_ctx_t  *ctx;

    r = r->main;
    ctx = ngx_http_get_module_ctx(r, ngx_http_pforte_module);

    if (ctx != NULL) {
        return ctx;
    }

    /*
     * internal redirects and named locations clear the modules' contexts,
     * but "error_page 401 = @name" still has to know why
     */

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_pforte_cleanup) {
            ctx = cln->data;
            ngx_http_set_ctx(r, ctx, ngx_http_pforte_module);
            break;
        }
    }

    return ctx;
}


ngx_http_pforte_ctx_t *
ngx_http_pforte_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t     *cln;
    ngx_http_pforte_ctx_t  *ctx;

    r = r->main;
    ctx = ngx_http_pforte_find_ctx(r);

    if (ctx != NULL) {
        return ctx;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_pforte_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_http_pforte_init_ctx(ctx);

    cln->handler = ngx_http_pforte_cleanup;

    ngx_http_set_ctx(r, ctx, ngx_http_pforte_module);

    return ctx;
}


static void
ngx_http_pforte_init_ctx(ngx_http_pforte_ctx_t *ctx)
{
    ngx_memzero(ctx, sizeof(ngx_http_pforte_ctx_t));

    ctx->error = PF_ABSENT;
    ngx_str_set(&ctx->prefix, "");
}


void
ngx_http_pforte_reset_ctx(ngx_http_pforte_ctx_t *ctx)
{
    ngx_str_t                masked;
    ngx_http_log_handler_pt  log_handler;

    masked = ctx->request_masked;
    log_handler = ctx->log_handler;

    ngx_http_pforte_cleanup(ctx);
    ngx_http_pforte_init_ctx(ctx);

    ctx->request_masked = masked;
    ctx->log_handler = log_handler;
}


static void
ngx_http_pforte_cleanup(void *data)
{
    ngx_http_pforte_ctx_t *ctx = data;

    if (ctx->lookup) {
        ngx_http_pforte_memcached_forget(ctx->lookup);
    }

    if (ctx->held) {
        ngx_http_pforte_record_release(ctx->held);
    }
}


static ngx_int_t
ngx_http_pforte_header_filter(ngx_http_request_t *r)
{
    static ngx_str_t        no_store = ngx_string("no-store");
    static ngx_str_t        no_referrer = ngx_string("no-referrer");
    ngx_int_t               rc;
    ngx_http_pforte_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_pforte_frame_ancestors(r) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx = ngx_http_pforte_find_ctx(r);

    if (ctx == NULL) {
        return ngx_http_next_header_filter(r);
    }

    if (ctx->handoff.len) {
        ngx_http_pforte_spend(r, ctx);
    }

    if (ctx->set_session.len) {
        rc = ngx_http_pforte_set_cookie(r, ctx,
                                        pf_cookie_of_scope(ctx->cookie,
                                                pf_str_of(ctx->session.scope)),
                                        &ctx->set_session, -1);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        /*
         * a cache between here and the browser would give the cookie to the
         * next one who asks for the file; beside another Cache-Control, the
         * stricter word counts
         */

        if (rc == NGX_OK
            && ngx_http_pforte_answer_header(r, "Cache-Control", &no_store)
               == NULL
            && ngx_http_pforte_push_header(r, "Cache-Control", &no_store)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ctx->set_language.len
        && ngx_http_pforte_set_cookie(r, ctx,
                                      pf_cookie_beside(ctx->record->cookie,
                                                       PF_COOKIE_LANGUAGE),
                                      &ctx->set_language,
                                      NGX_HTTP_PFORTE_LANGUAGE_LIFE)
           == NGX_ERROR)
    {
        return NGX_ERROR;
    }

    if (ctx->no_store
        && r->headers_out.status == ctx->refusal
        && ngx_http_pforte_add_header(r, "Cache-Control", &no_store) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->no_referrer
        && ngx_http_pforte_add_header(r, "Referrer-Policy", &no_referrer)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


/*
 * Who may show this answer in a frame: the tenant's list, or nobody. A header of
 * its own: beside another policy, that of an application, both hold (CSP3, 8.1).
 */

static ngx_int_t
ngx_http_pforte_frame_ancestors(ngx_http_request_t *r)
{
    ngx_str_t                     value;
    ngx_http_pforte_ctx_t        *ctx;
    ngx_http_pforte_loc_conf_t   *plcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pforte_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    ctx = ngx_http_pforte_find_ctx(r);

    /* an error page may be in a location that is not ours: the answer is */

    if (plcf->frame_ancestors == 0
        || pmcf->store == NULL
        || (plcf->frame_ancestors == NGX_CONF_UNSET
            && plcf->mode == NGX_HTTP_PFORTE_OFF && !plcf->sso && !plcf->link
            && (ctx == NULL || !ctx->guarded)))
    {
        return NGX_OK;
    }

    ctx = ngx_http_pforte_get_ctx(r);

    if (ctx == NULL || ngx_http_pforte_find_tenant(r, ctx) == NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "frame-ancestors 'none'");

    if (ctx->record) {
        value.len = ctx->record->framing.len;
        value.data = (u_char *) ctx->record->framing.data;
    }

    return ngx_http_pforte_push_header(r, "Content-Security-Policy", &value);
}


/*
 * Not where the application sets or clears the same cookie: it knows better.
 * NGX_DECLINED: then.
 */

static ngx_int_t
ngx_http_pforte_set_cookie(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx,
    pf_cookie_t kind, ngx_str_t *value, long max_age)
{
    char       name[PF_COOKIE_NAME_MAX + 1];
    size_t     size;
    pf_str_t   tenant;
    ngx_str_t  cookie, prefix;

    tenant = ngx_http_pforte_span(&ctx->tenant);
    pf_cookie_name(kind, tenant, ctx->record->secure, name);

    prefix = ngx_http_pforte_text(name);

    if (ngx_http_pforte_answer_header(r, "Set-Cookie", &prefix)) {
        return NGX_DECLINED;
    }

    size = value->len + PF_COOKIE_NAME_MAX + 160;

    cookie.data = ngx_pnalloc(r->pool, size);
    if (cookie.data == NULL) {
        return NGX_ERROR;
    }

    cookie.len = pf_cookie_format(kind, tenant, ctx->record->secure,
                                  ngx_http_pforte_span(value), max_age,
                                  (char *) cookie.data, size);
    if (cookie.len == 0) {
        return NGX_DECLINED;
    }

    return ngx_http_pforte_push_header(r, "Set-Cookie", &cookie);
}


static ngx_int_t
ngx_http_pforte_add_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    if (ngx_http_pforte_answer_header(r, name, NULL)) {
        return NGX_OK;
    }

    return ngx_http_pforte_push_header(r, name, value);
}


static ngx_int_t
ngx_http_pforte_push_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    ngx_http_pforte_end_header(h);
    h->key = ngx_http_pforte_text(name);
    h->value = *value;

    return NGX_OK;
}


ngx_table_elt_t *
ngx_http_pforte_answer_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *word)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash == 0
                || h[i].key.len != len
                || ngx_strncasecmp(h[i].key.data, (u_char *) name, len) != 0)
            {
                continue;
            }

            if (word == NULL
                || (h[i].value.len >= word->len
                    && ngx_strncmp(h[i].value.data, word->data, word->len) == 0
                    && (h[i].value.len == word->len
                        || h[i].value.data[word->len] == '=')))
            {
                return &h[i];
            }
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_pforte_preconfiguration(ngx_conf_t *cf)
{
    ngx_str_t                     name = ngx_string("request_id");
    ngx_http_pforte_main_conf_t  *pmcf;

    /* unindexed, it would be another id each time it is asked for */

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pforte_module);

    pmcf->request_id = ngx_http_get_variable_index(cf, &name);
    if (pmcf->request_id == NGX_ERROR) {
        return NGX_ERROR;
    }

    return ngx_http_pforte_add_variables(cf);
}


static ngx_int_t
ngx_http_pforte_postconfiguration(ngx_conf_t *cf)
{
    static const struct {
        ngx_http_phases             phase;
        ngx_http_handler_pt         handler;
    } phases[] = {
        { NGX_HTTP_POST_READ_PHASE, ngx_http_pforte_identity_handler },
        { NGX_HTTP_POST_READ_PHASE, ngx_http_pforte_mask_handler },
        { NGX_HTTP_SERVER_REWRITE_PHASE, ngx_http_pforte_refused_handler },
        { NGX_HTTP_REWRITE_PHASE, ngx_http_pforte_refused_handler },
        { NGX_HTTP_ACCESS_PHASE, ngx_http_pforte_access_handler },
        { NGX_HTTP_PRECONTENT_PHASE, ngx_http_pforte_subrequest_handler }
    };
    ngx_uint_t                    i;
    ngx_http_handler_pt          *h;
    ngx_http_core_main_conf_t    *cmcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pforte_module);

    if (sodium_init() == -1) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "pforte: libsodium cannot start");
        return NGX_ERROR;
    }

    if (pmcf->store
        && ngx_http_pforte_store_open(pmcf->store, cf->log) != NGX_OK)
    {
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {

        h = ngx_array_push(&cmcf->phases[phases[i].phase].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = phases[i].handler;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_pforte_header_filter;

    return NGX_OK;
}


static void *
ngx_http_pforte_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_pforte_main_conf_t));
    if (pmcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     pmcf->state = { 0, NULL };
     *     pmcf->store = NULL;
     *     pmcf->zone = NULL;
     */

    pmcf->memcached = NGX_CONF_UNSET_PTR;

    return pmcf;
}


static void *
ngx_http_pforte_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_pforte_loc_conf_t  *plcf;

    plcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_pforte_loc_conf_t));
    if (plcf == NULL) {
        return NULL;
    }

    plcf->mode = NGX_CONF_UNSET_UINT;
    plcf->denied = NGX_CONF_UNSET_UINT;
    plcf->sso = NGX_CONF_UNSET;
    plcf->link = NGX_CONF_UNSET;
    plcf->language = NGX_CONF_UNSET;
    plcf->frame_ancestors = NGX_CONF_UNSET;
    plcf->tenant = NGX_CONF_UNSET_PTR;
    plcf->check = NGX_CONF_UNSET_PTR;
    plcf->require = NGX_CONF_UNSET_PTR;

    return plcf;
}


static char *
ngx_http_pforte_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_pforte_loc_conf_t *prev = parent;
    ngx_http_pforte_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t     *clcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    if (conf->mode == NGX_HTTP_PFORTE_REQUIRED
        && (conf->sso == 1 || conf->link == 1))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"pforte required\" shuts out those whom "
                           "\"pforte_sso\" or \"pforte_link\" is to let "
                           "in: leave it away here");
        return NGX_CONF_ERROR;
    }

    /*
     * links arrive at one location, not below it; blocks of "if" and
     * "limit_except" belong to their location
     */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname) {
        ngx_conf_merge_value(conf->sso, prev->sso, 0);
        ngx_conf_merge_value(conf->link, prev->link, 0);
    }

    ngx_conf_init_value(conf->sso, 0);
    ngx_conf_init_value(conf->link, 0);

    ngx_conf_merge_uint_value(conf->mode, prev->mode, NGX_HTTP_PFORTE_OFF);
    ngx_conf_merge_uint_value(conf->denied, prev->denied,
                              NGX_HTTP_PFORTE_DENIED_AUTO);
    ngx_conf_merge_value(conf->language, prev->language, 1);

    /* unset to the end: on where the module has something to do */

    ngx_conf_merge_value(conf->frame_ancestors, prev->frame_ancestors,
                         NGX_CONF_UNSET);
    ngx_conf_merge_ptr_value(conf->tenant, prev->tenant, NULL);
    ngx_conf_merge_ptr_value(conf->check, prev->check, NULL);
    ngx_conf_merge_ptr_value(conf->require, prev->require, NULL);

    if (conf->sso && conf->link) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"pforte_sso\" and \"pforte_link\" cannot be on "
                           "in one location: give each its own");
        return NGX_CONF_ERROR;
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pforte_module);

    if (pmcf->store == NULL
        && (conf->mode != NGX_HTTP_PFORTE_OFF || conf->sso || conf->link))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"pforte\", \"pforte_sso\" and \"pforte_link\" "
                           "need \"pforte_state\" in the http block: the "
                           "directory with the key ring and edge records");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_pforte_state(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pforte_main_conf_t *pmcf = conf;

    ngx_str_t        *value;
    ngx_file_info_t   fi;

    if (pmcf->store) {
        return "is duplicate";
    }

    value = cf->args->elts;
    pmcf->state = value[1];

    if (ngx_conf_full_name(cf->cycle, &pmcf->state, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    while (pmcf->state.len > 1
           && pmcf->state.data[pmcf->state.len - 1] == '/')
    {
        pmcf->state.data[--pmcf->state.len] = '\0';
    }

    if (ngx_file_info(pmcf->state.data, &fi) == NGX_FILE_ERROR
        || !ngx_is_dir(&fi))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"pforte_state\" names \"%V\", which is no "
                           "directory: \"pforte migrate\" makes it",
                           &pmcf->state);
        return NGX_CONF_ERROR;
    }

    pmcf->store = ngx_http_pforte_store_create(cf, &pmcf->state);

    return pmcf->store ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_pforte_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pforte_main_conf_t *pmcf = conf;

    u_char     *colon;
    ssize_t     size;
    ngx_str_t  *value, name, text;

    if (pmcf->zone) {
        return "is duplicate";
    }

    value = cf->args->elts;
    name = value[1];
    size = NGX_ERROR;

    colon = (u_char *) ngx_strchr(name.data, ':');

    if (colon) {
        text.data = colon + 1;
        text.len = name.data + name.len - text.data;
        name.len = colon - name.data;
        size = ngx_parse_size(&text);
    }

    if (name.len == 0 || size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid zone \"%V\" in \"pforte_zone\": it is "
                           "name:size, of %uzk and more, as pforte:16m",
                           &value[1], 8 * ngx_pagesize / 1024);
        return NGX_CONF_ERROR;
    }

    pmcf->zone = ngx_http_pforte_zone_create(cf, &name, size);

    return pmcf->zone ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_pforte_memcached(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pforte_main_conf_t *pmcf = conf;

    const char  *why;
    ngx_str_t   *value, time;
    ngx_uint_t   i, n;
    ngx_msec_t   timeout;

    if (pmcf->memcached != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;
    n = cf->args->nelts;

    if (n == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        pmcf->memcached = NULL;
        return NGX_CONF_OK;
    }

    timeout = NGX_HTTP_PFORTE_MEMCACHED_TIMEOUT;

    if (ngx_strncmp(value[n - 1].data, "timeout=", 8) == 0) {
        time.data = value[n - 1].data + 8;
        time.len = value[n - 1].len - 8;
        timeout = ngx_parse_time(&time, 0);
        n--;

        if (timeout == 0 || timeout == (ngx_msec_t) NGX_ERROR
            || timeout > NGX_HTTP_PFORTE_MEMCACHED_TIMEOUT_MAX)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid \"%V\" in \"pforte_memcached\": it "
                               "is 1ms to %Mms, as timeout=20ms",
                               &value[cf->args->nelts - 1],
                               (ngx_msec_t)
                               NGX_HTTP_PFORTE_MEMCACHED_TIMEOUT_MAX);
            return NGX_CONF_ERROR;
        }
    }

    if (n < 2 || n - 1 > NGX_HTTP_PFORTE_MEMCACHED_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"pforte_memcached\" is \"off\", or names 1 to %d "
                           "nodes as in pforte.conf, each host:port or the "
                           "path of a socket", NGX_HTTP_PFORTE_MEMCACHED_MAX);
        return NGX_CONF_ERROR;
    }

    pmcf->memcached = ngx_http_pforte_memcached_create(cf, n - 1, timeout);

    if (pmcf->memcached == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < n; i++) {
        why = ngx_http_pforte_memcached_add(cf, pmcf->memcached, &value[i]);

        if (why) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid node \"%V\" in \"pforte_memcached\", "
                               "%s: it is host:port or the path of a socket, "
                               "as in pforte.conf", &value[i], why);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_pforte_control(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    return ngx_http_pforte_content(cf, cmd, ngx_http_pforte_control_handler);
}


static char *
ngx_http_pforte_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "prometheus") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid format \"%V\" in \"pforte_status\": it "
                           "is prometheus", &value[1]);
        return NGX_CONF_ERROR;
    }

    return ngx_http_pforte_content(cf, cmd, ngx_http_pforte_status_handler);
}


static char *
ngx_http_pforte_content(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_handler_pt handler)
{
    ngx_http_core_loc_conf_t     *clcf;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pforte_module);

    if (pmcf->zone == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" needs \"pforte_zone\" before it, in the "
                           "http block: as pforte_zone pforte:16m", &cmd->name);
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "cannot be in a location that has another handler";
    }

    clcf->handler = handler;

    return NGX_CONF_OK;
}


static char *
ngx_http_pforte_tenant(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_http_script_variables_count(&value[1]) == 0
        && !pf_tenant_ok(ngx_http_pforte_span(&value[1])))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid tenant \"%V\" in \"pforte_tenant\": it "
                           "is 2 to 31 characters of a-z, 0-9 and \"-\", "
                           "begins with a letter, and is not \"api\", "
                           "\"static\", \"brand\", \"healthz\" or "
                           "\"hosts\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    return ngx_http_set_complex_value_slot(cf, cmd, conf);
}


/* ngx_conf_set_enum_slot() that says which words there are */

static char *
ngx_http_pforte_word(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    u_char            words[128], *last;
    ngx_str_t        *value;
    ngx_uint_t       *np, i;
    ngx_conf_enum_t  *e;

    np = (ngx_uint_t *) (p + cmd->offset);

    if (*np != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    e = cmd->post;
    last = words;

    for (i = 0; e[i].name.len != 0; i++) {
        if (e[i].name.len == value[1].len
            && ngx_strncmp(e[i].name.data, value[1].data, value[1].len) == 0)
        {
            *np = e[i].value;
            return NGX_CONF_OK;
        }

        last = ngx_slprintf(last, words + sizeof(words), "%s\"%V\"",
                            i == 0 ? "" : e[i + 1].name.len ? ", " : " or ",
                            &e[i].name);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\" directive, it must be "
                       "%*s", &value[1], &cmd->name, last - words, words);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_pforte_require(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pforte_loc_conf_t *plcf = conf;

    ngx_str_t     *value;
    ngx_uint_t     i;
    pf_require_t  *rule;

    if (plcf->require != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    plcf->require = ngx_array_create(cf->pool, cf->args->nelts,
                                     sizeof(pf_require_t));
    if (plcf->require == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        rule = ngx_array_push(plcf->require);
        if (rule == NULL) {
            return NGX_CONF_ERROR;
        }

        if (!pf_require_parse(ngx_http_pforte_span(&value[i]), rule)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid requirement \"%V\" in "
                               "\"pforte_require\": it is scope=name or "
                               "group=name, the name of a-z, 0-9, \".\", "
                               "\"_\" and \"-\"", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_pforte_session_check(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pforte_loc_conf_t *plcf = conf;

    ngx_str_t                    *value;
    ngx_uint_t                    i;
    ngx_http_pforte_check_t      *check;
    ngx_http_pforte_main_conf_t  *pmcf;

    if (plcf->check != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        plcf->check = NULL;
        return NGX_CONF_OK;
    }

    check = ngx_pcalloc(cf->pool, sizeof(ngx_http_pforte_check_t));
    if (check == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_http_pforte_check_word(check, &value[i]) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in "
                               "\"pforte_session_check\": it is \"off\", or "
                               "each once zone=time, of 1s to %ds, memcached, "
                               "and app=/path of an internal location",
                               &value[i], PF_CACHE_LIFE);
            return NGX_CONF_ERROR;
        }
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pforte_module);

    if (check->zone && pmcf->zone == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"pforte_session_check zone=\" needs "
                           "\"pforte_zone\" before it, in the http block: as "
                           "pforte_zone pforte:16m");
        return NGX_CONF_ERROR;
    }

    if (check->memcached
        && (pmcf->memcached == NGX_CONF_UNSET_PTR || check->app.len == 0))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"pforte_session_check memcached\" needs "
                           "\"pforte_memcached\" before it, in the http block, "
                           "and \"app=\" beside it: memcached has a session "
                           "for a minute at most");
        return NGX_CONF_ERROR;
    }

    check->memcached = check->memcached && pmcf->memcached;
    plcf->check = check;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_pforte_check_word(ngx_http_pforte_check_t *check, ngx_str_t *word)
{
    ngx_str_t  seconds;

    if (ngx_strcmp(word->data, "memcached") == 0 && !check->memcached) {
        check->memcached = 1;
        return NGX_OK;
    }

    if (ngx_strncmp(word->data, "app=/", 5) == 0 && check->app.len == 0) {
        check->app.data = word->data + 4;
        check->app.len = word->len - 4;
        return NGX_OK;
    }

    if (ngx_strncmp(word->data, "zone=", 5) == 0 && check->zone == 0) {
        seconds.data = word->data + 5;
        seconds.len = word->len - 5;
        check->zone = ngx_parse_time(&seconds, 1);

        if (check->zone > 0 && check->zone <= PF_CACHE_LIFE) {
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_pforte_init_process(ngx_cycle_t *cycle)
{
    ngx_http_pforte_main_conf_t  *pmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    pmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_pforte_module);

    if (pmcf && pmcf->store) {

#if (NGX_HAVE_PR_SET_DUMPABLE)

        /* keys must not reach a core dump; nginx allows one after setuid() */

        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1) {
            ngx_log_error(NGX_LOG_ALERT, cycle->log, ngx_errno,
                          "prctl(PR_SET_DUMPABLE) failed");
        }

#endif

        ngx_http_pforte_store_start(pmcf->store, pmcf->zone, cycle->log);
    }

    return NGX_OK;
}
