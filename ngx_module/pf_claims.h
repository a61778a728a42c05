/*
 * Claims: the members of one JSON object (RFC 8259), read in one pass into a
 * struct, as a table of rows says. Nothing is allocated; nesting is bounded.
 *
 *     static const pf_claim_t rows[] = {
 *         PF_CLAIM("sub", TEXT, struct who, name),
 *         PF_CLAIM("exp", DATE, struct who, until),
 *     };
 *     struct who who = {0};
 *
 *     pf_claims_read(rows, 2, text, &who, NULL);
 */
#ifndef PF_CLAIMS_H
#define PF_CLAIMS_H

#include <stdint.h>

#include "pf_str.h"

enum {
    PF_CLAIMS_MAX = 3072, /* bytes of text that are looked at */
    PF_CLAIMS_ROWS = 32,
};

/* What a member must be, and what the struct has for it. */
typedef enum {
    PF_CLAIM_TEXT,     /* char[]: a string without C0, DEL, C1 characters */
    PF_CLAIM_WORD,     /* char[]: a string that is empty or pf_word_ok() */
    PF_CLAIM_WORDS,    /* char[]: an array of words, one space between them */
    PF_CLAIM_AUDIENCE, /* char[]: a text, or an array with just that */
    PF_CLAIM_NATURAL,  /* int64_t: an integer of 0 and more */
    PF_CLAIM_TIME,     /* int64_t: RFC 3339 text, after 1970-01-01 */
    PF_CLAIM_DATE,     /* int64_t: NumericDate without fraction, above 0 */
    PF_CLAIM_ANY,      /* nothing: any value, only seen */
} pf_claim_kind_t;

typedef struct {
    pf_str_t name;
    pf_claim_kind_t kind;
    bool dropped; /* a value of another form leaves the member empty */
    size_t offset, size;
} pf_claim_t;

#define PF_CLAIM_ROW(claim, form, drop, type, member)                          \
    {                                                                          \
        .name = {sizeof(claim) - 1, (const unsigned char *)(claim)},           \
        .kind = PF_CLAIM_##form, .dropped = (drop),                            \
        .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)  \
    }

/* A value of another form refuses the whole object, or only that value. */
#define PF_CLAIM(claim, form, type, member)                                    \
    PF_CLAIM_ROW(claim, form, false, type, member)
#define PF_CLAIM_OR_EMPTY(claim, form, type, member)                           \
    PF_CLAIM_ROW(claim, form, true, type, member)

/* A name whose presence alone counts. */
#define PF_CLAIM_SEEN(claim)                                                   \
    {                                                                          \
        .name = {sizeof(claim) - 1, (const unsigned char *)(claim)},           \
        .kind = PF_CLAIM_ANY                                                   \
    }

/*
 * Reads text by up to PF_CLAIMS_ROWS rows into the struct at out, whose other
 * bytes stay as they are: zero it before. Bit i of *seen (may be NULL) says
 * that row i's name is there. Unknown members must be JSON, too, and mean
 * nothing. False, with *out half filled, for
 *
 *   - more than PF_CLAIMS_MAX bytes, more than PF_JSON_DEPTH levels, text
 *     after the end, what is no object;
 *   - a name that stands twice in its object, or over 64 unknown names in the
 *     objects open at one time;
 *   - bad UTF-8, lone surrogates, a NUL (also as \u0000);
 *   - a number over 19 digits before its point, an integer beyond int64_t, an
 *     exponent of over two digits;
 *   - a value of another form than its row says, or too long for its member.
 */
bool pf_claims_read(const pf_claim_t *rows, size_t n, pf_str_t text, void *out,
                    uint32_t *seen);

/* True for one and more characters of [A-Za-z0-9._~:@+-]. */
bool pf_word_ok(pf_str_t word);

#endif
