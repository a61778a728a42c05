
/*
 * The content handlers: pforte_status tells what was counted, pforte_control
 * lets the application tell the zone what it just did to sessions.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_module.h"


#define NGX_HTTP_PFORTE_CONTROL_MAX     65536

/* at most that many bytes of text each */
#define NGX_HTTP_PFORTE_HISTOGRAM_SIZE                                        \
    ((NGX_HTTP_PFORTE_BUCKETS + 2) * (64 + 2 * NGX_INT_T_LEN))


typedef struct {
    ngx_str_t                   family;           /* empty: of the one before */
    ngx_str_t                   labels;
    ngx_http_pforte_counter_t   counter;
} ngx_http_pforte_metric_t;


static void ngx_http_pforte_histogram(ngx_buf_t *b, ngx_shm_zone_t *zone,
    const char *by, ngx_http_pforte_counter_t histogram);
static void ngx_http_pforte_control_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_pforte_control_read(ngx_http_request_t *r,
    ngx_str_t *body);
static ngx_int_t ngx_http_pforte_control_line(ngx_http_request_t *r,
    ngx_shm_zone_t *zone, u_char *p, u_char *end);
static ngx_int_t ngx_http_pforte_send(ngx_http_request_t *r,
    ngx_uint_t status, ngx_buf_t *b);


/* rows of one family stand together */

static ngx_http_pforte_metric_t  ngx_http_pforte_metrics[] = {

    { ngx_string("pforte_sessions_total"),
      ngx_string("{verdict=\"valid\"}"), NGX_HTTP_PFORTE_VALID },
    { ngx_null_string,
      ngx_string("{verdict=\"stale\"}"), NGX_HTTP_PFORTE_STALE },
    { ngx_null_string,
      ngx_string("{verdict=\"none\"}"), NGX_HTTP_PFORTE_NONE },
    { ngx_null_string,
      ngx_string("{verdict=\"bad\"}"), NGX_HTTP_PFORTE_BAD },
    { ngx_null_string,
      ngx_string("{verdict=\"dead\"}"), NGX_HTTP_PFORTE_DEAD },

    { ngx_string("pforte_denied_total"),
      ngx_string(""), NGX_HTTP_PFORTE_DENIED },

    { ngx_string("pforte_zone_lookups_total"),
      ngx_string("{result=\"hit\"}"), NGX_HTTP_PFORTE_ZONE_HIT },
    { ngx_null_string,
      ngx_string("{result=\"miss\"}"), NGX_HTTP_PFORTE_ZONE_MISS },

    { ngx_string("pforte_memcached_lookups_total"),
      ngx_string("{result=\"hit\"}"), NGX_HTTP_PFORTE_MEMCACHED_HIT },
    { ngx_null_string,
      ngx_string("{result=\"miss\"}"), NGX_HTTP_PFORTE_MEMCACHED_MISS },
    { ngx_null_string,
      ngx_string("{result=\"failed\"}"), NGX_HTTP_PFORTE_MEMCACHED_FAILED },

    { ngx_string("pforte_app_checks_total"),
      ngx_string("{result=\"alive\"}"), NGX_HTTP_PFORTE_APP_ALIVE },
    { ngx_null_string,
      ngx_string("{result=\"dead\"}"), NGX_HTTP_PFORTE_APP_DEAD },
    { ngx_null_string,
      ngx_string("{result=\"failed\"}"), NGX_HTTP_PFORTE_APP_FAILED },

    { ngx_string("pforte_handoffs_total"),
      ngx_string("{result=\"passed\"}"), NGX_HTTP_PFORTE_HANDOFF_GOOD },
    { ngx_null_string,
      ngx_string("{result=\"refused\"}"), NGX_HTTP_PFORTE_HANDOFF_REFUSED },
    { ngx_null_string,
      ngx_string("{result=\"repeated\"}"), NGX_HTTP_PFORTE_HANDOFF_REPEATED },

    { ngx_string("pforte_zone_evictions_total"),
      ngx_string(""), NGX_HTTP_PFORTE_EVICTED },

    { ngx_string("pforte_files_total"),
      ngx_string("{result=\"read\"}"), NGX_HTTP_PFORTE_FILES_READ },
    { ngx_null_string,
      ngx_string("{result=\"failed\"}"), NGX_HTTP_PFORTE_FILES_FAILED },

    { ngx_null_string, ngx_null_string, 0 }
};


/* Prometheus' text format, 0.0.4 */

ngx_int_t
ngx_http_pforte_status_handler(ngx_http_request_t *r)
{
    size_t                        bytes, size;
    ngx_int_t                     rc;
    ngx_buf_t                    *b;
    ngx_str_t                    *family;
    ngx_uint_t                    entries;
    ngx_http_pforte_metric_t     *m;
    ngx_http_pforte_main_conf_t  *pmcf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    size = 512 + 2 * NGX_HTTP_PFORTE_HISTOGRAM_SIZE;

    for (m = ngx_http_pforte_metrics; m->family.len || m->labels.len; m++) {
        size += 3 * m->family.len + 64 + m->labels.len + NGX_INT_T_LEN;
    }

    b = ngx_create_temp_buf(r->pool, size);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    family = NULL;

    for (m = ngx_http_pforte_metrics; m->family.len || m->labels.len; m++) {

        if (m->family.len) {
            family = &m->family;
            b->last = ngx_slprintf(b->last, b->end, "# TYPE %V counter\n",
                                   family);
        }

        b->last = ngx_slprintf(b->last, b->end, "%V%V %ui\n",
                               family, &m->labels,
                               ngx_http_pforte_zone_counter(pmcf->zone,
                                                            m->counter));
    }

    b->last = ngx_slprintf(b->last, b->end,
                           "# TYPE pforte_check_seconds histogram\n");

    ngx_http_pforte_histogram(b, pmcf->zone, "memcached",
                              NGX_HTTP_PFORTE_MEMCACHED_TOOK);
    ngx_http_pforte_histogram(b, pmcf->zone, "app", NGX_HTTP_PFORTE_APP_TOOK);

    ngx_http_pforte_zone_use(pmcf->zone, &entries, &bytes);

    b->last = ngx_slprintf(b->last, b->end,
                           "# TYPE pforte_zone_entries gauge\n"
                           "pforte_zone_entries %ui\n"
                           "# TYPE pforte_zone_used_bytes gauge\n"
                           "pforte_zone_used_bytes %uz\n"
                           "# TYPE pforte_zone_size_bytes gauge\n"
                           "pforte_zone_size_bytes %uz\n",
                           entries, bytes, pmcf->zone->shm.size);

    ngx_str_set(&r->headers_out.content_type, "text/plain; version=0.0.4");
    r->headers_out.content_type_len = sizeof("text/plain") - 1;

    return ngx_http_pforte_send(r, NGX_HTTP_OK, b);
}


/* Each bucket has those of the smaller ones, too; times are in seconds. */

static void
ngx_http_pforte_histogram(ngx_buf_t *b, ngx_shm_zone_t *zone, const char *by,
    ngx_http_pforte_counter_t histogram)
{
    ngx_msec_t  bound, sum;
    ngx_uint_t  i, n;

    n = 0;

    for (i = 0; i < NGX_HTTP_PFORTE_BUCKETS - 1; i++) {
        n += ngx_http_pforte_zone_counter(zone, histogram + i);
        bound = ngx_http_pforte_bounds[i];

        b->last = ngx_slprintf(b->last, b->end,
                               "pforte_check_seconds_bucket{by=\"%s\","
                               "le=\"%M.%03M\"} %ui\n",
                               by, bound / 1000, bound % 1000, n);
    }

    n += ngx_http_pforte_zone_counter(zone, histogram + i);
    sum = ngx_http_pforte_zone_counter(zone,
                                       histogram + NGX_HTTP_PFORTE_BUCKETS);

    b->last = ngx_slprintf(b->last, b->end,
                           "pforte_check_seconds_bucket{by=\"%s\",le=\"+Inf\"}"
                           " %ui\n"
                           "pforte_check_seconds_sum{by=\"%s\"} %M.%03M\n"
                           "pforte_check_seconds_count{by=\"%s\"} %ui\n",
                           by, n, by, sum / 1000, sum % 1000, by, n);
}


/*
 * A body of lines, "ended <session key>" or "changed <session key> <version>".
 * Who may reach the unix socket may end sessions; nobody else gets here.
 */

ngx_int_t
ngx_http_pforte_control_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    if (r->connection->local_sockaddr->sa_family != AF_UNIX) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "pforte: \"pforte_control\" asked over the network");
        return NGX_HTTP_FORBIDDEN;
    }

    if (r->method != NGX_HTTP_POST) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_pforte_control_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_http_pforte_control_body(ngx_http_request_t *r)
{
    ngx_int_t  rc;
    ngx_str_t  body;

    rc = ngx_http_pforte_body(r, NGX_HTTP_PFORTE_CONTROL_MAX, &body);

    if (rc == NGX_OK) {
        rc = ngx_http_pforte_control_read(r, &body);

    } else {
        rc = (rc == NGX_DECLINED) ? NGX_HTTP_REQUEST_ENTITY_TOO_LARGE
                                  : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_pforte_send(r, NGX_HTTP_NO_CONTENT, NULL);
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_pforte_control_read(ngx_http_request_t *r, ngx_str_t *body)
{
    u_char                       *p, *end, *last;
    ngx_http_pforte_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pforte_module);

    last = body->data + body->len;

    for (p = body->data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '\n');
        if (end == NULL) {
            end = last;
        }

        if (ngx_http_pforte_control_line(r, pmcf->zone, p, end) != NGX_OK) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "pforte: a line that \"pforte_control\" does not "
                          "know");
            return NGX_HTTP_BAD_REQUEST;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_pforte_control_line(ngx_http_request_t *r, ngx_shm_zone_t *zone,
    u_char *p, u_char *end)
{
    ngx_int_t             version;
    ngx_http_pforte_id_t  id;

    if (end - p == 6 + PF_CACHE_KEY
        && ngx_strncmp(p, "ended ", 6) == 0
        && ngx_http_pforte_id_hex(p + 6, &id) == NGX_OK)
    {
        ngx_http_pforte_zone_tell(zone, id, NGX_HTTP_PFORTE_ENDED, 0);
        return NGX_OK;
    }

    if (end - p > 9 + PF_CACHE_KEY
        && ngx_strncmp(p, "changed ", 8) == 0
        && ngx_http_pforte_id_hex(p + 8, &id) == NGX_OK
        && p[8 + PF_CACHE_KEY] == ' ')
    {
        p += 9 + PF_CACHE_KEY;
        version = ngx_atoi(p, end - p);

        if (version != NGX_ERROR) {
            ngx_http_pforte_zone_tell(zone, id, NGX_HTTP_PFORTE_CHANGED,
                                      version);
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_pforte_send(ngx_http_request_t *r, ngx_uint_t status, ngx_buf_t *b)
{
    ngx_int_t    rc;
    ngx_chain_t  out;

    r->headers_out.status = status;
    r->headers_out.content_length_n = b ? b->last - b->pos : 0;
    r->header_only = r->header_only || b == NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
