#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

enum { BUF_FIRST = 256 };

struct buf
buf_new(struct arena *a, size_t cap)
{
    struct buf b = {.arena = a, .cap = cap < 16 ? 16 : cap};

    b.data = arena_alloc(a, b.cap);
    return b;
}

/* Makes room for len more bytes and the NUL. What was there before stays in
 * the arena until it is reset: at most as much again as the result. */
static void
grow(struct buf *b, size_t len)
{
    size_t cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;

    if (len < b->cap - b->len) {
        return;
    }
    while (cap - b->len <= len && cap <= SIZE_MAX / 2) {
        cap *= 2;
    }
    char *data = arena_alloc(b->arena, cap);
    memcpy(data, b->data, b->len);
    b->data = data;
    b->cap = cap;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
    if (len == 0) {
        return;
    }
    grow(b, len);
    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len <= 0) {
        return;
    }
    grow(b, (size_t)len);
    va_start(args, format);
    vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
    va_end(args);
    b->len += (size_t)len;
}

static const char *
reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void
buf_html(struct buf *b, const char *s, size_t len)
{
    size_t start = 0;

    for (size_t i = 0; i < len; i++) {
        const char *r = reference(s[i]);
        if (r != NULL) {
            buf_add(b, s + start, i - start);
            buf_puts(b, r);
            start = i + 1;
        }
    }
    buf_add(b, s + start, len - start);
}
