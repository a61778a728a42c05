/* What the tests of the pure files share. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#include "pf_base64.h"
#include "pf_error.h"
#include "pf_str.h"

/* A case whose title names the requirement's row: CASE("F13: …", fn). */
#define CASE(title, fn)                                                        \
    {                                                                          \
        .name = (title), .test_func = (fn)                                     \
    }

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Two answers by their words, so that a failure can be read. */
#define assert_error(is, want)                                                 \
    assert_string_equal(pf_error_word(is), pf_error_word(want))

/* Fails with the row of a table in the message. */
#define assert_row(ok, format, ...)                                            \
    do {                                                                       \
        if (!(ok)) {                                                           \
            fail_msg(format, __VA_ARGS__);                                     \
        }                                                                      \
    } while (0)

static inline pf_str_t
str(const char *s)
{
    return pf_str_of(s);
}

static inline pf_str_t
span(const void *data, size_t len)
{
    return (pf_str_t){len, data};
}

/* A file of the official vectors, or NULL; the caller frees. */
static inline char *
vector_file(const char *name, size_t *len)
{
    const char *dir = getenv("PFORTE_VECTORS");
    char path[512];
    char *text;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir ? dir : "../shared/vectors", name);
    f = fopen(path, "rb");
    if (!f) {
        return NULL;
    }
    text = malloc(1 << 20);
    *len = fread(text, 1, (1 << 20) - 1, f);
    text[*len] = '\0';
    fclose(f);
    return text;
}

/*
 * A JSON file of vectors, for the caller to release. Where it is absent the
 * test ends as skipped and says how many cases nobody looked at.
 */
static inline json_t *
vectors(const char *name, int cases)
{
    size_t len = 0;
    char *text = vector_file(name, &len);
    json_t *json;

    if (!text) {
        print_message("skipped: %d vectors of %s\n", cases, name);
        skip();
    }
    json = json_loadb(text, len, 0, NULL);
    free(text);
    assert_non_null(json);
    return json;
}

static inline const char *
text_of(const json_t *test, const char *name)
{
    const char *text = json_string_value(json_object_get(test, name));

    return text ? text : "";
}

/* A member written in hexadecimal; returns its length. */
static inline size_t
hex_of(const json_t *test, const char *name, unsigned char *out, size_t size)
{
    const char *hex = text_of(test, name);
    size_t len;

    assert_int_equal(
        sodium_hex2bin(out, size, hex, strlen(hex), NULL, &len, NULL), 0);
    return len;
}

/* base64url of any bytes, in one of two buffers by turns. */
static inline const char *
b64(const void *data, size_t len)
{
    static char buffers[2][8192];
    static unsigned turn;
    char *out = buffers[turn++ % 2];

    out[0] = '\0';
    pf_base64_encode(data, len, out, sizeof buffers[0]);
    return out;
}

#endif
