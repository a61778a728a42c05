#include "pf_cookie.h"

#include <stdio.h>

static bool
space(unsigned char c)
{
    return c == ' ' || c == '\t';
}

/* One "name=value" pair; the value's end loses white space, never quotes. */
static bool
pair_is(pf_str_t pair, pf_str_t name, pf_str_t *value)
{
    while (pair.len && space(pair.data[0])) {
        pair.data++;
        pair.len--;
    }
    if (pair.len <= name.len || memcmp(pair.data, name.data, name.len) != 0 ||
        pair.data[name.len] != '=') {
        return false;
    }
    value->data = pair.data + name.len + 1;
    value->len = pair.len - name.len - 1;
    while (value->len && space(value->data[value->len - 1])) {
        value->len--;
    }
    return true;
}

unsigned
pf_cookie_count(pf_str_t header, pf_str_t name, pf_str_t *value)
{
    unsigned n = 0;
    size_t at = 0;

    while (at < header.len) {
        const unsigned char *start = header.data + at;
        const unsigned char *end = memchr(start, ';', header.len - at);
        size_t len = end ? (size_t)(end - start) : header.len - at;

        n += pair_is((pf_str_t){len, start}, name, value);
        at += len + 1;
    }
    return n;
}

static const struct {
    const char *name;
    bool per_tenant, framed;
} kinds[] = {
    [PF_COOKIE_SESSION] = {"pf", true, false},
    [PF_COOKIE_EMBEDDED] = {"pfe", true, true},
    [PF_COOKIE_CONTRACT] = {"pfc", true, false},
    [PF_COOKIE_LANGUAGE] = {"pforte-language", false, false},
    [PF_COOKIE_LANGUAGE_EMBEDDED] = {"pforte-language-embedded", false, true},
    [PF_COOKIE_DEVICE] = {"pforte-device", false, false},
    [PF_COOKIE_DEVICE_EMBEDDED] = {"pforte-device-embedded", false, true},
    [PF_COOKIE_FORM] = {"pforte-form", false, false},
    [PF_COOKIE_FORM_EMBEDDED] = {"pforte-form-embedded", false, true},
};

pf_cookie_t
pf_cookie_beside(pf_cookie_t session, pf_cookie_t kind)
{
    if (session != PF_COOKIE_EMBEDDED) {
        return kind;
    }
    switch (kind) {
    case PF_COOKIE_LANGUAGE:
        return PF_COOKIE_LANGUAGE_EMBEDDED;
    case PF_COOKIE_DEVICE:
        return PF_COOKIE_DEVICE_EMBEDDED;
    case PF_COOKIE_FORM:
        return PF_COOKIE_FORM_EMBEDDED;
    default:
        return kind;
    }
}

/* Browsers drop SameSite=None and Partitioned unless Secure stands by. */
static const char *
attributes(pf_cookie_t kind, bool secure)
{
    if (!secure) {
        return "; HttpOnly; SameSite=Lax";
    }
    return kinds[kind].framed ? "; Secure; HttpOnly; SameSite=None; Partitioned"
                              : "; Secure; HttpOnly; SameSite=Lax";
}

void
pf_cookie_name(pf_cookie_t kind, pf_str_t tenant, bool secure,
               char out[PF_COOKIE_NAME_MAX + 1])
{
    if (!kinds[kind].per_tenant) {
        snprintf(out, PF_COOKIE_NAME_MAX + 1, "%s", kinds[kind].name);
        return;
    }
    snprintf(out, PF_COOKIE_NAME_MAX + 1, "%s%s-%.*s", secure ? "__Host-" : "",
             kinds[kind].name, (int)tenant.len, (const char *)tenant.data);
}

/* cookie-octet (RFC 6265, 4.1.1). */
static bool
octets_ok(pf_str_t value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = value.data[i];

        if (c <= 0x20 || c >= 0x7f || strchr("\",;\\", c)) {
            return false;
        }
    }
    return true;
}

size_t
pf_cookie_format(pf_cookie_t kind, pf_str_t tenant, bool secure, pf_str_t value,
                 long max_age, char *out, size_t size)
{
    char name[PF_COOKIE_NAME_MAX + 1], life[40] = "";
    int n;

    if (value.len > size || !octets_ok(value)) {
        return 0;
    }
    pf_cookie_name(kind, tenant, secure, name);
    if (max_age >= 0) {
        snprintf(life, sizeof life, "; Max-Age=%ld", max_age);
    }
    n = snprintf(out, size, "%s=%.*s; Path=/%s%s", name, (int)value.len,
                 value.data ? (const char *)value.data : "", life,
                 attributes(kind, secure));
    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}
