#include "pf_json.h"

#include <sodium.h>

/* jansson recurses; this looks at the nesting before it does. */
static bool
shallow(pf_str_t text)
{
    bool quoted = false;
    int depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.data[i];

        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            if (++depth > PF_JSON_DEPTH) {
                return false;
            }
        } else if (!quoted && (c == '}' || c == ']') && --depth < 0) {
            return false;
        }
    }
    return true;
}

json_t *
pf_json_object(pf_str_t text, size_t max)
{
    json_t *value;

    if (text.len == 0 || text.len > max || !shallow(text)) {
        return NULL;
    }
    value = json_loadb((const char *)text.data, text.len,
                       JSON_REJECT_DUPLICATES, NULL);
    if (value && !json_is_object(value)) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

/* pf_json_object() has bounded the depth. */
static void
wipe(json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;

    if (json_is_string(value)) {
        sodium_memzero((char *)json_string_value(value),
                       json_string_length(value));
    }
    json_object_foreach(value, name, member)
    {
        wipe(member);
    }
    json_array_foreach(value, i, member)
    {
        wipe(member);
    }
}

void
pf_json_wipe(json_t *value)
{
    wipe(value);
    json_decref(value);
}

/* jansson has made sure of UTF-8; U+0080 to U+009F are C2 80 to C2 9F. */
static bool
printable(const char *s)
{
    for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
        if (*p < 0x20 || *p == 0x7f ||
            (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)) {
            return false;
        }
    }
    return true;
}

bool
pf_json_text(const json_t *object, const char *name, char *out, size_t size)
{
    const json_t *value = json_object_get(object, name);
    pf_str_t text;

    out[0] = '\0';
    if (!value) {
        return true;
    }
    if (!json_is_string(value)) {
        return false;
    }
    text.data = (const unsigned char *)json_string_value(value);
    text.len = json_string_length(value);
    return printable((const char *)text.data) && pf_str_copy(text, out, size);
}

bool
pf_json_natural(const json_t *object, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(object, name);

    *out = 0;
    if (!value) {
        return true;
    }
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0;
}
