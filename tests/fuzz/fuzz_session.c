/*
 * Session and link tokens: as they come, and ('s', 'k') with the input as the
 * claims of a token that we seal.
 */
#include "pure.h"

#include "pf_paseto.h"
#include "pf_token.h"

static void
check_session(pf_str_t token)
{
    static char again[PF_TOKEN_MAX + 1];
    pf_session_t session, back, none = {0};
    pf_error_t e = pf_session_open(fuzz_ring(), pf_string("acme"), token,
                                   FUZZ_NOW, &session);

    if (e != PF_OK && e != PF_EXPIRED) {
        must(memcmp(&session, &none, sizeof none) == 0);
        return;
    }
    must(session.sid[0] && session.scope[0] && session.version >= 0);
    must(fuzz_printable(session.user, sizeof session.user));
    must(fuzz_printable(session.groups, sizeof session.groups));
    must((e == PF_OK) == (FUZZ_NOW < session.exp));
    pf_session_past_half(&session, FUZZ_NOW);
    if (pf_session_seal(fuzz_ring(), pf_string("acme"), &session, again,
                        sizeof again) == PF_OK) {
        must(pf_session_open(fuzz_ring(), pf_string("acme"), fuzz_text(again),
                             FUZZ_NOW, &back) == e);
        must(memcmp(&session, &back, sizeof back) == 0);
    }
}

static void
check_link(pf_str_t token)
{
    pf_link_t link, none = {0};
    pf_error_t e =
        pf_link_open(fuzz_ring(), pf_string("acme"), token, FUZZ_NOW, &link);

    if (e != PF_OK && e != PF_EXPIRED) {
        must(memcmp(&link, &none, sizeof none) == 0);
        return;
    }
    must(link.jti[0] && link.contract[0] && link.exp > link.iat);
    must(link.exp - link.iat <= PF_LINK_LIFE_MAX);
}

/* Whatever the claims, a token opens as one kind at most. */
static void
sealed(pf_str_t claims, const char *assertion)
{
    static char token[PF_TOKEN_MAX + 1];
    char footer[PF_FOOTER_MAX] = "{\"kid\":\"";
    const pf_key_t *key = &fuzz_ring()->keys[0];
    pf_session_t session;
    pf_link_t link;
    pf_str_t span;

    strcat(strcat(footer, key->kid), "\"}");
    if (pf_paseto_local_seal(key->bytes, NULL, claims, fuzz_text(footer),
                             fuzz_text(assertion), token,
                             sizeof token) != PF_OK) {
        return;
    }
    span = fuzz_text(token);
    check_session(span);
    check_link(span);
    must(pf_session_open(fuzz_ring(), pf_string("acme"), span, FUZZ_NOW,
                         &session) == PF_FORGED ||
         pf_link_open(fuzz_ring(), pf_string("acme"), span, FUZZ_NOW, &link) ==
             PF_FORGED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > PF_TOKEN_MAX + 10) {
        return 0;
    }
    if (data[0] == 's' || data[0] == 'k') {
        sealed(fuzz_span(data + 1, size - 1),
               data[0] == 's' ? "pforte:session:acme" : "pforte:link:acme");
    } else {
        check_session(fuzz_span(data, size));
        check_link(fuzz_span(data, size));
    }
    return 0;
}
