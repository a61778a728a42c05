#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SEPARATE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SEPARATE 1
#endif
#endif
#ifndef ARENA_SEPARATE
#define ARENA_SEPARATE 0
#endif

enum {
    ALIGN = _Alignof(max_align_t),
    CHUNK_SIZE = 64 * 1024, /* a page of the portal fits into one or two */
    PRINTED = 256,          /* most texts are shorter: written once, copied */
};

struct chunk {
    struct chunk *next; /* older */
    size_t size, used;
    _Alignas(max_align_t) unsigned char data[];
};

struct deferred {
    struct deferred *next; /* older */
    void (*fn)(void *);
    void *p;
};

struct arena {
    struct chunk *newest, *first;
    struct chunk *spare; /* kept for reuse */
    size_t keep, kept;
    struct deferred *deferred;
};

static void *
must(void *p)
{
    if (p == NULL) {
        log_error("out of memory");
        abort();
    }
    return p;
}

/* One of those kept that is large enough, and not much too large. */
static struct chunk *
chunk_kept(struct arena *a, size_t size)
{
    for (struct chunk **at = &a->spare; *at; at = &(*at)->next) {
        struct chunk *c = *at;
        if (c->size >= size && c->size / 2 <= size) {
            *at = c->next;
            a->kept -= c->size;
            return c;
        }
    }
    return NULL;
}

static struct chunk *
chunk_new(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2) {
        must(NULL);
    }
    struct chunk *c = chunk_kept(a, size);
    if (!c) {
        c = must(malloc(sizeof *c + size));
        c->size = size;
    }
    *c = (struct chunk){.next = a->newest, .size = c->size};
    a->newest = c;
    return c;
}

/* Frees the chunks that are newer than `last`, or keeps them. */
static void
chunks_free(struct arena *a, struct chunk *last)
{
    while (a->newest != last) {
        struct chunk *c = a->newest;
        a->newest = c->next;
        if (a->kept + c->size <= a->keep) {
            c->next = a->spare;
            a->spare = c;
            a->kept += c->size;
        } else {
            free(c);
        }
    }
}

struct arena *
arena_new(void)
{
    struct arena *a = must(calloc(1, sizeof *a));

    /* Where a sanitizer watches, each allocation is a chunk of its own, so
     * that it sees every overrun and every use after a reset. */
    if (!ARENA_SEPARATE) {
        a->first = chunk_new(a, CHUNK_SIZE);
    }
    return a;
}

/* A deferred call may itself allocate and defer: the list is taken from the
 * front until it stays empty. */
static void
run_deferred(struct arena *a)
{
    while (a->deferred != NULL) {
        struct deferred *d = a->deferred;
        a->deferred = d->next;
        d->fn(d->p);
    }
}

void
arena_reset(struct arena *a)
{
    run_deferred(a);
    chunks_free(a, a->first);
    if (a->first != NULL) {
        a->first->used = 0;
    }
}

void
arena_keep(struct arena *a, size_t size)
{
    a->keep = ARENA_SEPARATE ? 0 : size;
}

void
arena_free(struct arena *a)
{
    if (a == NULL) {
        return;
    }
    run_deferred(a);
    a->keep = 0;
    chunks_free(a, NULL);
    while (a->spare != NULL) {
        struct chunk *c = a->spare;
        a->spare = c->next;
        free(c);
    }
    free(a);
}

/* The chunk that has room: a large block gets one to itself, put behind the
 * newest, whose rest stays in use. */
static struct chunk *
chunk_for(struct arena *a, size_t size)
{
    struct chunk *newest = a->newest;

    if (ARENA_SEPARATE) {
        return chunk_new(a, size);
    }
    if (newest->size - newest->used >= size) {
        return newest;
    }
    if (size <= CHUNK_SIZE / 4) {
        return chunk_new(a, CHUNK_SIZE);
    }
    struct chunk *own = chunk_new(a, size);
    if (newest != a->first) {
        a->newest = newest;
        own->next = newest->next;
        newest->next = own;
    }
    return own;
}

void *
arena_alloc(struct arena *a, size_t size)
{
    size_t rounded = size;

    if (!ARENA_SEPARATE && size < SIZE_MAX - ALIGN) {
        rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
    }
    struct chunk *c = chunk_for(a, rounded);
    void *p = c->data + c->used;
    c->used += rounded;
    return memset(p, 0, size);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *copy = arena_alloc(a, len + 1);
    memcpy(copy, s, len);
    return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
    return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *
arena_vprintf(struct arena *a, const char *format, va_list args)
{
    char text[PRINTED];
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(text, sizeof text, format, args);
    char *s = arena_alloc(a, len < 0 ? 1 : (size_t)len + 1);
    if (len >= (int)sizeof text) {
        vsnprintf(s, (size_t)len + 1, format, again);
    } else if (len > 0) {
        memcpy(s, text, (size_t)len);
    }
    va_end(again);
    return s;
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *s = arena_vprintf(a, format, args);
    va_end(args);
    return s;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
    struct deferred *d = arena_alloc(a, sizeof *d);
    *d = (struct deferred){.next = a->deferred, .fn = fn, .p = p};
    a->deferred = d;
}
