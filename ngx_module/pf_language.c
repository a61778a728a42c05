#include "pf_language.h"

enum { RANGES_MAX = 32, HEADER_MAX = 512, TAG_MAX = 35, Q_ONE = 1000 };

static unsigned char
lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool
same(pf_str_t a, pf_str_t b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return true;
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
            if (same(tag, supported[i])) {
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

static pf_str_t
trim(pf_str_t s)
{
    while (s.len && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }
    while (s.len && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

/* "0.75" as 750; -1 when it is no quality value (RFC 9110, 12.4.2). */
static int
quality(pf_str_t s)
{
    int q, digit = 100;

    if (s.len == 0 || s.len > 5 || (s.data[0] != '0' && s.data[0] != '1') ||
        (s.len > 1 && s.data[1] != '.')) {
        return -1;
    }
    q = (s.data[0] - '0') * Q_ONE;
    for (size_t i = 2; i < s.len; i++, digit /= 10) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return -1;
        }
        q += (s.data[i] - '0') * digit;
    }
    return q <= Q_ONE ? q : -1;
}

/* "de-AT;q=0.8" -> range; false for anything malformed. */
static bool
read_range(pf_str_t item, struct range *out)
{
    const unsigned char *semicolon = memchr(item.data, ';', item.len);
    pf_str_t weight = {0, NULL};

    out->tag = item;
    out->q = Q_ONE;
    if (semicolon) {
        out->tag.len = (size_t)(semicolon - item.data);
        weight = trim((pf_str_t){item.len - out->tag.len - 1, semicolon + 1});
        if (weight.len < 2 || lower(weight.data[0]) != 'q' ||
            weight.data[1] != '=') {
            return false;
        }
        out->q = quality((pf_str_t){weight.len - 2, weight.data + 2});
    }
    out->tag = trim(out->tag);
    return out->q >= 0 &&
           (pf_language_ok(out->tag) || pf_str_eq(out->tag, pf_string("*")));
}

static size_t
read_ranges(pf_str_t header, struct range out[RANGES_MAX])
{
    size_t at = 0, n = 0, limit;

    limit = header.len < HEADER_MAX ? header.len : HEADER_MAX;
    while (at < limit && n < RANGES_MAX) {
        const unsigned char *start = header.data + at;
        const unsigned char *end = memchr(start, ',', limit - at);
        size_t len = end ? (size_t)(end - start) : limit - at;

        n += read_range((pf_str_t){len, start}, &out[n]);
        at += len + 1;
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
            if (same(prefix, ranges[i].tag)) {
                return true;
            }
        }
    }
    return false;
}

/* What "*" stands for: the first that no range names and none excludes. */
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
