
/*
 * What the files of the module share. The life of a request: the access
 * handler (handler.c) finds the tenant (tenants.c), takes a token from the
 * handoff locations (sso.c), opens the session (session.c) and asks whether it
 * lives: the zone (zone.c), memcached (memcached.c), the application; and
 * decides. All it finds out is kept in one context, which the variables
 * (variables.c) and the header filter (module.c) read. What was counted is told
 * by status.c.
 */


#ifndef _NGX_HTTP_PFORTE_MODULE_H_INCLUDED_
#define _NGX_HTTP_PFORTE_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_compat.h"
#include "pf_cookie.h"
#include "pf_hosts.h"
#include "pf_language.h"
#include "pf_opened.h"
#include "pf_policy.h"
#include "pf_record.h"
#include "pf_redirect.h"
#include "pf_session_cache.h"
#include "pf_token.h"


#define NGX_HTTP_PFORTE_OFF       0
#define NGX_HTTP_PFORTE_OPTIONAL  1
#define NGX_HTTP_PFORTE_REQUIRED  2

#define NGX_HTTP_PFORTE_DENIED_AUTO      0
#define NGX_HTTP_PFORTE_DENIED_STATUS    1
#define NGX_HTTP_PFORTE_DENIED_REDIRECT  2

#define NGX_HTTP_PFORTE_BODY_MAX  16384

#define NGX_HTTP_PFORTE_BUCKETS   6


/* the files below pforte_state, followed by each worker for itself */
typedef struct ngx_http_pforte_store_s  ngx_http_pforte_store_t;


/* the nodes of the session cache, and a look-up that waits at one of them */
typedef struct ngx_http_pforte_memcached_s  ngx_http_pforte_memcached_t;
typedef struct ngx_http_pforte_lookup_s     ngx_http_pforte_lookup_t;


typedef struct {
    ngx_str_t                      state;
    ngx_http_pforte_store_t       *store;
    ngx_shm_zone_t                *zone;
    ngx_http_pforte_memcached_t   *memcached;
    ngx_int_t                      request_id;    /* variable index */
} ngx_http_pforte_main_conf_t;


/* what pforte_session_check names */
typedef struct {
    time_t                         zone;          /* seconds, 0: not named */
    ngx_flag_t                     memcached;
    ngx_str_t                      app;
} ngx_http_pforte_check_t;


/* who is being asked, or was asked last */
typedef enum {
    NGX_HTTP_PFORTE_ASK_NOBODY = 0,
    NGX_HTTP_PFORTE_ASK_MEMCACHED,
    NGX_HTTP_PFORTE_ASK_APP
} ngx_http_pforte_ask_t;


typedef struct {
    ngx_uint_t                     mode;
    ngx_uint_t                     denied;

    ngx_flag_t                     sso;
    ngx_flag_t                     link;
    ngx_flag_t                     language;
    ngx_flag_t                     frame_ancestors;

    ngx_http_complex_value_t      *tenant;
    ngx_http_pforte_check_t       *check;
    ngx_array_t                   *require;       /* of pf_require_t */
} ngx_http_pforte_loc_conf_t;


/* what the zone knows a session or a single-use token by: half of a hash */
typedef struct {
    ngx_rbtree_key_t               key;
    uint64_t                       rest;
} ngx_http_pforte_id_t;


typedef enum {
    NGX_HTTP_PFORTE_ALIVE = 0,                    /* asked just now */
    NGX_HTTP_PFORTE_CHANGED,                      /* alive from a version on */
    NGX_HTTP_PFORTE_ENDED
} ngx_http_pforte_told_t;


typedef enum {
    NGX_HTTP_PFORTE_VALID = 0,                    /* of sessions, by verdict */
    NGX_HTTP_PFORTE_STALE,
    NGX_HTTP_PFORTE_NONE,
    NGX_HTTP_PFORTE_BAD,
    NGX_HTTP_PFORTE_DEAD,

    NGX_HTTP_PFORTE_DENIED,
    NGX_HTTP_PFORTE_ZONE_HIT,
    NGX_HTTP_PFORTE_ZONE_MISS,
    NGX_HTTP_PFORTE_MEMCACHED_HIT,
    NGX_HTTP_PFORTE_MEMCACHED_MISS,
    NGX_HTTP_PFORTE_MEMCACHED_FAILED,
    NGX_HTTP_PFORTE_APP_ALIVE,
    NGX_HTTP_PFORTE_APP_DEAD,
    NGX_HTTP_PFORTE_APP_FAILED,

    NGX_HTTP_PFORTE_HANDOFF_GOOD,
    NGX_HTTP_PFORTE_HANDOFF_REFUSED,
    NGX_HTTP_PFORTE_HANDOFF_REPEATED,

    NGX_HTTP_PFORTE_EVICTED,
    NGX_HTTP_PFORTE_FILES_READ,
    NGX_HTTP_PFORTE_FILES_FAILED,

    /* how long was waited for answers: buckets of a histogram, then the sum */
    NGX_HTTP_PFORTE_MEMCACHED_TOOK,
    NGX_HTTP_PFORTE_APP_TOOK = NGX_HTTP_PFORTE_MEMCACHED_TOOK
                               + NGX_HTTP_PFORTE_BUCKETS + 1,

    NGX_HTTP_PFORTE_COUNTERS = NGX_HTTP_PFORTE_APP_TOOK
                               + NGX_HTTP_PFORTE_BUCKETS + 1
} ngx_http_pforte_counter_t;


/* one version of an edge record, held by the store and by requests */
typedef struct {
    ngx_uint_t                     refs;
    pf_record_t                   *record;
} ngx_http_pforte_record_t;


typedef struct {
    ngx_http_pforte_record_t      *held;
    const pf_record_t             *record;        /* NULL: tenant unknown */
    ngx_http_complex_value_t      *named;         /* by pforte_tenant; or NULL */

    pf_error_t                     error;         /* of the session token */
    pf_cookie_t                    cookie;        /* where it was found */
    pf_session_t                   session;       /* PF_OK and PF_EXPIRED */
    pf_opened_hash_t               token_hash;

    u_char                         session_hash[PF_CACHE_HASH];
    char                           session_key_text[PF_CACHE_KEY + 1];

    ngx_uint_t                     refusal;       /* status of ours */
    ngx_http_pforte_id_t           id;            /* of the session */
    time_t                         seen;          /* alive, by the zone */

    ngx_http_pforte_check_t       *checked;       /* what was done already */
    ngx_http_pforte_ask_t          asked;
    ngx_msec_t                     asked_at;
    ngx_uint_t                     asked_status;
    ngx_str_t                      asked_token;   /* fresh, by the app */
    ngx_str_t                      asked_copy;    /* sealed, by memcached */
    ngx_http_pforte_lookup_t      *lookup;        /* that waits */

    ngx_http_pforte_id_t           spends;        /* the handoff's token */
    time_t                         spends_until;  /* 0: none */

    ngx_http_log_handler_pt        log_handler;   /* of nginx, if masked */

    ngx_str_t                      set_session;   /* tokens for Set-Cookie */
    ngx_str_t                      set_language;

    /* variables */

    ngx_str_t                      tenant;
    ngx_str_t                      prefix;
    ngx_str_t                      language;
    ngx_str_t                      verdict;
    ngx_str_t                      token;
    ngx_str_t                      user;
    ngx_str_t                      customer;
    ngx_str_t                      scope;
    ngx_str_t                      groups;
    ngx_str_t                      session_key;
    ngx_str_t                      handoff;
    ngx_str_t                      refused;
    ngx_str_t                      subject;
    ngx_str_t                      denied;
    ngx_str_t                      status_code;
    ngx_str_t                      request_masked;

    unsigned                       guarded:1;     /* by the access phase */
    unsigned                       tenant_done:1;
    unsigned                       tenant_broken:1;
    unsigned                       language_done:1;
    unsigned                       session_done:1;
    unsigned                       session_hashed:1;
    unsigned                       handoff_done:1;
    unsigned                       body_asked:1;
    unsigned                       body_read:1;
    unsigned                       answered:1;
    unsigned                       due:1;         /* the token, for renewal */
    unsigned                       no_store:1;
    unsigned                       no_referrer:1;
} ngx_http_pforte_ctx_t;


/* how a refusal is told to programs; the application has the same rows */
typedef struct {
    ngx_uint_t                     status;
    ngx_str_t                      code;
    ngx_str_t                      title;
    ngx_str_t                      detail;
} ngx_http_pforte_problem_t;

extern ngx_http_pforte_problem_t   ngx_http_pforte_unauthorised;
extern ngx_http_pforte_problem_t   ngx_http_pforte_forbidden;
extern ngx_http_pforte_problem_t   ngx_http_pforte_unavailable;
extern ngx_http_pforte_problem_t   ngx_http_pforte_too_large;
extern ngx_http_pforte_problem_t   ngx_http_pforte_media_type;
extern ngx_http_pforte_problem_t   ngx_http_pforte_link_invalid;
extern ngx_http_pforte_problem_t   ngx_http_pforte_link_incomplete;
extern ngx_http_pforte_problem_t   ngx_http_pforte_link_expired;
extern ngx_http_pforte_problem_t   ngx_http_pforte_link_used;


/* module.c */

/* The request's context, the main request's for subrequests too; NULL: none
 * yet, or for the second, out of memory. */
ngx_http_pforte_ctx_t *ngx_http_pforte_find_ctx(ngx_http_request_t *r);
ngx_http_pforte_ctx_t *ngx_http_pforte_get_ctx(ngx_http_request_t *r);

/* The first such header of the answer, or NULL; with a word, the first whose
 * value is it, or begins "<word>=". */
ngx_table_elt_t *ngx_http_pforte_answer_header(ngx_http_request_t *r,
    const char *name, ngx_str_t *word);

/* Forgets all that was found out. */
void ngx_http_pforte_reset_ctx(ngx_http_pforte_ctx_t *ctx);


/* handler.c */

/* After the headers were read: no client says who it is. */
ngx_int_t ngx_http_pforte_identity_handler(ngx_http_request_t *r);

/* The same, and masking, for what nginx refused while it read them: on the way
 * to its error page. */
ngx_int_t ngx_http_pforte_refused_handler(ngx_http_request_t *r);

ngx_int_t ngx_http_pforte_access_handler(ngx_http_request_t *r);

/* Before the content: the access phase of subrequests. */
ngx_int_t ngx_http_pforte_subrequest_handler(ngx_http_request_t *r);

/* NGX_OK with ctx->record, NGX_DECLINED for an unknown tenant, NGX_BUSY for one
 * whose record cannot be read, NGX_ERROR. */
ngx_int_t ngx_http_pforte_find_tenant(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);

void ngx_http_pforte_find_language(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);

/* How a refusal should be told; "login" where `may_redirect` only. */
pf_denial_t ngx_http_pforte_denial(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_uint_t may_redirect);

/*
 * Records the refusal for the variables and the header filter, and gives what
 * the access handler returns: a status, or NGX_DONE when the problem was sent.
 */
ngx_int_t ngx_http_pforte_refuse(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx, ngx_http_pforte_problem_t *problem,
    pf_denial_t kind);


/* session.c */

void ngx_http_pforte_open_session(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);
void ngx_http_pforte_open_session_key(ngx_http_pforte_ctx_t *ctx);

/* How often the cookie occurs in all Cookie lines; *value is the last one. */
ngx_uint_t ngx_http_pforte_cookie(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);

/* NGX_OK: nothing to ask, or answered; NGX_AGAIN: somebody is being asked. */
ngx_int_t ngx_http_pforte_check_session(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);

/* What memcached said, as an HTTP status; value with 200 only. The request goes
 * on, and may be over when this returns. */
void ngx_http_pforte_looked_up(ngx_http_request_t *r, ngx_uint_t status,
    pf_str_t *value);


/* memcached.c */

/* For n nodes, which are then added: name is "host:port" or a path, as in
 * pforte.conf. NULL, or what is wrong with it. */
ngx_http_pforte_memcached_t *ngx_http_pforte_memcached_create(ngx_conf_t *cf,
    ngx_uint_t n, ngx_msec_t timeout);
const char *ngx_http_pforte_memcached_add(ngx_conf_t *cf,
    ngx_http_pforte_memcached_t *memcached, ngx_str_t *name);

/*
 * Asks the node that has the session; ngx_http_pforte_looked_up() is called
 * later, not from here, and then the look-up is no more. NULL: the node cannot
 * be asked now.
 */
ngx_http_pforte_lookup_t *ngx_http_pforte_memcached_get(
    ngx_http_pforte_memcached_t *memcached, ngx_http_request_t *r,
    u_char *key);

/* The request is no more; the answer will be for nobody. */
void ngx_http_pforte_memcached_forget(ngx_http_pforte_lookup_t *lookup);


/* sso.c */

/* After the headers were read: no token of a link in what is logged from here
 * on. */
ngx_int_t ngx_http_pforte_mask_handler(ngx_http_request_t *r);

/* NGX_OK: go on; otherwise what the access handler returns. */
ngx_int_t ngx_http_pforte_handoff(ngx_http_request_t *r,
    ngx_http_pforte_ctx_t *ctx);

/* In the header filter: the application's word that the token is used now. */
void ngx_http_pforte_spend(ngx_http_request_t *r, ngx_http_pforte_ctx_t *ctx);

/* The body that was read, in one piece of r->pool; NGX_DECLINED: too large. */
ngx_int_t ngx_http_pforte_body(ngx_http_request_t *r, size_t max,
    ngx_str_t *body);


/* tenants.c */

ngx_http_pforte_store_t *ngx_http_pforte_store_create(ngx_conf_t *cf,
    ngx_str_t *state);

/* Reads key ring and host index for the first time, before there are workers;
 * NGX_ERROR: one is there and cannot be used. */
ngx_int_t ngx_http_pforte_store_open(ngx_http_pforte_store_t *store,
    ngx_log_t *log);

/* Once in each worker; zone, where not NULL, is to count in. */
void ngx_http_pforte_store_start(ngx_http_pforte_store_t *store,
    ngx_shm_zone_t *zone, ngx_log_t *log);

/* The current record, not yet held, or NULL. */
ngx_http_pforte_record_t *ngx_http_pforte_store_record(
    ngx_http_pforte_store_t *store, ngx_str_t *tenant, ngx_log_t *log);

/* There is a record, but none that could be read so far. */
ngx_uint_t ngx_http_pforte_store_broken(ngx_http_pforte_store_t *store,
    ngx_str_t *tenant);

void ngx_http_pforte_record_release(ngx_http_pforte_record_t *record);

/* The tenant that the host is bound to, or the empty string. */
ngx_str_t ngx_http_pforte_store_host(ngx_http_pforte_store_t *store,
    ngx_str_t *host, ngx_log_t *log);

/* The session key ring, good until control goes back to the event loop. */
const pf_keyring_t *ngx_http_pforte_store_ring(ngx_http_pforte_store_t *store,
    ngx_log_t *log);

/* Opens a session token, as pf_session_open(); what was opened before under the
 * same ring is remembered. *hash names the token in this worker. */
pf_error_t ngx_http_pforte_store_session(ngx_http_pforte_store_t *store,
    ngx_str_t *tenant, ngx_str_t *token, pf_session_t *session,
    pf_opened_hash_t *hash, ngx_log_t *log);

/* An unknown key was named: looks again at once, but once a second only. */
void ngx_http_pforte_store_ring_again(ngx_http_pforte_store_t *store,
    ngx_log_t *log);
void ngx_http_pforte_store_record_again(ngx_http_pforte_store_t *store,
    ngx_str_t *tenant, ngx_log_t *log);


/* zone.c */

ngx_shm_zone_t *ngx_http_pforte_zone_create(ngx_conf_t *cf, ngx_str_t *name,
    size_t size);

/* From a session's hash, or another one of PF_CACHE_HASH bytes; and from the
 * same in hex digits of lower case. */
ngx_http_pforte_id_t ngx_http_pforte_id(u_char *hash);
ngx_int_t ngx_http_pforte_id_hex(u_char *hex, ngx_http_pforte_id_t *id);

/*
 * A session: NGX_OK, seen alive at *checked (0: never) and not older than
 * *version; NGX_ABORT, ended; NGX_DECLINED, not known.
 */
ngx_int_t ngx_http_pforte_zone_session(ngx_shm_zone_t *zone,
    ngx_http_pforte_id_t id, time_t *checked, int64_t *version);
void ngx_http_pforte_zone_tell(ngx_shm_zone_t *zone, ngx_http_pforte_id_t id,
    ngx_http_pforte_told_t told, int64_t version);

/*
 * What this worker has read in the zone of that token's session, so that it need
 * not look there with each request: the time at which it was seen alive, or 0.
 * An epoch ends with any end or newer version that the zone is told of, and with
 * it all that was remembered; it is taken before the zone is read.
 */
ngx_uint_t ngx_http_pforte_zone_epoch(ngx_shm_zone_t *zone);
time_t ngx_http_pforte_zone_recall(ngx_shm_zone_t *zone,
    pf_opened_hash_t *token, ngx_uint_t epoch);
void ngx_http_pforte_zone_remember(ngx_shm_zone_t *zone,
    pf_opened_hash_t *token, ngx_uint_t epoch, time_t checked);

/* A single-use token: used, as far as the zone remembers, until its end. */
ngx_uint_t ngx_http_pforte_zone_spent(ngx_shm_zone_t *zone,
    ngx_http_pforte_id_t id);
void ngx_http_pforte_zone_spend(ngx_shm_zone_t *zone, ngx_http_pforte_id_t id,
    time_t until);

/* Without a zone nothing is counted. */
void ngx_http_pforte_zone_count(ngx_shm_zone_t *zone,
    ngx_http_pforte_counter_t counter);
void ngx_http_pforte_zone_took(ngx_shm_zone_t *zone,
    ngx_http_pforte_counter_t histogram, ngx_msec_t took);
ngx_uint_t ngx_http_pforte_zone_counter(ngx_shm_zone_t *zone,
    ngx_http_pforte_counter_t counter);
void ngx_http_pforte_zone_use(ngx_shm_zone_t *zone, ngx_uint_t *entries,
    size_t *bytes);


/* the upper bounds of a histogram's buckets but for the last: milliseconds */
extern ngx_msec_t  ngx_http_pforte_bounds[NGX_HTTP_PFORTE_BUCKETS - 1];


/* status.c: the content handlers of pforte_status and pforte_control */

ngx_int_t ngx_http_pforte_status_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_pforte_control_handler(ngx_http_request_t *r);


/* variables.c */

ngx_int_t ngx_http_pforte_add_variables(ngx_conf_t *cf);

/* Has nginx ask again for those that were read before the access phase. */
void ngx_http_pforte_renew_variables(ngx_http_request_t *r);

/* Whether a token or another secret stands in a part of a request line. */
ngx_uint_t ngx_http_pforte_has_secret(ngx_str_t *text);

/* The request line without tokens; NULL data: out of memory. */
ngx_str_t ngx_http_pforte_masked(ngx_http_request_t *r);

/* Writes the text with "***" for what is secret, as far as there is room; gives
 * the end of what it wrote. */
u_char *ngx_http_pforte_mask(u_char *buf, u_char *last, ngx_str_t *text);


extern ngx_module_t  ngx_http_pforte_module;


static ngx_inline pf_str_t
ngx_http_pforte_span(ngx_str_t *s)
{
    return (pf_str_t) { s->len, s->data };
}


static ngx_inline ngx_str_t
ngx_http_pforte_text(const char *s)
{
    return (ngx_str_t) { ngx_strlen(s), (u_char *) s };
}


/* The value of a request header line; empty if not sent. name in lower case. */

static ngx_inline ngx_str_t
ngx_http_pforte_header(ngx_http_request_t *r, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);
    part = &r->headers_in.headers.part;

    for ( /* void */ ; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_strncmp(h[i].lowcase_key, name, len) == 0)
            {
                return h[i].value;
            }
        }
    }

    return (ngx_str_t) ngx_null_string;
}


#endif /* _NGX_HTTP_PFORTE_MODULE_H_INCLUDED_ */
