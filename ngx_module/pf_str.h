/*
 * A span of bytes that somebody else owns. The layout is that of ngx_str_t, so
 * nginx code hands its strings over by a cast; the application wraps C strings
 * with pf_str_of().
 */
#ifndef PF_STR_H
#define PF_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    size_t len;
    const unsigned char *data;
} pf_str_t;

#define pf_string(literal)                                                     \
    ((pf_str_t){sizeof(literal) - 1, (const unsigned char *)(literal)})

/* The span of a C string; NULL gives the empty span. */
static inline pf_str_t
pf_str_of(const char *s)
{
    return (pf_str_t){s ? strlen(s) : 0, (const unsigned char *)s};
}

/* Byte equality. Not for secrets: those go through sodium_memcmp(). */
static inline bool
pf_str_eq(pf_str_t a, pf_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/*
 * Copies s into out[size] as a C string. False, and out empty, when it does not
 * fit or contains a NUL byte.
 */
static inline bool
pf_str_copy(pf_str_t s, char *out, size_t size)
{
    out[0] = '\0';
    if (s.len >= size || (s.len != 0 && memchr(s.data, '\0', s.len))) {
        return false;
    }
    if (s.len != 0) {
        memcpy(out, s.data, s.len);
    }
    out[s.len] = '\0';
    return true;
}

#endif
