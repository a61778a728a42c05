
/*
 * The files below pforte_state: session key ring, host index, edge records.
 *
 * Each worker follows them for itself. A record is looked at when a request
 * needs it, ring and index also without one, at most once a second, and read
 * when it is another one than before. A version that cannot be used leaves the
 * last good one in place; ring and index are read with the configuration first,
 * so that a new worker has one.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_module.h"


/*
 * A key ring in locked memory is four mappings, and Linux gives a process
 * 65530 by default.
 */
#define NGX_HTTP_PFORTE_RECORDS      12288

#define NGX_HTTP_PFORTE_ABSENT       256
#define NGX_HTTP_PFORTE_ABSENT_LIFE  2

/* a quarter of a kilobyte each, taken when it is needed */
#define NGX_HTTP_PFORTE_OPENED       32768

#define NGX_HTTP_PFORTE_RING_MAX     (64 * 1024)


typedef struct {
    const char                   *what;
    size_t                        max;
    void                       *(*parse)(ngx_str_t *text, pf_str_t name,
                                         char *why, size_t size);
    void                        (*release)(void *data);
} ngx_http_pforte_kind_t;


typedef struct {
    const ngx_http_pforte_kind_t *kind;
    u_char                       *path;
    pf_str_t                      name;
    void                         *data;           /* last good version */

    time_t                        checked;
    time_t                        again;

    ngx_file_uniq_t               uniq;
    struct timespec               mtime;
    off_t                         size;
    uint64_t                      loads;

    unsigned                      exists:1;
    unsigned                      lost:1;         /* and logged */
    unsigned                      unread:1;       /* and logged */
} ngx_http_pforte_file_t;


typedef struct {
    ngx_str_node_t                sn;
    ngx_queue_t                   queue;
    ngx_http_pforte_file_t        file;
    u_char                        name[PF_TENANT_MAX + 1];
    u_char                        path[1];
} ngx_http_pforte_node_t;


typedef struct {
    u_char                        name[PF_TENANT_MAX + 1];
    time_t                        until;
} ngx_http_pforte_absent_t;


struct ngx_http_pforte_store_s {
    ngx_str_t                     state;
    ngx_http_pforte_file_t        ring;
    ngx_http_pforte_file_t        hosts;

    pf_opened_t                  *opened;         /* NULL: out of memory */
    ngx_shm_zone_t               *zone;           /* to count in; or NULL */

    ngx_event_t                   timer;
    ngx_connection_t              dummy;          /* for the timer's log */

    ngx_rbtree_t                  tree;           /* of records, by name */
    ngx_rbtree_node_t             sentinel;
    ngx_queue_t                   queue;          /* last used first */
    ngx_uint_t                    count;

    ngx_http_pforte_absent_t      absent[NGX_HTTP_PFORTE_ABSENT];
};


static void ngx_http_pforte_store_cleanup(void *data);
static void ngx_http_pforte_store_timer(ngx_event_t *ev);
static ngx_http_pforte_node_t *ngx_http_pforte_node_create(
    ngx_http_pforte_store_t *store, ngx_str_t *tenant, uint32_t hash);
static void ngx_http_pforte_node_delete(ngx_http_pforte_store_t *store,
    ngx_http_pforte_node_t *node);
static ngx_http_pforte_absent_t *ngx_http_pforte_absent(
    ngx_http_pforte_store_t *store, uint32_t hash);
static void ngx_http_pforte_file_follow(ngx_http_pforte_store_t *store,
    ngx_http_pforte_file_t *file, ngx_log_t *log);
static void ngx_http_pforte_file_again(ngx_http_pforte_store_t *store,
    ngx_http_pforte_file_t *file, ngx_log_t *log);
static void ngx_http_pforte_file_lost(ngx_http_pforte_file_t *file,
    ngx_err_t err, ngx_log_t *log);
static void ngx_http_pforte_file_load(ngx_http_pforte_store_t *store,
    ngx_http_pforte_file_t *file, ngx_log_t *log);
static ngx_int_t ngx_http_pforte_file_read(ngx_http_pforte_file_t *file,
    ngx_str_t *text, char *why, size_t size);
static void *ngx_http_pforte_ring_parse(ngx_str_t *text, pf_str_t name,
    char *why, size_t size);
static void ngx_http_pforte_ring_release(void *data);
static void *ngx_http_pforte_hosts_parse(ngx_str_t *text, pf_str_t name,
    char *why, size_t size);
static void ngx_http_pforte_hosts_release(void *data);
static void *ngx_http_pforte_record_parse(ngx_str_t *text, pf_str_t name,
    char *why, size_t size);
static void ngx_http_pforte_record_drop(void *data);


static const ngx_http_pforte_kind_t  ngx_http_pforte_ring_kind = {
    "key ring",
    NGX_HTTP_PFORTE_RING_MAX,
    ngx_http_pforte_ring_parse,
    ngx_http_pforte_ring_release
};


static const ngx_http_pforte_kind_t  ngx_http_pforte_hosts_kind = {
    "host index",
    PF_HOSTS_BYTES,
    ngx_http_pforte_hosts_parse,
    ngx_http_pforte_hosts_release
};


static const ngx_http_pforte_kind_t  ngx_http_pforte_record_kind = {
    "edge record",
    PF_RECORD_MAX,
    ngx_http_pforte_record_parse,
    ngx_http_pforte_record_drop
};


static const pf_keyring_t  ngx_http_pforte_no_keys;


ngx_http_pforte_store_t *
ngx_http_pforte_store_create(ngx_conf_t *cf, ngx_str_t *state)
{
    size_t                    len;
    ngx_pool_cleanup_t       *cln;
    ngx_http_pforte_store_t  *store;

    store = ngx_pcalloc(cf->pool, sizeof(ngx_http_pforte_store_t));
    if (store == NULL) {
        return NULL;
    }

    store->state = *state;
    store->ring.kind = &ngx_http_pforte_ring_kind;
    store->hosts.kind = &ngx_http_pforte_hosts_kind;

    ngx_rbtree_init(&store->tree, &store->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&store->queue);

    len = state->len + sizeof("/edge/hosts.json");

    store->ring.path = ngx_pnalloc(cf->pool, len);
    store->hosts.path = ngx_pnalloc(cf->pool, len);

    if (store->ring.path == NULL || store->hosts.path == NULL) {
        return NULL;
    }

    (void) ngx_sprintf(store->ring.path, "%V/keyring%Z", state);
    (void) ngx_sprintf(store->hosts.path, "%V/edge/hosts.json%Z", state);

    /* the pool of the cycle: destroyed by the worker when it exits */

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_pforte_store_cleanup;
    cln->data = store;

    return store;
}


static void
ngx_http_pforte_store_cleanup(void *data)
{
    ngx_http_pforte_store_t *store = data;

    ngx_queue_t             *q;
    ngx_http_pforte_node_t  *node;

    while (!ngx_queue_empty(&store->queue)) {
        q = ngx_queue_head(&store->queue);
        node = ngx_queue_data(q, ngx_http_pforte_node_t, queue);
        ngx_http_pforte_node_delete(store, node);
    }

    if (store->ring.data) {
        ngx_http_pforte_ring_release(store->ring.data);
    }

    if (store->hosts.data) {
        ngx_http_pforte_hosts_release(store->hosts.data);
    }

    pf_opened_free(store->opened);
}


/*
 * What can be parsed here is what workers fall back on; what cannot refuses the
 * configuration, so that the old workers go on. A file that is not there yet is
 * no reason to refuse.
 */

ngx_int_t
ngx_http_pforte_store_open(ngx_http_pforte_store_t *store, ngx_log_t *log)
{
    ngx_http_pforte_file_follow(store, &store->ring, log);
    ngx_http_pforte_file_follow(store, &store->hosts, log);

    if ((store->ring.exists && store->ring.data == NULL)
        || (store->hosts.exists && store->hosts.data == NULL))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Locks of memory are not inherited: the worker has its keys from the file. */

void
ngx_http_pforte_store_start(ngx_http_pforte_store_t *store,
    ngx_shm_zone_t *zone, ngx_log_t *log)
{
    store->zone = zone;
    store->ring.checked = 0;
    store->ring.uniq = 0;

    ngx_http_pforte_file_follow(store, &store->ring, log);

    store->opened = pf_opened_create(NGX_HTTP_PFORTE_OPENED);

    store->dummy.fd = (ngx_socket_t) -1;
    store->dummy.data = store;

    store->timer.handler = ngx_http_pforte_store_timer;
    store->timer.data = &store->dummy;
    store->timer.log = log;
    store->timer.cancelable = 1;

    ngx_add_timer(&store->timer, 1000);
}


/*
 * A worker that nobody asks for a while must not be found with the ring of
 * yesterday, when the one of today has just been broken.
 */

static void
ngx_http_pforte_store_timer(ngx_event_t *ev)
{
    ngx_connection_t         *dummy;
    ngx_http_pforte_store_t  *store;

    dummy = ev->data;
    store = dummy->data;

    ngx_http_pforte_file_follow(store, &store->ring, ev->log);
    ngx_http_pforte_file_follow(store, &store->hosts, ev->log);

    if (!ngx_exiting && !ngx_terminate && !ngx_quit) {
        ngx_add_timer(ev, 1000);
    }
}


const pf_keyring_t *
ngx_http_pforte_store_ring(ngx_http_pforte_store_t *store, ngx_log_t *log)
{
    ngx_http_pforte_file_follow(store, &store->ring, log);

    return store->ring.data ? store->ring.data : &ngx_http_pforte_no_keys;
}


/* A key that this worker has not seen may be a minute old: look once more. */

pf_error_t
ngx_http_pforte_store_session(ngx_http_pforte_store_t *store,
    ngx_str_t *tenant, ngx_str_t *token, pf_session_t *session,
    pf_opened_hash_t *hash, ngx_log_t *log)
{
    pf_str_t             name, text;
    pf_error_t           error;
    const pf_keyring_t  *ring;

    name = ngx_http_pforte_span(tenant);
    text = ngx_http_pforte_span(token);
    ring = ngx_http_pforte_store_ring(store, log);

    *hash = pf_opened_hash(store->opened, text);

    if (pf_opened_find(store->opened, name, *hash, store->ring.loads, session))
    {
        return ngx_time() < session->exp ? PF_OK : PF_EXPIRED;
    }

    error = pf_session_open(ring, name, text, ngx_time(), session);

    if (error == PF_UNKNOWN_KEY) {
        ngx_http_pforte_store_ring_again(store, log);
        ring = ngx_http_pforte_store_ring(store, log);
        error = pf_session_open(ring, name, text, ngx_time(), session);
    }

    if (error == PF_OK || error == PF_EXPIRED) {
        pf_opened_keep(store->opened, name, *hash, store->ring.loads, session);
    }

    return error;
}


void
ngx_http_pforte_store_ring_again(ngx_http_pforte_store_t *store, ngx_log_t *log)
{
    ngx_http_pforte_file_again(store, &store->ring, log);
}


ngx_str_t
ngx_http_pforte_store_host(ngx_http_pforte_store_t *store, ngx_str_t *host,
    ngx_log_t *log)
{
    u_char    name[PF_HOST_MAX];
    pf_str_t  tenant;

    ngx_http_pforte_file_follow(store, &store->hosts, log);

    if (store->hosts.data == NULL || host->len > sizeof(name)) {
        return (ngx_str_t) ngx_null_string;
    }

    ngx_strlow(name, host->data, host->len);

    tenant = pf_hosts_find(store->hosts.data,
                           (pf_str_t) { host->len, name });

    return (ngx_str_t) { tenant.len, (u_char *) tenant.data };
}


ngx_http_pforte_record_t *
ngx_http_pforte_store_record(ngx_http_pforte_store_t *store, ngx_str_t *tenant,
    ngx_log_t *log)
{
    uint32_t                   hash;
    ngx_http_pforte_node_t    *node;
    ngx_http_pforte_absent_t  *absent;

    if (!pf_tenant_ok(ngx_http_pforte_span(tenant))) {
        return NULL;
    }

    hash = ngx_crc32_short(tenant->data, tenant->len);
    absent = ngx_http_pforte_absent(store, hash);

    node = (ngx_http_pforte_node_t *)
               ngx_str_rbtree_lookup(&store->tree, tenant, hash);

    if (node == NULL) {

        /* a clock that is put back hides no tenant */

        if (absent->until > ngx_time()
            && absent->until <= ngx_time() + NGX_HTTP_PFORTE_ABSENT_LIFE
            && ngx_strlen(absent->name) == tenant->len
            && ngx_memcmp(absent->name, tenant->data, tenant->len) == 0)
        {
            return NULL;
        }

        node = ngx_http_pforte_node_create(store, tenant, hash);
        if (node == NULL) {
            return NULL;
        }
    }

    ngx_http_pforte_file_follow(store, &node->file, log);

    if (!node->file.exists) {
        ngx_memcpy(absent->name, node->name, sizeof(absent->name));
        absent->until = ngx_time() + NGX_HTTP_PFORTE_ABSENT_LIFE;
        ngx_http_pforte_node_delete(store, node);
        return NULL;
    }

    ngx_queue_remove(&node->queue);
    ngx_queue_insert_head(&store->queue, &node->queue);

    return node->file.data;
}


ngx_uint_t
ngx_http_pforte_store_broken(ngx_http_pforte_store_t *store, ngx_str_t *tenant)
{
    ngx_http_pforte_node_t  *node;

    node = (ngx_http_pforte_node_t *)
               ngx_str_rbtree_lookup(&store->tree, tenant,
                                     ngx_crc32_short(tenant->data,
                                                     tenant->len));

    return node && node->file.exists && node->file.data == NULL;
}


void
ngx_http_pforte_store_record_again(ngx_http_pforte_store_t *store,
    ngx_str_t *tenant, ngx_log_t *log)
{
    uint32_t                 hash;
    ngx_http_pforte_node_t  *node;

    hash = ngx_crc32_short(tenant->data, tenant->len);
    node = (ngx_http_pforte_node_t *)
               ngx_str_rbtree_lookup(&store->tree, tenant, hash);

    if (node) {
        ngx_http_pforte_file_again(store, &node->file, log);
    }
}


void
ngx_http_pforte_record_release(ngx_http_pforte_record_t *record)
{
    if (--record->refs == 0) {
        pf_record_free(record->record);
        ngx_free(record);
    }
}


static ngx_http_pforte_node_t *
ngx_http_pforte_node_create(ngx_http_pforte_store_t *store, ngx_str_t *tenant,
    uint32_t hash)
{
    size_t                   len;
    ngx_queue_t             *q;
    ngx_http_pforte_node_t  *node;

    if (store->count == NGX_HTTP_PFORTE_RECORDS) {
        q = ngx_queue_last(&store->queue);
        node = ngx_queue_data(q, ngx_http_pforte_node_t, queue);
        ngx_http_pforte_node_delete(store, node);
    }

    len = offsetof(ngx_http_pforte_node_t, path)
          + store->state.len + sizeof("/edge/.json") + tenant->len;

    node = ngx_calloc(len, ngx_cycle->log);
    if (node == NULL) {
        return NULL;
    }

    (void) ngx_sprintf(node->path, "%V/edge/%V.json", &store->state, tenant);
    ngx_memcpy(node->name, tenant->data, tenant->len);

    node->file.kind = &ngx_http_pforte_record_kind;
    node->file.path = node->path;
    node->file.name = (pf_str_t) { tenant->len, node->name };

    node->sn.node.key = hash;
    node->sn.str.len = tenant->len;
    node->sn.str.data = node->name;

    ngx_rbtree_insert(&store->tree, &node->sn.node);
    ngx_queue_insert_head(&store->queue, &node->queue);
    store->count++;

    return node;
}


static void
ngx_http_pforte_node_delete(ngx_http_pforte_store_t *store,
    ngx_http_pforte_node_t *node)
{
    ngx_rbtree_delete(&store->tree, &node->sn.node);
    ngx_queue_remove(&node->queue);
    store->count--;

    if (node->file.data) {
        ngx_http_pforte_record_drop(node->file.data);
    }

    ngx_free(node);
}


/* Names that were asked for in vain: a slot each, the next one takes it. */

static ngx_http_pforte_absent_t *
ngx_http_pforte_absent(ngx_http_pforte_store_t *store, uint32_t hash)
{
    return &store->absent[hash % NGX_HTTP_PFORTE_ABSENT];
}


static void
ngx_http_pforte_file_follow(ngx_http_pforte_store_t *store,
    ngx_http_pforte_file_t *file, ngx_log_t *log)
{
    ngx_file_info_t  fi;

    if (file->checked == ngx_time()) {
        return;
    }

    file->checked = ngx_time();

    if (ngx_file_info(file->path, &fi) == NGX_FILE_ERROR) {
        ngx_http_pforte_file_lost(file, ngx_errno, log);
        return;
    }

    if (file->exists
        && file->uniq == ngx_file_uniq(&fi)
        && file->size == ngx_file_size(&fi)
        && file->mtime.tv_sec == fi.st_mtim.tv_sec
        && file->mtime.tv_nsec == fi.st_mtim.tv_nsec)
    {
        return;
    }

    file->exists = 1;
    file->lost = 0;
    file->uniq = ngx_file_uniq(&fi);
    file->size = ngx_file_size(&fi);
    file->mtime = fi.st_mtim;

    ngx_http_pforte_file_load(store, file, log);
}


static void
ngx_http_pforte_file_again(ngx_http_pforte_store_t *store,
    ngx_http_pforte_file_t *file, ngx_log_t *log)
{
    if (file->again == ngx_time()) {
        return;
    }

    file->again = ngx_time();
    file->checked = 0;

    ngx_http_pforte_file_follow(store, file, log);
}


/*
 * A record that is gone means that the tenant is; an index that never was,
 * that no host is bound. Everything else is a failure, told once.
 */

static void
ngx_http_pforte_file_lost(ngx_http_pforte_file_t *file, ngx_err_t err,
    ngx_log_t *log)
{
    file->exists = (err != NGX_ENOENT);
    file->uniq = 0;
    file->size = -1;

    if (err == NGX_ENOENT
        && (file->kind == &ngx_http_pforte_record_kind
            || (file->kind == &ngx_http_pforte_hosts_kind
                && file->data == NULL)))
    {
        return;
    }

    if (!file->lost) {
        file->lost = 1;
        ngx_log_error(NGX_LOG_ERR, log, err,
                      "pforte: %s \"%s\" cannot be looked at%s",
                      file->kind->what, file->path,
                      file->data ? ", the last good one stays" : "");
    }
}


static void
ngx_http_pforte_file_load(ngx_http_pforte_store_t *store,
    ngx_http_pforte_file_t *file, ngx_log_t *log)
{
    char        why[256];
    void       *data;
    ngx_str_t   text;
    ngx_uint_t  told;

    told = file->unread;
    file->unread = 0;
    why[0] = '\0';
    data = NULL;

    if (ngx_http_pforte_file_read(file, &text, why, sizeof(why)) == NGX_OK) {
        data = file->kind->parse(&text, file->name, why, sizeof(why));

        ngx_explicit_memzero(text.data, text.len);
        ngx_free(text.data);

    } else {
        /* no descriptor, no right: may end without a change of the file */
        file->uniq = 0;
        file->unread = 1;
    }

    ngx_http_pforte_zone_count(store->zone,
                               data ? NGX_HTTP_PFORTE_FILES_READ
                                    : NGX_HTTP_PFORTE_FILES_FAILED);

    if (data == NULL) {
        if (!told || !file->unread) {
            ngx_log_error(NGX_LOG_ERR, log, 0, "pforte: %s \"%s\": %s%s",
                          file->kind->what, file->path, why,
                          file->data ? "; the last good one stays" : "");
        }

        return;
    }

    if (file->data) {
        file->kind->release(file->data);
    }

    file->data = data;
    file->loads++;
}


static ngx_int_t
ngx_http_pforte_file_read(ngx_http_pforte_file_t *file, ngx_str_t *text,
    char *why, size_t size)
{
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  fi;

    fd = ngx_open_file(file->path, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        (void) snprintf(why, size, "cannot be read: %s", strerror(ngx_errno));
        return NGX_ERROR;
    }

    n = -1;
    text->data = NULL;

    /* another file may have taken the name since it was looked at */

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR) {
        file->uniq = ngx_file_uniq(&fi);
        file->size = ngx_file_size(&fi);
        file->mtime = fi.st_mtim;
    }

    if ((size_t) file->size > file->kind->max) {
        (void) snprintf(why, size, "is larger than %zu bytes",
                        file->kind->max);

    } else {
        text->data = ngx_alloc(file->size + 1, ngx_cycle->log);
    }

    if (text->data) {
        n = ngx_read_fd(fd, text->data, file->size);

        if (n != (ssize_t) file->size) {
            (void) snprintf(why, size, "cannot be read: %s",
                            (n == -1) ? strerror(ngx_errno) : "it is cut off");
            ngx_explicit_memzero(text->data, file->size);
            ngx_free(text->data);
            n = -1;
        }
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                      ngx_close_file_n " \"%s\" failed", file->path);
    }

    text->len = (n == -1) ? 0 : (size_t) n;

    return (n == -1) ? NGX_ERROR : NGX_OK;
}


static void *
ngx_http_pforte_ring_parse(ngx_str_t *text, pf_str_t name, char *why,
    size_t size)
{
    return pf_keyring_parse(ngx_http_pforte_span(text), why, size);
}


static void
ngx_http_pforte_ring_release(void *data)
{
    pf_keyring_free(data);
}


static void *
ngx_http_pforte_hosts_parse(ngx_str_t *text, pf_str_t name, char *why,
    size_t size)
{
    return pf_hosts_parse(ngx_http_pforte_span(text), why, size);
}


static void
ngx_http_pforte_hosts_release(void *data)
{
    pf_hosts_free(data);
}


static void *
ngx_http_pforte_record_parse(ngx_str_t *text, pf_str_t name, char *why,
    size_t size)
{
    ngx_http_pforte_record_t  *record;

    record = ngx_alloc(sizeof(ngx_http_pforte_record_t), ngx_cycle->log);
    if (record == NULL) {
        return NULL;
    }

    record->refs = 1;
    record->record = pf_record_parse(ngx_http_pforte_span(text), name, why,
                                     size);

    if (record->record == NULL) {
        ngx_free(record);
        return NULL;
    }

    return record;
}


static void
ngx_http_pforte_record_drop(void *data)
{
    ngx_http_pforte_record_release(data);
}
