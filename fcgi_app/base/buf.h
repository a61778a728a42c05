/* A growing byte buffer in an arena. Always followed by a NUL byte. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"

struct buf {
    struct arena *arena;
    char *data;
    size_t len, cap;
};

struct buf buf_new(struct arena *a, size_t cap);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* s with & < > " ' written as character references. */
void buf_html(struct buf *b, const char *s, size_t len);

#endif
