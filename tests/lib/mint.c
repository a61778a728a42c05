/*
 * mint KEYRING ASSERTION < claims.json: seals the claims, whatever they say,
 * with the ring's first key and prints the v4.local token. Tests make tokens
 * with it that the application would never make: stale ones, above all.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "pf_keyring.h"
#include "pf_paseto.h"

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

int
main(int argc, char **argv)
{
    pf_keyring_t *ring = NULL;
    json_t *claims = NULL;
    char *payload = NULL;
    int status = EXIT_FAILURE;

    if (argc != 3 || sodium_init() < 0) {
        fprintf(stderr, "usage: mint KEYRING ASSERTION < claims.json\n");
        return 2;
    }
    ring = read_ring(argv[1]);
    claims = json_loadf(stdin, 0, NULL);
    payload = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    if (ring && payload) {
        status = mint(&ring->keys[0], argv[2], payload);
    }
    free(payload);
    json_decref(claims);
    pf_keyring_free(ring);
    return status;
}
