/* Who asks, line by line: Accept, path, method, mode, destination, words. */
#include "pure.h"

#include <strings.h>

#include "pf_policy.h"

static pf_str_t
line(pf_str_t *rest)
{
    const unsigned char *end =
        rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    pf_str_t first = {end ? (size_t)(end - rest->data) : rest->len, rest->data};

    rest->data += rest->len ? first.len + (end != NULL) : 0;
    rest->len -= first.len + (end != NULL);
    return first;
}

static bool
mentions_json(pf_str_t accept)
{
    for (size_t i = 0; i + 4 <= accept.len; i++) {
        if (strncasecmp((const char *)accept.data + i, "json", 4) == 0) {
            return true;
        }
    }
    return false;
}

static void
check_rules(pf_str_t rest)
{
    pf_session_t session = {.scope = "portal", .groups = "billing support"};
    pf_require_t rules[8], same[8];
    bool all = true;
    size_t n = 0;

    while (rest.len && n < 8) {
        pf_str_t word = line(&rest);

        n += pf_require_parse(word, &rules[n]);
    }
    /* Each kind by itself, or all together: the same answer. */
    for (size_t i = 0; i < n; i++) {
        size_t of_kind = 0;

        must(rules[i].value.len > 0);
        for (size_t j = 0; j < n; j++) {
            if (rules[j].kind == rules[i].kind) {
                same[of_kind++] = rules[j];
            }
        }
        all &= pf_policy_allows(same, of_kind, &session);
    }
    must(pf_policy_allows(rules, n, &session) == all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pf_str_t rest = fuzz_span(data, size);
    pf_asker_t a;
    pf_denial_t denial;

    a.accept = line(&rest);
    a.path = line(&rest);
    a.method = line(&rest);
    a.sec_fetch_mode = line(&rest);
    a.sec_fetch_dest = line(&rest);
    denial = pf_denial(&a);
    must(denial == PF_DENY_LOGIN || denial == PF_DENY_PROBLEM ||
         denial == PF_DENY_FRAME || denial == PF_DENY_PAGE);
    must(mentions_json(a.accept) || !pf_accepts_json(a.accept));
    must(!pf_accepts_json(a.accept) || denial == PF_DENY_PROBLEM);
    check_rules(rest);
    return 0;
}
