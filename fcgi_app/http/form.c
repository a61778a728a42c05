#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "http/form.h"

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* One name or value decoded; NULL for a bad escape, a NUL byte or ill-formed
 * UTF-8. */
static char *
decode(struct arena *a, const char *s, size_t len)
{
    char *out = arena_alloc(a, len + 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] != '%') {
            out[n++] = s[i] == '+' ? ' ' : s[i];
            continue;
        }
        int high = len - i > 2 ? hex_digit(s[i + 1]) : -1;
        int low = len - i > 2 ? hex_digit(s[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return NULL;
        }
        out[n++] = (char)(high << 4 | low);
        i += 2;
    }
    return text_utf8_ok(out, n) ? out : NULL;
}

/* "name=value"; without '=' the value is empty. */
static enum err
add_pair(struct arena *a, json_t *form, const char *pair, size_t len)
{
    const char *equals = memchr(pair, '=', len);
    size_t name_len = equals ? (size_t)(equals - pair) : len;
    char *name = decode(a, pair, name_len);
    char *value =
        equals ? decode(a, equals + 1, len - name_len - 1) : arena_alloc(a, 1);

    if (name == NULL || value == NULL) {
        return ERR_malformed;
    }
    const json_t *before = json_object_get(form, name);
    if (before != NULL && strcmp(name, FORM_BOXES) == 0) {
        value = arena_printf(a, "%s %s", json_string_value(before), value);
    } else if (before != NULL) {
        json_object_clear(form);
        json_object_set_new(form, name, json_null());
        return ERR_value_twice;
    }
    json_object_set_new(form, name, json_string(value));
    return ERR_NONE;
}

enum err
form_parse(struct arena *a, const char *text, size_t len, json_t **out)
{
    json_t *form = json_in_arena(a, json_object());
    size_t pairs = 0;

    *out = form;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '&', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;
        if (n > 0) {
            enum err e = ++pairs > FORM_PAIRS_MAX
                             ? ERR_malformed
                             : add_pair(a, form, text + at, n);
            if (e == ERR_malformed) {
                *out = json_in_arena(a, json_object());
            }
            if (e != ERR_NONE) {
                return e;
            }
        }
        at += n + 1;
    }
    return ERR_NONE;
}

static bool
unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

static char *
escape(struct arena *a, const char *s, bool slashes)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = arena_alloc(a, 3 * strlen(s) + 1), *p = out;

    for (; *s != '\0'; s++) {
        if (unreserved(*s) || (slashes && *s == '/')) {
            *p++ = *s;
            continue;
        }
        *p++ = '%';
        *p++ = hex[(unsigned char)*s >> 4];
        *p++ = hex[*s & 15];
    }
    return out;
}

char *
form_escape(struct arena *a, const char *s)
{
    return escape(a, s, false);
}

char *
form_escape_path(struct arena *a, const char *s)
{
    return escape(a, s, true);
}
