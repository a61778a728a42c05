/*
 * open [ROUNDS]: what opening a session token costs, whole and by parts, and
 * one verification of Ed25519 to hold handoffs against, in microseconds. The
 * best of five runs of ROUNDS (100000) each.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pf_base64.h"
#include "pf_claims.h"
#include "pf_jws.h"
#include "pf_paseto.h"
#include "pf_token.h"

enum { NOW = 1800000000, RUNS = 5 };

#define ASSERTION pf_string("pforte:session:acme")

static struct {
    pf_keyring_t *ring;
    pf_str_t token, body;
    char text[PF_TOKEN_MAX + 1];
    unsigned char payload[PF_PAYLOAD_MAX];
    size_t len;
    unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
    unsigned char signature[crypto_sign_BYTES];
} b;

static bool
whole(void)
{
    pf_session_t s;

    return pf_session_open(b.ring, pf_string("acme"), b.token, NOW, &s) ==
           PF_OK;
}

static bool
kid(void)
{
    return pf_keyring_find_footer(b.ring, pf_paseto_footer(b.token),
                                  PF_ALG_LOCAL, 0) != NULL;
}

static bool
paseto(void)
{
    return pf_paseto_local_open(b.ring->keys[0].bytes, b.token, ASSERTION,
                                b.payload, sizeof b.payload, &b.len) == PF_OK;
}

static bool
base64(void)
{
    unsigned char out[PF_TOKEN_MAX];
    size_t len;

    return pf_base64_decode(b.body, out, sizeof out, &len);
}

static bool
claims(void)
{
    static const pf_claim_t rows[] = {
        PF_CLAIM("sid", WORD, pf_session_t, sid),
        PF_CLAIM("version", NATURAL, pf_session_t, version),
        PF_CLAIM("user", WORD, pf_session_t, user),
        PF_CLAIM("customer", WORD, pf_session_t, customer),
        PF_CLAIM("scope", WORD, pf_session_t, scope),
        PF_CLAIM("groups", WORDS, pf_session_t, groups),
        PF_CLAIM("language", WORD, pf_session_t, language),
        PF_CLAIM("iat", TIME, pf_session_t, iat),
        PF_CLAIM("exp", TIME, pf_session_t, exp),
    };
    pf_session_t s;

    return pf_claims_read(rows, sizeof rows / sizeof *rows,
                          (pf_str_t){b.len, b.payload}, &s, NULL);
}

static double
microseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
measure(const char *name, bool (*part)(void), long rounds)
{
    double best = 1e9;

    for (int run = 0; run < RUNS; run++) {
        double start = microseconds(), each;

        for (long i = 0; i < rounds; i++) {
            if (!part()) {
                fprintf(stderr, "%s failed\n", name);
                exit(EXIT_FAILURE);
            }
        }
        each = (microseconds() - start) / (double)rounds;
        best = each < best ? each : best;
    }
    printf("%-22s %6.2f us\n", name, best);
}

/* What a link of a merchant cannot do without. */
static bool
ed25519(void)
{
    return pf_ed25519_ok(b.public_key, b.token, b.signature,
                         sizeof b.signature);
}

static bool
prepare(void)
{
    static const pf_session_t session = {
        .sid = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
        .version = 3,
        .user = "4711",
        .customer = "100042",
        .scope = "portal",
        .groups = "billing",
        .language = "de-AT",
        .iat = NOW,
        .exp = NOW + PF_SESSION_LIFE,
    };
    static const char key[] =
        "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8\n";
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    const unsigned char *dot;
    char why[100];

    b.ring = pf_keyring_parse(pf_string(key), why, sizeof why);
    if (!b.ring || pf_session_seal(b.ring, pf_string("acme"), &session, b.text,
                                   sizeof b.text) != PF_OK) {
        return false;
    }
    b.token = pf_str_of(b.text);
    crypto_sign_keypair(b.public_key, secret);
    crypto_sign_detached(b.signature, NULL, b.token.data, b.token.len, secret);
    dot = memrchr(b.token.data, '.', b.token.len);
    b.body.data = b.token.data + strlen("v4.local.");
    b.body.len = (size_t)(dot - b.body.data);
    return true;
}

int
main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 100000;

    if (sodium_init() < 0 || !prepare()) {
        return EXIT_FAILURE;
    }
    printf("a session token of %zu characters\n", b.token.len);
    measure("pf_session_open", whole, rounds);
    measure("  kid and key", kid, rounds);
    measure("  v4.local", paseto, rounds);
    measure("    base64url", base64, rounds);
    measure("  claims", claims, rounds);
    measure("Ed25519 verification", ed25519, rounds / 20 + 1);
    pf_keyring_free(b.ring);
    return EXIT_SUCCESS;
}
