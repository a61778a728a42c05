/*
 * Memory of one request: allocate freely, free all at once.
 *
 * Out of memory ends the process with a log line: the supervisor starts a fresh
 * worker, and one request is lost instead of every caller carrying an error
 * path that nobody ever runs. All functions therefore never return NULL.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);

/* Runs deferred calls, newest first, then gives the memory back for reuse. */
void arena_reset(struct arena *a);

/* So many bytes stay the arena's when it is reset: for one that is filled anew
 * and anew. Without that it is what a page needs. */
void arena_keep(struct arena *a, size_t size);
void arena_free(struct arena *a);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *s); /* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args);

/* Calls fn(p) when the arena is reset or freed: for what malloc owns. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);

#endif
