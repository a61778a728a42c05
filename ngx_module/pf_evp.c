#include "pf_evp.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <string.h>

enum { HALF = PF_P256 / 2, UNCOMPRESSED = 4, DER_MAX = 72 };

static EVP_PKEY *
pkey_from(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (ctx && params && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* Takes the key, which may be NULL. */
static bool
verified(EVP_PKEY *pkey, pf_str_t message, const unsigned char *signature,
         size_t signature_len)
{
    EVP_MD_CTX *ctx = pkey ? EVP_MD_CTX_new() : NULL;
    bool ok = ctx &&
              EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
              EVP_DigestVerify(ctx, signature, signature_len, message.data,
                               message.len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return ok;
}

/* ---- RSA ---- */

bool
pf_rsa_ok(const unsigned char *key, size_t len)
{
    const unsigned char *e;

    if (len < PF_RSA_MIN + PF_RSA_E || len > PF_RSA_MAX + PF_RSA_E) {
        return false;
    }
    e = key + len - PF_RSA_E;
    /* Of 256 bytes that begin with a zero bit, the modulus has no 2048 bits. */
    return key[0] != 0 && (key[0] & 0x80 || len > PF_RSA_MIN + PF_RSA_E) &&
           e[-1] & 1 && e[3] & 1 && (e[0] || e[1] || e[2] || e[3] >= 3);
}

static EVP_PKEY *
rsa_of(const unsigned char *key, size_t len)
{
    BIGNUM *n = BN_bin2bn(key, (int)(len - PF_RSA_E), NULL);
    BIGNUM *e = BN_bin2bn(key + len - PF_RSA_E, PF_RSA_E, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey;

    if (n && e && build &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    pkey = pkey_from("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return pkey;
}

bool
pf_rs256_ok(const unsigned char *key, size_t len, pf_str_t message,
            const unsigned char *signature, size_t signature_len)
{
    bool ok;

    if (signature_len != len - PF_RSA_E) {
        return false;
    }
    ERR_set_mark();
    ok = verified(rsa_of(key, len), message, signature, signature_len);
    ERR_pop_to_mark();
    return ok;
}

/* ---- P-256 ---- */

/* NULL for a point that is not on the curve. */
static EVP_PKEY *
p256_of(const unsigned char key[PF_P256])
{
    unsigned char point[1 + PF_P256] = {UNCOMPRESSED};
    char group[] = "P-256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point,
                                          sizeof point),
        OSSL_PARAM_construct_end(),
    };

    memcpy(point + 1, key, PF_P256);
    return pkey_from("EC", params);
}

bool
pf_p256_ok(const unsigned char key[PF_P256])
{
    EVP_PKEY *pkey;

    ERR_set_mark();
    pkey = p256_of(key);
    ERR_pop_to_mark();
    EVP_PKEY_free(pkey);
    return pkey != NULL;
}

/* The DER form that libcrypto wants; 0 when there is no memory. */
static size_t
der_of(const unsigned char *signature, unsigned char out[DER_MAX])
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, HALF, NULL);
    BIGNUM *s = BN_bin2bn(signature + HALF, HALF, NULL);
    int len = 0;

    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's now */
        len = i2d_ECDSA_SIG(pair, &out);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return len > 0 ? (size_t)len : 0;
}

bool
pf_es256_ok(const unsigned char key[PF_P256], pf_str_t message,
            const unsigned char *signature, size_t signature_len)
{
    unsigned char der[DER_MAX];
    bool ok;

    if (signature_len != PF_P256) {
        return false;
    }
    ERR_set_mark();
    ok = verified(p256_of(key), message, der, der_of(signature, der));
    ERR_pop_to_mark();
    return ok;
}

bool
pf_hmac_sha1(const unsigned char *key, size_t len, const unsigned char *message,
             size_t message_len, unsigned char out[PF_SHA1])
{
    unsigned n = PF_SHA1;
    bool ok;

    ERR_set_mark();
    ok = HMAC(EVP_sha1(), key, (int)len, message, message_len, out, &n) != NULL;
    ERR_pop_to_mark();
    return ok && n == PF_SHA1;
}
