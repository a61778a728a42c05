#include "pf_policy.h"

#include <strings.h>

#include "pf_quality.h"

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

/* A kind that nobody knows never holds. */
static bool
rule_holds(const pf_require_t *rule, const pf_session_t *session)
{
    switch (rule->kind) {
    case PF_REQUIRE_SCOPE:
        return pf_str_eq(rule->value, pf_str_of(session->scope));
    case PF_REQUIRE_GROUP:
        return has_group(session->groups, rule->value);
    }
    return false;
}

/* One of the rules of that kind holds. */
static bool
kind_holds(const pf_require_t *rules, size_t n, int kind,
           const pf_session_t *session)
{
    for (size_t i = 0; i < n; i++) {
        if ((int)rules[i].kind == kind && rule_holds(&rules[i], session)) {
            return true;
        }
    }
    return false;
}

bool
pf_policy_allows(const pf_require_t *rules, size_t n,
                 const pf_session_t *session)
{
    for (size_t i = 0; i < n; i++) {
        if (!kind_holds(rules, n, rules[i].kind, session)) {
            return false;
        }
    }
    return true;
}

/* ---- how a refusal is told ---- */

static bool
is_json(pf_str_t type)
{
    static const char suffix[] = "+json";
    size_t n = sizeof suffix - 1;

    return pf_same(type, pf_string("application/json")) ||
           (type.len > n && strncasecmp((const char *)type.data + type.len - n,
                                        suffix, n) == 0);
}

/* How exactly a range names text/html: 0 not at all, 1 as any, to 3 by name. */
static int
html_rank(pf_str_t type)
{
    const pf_str_t ranges[] = {pf_string("*/*"), pf_string("text/*"),
                               pf_string("text/html")};

    for (int rank = 3; rank > 0; rank--) {
        if (pf_same(type, ranges[rank - 1])) {
            return rank;
        }
    }
    return 0;
}

bool
pf_accepts_json(pf_str_t accept)
{
    int q, json = 0, html = 0, html_by = 0;
    pf_str_t type;

    while (pf_quality_next(&accept, &type, &q)) {
        int rank = html_rank(type);

        if (is_json(type) && q > json) {
            json = q;
        }
        if (rank > html_by && q >= 0) { /* the most exact range counts */
            html = q;
            html_by = rank;
        }
    }
    /* At a tie, what is named wins over what only "any" stands for. */
    return json > html || (json > 0 && json == html && html_by < 3);
}

static bool
under_api(pf_str_t path)
{
    return path.len >= 5 && memcmp(path.data, "/api/", 5) == 0;
}

bool
pf_framed(pf_str_t sec_fetch_dest)
{
    return pf_str_eq(sec_fetch_dest, pf_string("iframe")) ||
           pf_str_eq(sec_fetch_dest, pf_string("frame"));
}

pf_denial_t
pf_denial(const pf_asker_t *a)
{
    if (under_api(a->path) || pf_accepts_json(a->accept) ||
        (a->sec_fetch_mode.len &&
         !pf_str_eq(a->sec_fetch_mode, pf_string("navigate")))) {
        return PF_DENY_PROBLEM;
    }
    if (pf_framed(a->sec_fetch_dest)) {
        return PF_DENY_FRAME;
    }
    if (pf_str_eq(a->method, pf_string("GET")) ||
        pf_str_eq(a->method, pf_string("HEAD"))) {
        return PF_DENY_LOGIN;
    }
    return PF_DENY_PAGE;
}
