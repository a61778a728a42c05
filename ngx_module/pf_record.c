#include "pf_record.h"

#include <stdio.h>
#include <stdlib.h>

#include "pf_hosts.h"
#include "pf_json.h"
#include "pf_language.h"
#include "pf_redirect.h"
#include "pf_token.h"

struct reader {
    const json_t *json;
    pf_record_t *record;
    const char *fault;
};

static void
fail(struct reader *r, const char *fault)
{
    if (!r->fault) {
        r->fault = fault;
    }
}

static pf_str_t
text_of(const json_t *value)
{
    return (pf_str_t){json_string_length(value),
                      (const unsigned char *)json_string_value(value)};
}

/* An array member; absent is an empty one (NULL), another type a fault. */
static const json_t *
list_of(struct reader *r, const char *name)
{
    const json_t *list = json_object_get(r->json, name);

    if (list && !json_is_array(list)) {
        fail(r, "a list is no array");
        return NULL;
    }
    return list;
}

static void
read_languages(struct reader *r)
{
    const json_t *list = list_of(r, "languages");
    const json_t *first = json_object_get(r->json, "default_language");
    pf_record_t *record = r->record;
    size_t n = json_array_size(list);
    bool found = false;

    if (n == 0 || n > PF_LANGUAGES_MAX || !json_is_string(first)) {
        fail(r, "languages or default_language is missing");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *tag = json_array_get(list, i);

        if (!json_is_string(tag) || !pf_language_ok(text_of(tag))) {
            fail(r, "a language is no language tag");
            return;
        }
        record->languages[i] = text_of(tag);
        if (pf_str_eq(text_of(tag), text_of(first))) {
            record->default_language = i;
            found = true;
        }
    }
    record->n_languages = n;
    if (!found) {
        fail(r, "default_language is none of the languages");
    }
}

static void
read_login_path(struct reader *r)
{
    const json_t *path = json_object_get(r->json, "login_path");

    r->record->login_path = pf_string("/login");
    if (path) {
        if (!json_is_string(path) || !pf_redirect_ok(text_of(path))) {
            fail(r, "login_path is no path inside the portal");
            return;
        }
        r->record->login_path = text_of(path);
    }
}

static void
read_cookie(struct reader *r)
{
    const json_t *mode = json_object_get(r->json, "cookie_mode");
    const json_t *secure = json_object_get(r->json, "secure");
    pf_record_t *record = r->record;

    if ((secure && !json_is_boolean(secure)) ||
        (mode && !json_is_string(mode))) {
        fail(r, "secure or cookie_mode has the wrong type");
        return;
    }
    record->secure = !json_is_false(secure);
    record->cookie = PF_COOKIE_SESSION;
    if (mode && strcmp(json_string_value(mode), "embed") == 0) {
        record->cookie = PF_COOKIE_EMBEDDED;
    } else if (mode && strcmp(json_string_value(mode), "lax") != 0) {
        fail(r, "cookie_mode is neither lax nor embed");
    }
    pf_cookie_name(record->cookie, pf_str_of(record->tenant), record->secure,
                   record->cookie_name);
    pf_cookie_name(PF_COOKIE_CONTRACT, pf_str_of(record->tenant),
                   record->secure, record->contract_cookie);
    pf_cookie_name(pf_cookie_beside(record->cookie, PF_COOKIE_LANGUAGE),
                   pf_str_of(record->tenant), record->secure,
                   record->language_cookie);
}

static void
read_hosts(struct reader *r)
{
    const json_t *list = list_of(r, "hosts");
    size_t n = json_array_size(list);

    if (n > PF_HOSTS_MAX) {
        fail(r, "too many hosts");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *host = json_array_get(list, i);

        if (!json_is_string(host) || !pf_host_ok(text_of(host))) {
            fail(r, "a host is no host name in lower case");
            return;
        }
        r->record->hosts[i] = text_of(host);
    }
    r->record->n_hosts = n;
}

/* 1 to 65535, without a zero in front. */
static bool
port_ok(pf_str_t port)
{
    long n = 0;

    if (port.len == 0 || port.len > 5) {
        return false;
    }
    for (size_t i = 0; i < port.len; i++) {
        if (port.data[i] < '0' || port.data[i] > '9') {
            return false;
        }
        n = n * 10 + (port.data[i] - '0');
    }
    return port.data[0] != '0' && n <= 65535;
}

/* No label is empty or begins or ends with '-' (RFC 1123, 2.1). */
static bool
labels_ok(pf_str_t host)
{
    unsigned char before = '.';

    for (size_t i = 0; i <= host.len; i++) {
        unsigned char c = i < host.len ? host.data[i] : '.';

        if ((c == '.' && (before == '.' || before == '-')) ||
            (c == '-' && before == '.')) {
            return false;
        }
        before = c;
    }
    return true;
}

const char *
pf_origin_fault(pf_str_t origin)
{
    const pf_str_t scheme = pf_string("https://");
    pf_str_t host, port;
    const unsigned char *colon;

    if (origin.len < scheme.len ||
        memcmp(origin.data, scheme.data, scheme.len) != 0) {
        return "does not begin with https://";
    }
    host = (pf_str_t){origin.len - scheme.len, origin.data + scheme.len};
    if (memchr(host.data, '*', host.len)) {
        return "has a wildcard; name each origin";
    }
    if (memchr(host.data, '/', host.len)) {
        return "has a path; an origin ends with the host or its port";
    }
    colon = memchr(host.data, ':', host.len);
    if (colon) {
        port =
            (pf_str_t){host.len - (size_t)(colon + 1 - host.data), colon + 1};
        host.len = (size_t)(colon - host.data);
        if (!port_ok(port)) {
            return "has no port between 1 and 65535 after the colon";
        }
    }
    return pf_host_ok(host) && labels_ok(host)
               ? NULL
               : "has no host name in lower case (others as xn--…)";
}

static const pf_str_t framing = {16, (const unsigned char *)"frame-ancestors "};

static void
read_ancestors(struct reader *r)
{
    const json_t *list = list_of(r, "frame_ancestors");
    pf_record_t *record = r->record;
    char *out = (char *)(record + 1) + framing.len;
    size_t at = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *origin = json_array_get(list, i);
        pf_str_t text = text_of(origin);

        if (!json_is_string(origin) || pf_origin_fault(text) ||
            at + text.len + 2 > PF_ORIGINS_MAX) {
            fail(r, "a frame ancestor is no https origin");
            return;
        }
        if (at) {
            out[at++] = ' ';
        }
        memcpy(out + at, text.data, text.len);
        at += text.len;
    }
    record->frame_ancestors = (pf_str_t){at, (unsigned char *)out};
    memcpy(out - framing.len, framing.data, framing.len);
    record->framing =
        at ? (pf_str_t){framing.len + at, (unsigned char *)out - framing.len}
           : pf_string("frame-ancestors 'none'");
}

static void
read_keys(struct reader *r, char *why, size_t size)
{
    const json_t *keys = json_object_get(r->json, "sso_keys");
    json_t *none = NULL;

    if (!keys) {
        keys = none = json_array();
    }
    r->record->sso_keys = pf_keyring_from_json(keys, why, size);
    if (!r->record->sso_keys) {
        fail(r, why);
    }
    json_decref(none);
}

static void
read_all(struct reader *r, pf_str_t tenant, char *why, size_t size)
{
    const json_t *name = json_object_get(r->json, "tenant");

    if (!json_is_string(name) || !pf_str_eq(text_of(name), tenant) ||
        !pf_tenant_ok(tenant) ||
        !pf_str_copy(tenant, r->record->tenant, sizeof r->record->tenant)) {
        fail(r, "the record is not this tenant's");
        return;
    }
    if (!pf_json_natural(r->json, "revision", &r->record->revision)) {
        fail(r, "revision is no number");
    }
    read_languages(r);
    read_login_path(r);
    read_cookie(r);
    read_hosts(r);
    read_ancestors(r);
    if (!r->fault) {
        read_keys(r, why, size);
    }
}

/* Bytes that the frame ancestors take as a directive, each with a blank. */
static size_t
origins_size(const json_t *json)
{
    const json_t *list = json_object_get(json, "frame_ancestors"), *origin;
    size_t i, size = 0;

    json_array_foreach(list, i, origin)
    {
        size += json_string_length(origin) + 1;
    }
    return framing.len + (size < PF_ORIGINS_MAX ? size : PF_ORIGINS_MAX);
}

/* They stand in the ring now; here they are wiped. What
 * jansson read them through it has freed as it was (pf_json.h). */
static void
forget_keys(json_t *json)
{
    json_t *keys = json_incref(json_object_get(json, "sso_keys"));

    json_object_del(json, "sso_keys");
    pf_json_wipe(keys);
}

pf_record_t *
pf_record_parse(pf_str_t text, pf_str_t tenant, char *why, size_t size)
{
    struct reader r = {.json = pf_json_object(text, PF_RECORD_MAX)};

    if (!r.json) {
        snprintf(why, size, "not one JSON object of at most %d bytes",
                 PF_RECORD_MAX);
        return NULL;
    }
    r.record = calloc(1, sizeof *r.record + origins_size(r.json));
    if (!r.record) {
        snprintf(why, size, "out of memory");
        json_decref((json_t *)r.json);
        return NULL;
    }
    r.record->memory = (json_t *)r.json;
    read_all(&r, tenant, why, size);
    if (r.fault) {
        if (r.fault != why) {
            snprintf(why, size, "%s", r.fault);
        }
        pf_record_free(r.record);
        return NULL;
    }
    forget_keys(r.record->memory);
    return r.record;
}

void
pf_record_free(pf_record_t *record)
{
    if (record) {
        pf_keyring_free(record->sso_keys);
        pf_json_wipe(record->memory);
        free(record);
    }
}
