/*
 * Seals what the application would never seal: stale tokens, above all.
 *
 * mint KEYRING ASSERTION < claims.json prints the claims, whatever they say, as
 * v4.local token, sealed with the ring's first key; mint KEYRING copy:KEY:TIME
 * the same as they would lie in memcached under that key, in hex.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pf_keyring.h"
#include "pf_paseto.h"
#include "pf_session_cache.h"

enum { RING_MAX = 16 * 1024 };

static pf_keyring_t *
read_ring(const char *path)
{
    static char text[RING_MAX];
    char why[200] = "cannot be read";
    FILE *f = fopen(path, "rb");
    pf_keyring_t *ring = NULL;
    size_t len;

    if (f) {
        len = fread(text, 1, sizeof text, f);
        fclose(f);
        ring = pf_keyring_parse((pf_str_t){len, (unsigned char *)text}, why,
                                sizeof why);
    }
    if (!ring) {
        fprintf(stderr, "mint: %s: %s\n", path, why);
    }
    return ring;
}

static int
mint(const pf_key_t *key, const char *assertion, const char *payload)
{
    char footer[PF_FOOTER_MAX], token[PF_TOKEN_MAX + 1];

    snprintf(footer, sizeof footer, "{\"kid\":\"%s\"}", key->kid);
    if (pf_paseto_local_seal(key->bytes, NULL, pf_str_of(payload),
                             pf_str_of(footer), pf_str_of(assertion), token,
                             sizeof token) != PF_OK) {
        fprintf(stderr, "mint: the claims are too long\n");
        return EXIT_FAILURE;
    }
    puts(token);
    return EXIT_SUCCESS;
}

static int
copy(const pf_key_t *key, const char *where, const char *payload)
{
    unsigned char sealed[PF_CACHE_VALUE_MAX + PF_CACHE_OVERHEAD];
    char name[PF_CACHE_KEY + 1];
    json_int_t ended = 0, version = 0, expires = 0;
    json_t *row;
    long long when;
    size_t len;

    if (sscanf(where, "copy:%64[0-9a-f]:%lld", name, &when) != 2) {
        fprintf(stderr, "mint: not copy:KEY:TIME\n");
        return EXIT_FAILURE;
    }
    row = json_loads(payload, 0, NULL);
    json_unpack(row, "{s?I, s?I, s?I}", "ended", &ended, "version", &version,
                "expires", &expires);
    json_decref(row);
    len = pf_cache_seal(key, name, &(pf_copy_t){ended, version, expires},
                        pf_str_of(payload), when, sealed, sizeof sealed);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", sealed[i]);
    }
    return len ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
    pf_keyring_t *ring = NULL;
    json_t *claims = NULL;
    char *payload = NULL;
    int status = EXIT_FAILURE;

    if (argc != 3 || sodium_init() < 0) {
        fprintf(stderr,
                "usage: mint KEYRING ASSERTION|copy:KEY:TIME < claims.json\n");
        return 2;
    }
    ring = read_ring(argv[1]);
    claims = json_loadf(stdin, 0, NULL);
    payload = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    if (ring && payload) {
        status = (strncmp(argv[2], "copy:", 5) == 0 ? copy : mint)(
            &ring->keys[0], argv[2], payload);
    }
    free(payload);
    json_decref(claims);
    pf_keyring_free(ring);
    return status;
}
