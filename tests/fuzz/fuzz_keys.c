/* One key, a key ring file, and a merchant's keys, from the same bytes. */
#include "pure.h"

#include "pf_json.h"

static void
check_key(const pf_key_t *key)
{
    char paserk[200], id[PF_KID_MAX + 1];
    pf_key_t back;

    must(key->alg >= PF_ALG_LOCAL && key->alg <= PF_ALG_ES256);
    must(key->len >= 32 && key->len <= PF_KEY_BYTES_MAX);
    must(!key->kid[0] || pf_kid_ok(fuzz_text(key->kid)));
    if (pf_paserk_format(key, paserk, sizeof paserk) == PF_OK) {
        must(pf_paserk_id(key, id) == PF_OK);
        must(pf_key_parse(fuzz_text(paserk), &back) == PF_OK);
        must(strcmp(back.kid, id) == 0 && back.alg == key->alg);
        must(memcmp(back.bytes, key->bytes, 32) == 0);
    } else {
        must(key->alg >= PF_ALG_EDDSA);
    }
}

static void
check_ring(pf_keyring_t *ring, const char *why, bool may_be_empty)
{
    if (!ring) {
        must(why[0]);
        return;
    }
    must(ring->n <= PF_KEYRING_MAX && (may_be_empty || ring->n > 0));
    for (size_t i = 0; i < ring->n; i++) {
        check_key(&ring->keys[i]);
        must(may_be_empty == (ring->keys[i].alg != PF_ALG_LOCAL));
    }
    pf_keyring_free(ring);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char zero[sizeof(pf_key_t)];
    char why[200] = "";
    json_t *keys;
    pf_key_t key;

    if (pf_key_parse(fuzz_span(data, size), &key) == PF_OK) {
        check_key(&key);
    } else {
        must(memcmp(&key, zero, sizeof key) == 0);
    }
    check_ring(pf_keyring_parse(fuzz_span(data, size), why, sizeof why), why,
               false);
    keys = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    why[0] = '\0';
    check_ring(pf_keyring_from_json(keys, why, sizeof why), why, true);
    json_decref(keys);
    return 0;
}
