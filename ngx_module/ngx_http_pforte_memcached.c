
/*
 * Look-ups in memcached without a request of nginx's own for each.
 *
 * A worker has one connection to each node. What is looked up during one turn
 * of the event loop goes out in one piece, and the answers come back in that
 * order, many at once: under load that is a fraction of a system call for each
 * (docs/decisions/0009). A node that failed three times in a row is left alone
 * for two seconds, as the application does.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_module.h"
#include "pf_memcached.h"


#define NGX_HTTP_PFORTE_LOOKUPS         1024      /* that wait at one node */
#define NGX_HTTP_PFORTE_LOOKUP_SIZE     (sizeof("get " CRLF) - 1 + PF_CACHE_KEY)

#define NGX_HTTP_PFORTE_COPY_MAX        (PF_CACHE_VALUE_MAX + PF_CACHE_OVERHEAD)
#define NGX_HTTP_PFORTE_ANSWERS_SIZE    32768     /* more than one answer has */

#define NGX_HTTP_PFORTE_FAILURES_MAX    3
#define NGX_HTTP_PFORTE_LEFT_ALONE      2000      /* milliseconds */


struct ngx_http_pforte_lookup_s {
    ngx_http_request_t            *request;       /* NULL: gone meanwhile */
    ngx_msec_t                     deadline;
    u_char                         key[PF_CACHE_KEY];
};


typedef struct {
    ngx_addr_t                    *addrs;
    ngx_uint_t                     naddrs;
    ngx_uint_t                     addr;          /* the one in use */

    ngx_peer_connection_t          peer;
    ngx_buf_t                     *out;
    ngx_buf_t                     *in;

    ngx_http_pforte_lookup_t      *lookups;       /* a ring */
    ngx_uint_t                     first;         /* the oldest one */
    ngx_uint_t                     waiting;

    ngx_uint_t                     failures;      /* in a row */
    ngx_msec_t                     left_alone;    /* until then */

    unsigned                       connecting:1;
    unsigned                       resting:1;     /* and logged */
} ngx_http_pforte_server_t;


struct ngx_http_pforte_memcached_s {
    ngx_uint_t                     n;
    pf_str_t                      *names;         /* as pforte.conf has them */
    ngx_http_pforte_server_t      *servers;
    ngx_msec_t                     timeout;
};


static ngx_http_pforte_server_t *ngx_http_pforte_memcached_server(
    ngx_http_pforte_memcached_t *memcached, u_char *key);
static ngx_int_t ngx_http_pforte_memcached_connect(
    ngx_http_pforte_server_t *server);
static ngx_int_t ngx_http_pforte_memcached_prepare(
    ngx_http_pforte_server_t *server);
static void ngx_http_pforte_memcached_write(ngx_event_t *wev);
static ngx_int_t ngx_http_pforte_memcached_connected(ngx_connection_t *c);
static void ngx_http_pforte_memcached_read(ngx_event_t *rev);
static void ngx_http_pforte_memcached_late(ngx_http_pforte_server_t *server);
static ngx_int_t ngx_http_pforte_memcached_answers(
    ngx_http_pforte_server_t *server);
static ngx_http_request_t *ngx_http_pforte_memcached_next(
    ngx_http_pforte_server_t *server);
static void ngx_http_pforte_memcached_well(ngx_http_pforte_server_t *server);
static void ngx_http_pforte_memcached_failed(ngx_http_pforte_server_t *server,
    const char *why);
static void ngx_http_pforte_memcached_ill(ngx_http_pforte_server_t *server,
    const char *why);
static void ngx_http_pforte_memcached_close(ngx_http_pforte_server_t *server);


ngx_http_pforte_memcached_t *
ngx_http_pforte_memcached_create(ngx_conf_t *cf, ngx_uint_t n,
    ngx_msec_t timeout)
{
    ngx_http_pforte_memcached_t  *memcached;

    memcached = ngx_pcalloc(cf->pool, sizeof(ngx_http_pforte_memcached_t));
    if (memcached == NULL) {
        return NULL;
    }

    memcached->names = ngx_pcalloc(cf->pool, n * sizeof(pf_str_t));
    memcached->servers = ngx_pcalloc(cf->pool,
                                     n * sizeof(ngx_http_pforte_server_t));

    if (memcached->names == NULL || memcached->servers == NULL) {
        return NULL;
    }

    memcached->timeout = timeout;

    return memcached;
}


/* A path is a socket's; for ngx_parse_url() it has to say so. */

const char *
ngx_http_pforte_memcached_add(ngx_conf_t *cf,
    ngx_http_pforte_memcached_t *memcached, ngx_str_t *name)
{
    ngx_url_t                  u;
    ngx_http_pforte_server_t  *server;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url = *name;
    u.default_port = 11211;

    if (name->len && name->data[0] == '/') {
        u.url.len = sizeof("unix:") - 1 + name->len;
        u.url.data = ngx_pnalloc(cf->pool, u.url.len + 1);
        if (u.url.data == NULL) {
            return "out of memory";
        }

        (void) ngx_sprintf(u.url.data, "unix:%V%Z", name);
    }

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        return u.err ? u.err : "no address";
    }

    server = &memcached->servers[memcached->n];
    server->addrs = u.addrs;
    server->naddrs = u.naddrs;

    memcached->names[memcached->n++] = ngx_http_pforte_span(name);

    return NULL;
}


ngx_http_pforte_lookup_t *
ngx_http_pforte_memcached_get(ngx_http_pforte_memcached_t *memcached,
    ngx_http_request_t *r, u_char *key)
{
    ngx_connection_t          *c;
    ngx_http_pforte_lookup_t  *lookup;
    ngx_http_pforte_server_t  *server;

    server = ngx_http_pforte_memcached_server(memcached, key);

    if (server == NULL) {
        return NULL;
    }

    c = server->peer.connection;

    lookup = &server->lookups[(server->first + server->waiting)
                              % NGX_HTTP_PFORTE_LOOKUPS];

    lookup->request = r;
    lookup->deadline = ngx_current_msec + memcached->timeout;
    ngx_memcpy(lookup->key, key, PF_CACHE_KEY);

    server->waiting++;

    server->out->last = ngx_cpymem(server->out->last, "get ", 4);
    server->out->last = ngx_cpymem(server->out->last, key, PF_CACHE_KEY);
    server->out->last = ngx_cpymem(server->out->last, CRLF, 2);

    if (!c->read->timer_set) {
        ngx_add_timer(c->read, memcached->timeout);
    }

    /* with whatever else is looked up until then */

    if (c->write->ready) {
        ngx_post_event(c->write, &ngx_posted_events);
    }

    return lookup;
}


void
ngx_http_pforte_memcached_forget(ngx_http_pforte_lookup_t *lookup)
{
    lookup->request = NULL;
}


/* The node that has the key, if it can be asked. */

static ngx_http_pforte_server_t *
ngx_http_pforte_memcached_server(ngx_http_pforte_memcached_t *memcached,
    u_char *key)
{
    size_t                     i;
    ngx_http_pforte_server_t  *server;

    i = pf_cache_node(memcached->names, memcached->n, (char *) key);
    server = &memcached->servers[i];

    if (server->resting
        && (ngx_msec_int_t) (server->left_alone - ngx_current_msec) > 0)
    {
        return NULL;
    }

    if (server->peer.connection == NULL) {

        /* those who wait are being told that the connection is lost */

        if (server->waiting) {
            return NULL;
        }

        if (ngx_http_pforte_memcached_connect(server) != NGX_OK) {
            ngx_http_pforte_memcached_ill(server, "no connection");
            return NULL;
        }
    }

    if (server->waiting == NGX_HTTP_PFORTE_LOOKUPS
        || (size_t) (server->out->end - server->out->last)
           < NGX_HTTP_PFORTE_LOOKUP_SIZE)
    {
        return NULL;
    }

    return server;
}


static ngx_int_t
ngx_http_pforte_memcached_connect(ngx_http_pforte_server_t *server)
{
    ngx_int_t               rc;
    ngx_addr_t             *addr;
    ngx_connection_t       *c;
    ngx_peer_connection_t  *peer;

    if (ngx_http_pforte_memcached_prepare(server) != NGX_OK) {
        return NGX_ERROR;
    }

    peer = &server->peer;
    addr = &server->addrs[server->addr];

    ngx_memzero(peer, sizeof(ngx_peer_connection_t));

    peer->sockaddr = addr->sockaddr;
    peer->socklen = addr->socklen;
    peer->name = &addr->name;
    peer->get = ngx_event_get_peer;
    peer->log = ngx_cycle->log;
    peer->log_error = NGX_ERROR_ERR;

    rc = ngx_event_connect_peer(peer);

    if (rc != NGX_OK && rc != NGX_AGAIN) {

        if (peer->connection) {
            ngx_http_pforte_memcached_close(server);
        }

        return NGX_ERROR;
    }

    c = peer->connection;

    if (addr->sockaddr->sa_family != AF_UNIX && ngx_tcp_nodelay(c) != NGX_OK) {
        ngx_http_pforte_memcached_close(server);
        return NGX_ERROR;
    }

    c->data = server;
    c->idle = 1;
    c->log = ngx_cycle->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_http_pforte_memcached_read;
    c->write->handler = ngx_http_pforte_memcached_write;

    server->connecting = (rc == NGX_AGAIN);

    return NGX_OK;
}


static ngx_int_t
ngx_http_pforte_memcached_prepare(ngx_http_pforte_server_t *server)
{
    ngx_pool_t  *pool;

    if (server->lookups == NULL) {
        pool = ngx_cycle->pool;

        server->out = ngx_create_temp_buf(pool, NGX_HTTP_PFORTE_LOOKUPS
                                                * NGX_HTTP_PFORTE_LOOKUP_SIZE);
        server->in = ngx_create_temp_buf(pool, NGX_HTTP_PFORTE_ANSWERS_SIZE);

        if (server->out == NULL || server->in == NULL) {
            return NGX_ERROR;
        }

        server->lookups = ngx_palloc(pool, NGX_HTTP_PFORTE_LOOKUPS
                                           * sizeof(ngx_http_pforte_lookup_t));
        if (server->lookups == NULL) {
            return NGX_ERROR;
        }
    }

    server->out->pos = server->out->start;
    server->out->last = server->out->start;
    server->in->pos = server->in->start;
    server->in->last = server->in->start;

    return NGX_OK;
}


static void
ngx_http_pforte_memcached_write(ngx_event_t *wev)
{
    ssize_t                    n;
    ngx_buf_t                 *b;
    ngx_connection_t          *c;
    ngx_http_pforte_server_t  *server;

    c = wev->data;
    server = c->data;
    b = server->out;

    if (server->connecting) {

        if (ngx_http_pforte_memcached_connected(c) != NGX_OK) {
            ngx_http_pforte_memcached_failed(server, "no connection");
            return;
        }

        server->connecting = 0;
    }

    while (b->pos < b->last) {

        n = c->send(c, b->pos, b->last - b->pos);

        if (n == NGX_ERROR) {
            ngx_http_pforte_memcached_failed(server, "sending failed");
            return;
        }

        if (n == NGX_AGAIN) {
            break;
        }

        b->pos += n;
    }

    if (b->pos == b->last) {
        b->pos = b->start;
        b->last = b->start;
    }

    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        ngx_http_pforte_memcached_failed(server, "sending failed");
    }
}


static ngx_int_t
ngx_http_pforte_memcached_connected(ngx_connection_t *c)
{
    int        err;
    socklen_t  len;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_log_error(NGX_LOG_ERR, c->log, err, "connect() failed");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_pforte_memcached_read(ngx_event_t *rev)
{
    ssize_t                    n;
    ngx_buf_t                 *b;
    ngx_connection_t          *c;
    ngx_http_pforte_server_t  *server;

    c = rev->data;
    server = c->data;
    b = server->in;

    if (rev->timedout) {
        rev->timedout = 0;
        ngx_http_pforte_memcached_late(server);
        return;
    }

    for ( ;; ) {

        n = c->recv(c, b->last, b->end - b->last);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {

            if (server->waiting) {
                ngx_http_pforte_memcached_failed(server, "connection lost");

            } else {
                ngx_http_pforte_memcached_close(server);
            }

            return;
        }

        b->last += n;

        if (ngx_http_pforte_memcached_answers(server) != NGX_OK) {
            ngx_http_pforte_memcached_failed(server, "answer not understood");
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_pforte_memcached_failed(server, "reading failed");
        return;
    }

    if ((c->close || ngx_exiting) && server->waiting == 0) {
        ngx_http_pforte_memcached_close(server);
    }
}


/* The timer is not moved for each look-up: it may have been set for another. */

static void
ngx_http_pforte_memcached_late(ngx_http_pforte_server_t *server)
{
    ngx_msec_int_t  left;

    if (server->waiting == 0) {
        return;
    }

    left = (ngx_msec_int_t) (server->lookups[server->first].deadline
                             - ngx_current_msec);

    if (left > 0) {
        ngx_add_timer(server->peer.connection->read, (ngx_msec_t) left);
        return;
    }

    ngx_http_pforte_memcached_failed(server, "no answer in time");
}


static ngx_int_t
ngx_http_pforte_memcached_answers(ngx_http_pforte_server_t *server)
{
    size_t                     len;
    pf_str_t                   in, key, value;
    ngx_buf_t                 *b;
    pf_memcached_t             rc;
    ngx_http_request_t        *r;

    b = server->in;

    while (server->waiting) {
        in = (pf_str_t) { b->last - b->pos, b->pos };
        key = (pf_str_t) { PF_CACHE_KEY, server->lookups[server->first].key };

        rc = pf_memcached_answer(in, key, NGX_HTTP_PFORTE_COPY_MAX, &value,
                                 &len);

        if (rc == PF_MEMCACHED_BAD) {
            return NGX_ERROR;
        }

        if (rc == PF_MEMCACHED_MORE) {
            break;
        }

        b->pos += len;

        ngx_http_pforte_memcached_well(server);

        r = ngx_http_pforte_memcached_next(server);

        if (r) {
            ngx_http_pforte_looked_up(r, (rc == PF_MEMCACHED_HIT)
                                         ? NGX_HTTP_OK : NGX_HTTP_NOT_FOUND,
                                      &value);
        }
    }

    /* nobody asked for what is left, or it is half an answer */

    if (server->waiting == 0 && b->pos < b->last) {
        return NGX_ERROR;
    }

    b->last = ngx_movemem(b->start, b->pos, b->last - b->pos);
    b->pos = b->start;

    return NGX_OK;
}


static ngx_http_request_t *
ngx_http_pforte_memcached_next(ngx_http_pforte_server_t *server)
{
    ngx_http_pforte_lookup_t  *lookup;

    lookup = &server->lookups[server->first];

    server->first = (server->first + 1) % NGX_HTTP_PFORTE_LOOKUPS;
    server->waiting--;

    return lookup->request;
}


static void
ngx_http_pforte_memcached_well(ngx_http_pforte_server_t *server)
{
    if (server->resting) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "pforte: memcached \"%V\" answers again",
                      &server->addrs[server->addr].name);
    }

    server->failures = 0;
    server->resting = 0;
}


/* Who waits now asks elsewhere; the last of them may look up something anew. */

static void
ngx_http_pforte_memcached_failed(ngx_http_pforte_server_t *server,
    const char *why)
{
    ngx_uint_t           n;
    ngx_http_request_t  *r;

    ngx_http_pforte_memcached_close(server);
    ngx_http_pforte_memcached_ill(server, why);

    for (n = server->waiting; n; n--) {
        r = ngx_http_pforte_memcached_next(server);

        if (r) {
            ngx_http_pforte_looked_up(r, NGX_HTTP_BAD_GATEWAY, NULL);
        }
    }
}


static void
ngx_http_pforte_memcached_ill(ngx_http_pforte_server_t *server,
    const char *why)
{
    if (server->failures < NGX_HTTP_PFORTE_FAILURES_MAX) {
        server->failures++;
    }

    if (server->failures == NGX_HTTP_PFORTE_FAILURES_MAX) {

        if (!server->resting) {
            ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                          "pforte: memcached \"%V\" is left alone: %s",
                          &server->addrs[server->addr].name, why);
        }

        server->resting = 1;
        server->left_alone = ngx_current_msec + NGX_HTTP_PFORTE_LEFT_ALONE;
    }

    server->addr = (server->addr + 1) % server->naddrs;
}


static void
ngx_http_pforte_memcached_close(ngx_http_pforte_server_t *server)
{
    ngx_close_connection(server->peer.connection);
    server->peer.connection = NULL;
}
