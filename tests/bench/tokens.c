/*
 * tokens KEYRING PURPOSE TENANT CLAIM COUNT < claims.json: as many v4.local
 * tokens with those claims, but for one (sid, jti) that is random in each. A
 * line each: the public name that a session with this sid has, and the token.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "pf_keyring.h"
#include "pf_paseto.h"
#include "pf_session_cache.h"

enum { RING_MAX = 16 * 1024, SECRET = 32, SECRET_TEXT = 44 };

static pf_keyring_t *
read_ring(const char *path)
{
    static char text[RING_MAX];
    char why[200];
    FILE *f = fopen(path, "rb");
    size_t len;

    if (!f) {
        return NULL;
    }
    len = fread(text, 1, sizeof text, f);
    fclose(f);
    return pf_keyring_parse((pf_str_t){len, (unsigned char *)text}, why,
                            sizeof why);
}

static void
new_secret(char out[SECRET_TEXT])
{
    unsigned char bytes[SECRET];

    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(out, SECRET_TEXT, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool
print_one(const pf_key_t *key, const char *assertion, const char *tenant,
          const char *claim, json_t *claims)
{
    char secret[SECRET_TEXT], name[PF_CACHE_KEY + 1];
    char footer[PF_FOOTER_MAX], token[PF_TOKEN_MAX + 1];
    char *payload;
    pf_error_t e;

    new_secret(secret);
    json_object_set_new(claims, claim, json_string(secret));
    payload = json_dumps(claims, JSON_COMPACT);
    snprintf(footer, sizeof footer, "{\"kid\":\"%s\"}", key->kid);
    e = pf_paseto_local_seal(key->bytes, NULL, pf_str_of(payload),
                             pf_str_of(footer), pf_str_of(assertion), token,
                             sizeof token);
    free(payload);
    pf_cache_key(pf_str_of(tenant), pf_str_of(secret), name);
    printf("%s %s\n", name, token);
    return e == PF_OK;
}

int
main(int argc, char **argv)
{
    pf_keyring_t *ring;
    json_t *claims;
    char assertion[64];
    bool ok;

    if (argc != 6 || sodium_init() < 0) {
        fprintf(stderr, "usage: tokens KEYRING PURPOSE TENANT CLAIM COUNT\n");
        return 2;
    }
    ring = read_ring(argv[1]);
    claims = json_loadf(stdin, 0, NULL);
    ok = ring && claims;
    snprintf(assertion, sizeof assertion, "pforte:%s:%s", argv[2], argv[3]);
    for (long i = atol(argv[5]); ok && i > 0; i--) {
        ok = print_one(&ring->keys[0], assertion, argv[3], argv[4], claims);
    }
    json_decref(claims);
    pf_keyring_free(ring);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
