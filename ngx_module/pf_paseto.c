#include "pf_paseto.h"

#include <sodium.h>

#include "pf_base64.h"
#include "pf_claims.h"
#include "pf_keyring.h"

enum {
    MAC = 32,
    SIGNATURE = 64,
    PIECES_MAX = 4,
    KEY_AND_NONCE = 56, /* 32 bytes of key, 24 of XChaCha20's nonce */
    DECODED_MAX = PF_PAYLOAD_MAX + PF_LOCAL_NONCE + SIGNATURE,
};

#define LOCAL  pf_string("v4.local.")
#define PUBLIC pf_string("v4.public.")

/* ---- the parts of a token ---- */

struct parts {
    size_t n; /* of body */
    unsigned char body[DECODED_MAX];
    size_t footer_len;
    unsigned char footer[PF_FOOTER_MAX];
};

static bool
starts_with(pf_str_t s, pf_str_t prefix)
{
    return s.len > prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0;
}

/* The text behind the header, cut at the dot before the footer. */
static pf_str_t
cut_footer(pf_str_t rest, pf_str_t *footer)
{
    const unsigned char *dot = memchr(rest.data, '.', rest.len);

    *footer = (pf_str_t){0, rest.data + rest.len};
    if (dot) {
        footer->data = dot + 1;
        footer->len = rest.len - (size_t)(dot - rest.data) - 1;
        rest.len = (size_t)(dot - rest.data);
    }
    return rest;
}

/* A dot stands before a footer only, so that a token has one spelling. */
static bool
footer_ok(pf_str_t body, pf_str_t footer)
{
    return footer.len != 0 || footer.data == body.data + body.len;
}

static pf_error_t
split(pf_str_t token, pf_str_t header, struct parts *out)
{
    pf_str_t rest, footer;

    if (token.len > PF_TOKEN_MAX) {
        return PF_MALFORMED;
    }
    if (!starts_with(token, header)) {
        return starts_with(token, LOCAL) || starts_with(token, PUBLIC)
                   ? PF_ALGORITHM
                   : PF_MALFORMED;
    }
    rest.data = token.data + header.len;
    rest.len = token.len - header.len;
    rest = cut_footer(rest, &footer);
    return footer_ok(rest, footer) &&
                   pf_base64_decode(rest, out->body, sizeof out->body,
                                    &out->n) &&
                   pf_base64_decode(footer, out->footer, sizeof out->footer,
                                    &out->footer_len)
               ? PF_OK
               : PF_MALFORMED;
}

/* ---- pre-authentication encoding (PAE), fed piece by piece ---- */

typedef void feed_fn(void *state, const unsigned char *data, size_t len);

static void
feed_number(feed_fn *feed, void *state, size_t n)
{
    unsigned char le[8];

    for (size_t i = 0; i < sizeof le; i++) {
        le[i] = (unsigned char)(n & 0xff);
        n >>= 8;
    }
    feed(state, le, sizeof le);
}

static void
feed_pae(feed_fn *feed, void *state, const pf_str_t *pieces, size_t n)
{
    feed_number(feed, state, n);
    for (size_t i = 0; i < n; i++) {
        feed_number(feed, state, pieces[i].len);
        if (pieces[i].len != 0) {
            feed(state, pieces[i].data, pieces[i].len);
        }
    }
}

static void
feed_hash(void *state, const unsigned char *data, size_t len)
{
    crypto_generichash_update(state, data, len);
}

/* Ed25519 wants its message in one piece. */
struct message {
    size_t len;
    unsigned char bytes[PF_PAYLOAD_MAX + PF_FOOTER_MAX + PF_TOKEN_MAX];
    bool too_long;
};

static void
feed_message(void *state, const unsigned char *data, size_t len)
{
    struct message *m = state;

    if (len > sizeof m->bytes - m->len) {
        m->too_long = true;
        return;
    }
    memcpy(m->bytes + m->len, data, len);
    m->len += len;
}

/* ---- v4.local ---- */

/* One of the two keys that a nonce makes of the ring's. */
static void
derive(const unsigned char *key, pf_str_t info, const unsigned char *nonce,
       unsigned char *out, size_t size)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, key, PF_LOCAL_KEY, size);
    crypto_generichash_update(&state, info.data, info.len);
    crypto_generichash_update(&state, nonce, PF_LOCAL_NONCE);
    crypto_generichash_final(&state, out, size);
    sodium_memzero(&state, sizeof state);
}

static void
authenticate(const unsigned char *key, const unsigned char *nonce,
             pf_str_t cipher, pf_str_t footer, pf_str_t assertion,
             unsigned char out[MAC])
{
    const pf_str_t pieces[] = {
        LOCAL, {PF_LOCAL_NONCE, nonce}, cipher, footer, assertion};
    unsigned char mac_key[MAC];
    crypto_generichash_state state;

    derive(key, pf_string("paseto-auth-key-for-aead"), nonce, mac_key,
           sizeof mac_key);
    crypto_generichash_init(&state, mac_key, sizeof mac_key, MAC);
    feed_pae(feed_hash, &state, pieces, sizeof pieces / sizeof *pieces);
    crypto_generichash_final(&state, out, MAC);
    sodium_memzero(mac_key, sizeof mac_key);
}

static void
apply_stream(const unsigned char *key, const unsigned char *nonce, pf_str_t in,
             unsigned char *out)
{
    unsigned char stream[KEY_AND_NONCE];

    derive(key, pf_string("paseto-encryption-key"), nonce, stream,
           sizeof stream);
    crypto_stream_xchacha20_xor(out, in.data, in.len, stream + 32, stream);
    sodium_memzero(stream, sizeof stream);
}

pf_error_t
pf_paseto_local_open(const unsigned char key[PF_LOCAL_KEY], pf_str_t token,
                     pf_str_t assertion, unsigned char *out, size_t size,
                     size_t *len)
{
    unsigned char mac[MAC];
    struct parts parts;
    pf_str_t cipher;
    pf_error_t e = split(token, LOCAL, &parts);

    *len = 0;
    if (e != PF_OK) {
        return e;
    }
    if (parts.n < PF_LOCAL_NONCE + MAC ||
        parts.n - PF_LOCAL_NONCE - MAC > size) {
        return PF_MALFORMED;
    }
    cipher.data = parts.body + PF_LOCAL_NONCE;
    cipher.len = parts.n - PF_LOCAL_NONCE - MAC;
    authenticate(key, parts.body, cipher,
                 (pf_str_t){parts.footer_len, parts.footer}, assertion, mac);
    if (sodium_memcmp(mac, cipher.data + cipher.len, MAC) == 0) {
        apply_stream(key, parts.body, cipher, out);
        *len = cipher.len;
    } else {
        e = PF_FORGED;
    }
    sodium_memzero(mac, sizeof mac);
    return e;
}

/* header, body and footer as a token; PF_MEMORY when it does not fit. */
static pf_error_t
join(pf_str_t header, const unsigned char *body, size_t n, pf_str_t footer,
     char *out, size_t size)
{
    size_t at = header.len, add;

    if (size <= header.len) {
        return PF_MEMORY;
    }
    memcpy(out, header.data, header.len);
    add = pf_base64_encode(body, n, out + at, size - at);
    at += add;
    if (add == 0) {
        return PF_MEMORY;
    }
    if (footer.len == 0) {
        return PF_OK;
    }
    if (size - at < 2) {
        return PF_MEMORY;
    }
    out[at++] = '.';
    return pf_base64_encode(footer.data, footer.len, out + at, size - at)
               ? PF_OK
               : PF_MEMORY;
}

pf_error_t
pf_paseto_local_seal(const unsigned char key[PF_LOCAL_KEY],
                     const unsigned char *nonce, pf_str_t payload,
                     pf_str_t footer, pf_str_t assertion, char *out,
                     size_t size)
{
    unsigned char body[DECODED_MAX];
    pf_str_t cipher = {payload.len, body + PF_LOCAL_NONCE};

    if (payload.len > PF_PAYLOAD_MAX || footer.len > PF_FOOTER_MAX) {
        return PF_MALFORMED;
    }
    if (nonce) {
        memcpy(body, nonce, PF_LOCAL_NONCE);
    } else {
        randombytes_buf(body, PF_LOCAL_NONCE);
    }
    apply_stream(key, body, payload, body + PF_LOCAL_NONCE);
    authenticate(key, body, cipher, footer, assertion,
                 body + PF_LOCAL_NONCE + payload.len);
    return join(LOCAL, body, PF_LOCAL_NONCE + payload.len + MAC, footer, out,
                size);
}

/* ---- v4.public ---- */

static bool
public_message(struct message *m, pf_str_t payload, pf_str_t footer,
               pf_str_t assertion)
{
    const pf_str_t pieces[] = {PUBLIC, payload, footer, assertion};

    m->len = 0;
    m->too_long = false;
    feed_pae(feed_message, m, pieces, sizeof pieces / sizeof *pieces);
    return !m->too_long;
}

pf_error_t
pf_paseto_public_verify(const unsigned char key[PF_ED25519_PUBLIC],
                        pf_str_t token, pf_str_t assertion, unsigned char *out,
                        size_t size, size_t *len)
{
    struct message message;
    struct parts parts;
    pf_str_t payload;
    pf_error_t e = split(token, PUBLIC, &parts);

    *len = 0;
    if (e != PF_OK) {
        return e;
    }
    if (parts.n < SIGNATURE || parts.n - SIGNATURE > size) {
        return PF_MALFORMED;
    }
    payload = (pf_str_t){parts.n - SIGNATURE, parts.body};
    if (!public_message(&message, payload,
                        (pf_str_t){parts.footer_len, parts.footer},
                        assertion)) {
        return PF_MALFORMED;
    }
    if (crypto_sign_verify_detached(parts.body + payload.len, message.bytes,
                                    message.len, key) != 0) {
        return PF_FORGED;
    }
    memcpy(out, payload.data, payload.len);
    *len = payload.len;
    return PF_OK;
}

pf_error_t
pf_paseto_public_sign(const unsigned char secret[PF_ED25519_SECRET],
                      pf_str_t payload, pf_str_t footer, pf_str_t assertion,
                      char *out, size_t size)
{
    unsigned char body[DECODED_MAX];
    struct message message;

    if (payload.len > PF_PAYLOAD_MAX || footer.len > PF_FOOTER_MAX ||
        !public_message(&message, payload, footer, assertion)) {
        return PF_MALFORMED;
    }
    memcpy(body, payload.data, payload.len);
    crypto_sign_detached(body + payload.len, NULL, message.bytes, message.len,
                         secret);
    return join(PUBLIC, body, payload.len + SIGNATURE, footer, out, size);
}

/* ---- footer ---- */

/* False for a token of another kind, or one too long to be looked at. */
static bool
find_footer(pf_str_t token, pf_str_t *footer)
{
    bool local = starts_with(token, LOCAL);
    pf_str_t rest = token;

    if (token.len > PF_TOKEN_MAX || !(local || starts_with(token, PUBLIC))) {
        return false;
    }
    rest.data += local ? LOCAL.len : PUBLIC.len;
    rest.len -= local ? LOCAL.len : PUBLIC.len;
    cut_footer(rest, footer);
    return true;
}

pf_str_t
pf_paseto_footer(pf_str_t token)
{
    pf_str_t footer;

    return find_footer(token, &footer) ? footer : (pf_str_t){0, NULL};
}

struct footer {
    char kid[PF_KID_MAX + 1];
};

static bool
read_footer(pf_str_t encoded, struct footer *out)
{
    static const pf_claim_t rows[] = {
        PF_CLAIM("kid", TEXT, struct footer, kid),
    };
    unsigned char text[PF_FOOTER_MAX];
    size_t len;

    return pf_base64_decode(encoded, text, sizeof text, &len) &&
           pf_claims_read(rows, 1, (pf_str_t){len, text}, out, NULL) &&
           (out->kid[0] == '\0' || pf_kid_ok(pf_str_of(out->kid)));
}

pf_error_t
pf_paseto_kid(pf_str_t token, char *kid, size_t size)
{
    struct footer footer = {0};
    pf_str_t encoded;

    kid[0] = '\0';
    if (!find_footer(token, &encoded)) {
        return PF_MALFORMED;
    }
    if (encoded.len == 0) {
        return PF_OK;
    }
    return read_footer(encoded, &footer) &&
                   pf_str_copy(pf_str_of(footer.kid), kid, size)
               ? PF_OK
               : PF_MALFORMED;
}
