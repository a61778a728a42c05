#include "http/multipart.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"

enum { BOUNDARY_MAX = 70 };

/* What is left of a text. */
struct rest {
    const char *at;
    size_t len;
};

static void
skip(struct rest *r, size_t n)
{
    r->at += n;
    r->len -= n;
}

static bool
begins(const struct rest *r, const char *text)
{
    size_t n = strlen(text);

    return r->len >= n && memcmp(r->at, text, n) == 0;
}

/* ---- parameters of a header: ; name="value" ---- */

/* Up to the quote that ends it. Browsers write a quote inside as %22 (WHATWG
 * HTML, 4.10.21.8), others as \". NULL: it does not end. */
static const char *
quoted_end(const char *s)
{
    while (*s && *s != '"') {
        s += s[0] == '\\' && s[1] ? 2 : 1;
    }
    return *s ? s : NULL;
}

static const char *
next_parameter(const char *s)
{
    while (*s && *s != ';') {
        const char *end = *s == '"' ? quoted_end(s + 1) : s;

        if (!end) {
            return NULL;
        }
        s = end + 1;
    }
    return *s ? s + 1 + strspn(s + 1, " \t") : NULL;
}

/* The value of a parameter as it stands there; NULL: there is none. */
static char *
parameter(struct arena *a, const char *header, const char *name)
{
    size_t len = strlen(name);
    const char *end;

    while ((header = next_parameter(header)) != NULL) {
        if (strncasecmp(header, name, len) != 0 || header[len] != '=') {
            continue;
        }
        header += len + 1;
        if (*header != '"') {
            return arena_strndup(a, header, strcspn(header, "; \t"));
        }
        end = quoted_end(++header);
        return end ? arena_strndup(a, header, (size_t)(end - header)) : NULL;
    }
    return NULL;
}

/* bchars of RFC 2046, 5.1.1, which may not end in a blank. */
static bool
boundary_ok(const char *s)
{
    size_t len = strlen(s);

    return len > 0 && len <= BOUNDARY_MAX && s[len - 1] != ' ' &&
           strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ") == len;
}

/* ---- one part ---- */

struct part {
    const char *name;
    bool is_file;
};

/* One line, without its end, as a text of its own; NULL: there is none. */
static const char *
line_of(struct arena *a, struct rest *r)
{
    const char *end = memmem(r->at, r->len, "\r\n", 2), *line;

    if (!end || end - r->at > MULTIPART_HEAD_MAX ||
        memchr(r->at, '\0', (size_t)(end - r->at))) {
        return NULL;
    }
    line = arena_strndup(a, r->at, (size_t)(end - r->at));
    skip(r, (size_t)(end - r->at) + 2);
    return line;
}

/* The headers up to the empty line; false: they are none of a form's. */
static bool
read_head(struct arena *a, struct rest *r, struct part *part)
{
    static const char wanted[] = "content-disposition:";
    size_t began = r->len;
    const char *line;

    *part = (struct part){NULL, false};
    while ((line = line_of(a, r)) != NULL && *line) {
        if (began - r->len > MULTIPART_HEAD_MAX) {
            return false;
        }
        if (strncasecmp(line, wanted, sizeof wanted - 1) == 0) {
            line += sizeof wanted - 1;
            line += strspn(line, " \t");
            if (part->name || strncasecmp(line, "form-data;", 10) != 0) {
                return false;
            }
            part->name = parameter(a, line, "name");
            part->is_file = parameter(a, line, "filename") != NULL;
        }
    }
    return line && part->name && text_utf8_ok(part->name, strlen(part->name));
}

/* What becomes of each part. */
typedef enum err take_part(void *to, const struct part *part, const char *data,
                           size_t len);

static enum err
add_part(void *to, const struct part *part, const char *data, size_t len)
{
    json_t *form = to;
    bool text = text_utf8_ok(data, len);

    if (!text && !part->is_file) {
        return ERR_malformed;
    }
    if (json_object_get(form, part->name)) {
        json_object_clear(form);
        json_object_set_new(form, part->name, json_null());
        return ERR_value_twice;
    }
    json_object_set_new(form, part->name,
                        text ? json_stringn(data, len) : json_null());
    return ERR_NONE;
}

/* ---- all of them ---- */

/* Behind a delimiter: another part begins, or all of it ends. */
static enum err
read_parts(struct arena *a, struct rest *r, const char *delimiter,
           take_part *take, void *to)
{
    struct part part;
    enum err e;

    for (int n = 0; !begins(r, "--"); n++) {
        const char *end;

        if (n == MULTIPART_PARTS_MAX || !begins(r, "\r\n")) {
            return ERR_malformed;
        }
        skip(r, 2);
        if (!read_head(a, r, &part)) {
            return ERR_malformed;
        }
        end = memmem(r->at, r->len, delimiter, strlen(delimiter));
        if (!end) {
            return ERR_malformed;
        }
        e = take(to, &part, r->at, (size_t)(end - r->at));
        if (e != ERR_NONE) {
            return e;
        }
        skip(r, (size_t)(end - r->at) + strlen(delimiter));
    }
    skip(r, 2);
    return r->len == 0 || (r->len == 2 && begins(r, "\r\n")) ? ERR_NONE
                                                             : ERR_malformed;
}

static enum err
read_all(struct arena *a, const char *content_type, struct rest body,
         take_part *take, void *to)
{
    const char *boundary = parameter(a, content_type, "boundary"), *delimiter;

    if (!boundary || !boundary_ok(boundary)) {
        return ERR_malformed;
    }
    delimiter = arena_printf(a, "\r\n--%s", boundary);
    if (!begins(&body, delimiter + 2)) {
        return ERR_malformed;
    }
    skip(&body, strlen(delimiter + 2));
    return read_parts(a, &body, delimiter, take, to);
}

enum err
multipart_parse(struct arena *a, const char *content_type, const char *body,
                size_t len, json_t **out)
{
    enum err e;

    *out = json_in_arena(a, json_object());
    e = read_all(a, content_type, (struct rest){body, len}, add_part, *out);
    if (e == ERR_malformed) {
        *out = json_in_arena(a, json_object());
    }
    return e;
}

struct wanted {
    const char *name, *data;
    size_t len;
};

static enum err
find_file(void *to, const struct part *part, const char *data, size_t len)
{
    struct wanted *w = to;

    if (part->is_file && strcmp(part->name, w->name) == 0 && len > 0) {
        w->data = data;
        w->len = len;
    }
    return ERR_NONE;
}

const char *
multipart_file(struct arena *a, const char *content_type, const char *body,
               size_t len, const char *name, size_t *size)
{
    struct wanted wanted = {name, NULL, 0};

    read_all(a, content_type, (struct rest){body, len}, find_file, &wanted);
    *size = wanted.len;
    return wanted.data;
}
