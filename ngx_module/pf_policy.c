#include "pf_policy.h"

#include <strings.h>

static bool
value_ok(pf_str_t value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = value.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr("._-", c)))) {
            return false;
        }
    }
    return value.len > 0;
}

bool
pf_require_parse(pf_str_t word, pf_require_t *out)
{
    static const struct {
        pf_str_t prefix;
        int kind;
    } kinds[] = {
        {{6, (const unsigned char *)"scope="}, PF_REQUIRE_SCOPE},
        {{6, (const unsigned char *)"group="}, PF_REQUIRE_GROUP},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = kinds[i].prefix.len;

        if (word.len > n && memcmp(word.data, kinds[i].prefix.data, n) == 0) {
            out->kind = kinds[i].kind;
            out->value = (pf_str_t){word.len - n, word.data + n};
            return value_ok(out->value);
        }
    }
    return false;
}

static bool
has_group(const char *groups, pf_str_t group)
{
    while (*groups) {
        size_t n = strcspn(groups, " ");

        if (n == group.len && memcmp(groups, group.data, n) == 0) {
            return true;
        }
        groups += n + (groups[n] == ' ');
    }
    return false;
}

static bool
rule_holds(const pf_require_t *rule, const pf_session_t *session)
{
    return rule->kind == PF_REQUIRE_SCOPE
               ? pf_str_eq(rule->value, pf_str_of(session->scope))
               : has_group(session->groups, rule->value);
}

bool
pf_policy_allows(const pf_require_t *rules, size_t n,
                 const pf_session_t *session)
{
    bool named[2] = {false, false}, held[2] = {false, false};

    for (size_t i = 0; i < n; i++) {
        named[rules[i].kind] = true;
        held[rules[i].kind] |= rule_holds(&rules[i], session);
    }
    return named[0] == (named[0] && held[0]) &&
           named[1] == (named[1] && held[1]);
}

/* ---- how a refusal is told ---- */

/* Quality (thousandths) that the header gives the first type that `fits`. */
static int
accept_quality(pf_str_t accept, bool (*fits)(pf_str_t type))
{
    int best = -1;
    size_t at = 0;

    while (at < accept.len) {
        const unsigned char *start = accept.data + at;
        const unsigned char *end = memchr(start, ',', accept.len - at);
        size_t len = end ? (size_t)(end - start) : accept.len - at;
        const unsigned char *semicolon = memchr(start, ';', len);
        pf_str_t type = {semicolon ? (size_t)(semicolon - start) : len, start};
        int q = 1000;

        while (type.len && (type.data[0] == ' ' || type.data[0] == '\t')) {
            type.data++;
            type.len--;
        }
        while (type.len && type.data[type.len - 1] == ' ') {
            type.len--;
        }
        for (const unsigned char *p = semicolon; p && p + 3 < start + len;
             p++) {
            if (p[0] == 'q' && p[1] == '=' && p[2] == '0') {
                q = p[3] == '.' && p + 4 < start + len && p[4] >= '0' &&
                            p[4] <= '9'
                        ? (p[4] - '0') * 100
                        : 0;
            }
        }
        if (fits(type) && q > best) {
            best = q;
        }
        at += len + 1;
    }
    return best;
}

static bool
is_json(pf_str_t type)
{
    static const char suffix[] = "+json";
    size_t n = sizeof suffix - 1;

    return (type.len == 16 && strncasecmp((const char *)type.data,
                                          "application/json", 16) == 0) ||
           (type.len > n && strncasecmp((const char *)type.data + type.len - n,
                                        suffix, n) == 0);
}

static bool
is_html(pf_str_t type)
{
    return type.len == 9 &&
           strncasecmp((const char *)type.data, "text/html", 9) == 0;
}

bool
pf_accepts_json(pf_str_t accept)
{
    int json = accept_quality(accept, is_json);

    return json > 0 && json > accept_quality(accept, is_html);
}

static bool
under_api(pf_str_t path)
{
    return path.len >= 5 && memcmp(path.data, "/api/", 5) == 0;
}

pf_denial_t
pf_denial(const pf_asker_t *a)
{
    if (under_api(a->path) || pf_accepts_json(a->accept) ||
        (a->sec_fetch_mode.len &&
         !pf_str_eq(a->sec_fetch_mode, pf_string("navigate")))) {
        return PF_DENY_PROBLEM;
    }
    if (pf_str_eq(a->sec_fetch_dest, pf_string("iframe")) ||
        pf_str_eq(a->sec_fetch_dest, pf_string("frame"))) {
        return PF_DENY_FRAME;
    }
    if (pf_str_eq(a->method, pf_string("GET")) ||
        pf_str_eq(a->method, pf_string("HEAD"))) {
        return PF_DENY_LOGIN;
    }
    return PF_DENY_PAGE;
}
