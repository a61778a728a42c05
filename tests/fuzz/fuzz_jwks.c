/* Key sets of identity providers: what is taken makes a ring of public keys. */
#include "pure.h"

#include "tenant/jwks.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[200] = "";
    json_t *keys = jwks_read(fuzz_span(data, size), why, sizeof why);
    pf_keyring_t *ring;

    if (!keys) {
        must(why[0]);
        return 0;
    }
    ring = pf_keyring_from_json(keys, why, sizeof why);
    must(ring && !ring->locked && ring->n > 0 && ring->n <= JWKS_KEYS_MAX);
    for (size_t i = 0; i < ring->n; i++) {
        must(ring->keys[i].kid[0] && ring->keys[i].not_before == 0 &&
             ring->keys[i].not_after == 0);
        must(ring->keys[i].alg == PF_ALG_EDDSA ||
             ring->keys[i].alg == PF_ALG_RS256 ||
             ring->keys[i].alg == PF_ALG_ES256);
        must(i == 0 || strcmp(ring->keys[i - 1].kid, ring->keys[i].kid) < 0);
    }
    pf_keyring_free(ring);
    json_decref(keys);
    return 0;
}
