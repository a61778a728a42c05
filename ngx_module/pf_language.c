#include "pf_language.h"

#include "pf_quality.h"

enum { RANGES_MAX = 32, HEADER_MAX = 512, TAG_MAX = 35 };

static unsigned char
lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

bool
pf_language_ok(pf_str_t tag)
{
    size_t run = 0;
    bool first = true;

    if (tag.len == 0 || tag.len > TAG_MAX) {
        return false;
    }
    for (size_t i = 0; i < tag.len; i++) {
        unsigned char c = lower(tag.data[i]);
        bool letter = c >= 'a' && c <= 'z';
        bool digit = c >= '0' && c <= '9';

        if (c == '-' && run > 0) {
            run = 0;
            first = false;
        } else if (!(letter || (digit && !first)) || ++run > 8) {
            return false;
        }
    }
    return run > 0;
}

/* RFC 4647, 3.4: drops the last subtag, and a single letter before it. */
static void
truncate_tag(pf_str_t *tag)
{
    while (tag->len && tag->data[tag->len - 1] != '-') {
        tag->len--;
    }
    tag->len -= tag->len > 0;
    if (tag->len >= 2 && tag->data[tag->len - 2] == '-') {
        tag->len -= 2;
    }
}

int
pf_language_match(pf_str_t tag, const pf_str_t *supported, size_t n)
{
    if (!pf_language_ok(tag)) {
        return -1;
    }
    for (; tag.len; truncate_tag(&tag)) {
        for (size_t i = 0; i < n; i++) {
            if (pf_same(tag, supported[i])) {
                return (int)i;
            }
        }
    }
    return -1;
}

/* ---- Accept-Language ---- */

struct range {
    pf_str_t tag;
    int q; /* thousandths */
};

/* Ranges with a malformed tag or weight count as not sent. */
static size_t
read_ranges(pf_str_t header, struct range out[RANGES_MAX])
{
    size_t n = 0;

    if (header.len > HEADER_MAX) { /* and not the half of a range either */
        const unsigned char *comma = memrchr(header.data, ',', HEADER_MAX);

        header.len = comma ? (size_t)(comma - header.data) : 0;
    }
    while (n < RANGES_MAX && pf_quality_next(&header, &out[n].tag, &out[n].q)) {
        n += out[n].q >= 0 && (pf_language_ok(out[n].tag) ||
                               pf_str_eq(out[n].tag, pf_string("*")));
    }
    return n;
}

static bool
is_any(const struct range *range)
{
    return pf_str_eq(range->tag, pf_string("*"));
}

/* A supported tag is out when a q=0 range is it or a prefix of it. */
static bool
excluded(pf_str_t tag, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pf_str_t prefix = tag;

        for (; ranges[i].q == 0 && prefix.len; truncate_tag(&prefix)) {
            if (pf_same(prefix, ranges[i].tag)) {
                return true;
            }
        }
    }
    return false;
}

/* What "*" stands for: the first that no range excludes. */
static int
first_allowed(const struct range *ranges, size_t n, const pf_str_t *supported,
              size_t n_supported)
{
    for (size_t i = 0; i < n_supported; i++) {
        if (!excluded(supported[i], ranges, n)) {
            return (int)i;
        }
    }
    return -1;
}

int
pf_language_pick(pf_str_t header, const pf_str_t *supported, size_t n_supported)
{
    struct range ranges[RANGES_MAX];
    size_t n = read_ranges(header, ranges);
    int best = -1, best_q = 0;

    for (size_t i = 0; i < n; i++) {
        int found;

        if (ranges[i].q <= best_q) {
            continue;
        }
        found = is_any(&ranges[i])
                    ? first_allowed(ranges, n, supported, n_supported)
                    : pf_language_match(ranges[i].tag, supported, n_supported);
        if (found >= 0 && !excluded(supported[found], ranges, n)) {
            best = found;
            best_q = ranges[i].q;
        }
    }
    return best;
}
