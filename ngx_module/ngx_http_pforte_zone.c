
/*
 * The shared zone: what the workers of a host have found out about sessions
 * and single-use tokens, and what the application told them (pforte_control).
 *
 * It is a memory of answers, never the truth: the least recently used entry
 * gives way when the zone is full, and what is not found is asked for. Only
 * two words stand against a younger answer: a session that ended stays so, and
 * a version does not go back.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_pforte_module.h"


/* how long an end or a version is kept: longer than any token it speaks of */
#define NGX_HTTP_PFORTE_ZONE_LIFE  (PF_SESSION_LIFE + 60)


typedef struct {
    ngx_rbtree_node_t              node;          /* key: the id's first half */
    ngx_queue_t                    queue;
    uint64_t                       rest;          /* ... and the second */
    int64_t                        version;
    time_t                         checked;       /* 0: never, only told of */
    time_t                         until;
    unsigned                       ended:1;
} ngx_http_pforte_entry_t;


/* what one worker remembers: a slot for each token, the next one takes it */
#define NGX_HTTP_PFORTE_RECENT     16384

typedef struct {
    pf_opened_hash_t               token;
    ngx_uint_t                     epoch;
    time_t                         checked;
} ngx_http_pforte_recent_t;


typedef struct {
    ngx_rbtree_t                   rbtree;
    ngx_rbtree_node_t              sentinel;
    ngx_queue_t                    queue;         /* last used first */
    ngx_uint_t                     entries;
    ngx_atomic_t                   epoch;
    ngx_atomic_t                   counters[NGX_HTTP_PFORTE_COUNTERS];
} ngx_http_pforte_shctx_t;


typedef struct {
    ngx_http_pforte_shctx_t       *sh;
    ngx_slab_pool_t               *shpool;
    ngx_http_pforte_recent_t      *recent;        /* of this process; or NULL */
} ngx_http_pforte_zone_ctx_t;


ngx_msec_t  ngx_http_pforte_bounds[] = { 1, 5, 20, 100, 1000 };


static ngx_int_t ngx_http_pforte_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static void ngx_http_pforte_zone_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);
static time_t ngx_http_pforte_zone_seen(time_t checked);
static ngx_http_pforte_entry_t *ngx_http_pforte_zone_find(
    ngx_http_pforte_shctx_t *sh, ngx_http_pforte_id_t id);
static ngx_http_pforte_entry_t *ngx_http_pforte_zone_entry(
    ngx_http_pforte_zone_ctx_t *ctx, ngx_http_pforte_id_t id);
static void ngx_http_pforte_zone_forget(ngx_http_pforte_zone_ctx_t *ctx,
    ngx_http_pforte_entry_t *entry);
static void ngx_http_pforte_zone_expire(ngx_http_pforte_zone_ctx_t *ctx,
    ngx_uint_t n);


ngx_shm_zone_t *
ngx_http_pforte_zone_create(ngx_conf_t *cf, ngx_str_t *name, size_t size)
{
    ngx_shm_zone_t              *shm_zone;
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = ngx_pcalloc(cf->pool, sizeof(ngx_http_pforte_zone_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    shm_zone = ngx_shared_memory_add(cf, name, size, &ngx_http_pforte_module);
    if (shm_zone == NULL) {
        return NULL;
    }

    if (shm_zone->data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate zone \"%V\"",
                           name);
        return NULL;
    }

    shm_zone->init = ngx_http_pforte_zone_init;
    shm_zone->data = ctx;

    return shm_zone;
}


static ngx_int_t
ngx_http_pforte_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_pforte_zone_ctx_t *octx = data;

    size_t                       len;
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = shm_zone->data;

    if (octx) {
        ctx->sh = octx->sh;
        ctx->shpool = octx->shpool;

        return NGX_OK;
    }

    ctx->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (shm_zone->shm.exists) {
        ctx->sh = ctx->shpool->data;

        return NGX_OK;
    }

    ctx->sh = ngx_slab_calloc(ctx->shpool, sizeof(ngx_http_pforte_shctx_t));
    if (ctx->sh == NULL) {
        return NGX_ERROR;
    }

    ctx->shpool->data = ctx->sh;

    ngx_rbtree_init(&ctx->sh->rbtree, &ctx->sh->sentinel,
                    ngx_http_pforte_zone_insert);
    ngx_queue_init(&ctx->sh->queue);

    len = sizeof(" in pforte_zone \"\"") + shm_zone->shm.name.len;

    ctx->shpool->log_ctx = ngx_slab_alloc(ctx->shpool, len);
    if (ctx->shpool->log_ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(ctx->shpool->log_ctx, " in pforte_zone \"%V\"%Z",
                &shm_zone->shm.name);

    /* a full zone is no failure: it forgets */
    ctx->shpool->log_nomem = 0;

    return NGX_OK;
}


ngx_http_pforte_id_t
ngx_http_pforte_id(u_char *hash)
{
    ngx_http_pforte_id_t  id;

    ngx_memcpy(&id.key, hash, sizeof(id.key));
    ngx_memcpy(&id.rest, hash + sizeof(id.key), sizeof(id.rest));

    return id;
}


ngx_int_t
ngx_http_pforte_id_hex(u_char *hex, ngx_http_pforte_id_t *id)
{
    u_char      c, hash[PF_CACHE_HASH];
    ngx_uint_t  i;

    for (i = 0; i < PF_CACHE_KEY; i++) {
        c = hex[i];

        if (c >= '0' && c <= '9') {
            c = c - '0';

        } else if (c >= 'a' && c <= 'f') {
            c = c - 'a' + 10;

        } else {
            return NGX_ERROR;
        }

        hash[i / 2] = (i % 2) ? (hash[i / 2] | c) : (c << 4);
    }

    *id = ngx_http_pforte_id(hash);

    return NGX_OK;
}


ngx_int_t
ngx_http_pforte_zone_session(ngx_shm_zone_t *zone, ngx_http_pforte_id_t id,
    time_t *checked, int64_t *version)
{
    ngx_int_t                    rc;
    ngx_http_pforte_entry_t     *entry;
    ngx_http_pforte_zone_ctx_t  *ctx;

    rc = NGX_DECLINED;
    ctx = zone->data;

    ngx_shmtx_lock(&ctx->shpool->mutex);

    entry = ngx_http_pforte_zone_find(ctx->sh, id);

    if (entry && entry->until > ngx_time()) {
        rc = entry->ended ? NGX_ABORT : NGX_OK;
        *checked = ngx_http_pforte_zone_seen(entry->checked);
        *version = entry->version;

        ngx_queue_remove(&entry->queue);
        ngx_queue_insert_head(&ctx->sh->queue, &entry->queue);
    }

    ngx_shmtx_unlock(&ctx->shpool->mutex);

    return rc;
}


void
ngx_http_pforte_zone_tell(ngx_shm_zone_t *zone, ngx_http_pforte_id_t id,
    ngx_http_pforte_told_t told, int64_t version)
{
    ngx_http_pforte_entry_t     *entry;
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = zone->data;

    ngx_shmtx_lock(&ctx->shpool->mutex);

    entry = ngx_http_pforte_zone_entry(ctx, id);

    if (told != NGX_HTTP_PFORTE_ALIVE
        || (entry && entry->version && version > entry->version))
    {
        ctx->sh->epoch++;
    }

    if (entry) {
        entry->until = ngx_time() + NGX_HTTP_PFORTE_ZONE_LIFE;

        if (version > entry->version) {
            entry->version = version;
        }

        if (told == NGX_HTTP_PFORTE_ENDED) {
            entry->ended = 1;
        }

        /* an answer that was on its way when a newer version was told of */

        if (told == NGX_HTTP_PFORTE_ALIVE && version == entry->version) {
            entry->checked = ngx_time();
        }
    }

    ngx_shmtx_unlock(&ctx->shpool->mutex);
}


ngx_uint_t
ngx_http_pforte_zone_epoch(ngx_shm_zone_t *zone)
{
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = zone->data;

    return ctx->sh->epoch;
}


time_t
ngx_http_pforte_zone_recall(ngx_shm_zone_t *zone, pf_opened_hash_t *token,
    ngx_uint_t epoch)
{
    ngx_http_pforte_recent_t    *recent;
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = zone->data;

    if (ctx->recent == NULL) {
        return 0;
    }

    recent = &ctx->recent[token->number % NGX_HTTP_PFORTE_RECENT];

    if (recent->token.number != token->number
        || recent->token.name != token->name
        || recent->epoch != epoch)
    {
        return 0;
    }

    return ngx_http_pforte_zone_seen(recent->checked);
}


/*
 * Another worker may be a second ahead. What is further in the future was seen
 * before the clock was put back, nobody knows how long ago.
 */

static time_t
ngx_http_pforte_zone_seen(time_t checked)
{
    return (checked > ngx_time() + 1) ? 0 : checked;
}


void
ngx_http_pforte_zone_remember(ngx_shm_zone_t *zone, pf_opened_hash_t *token,
    ngx_uint_t epoch, time_t checked)
{
    ngx_http_pforte_recent_t    *recent;
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = zone->data;

    /* without a table of opened tokens all of them have that hash */

    if (token->number == 0 && token->name == 0) {
        return;
    }

    if (ctx->recent == NULL) {
        ctx->recent = ngx_pcalloc(ngx_cycle->pool,
                                  NGX_HTTP_PFORTE_RECENT
                                  * sizeof(ngx_http_pforte_recent_t));
        if (ctx->recent == NULL) {
            return;
        }
    }

    recent = &ctx->recent[token->number % NGX_HTTP_PFORTE_RECENT];

    recent->token = *token;
    recent->epoch = epoch;
    recent->checked = checked;
}


ngx_uint_t
ngx_http_pforte_zone_spent(ngx_shm_zone_t *zone, ngx_http_pforte_id_t id)
{
    ngx_uint_t                   spent;
    ngx_http_pforte_entry_t     *entry;
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = zone->data;

    ngx_shmtx_lock(&ctx->shpool->mutex);

    entry = ngx_http_pforte_zone_find(ctx->sh, id);
    spent = entry && entry->until > ngx_time();

    ngx_shmtx_unlock(&ctx->shpool->mutex);

    return spent;
}


void
ngx_http_pforte_zone_spend(ngx_shm_zone_t *zone, ngx_http_pforte_id_t id,
    time_t until)
{
    ngx_http_pforte_entry_t     *entry;
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = zone->data;

    ngx_shmtx_lock(&ctx->shpool->mutex);

    entry = ngx_http_pforte_zone_entry(ctx, id);

    if (entry) {
        entry->until = until;
    }

    ngx_shmtx_unlock(&ctx->shpool->mutex);
}


void
ngx_http_pforte_zone_count(ngx_shm_zone_t *zone,
    ngx_http_pforte_counter_t counter)
{
    ngx_http_pforte_zone_ctx_t  *ctx;

    if (zone) {
        ctx = zone->data;
        (void) ngx_atomic_fetch_add(&ctx->sh->counters[counter], 1);
    }
}


void
ngx_http_pforte_zone_took(ngx_shm_zone_t *zone,
    ngx_http_pforte_counter_t histogram, ngx_msec_t took)
{
    ngx_uint_t                   i;
    ngx_http_pforte_zone_ctx_t  *ctx;

    if (zone == NULL) {
        return;
    }

    ctx = zone->data;

    for (i = 0; i < NGX_HTTP_PFORTE_BUCKETS - 1; i++) {
        if (took <= ngx_http_pforte_bounds[i]) {
            break;
        }
    }

    (void) ngx_atomic_fetch_add(&ctx->sh->counters[histogram + i], 1);
    (void) ngx_atomic_fetch_add(
               &ctx->sh->counters[histogram + NGX_HTTP_PFORTE_BUCKETS], took);
}


ngx_uint_t
ngx_http_pforte_zone_counter(ngx_shm_zone_t *zone,
    ngx_http_pforte_counter_t counter)
{
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = zone->data;

    return ctx->sh->counters[counter];
}


void
ngx_http_pforte_zone_use(ngx_shm_zone_t *zone, ngx_uint_t *entries,
    size_t *bytes)
{
    ngx_http_pforte_zone_ctx_t  *ctx;

    ctx = zone->data;

    ngx_shmtx_lock(&ctx->shpool->mutex);

    *entries = ctx->sh->entries;
    *bytes = (ctx->shpool->last - ctx->shpool->pages - ctx->shpool->pfree)
             * ngx_pagesize;

    ngx_shmtx_unlock(&ctx->shpool->mutex);
}


static void
ngx_http_pforte_zone_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
    ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t        **p;
    ngx_http_pforte_entry_t   *entry, *other;

    entry = (ngx_http_pforte_entry_t *) node;

    for ( ;; ) {
        other = (ngx_http_pforte_entry_t *) temp;

        p = (node->key < temp->key
             || (node->key == temp->key && entry->rest < other->rest))
            ? &temp->left : &temp->right;

        if (*p == sentinel) {
            break;
        }

        temp = *p;
    }

    *p = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}


static ngx_http_pforte_entry_t *
ngx_http_pforte_zone_find(ngx_http_pforte_shctx_t *sh, ngx_http_pforte_id_t id)
{
    ngx_rbtree_node_t        *node, *sentinel;
    ngx_http_pforte_entry_t  *entry;

    node = sh->rbtree.root;
    sentinel = sh->rbtree.sentinel;

    while (node != sentinel) {
        entry = (ngx_http_pforte_entry_t *) node;

        if (id.key == node->key && id.rest == entry->rest) {
            return entry;
        }

        node = (id.key < node->key
                || (id.key == node->key && id.rest < entry->rest))
               ? node->left : node->right;
    }

    return NULL;
}


/* The entry, made if there is none; NULL only when nothing can be evicted. */

static ngx_http_pforte_entry_t *
ngx_http_pforte_zone_entry(ngx_http_pforte_zone_ctx_t *ctx,
    ngx_http_pforte_id_t id)
{
    ngx_http_pforte_entry_t  *entry;

    entry = ngx_http_pforte_zone_find(ctx->sh, id);

    if (entry && entry->until > ngx_time()) {
        ngx_queue_remove(&entry->queue);
        ngx_queue_insert_head(&ctx->sh->queue, &entry->queue);
        return entry;
    }

    if (entry) {
        ngx_http_pforte_zone_forget(ctx, entry);
    }

    ngx_http_pforte_zone_expire(ctx, 2);

    entry = ngx_slab_calloc_locked(ctx->shpool,
                                   sizeof(ngx_http_pforte_entry_t));
    if (entry == NULL) {
        ngx_http_pforte_zone_expire(ctx, 0);

        entry = ngx_slab_calloc_locked(ctx->shpool,
                                       sizeof(ngx_http_pforte_entry_t));
        if (entry == NULL) {
            return NULL;
        }
    }

    entry->node.key = id.key;
    entry->rest = id.rest;

    ngx_rbtree_insert(&ctx->sh->rbtree, &entry->node);
    ngx_queue_insert_head(&ctx->sh->queue, &entry->queue);
    ctx->sh->entries++;

    return entry;
}


static void
ngx_http_pforte_zone_forget(ngx_http_pforte_zone_ctx_t *ctx,
    ngx_http_pforte_entry_t *entry)
{
    ngx_queue_remove(&entry->queue);
    ngx_rbtree_delete(&ctx->sh->rbtree, &entry->node);
    ngx_slab_free_locked(ctx->shpool, entry);
    ctx->sh->entries--;
}


/* Up to n that are over, from the far end; with 0, one that is not as well. */

static void
ngx_http_pforte_zone_expire(ngx_http_pforte_zone_ctx_t *ctx, ngx_uint_t n)
{
    ngx_uint_t                force;
    ngx_queue_t              *q;
    ngx_http_pforte_entry_t  *entry;

    force = (n == 0);

    do {
        if (ngx_queue_empty(&ctx->sh->queue)) {
            return;
        }

        q = ngx_queue_last(&ctx->sh->queue);
        entry = ngx_queue_data(q, ngx_http_pforte_entry_t, queue);

        if (entry->until > ngx_time()) {

            if (!force) {
                return;
            }

            (void) ngx_atomic_fetch_add(
                       &ctx->sh->counters[NGX_HTTP_PFORTE_EVICTED], 1);
        }

        ngx_http_pforte_zone_forget(ctx, entry);

    } while (n-- > 1);
}
