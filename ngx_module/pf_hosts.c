#include "pf_hosts.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "pf_token.h"

typedef struct {
    uint32_t host, tenant; /* where they begin in the text */
    uint8_t host_len, tenant_len;
} slot_t;

/* Open addressing. The hash is keyed: who chooses the names of hosts must not
 * be able to choose where they fall. */
struct pf_hosts_s {
    unsigned char key[crypto_shorthash_KEYBYTES];
    const unsigned char *text;
    size_t mask; /* slots - 1; slots is a power of two */
    slot_t slots[];
};

typedef struct {
    const unsigned char *at, *end;
} reader_t;

bool
pf_host_ok(pf_str_t host)
{
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = host.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
              c == '-' || c == ':')) {
            return false;
        }
    }
    return host.len > 0 && host.len <= PF_HOST_MAX;
}

/* ---- the table ---- */

/* The slot that has the host, or the empty one that would take it. */
static size_t
slot_of(const pf_hosts_t *hosts, pf_str_t host)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t start;
    size_t i;

    crypto_shorthash(hash, host.data, host.len, hosts->key);
    memcpy(&start, hash, sizeof start);
    for (i = start & hosts->mask; hosts->slots[i].host_len;
         i = (i + 1) & hosts->mask) {
        const slot_t *slot = &hosts->slots[i];

        if (slot->host_len == host.len &&
            memcmp(hosts->text + slot->host, host.data, host.len) == 0) {
            break;
        }
    }
    return i;
}

static bool
insert(pf_hosts_t *hosts, pf_str_t host, pf_str_t tenant)
{
    slot_t *slot = &hosts->slots[slot_of(hosts, host)];

    if (slot->host_len) {
        return false;
    }
    slot->host = (uint32_t)(host.data - hosts->text);
    slot->tenant = (uint32_t)(tenant.data - hosts->text);
    slot->host_len = (uint8_t)host.len;
    slot->tenant_len = (uint8_t)tenant.len;
    return true;
}

pf_str_t
pf_hosts_find(const pf_hosts_t *hosts, pf_str_t host)
{
    const slot_t *slot;

    if (host.len == 0 || host.len > PF_HOST_MAX) {
        return (pf_str_t){0, NULL};
    }
    slot = &hosts->slots[slot_of(hosts, host)];
    return (pf_str_t){slot->tenant_len, hosts->text + slot->tenant};
}

/* ---- reading ---- */

static void
skip_space(reader_t *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' ||
                              *r->at == '\r' || *r->at == '\t')) {
        r->at++;
    }
}

/* The next character that is no white space, if it is c. */
static bool
take(reader_t *r, char c)
{
    skip_space(r);
    if (r->at == r->end || *r->at != (unsigned char)c) {
        return false;
    }
    r->at++;
    return true;
}

static bool
take_text(reader_t *r, pf_str_t *out)
{
    const unsigned char *end;

    if (!take(r, '"')) {
        return false;
    }
    end = memchr(r->at, '"', (size_t)(r->end - r->at));
    if (!end) {
        return false;
    }
    *out = (pf_str_t){(size_t)(end - r->at), r->at};
    r->at = end + 1;
    return true;
}

/* NULL, or what is wrong where the reader stands. */
static const char *
read_entry(reader_t *r, pf_hosts_t *hosts)
{
    pf_str_t host, tenant;

    if (!take_text(r, &host) || !pf_host_ok(host)) {
        return "no host name in lower case";
    }
    if (!take(r, ':') || !take_text(r, &tenant) || !pf_tenant_ok(tenant)) {
        return "the host has no tenant";
    }
    return insert(hosts, host, tenant) ? NULL : "the host stands here twice";
}

static const char *
read_index(reader_t *r, pf_hosts_t *hosts)
{
    const char *fault = NULL;

    if (!take(r, '{')) {
        return "no JSON object";
    }
    if (!take(r, '}')) {
        do {
            fault = read_entry(r, hosts);
        } while (!fault && take(r, ','));
        if (!fault && !take(r, '}')) {
            fault = "neither a comma nor the end";
        }
    }
    if (!fault) {
        skip_space(r);
        fault = r->at == r->end ? NULL : "something behind the end";
    }
    return fault;
}

static size_t
count(pf_str_t text, int c)
{
    const unsigned char *at = text.data, *end = text.data + text.len;
    size_t n = 0;

    while (at < end && (at = memchr(at, c, (size_t)(end - at)))) {
        at++;
        n++;
    }
    return n;
}

/* Room for as many hosts as there are commas, and as many again. */
static pf_hosts_t *
hosts_new(pf_str_t text)
{
    size_t slots = 4, wanted = 2 * (count(text, ',') + 1), table;
    pf_hosts_t *hosts;

    while (slots < wanted) {
        slots *= 2;
    }
    table = sizeof *hosts + slots * sizeof(slot_t);
    hosts = malloc(table + text.len);
    if (hosts) {
        memset(hosts, 0, table);
        memcpy((unsigned char *)hosts + table, text.data, text.len);
        hosts->text = (unsigned char *)hosts + table;
        hosts->mask = slots - 1;
        crypto_shorthash_keygen(hosts->key);
    }
    return hosts;
}

pf_hosts_t *
pf_hosts_parse(pf_str_t text, char *why, size_t size)
{
    pf_hosts_t *hosts;
    const char *fault;
    reader_t r;

    if (text.len == 0 || text.len > PF_HOSTS_BYTES) {
        snprintf(why, size, "is empty or larger than %d bytes", PF_HOSTS_BYTES);
        return NULL;
    }
    hosts = hosts_new(text);
    if (!hosts) {
        snprintf(why, size, "out of memory");
        return NULL;
    }
    r = (reader_t){hosts->text, hosts->text + text.len};
    fault = read_index(&r, hosts);
    if (fault) {
        pf_str_t before = {(size_t)(r.at - hosts->text), hosts->text};

        snprintf(why, size, "line %zu: %s", count(before, '\n') + 1, fault);
        free(hosts);
        return NULL;
    }
    return hosts;
}

void
pf_hosts_free(pf_hosts_t *hosts)
{
    free(hosts);
}
