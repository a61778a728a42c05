/* JWS headers and parts, with each of the merchant's keys. */
#include "pure.h"

#include "pf_jws.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char payload[PF_PAYLOAD_MAX];
    const pf_keyring_t *ring = fuzz_merchant();
    size_t len;
    pf_jws_t jws;
    pf_error_t e = pf_jws_parse(fuzz_span(data, size), &jws);

    if (e != PF_OK) {
        must(e == PF_MALFORMED || e == PF_ALGORITHM);
        return 0;
    }
    must(jws.alg >= PF_ALG_EDDSA && jws.alg <= PF_ALG_ES256);
    must(jws.kid[0] == '\0' || pf_kid_ok(fuzz_text(jws.kid)));
    must(jws.signature_len <= sizeof jws.signature);
    must(jws.payload.data + jws.payload.len < data + size);
    for (size_t i = 0; i < ring->n; i++) {
        e = pf_jws_verify(&jws, &ring->keys[i], payload, sizeof payload, &len);
        must(e == PF_OK || len == 0);
        must(ring->keys[i].alg == jws.alg || e == PF_ALGORITHM);
    }
    return 0;
}
