#include "pf_claims.h"

#include <sodium.h>

#include "pf_json.h"
#include "pf_time.h"

enum { NAMES_MAX = 64, DIGITS_MAX = 19, EXPONENT_MAX = 2 };

struct reader {
    const unsigned char *at, *end;
    const pf_claim_t *rows;
    size_t n_rows, next_row;
    unsigned char *out;
    uint32_t seen;
    int depth;
    /* Hashes of the unknown names of all open objects, the innermost last. */
    size_t n_names, first_name;
    uint64_t names[NAMES_MAX];
    bool scribbled;
    unsigned char scratch[PF_CLAIMS_MAX]; /* the last string with escapes */
};

/* ---- characters ---- */

enum { PLAIN = 1, WORD = 2 };

/* PLAIN stands for itself in a string: ASCII, no control, quote, backslash. */
static const unsigned char classes[256] = {
    [' ' ... '!'] = PLAIN,
    ['#' ... '*'] = PLAIN,
    ['+'] = PLAIN | WORD,
    [','] = PLAIN,
    ['-' ... '.'] = PLAIN | WORD,
    ['/'] = PLAIN,
    ['0' ... ':'] = PLAIN | WORD,
    [';' ... '?'] = PLAIN,
    ['@' ... 'Z'] = PLAIN | WORD,
    ['['] = PLAIN,
    [']' ... '^'] = PLAIN,
    ['_'] = PLAIN | WORD,
    ['`'] = PLAIN,
    ['a' ... 'z'] = PLAIN | WORD,
    ['{' ... '}'] = PLAIN,
    ['~'] = PLAIN | WORD,
    [0x7f] = PLAIN,
};

bool
pf_word_ok(pf_str_t word)
{
    unsigned char all = WORD;

    for (size_t i = 0; i < word.len; i++) {
        all &= classes[word.data[i]];
    }
    return word.len != 0 && all != 0;
}

/* Of UTF-8; U+0080 to U+009F are C2 80 to C2 9F. */
static bool
printable(pf_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] == 0x7f ||
            (s.data[i] == 0xc2 && s.data[i + 1] <= 0x9f)) {
            return false;
        }
    }
    return true;
}

/* What the second byte may be: no overlong forms, surrogates, above 10FFFF. */
static bool
second_ok(unsigned char first, unsigned char second)
{
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

    return second >= low && second <= high;
}

/* Bytes of the character at p, which is no ASCII; 0 when it is not UTF-8. */
static size_t
utf8_length(const unsigned char *p, const unsigned char *end)
{
    size_t n = *p < 0xc2   ? 0
               : *p < 0xe0 ? 2
               : *p < 0xf0 ? 3
               : *p < 0xf5 ? 4
                           : 0;

    if (n == 0 || (size_t)(end - p) < n || !second_ok(p[0], p[1])) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

static unsigned char *
put_utf8(unsigned char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (unsigned char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (unsigned char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *to++ = (unsigned char)(0xe0 | c >> 12);
        } else {
            *to++ = (unsigned char)(0xf0 | c >> 18);
            *to++ = (unsigned char)(0x80 | (c >> 12 & 0x3f));
        }
        *to++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (unsigned char)(0x80 | (c & 0x3f));
    return to;
}

/* ---- tokens of JSON ---- */

/* The next character that is no white space, or -1. */
static int
peek(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' ||
                              *r->at == '\t' || *r->at == '\r')) {
        r->at++;
    }
    return r->at < r->end ? *r->at : -1;
}

static bool
take(struct reader *r, char c)
{
    bool there = peek(r) == c;

    r->at += there;
    return there;
}

static bool
take_word(struct reader *r, pf_str_t word)
{
    if ((size_t)(r->end - r->at) < word.len ||
        memcmp(r->at, word.data, word.len) != 0) {
        return false;
    }
    r->at += word.len;
    return true;
}

/* Where what stands for itself ends; at bad UTF-8 as well. */
static const unsigned char *
plain_end(const unsigned char *p, const unsigned char *end)
{
    size_t n = 1;

    while (n != 0) {
        while (p < end && (classes[*p] & PLAIN)) {
            p++;
        }
        n = p < end && *p >= 0x80 ? utf8_length(p, end) : 0;
        p += n;
    }
    return p;
}

/* Four hexadecimal digits. */
static bool
code_unit(struct reader *r, uint32_t *out)
{
    *out = 0;
    if (r->end - r->at < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        unsigned char c = *r->at++, letter = c | 0x20;

        if (c >= '0' && c <= '9') {
            *out = *out << 4 | (uint32_t)(c - '0');
        } else if (letter >= 'a' && letter <= 'f') {
            *out = *out << 4 | (uint32_t)(letter - 'a' + 10);
        } else {
            return false;
        }
    }
    return true;
}

/* What stands behind \u; a character beyond U+FFFF is a pair of them. */
static bool
code_point(struct reader *r, uint32_t *out)
{
    uint32_t low;

    if (!code_unit(r, out) || *out == 0) {
        return false;
    }
    if (*out < 0xd800 || *out > 0xdfff) {
        return true;
    }
    if (*out > 0xdbff || !take_word(r, pf_string("\\u")) ||
        !code_unit(r, &low) || low < 0xdc00 || low > 0xdfff) {
        return false;
    }
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* The character behind a backslash; NULL when there is none like that. */
static unsigned char *
escape(struct reader *r, unsigned char *to)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter;
    uint32_t c;

    if (r->at == r->end) {
        return NULL;
    }
    letter = memchr(letters, *r->at, sizeof letters - 1);
    if (letter) {
        r->at++;
        *to++ = (unsigned char)meanings[letter - letters];
        return to;
    }
    return take_word(r, pf_string("u")) && code_point(r, &c) ? put_utf8(to, c)
                                                             : NULL;
}

/*
 * A string with escapes, of which r->at has the first. It never gets longer,
 * and so has room in the scratch.
 */
static bool
escaped(struct reader *r, const unsigned char *from, pf_str_t *out)
{
    unsigned char *to = r->scratch;

    r->scribbled = true;
    while (to) {
        size_t n = (size_t)(r->at - from);

        memcpy(to, from, n);
        to += n;
        if (r->at < r->end && *r->at == '"') {
            r->at++;
            *out = (pf_str_t){(size_t)(to - r->scratch), r->scratch};
            return true;
        }
        if (r->at == r->end || *r->at++ != '\\') {
            return false;
        }
        to = escape(r, to);
        from = r->at;
        r->at = plain_end(r->at, r->end);
    }
    return false;
}

/* *out is valid up to the next string. */
static bool
string(struct reader *r, pf_str_t *out)
{
    const unsigned char *start;

    if (!take(r, '"')) {
        return false;
    }
    start = r->at;
    r->at = plain_end(start, r->end);
    if (r->at < r->end && *r->at == '"') {
        *out = (pf_str_t){(size_t)(r->at - start), start};
        r->at++;
        return true;
    }
    return escaped(r, start, out);
}

static size_t
digits(struct reader *r, uint64_t *value)
{
    size_t n = 0;

    *value = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; n++) {
        *value = *value * 10 + (uint64_t)(*r->at++ - '0');
    }
    return n;
}

/* Fraction and exponent; *whole when there is neither. */
static bool
fraction(struct reader *r, bool *whole)
{
    const unsigned char *start = r->at;
    uint64_t ignored;
    size_t n;

    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (digits(r, &ignored) == 0) {
            return false;
        }
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        r->at += r->at < r->end && (*r->at == '+' || *r->at == '-');
        n = digits(r, &ignored);
        if (n == 0 || n > EXPONENT_MAX) {
            return false;
        }
    }
    *whole = r->at == start;
    return true;
}

/* *out is the value of a whole number. */
static bool
number(struct reader *r, int64_t *out, bool *whole)
{
    bool minus = take(r, '-');
    const unsigned char *first = r->at;
    uint64_t value;
    size_t n = digits(r, &value);

    *out = 0;
    if (n == 0 || n > DIGITS_MAX || (n > 1 && *first == '0') ||
        !fraction(r, whole)) {
        return false;
    }
    if (!*whole) {
        return true;
    }
    if (value > (uint64_t)INT64_MAX + minus) {
        return false;
    }
    *out = (int64_t)(minus ? 0 - value : value);
    return true;
}

/* ---- objects and arrays, and values that nobody wants ---- */

static uint64_t
hash(pf_str_t name)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < name.len; i++) {
        h = (h ^ name.data[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

/*
 * False for a name that the innermost object has already. Two names of one
 * hash are refused, too: nobody meets them by chance.
 */
static bool
remember(struct reader *r, pf_str_t name)
{
    uint64_t h = hash(name);

    for (size_t i = r->first_name; i < r->n_names; i++) {
        if (r->names[i] == h) {
            return false;
        }
    }
    if (r->n_names == NAMES_MAX) {
        return false;
    }
    r->names[r->n_names++] = h;
    return true;
}

typedef bool member_fn(struct reader *r, pf_str_t name);

/* name: value, name: value; each is called at the value. */
static bool
members(struct reader *r, member_fn *each)
{
    pf_str_t name;

    if (take(r, '}')) {
        return true;
    }
    do {
        if (!string(r, &name) || !take(r, ':') || !each(r, name)) {
            return false;
        }
    } while (take(r, ','));
    return take(r, '}');
}

static bool
object(struct reader *r, member_fn *each)
{
    size_t outer = r->first_name;
    bool ok;

    if (!take(r, '{') || ++r->depth > PF_JSON_DEPTH) {
        return false;
    }
    r->first_name = r->n_names;
    ok = members(r, each);
    r->n_names = r->first_name;
    r->first_name = outer;
    r->depth--;
    return ok;
}

static bool skip(struct reader *r);

static bool
skip_member(struct reader *r, pf_str_t name)
{
    return remember(r, name) && skip(r);
}

static bool
skip_array(struct reader *r)
{
    if (!take(r, '[') || ++r->depth > PF_JSON_DEPTH) {
        return false;
    }
    if (!take(r, ']')) {
        do {
            if (!skip(r)) {
                return false;
            }
        } while (take(r, ','));
        if (!take(r, ']')) {
            return false;
        }
    }
    r->depth--;
    return true;
}

/* Calls itself, by way of objects and arrays, down to PF_JSON_DEPTH. */
static bool
skip(struct reader *r)
{
    pf_str_t text;
    int64_t value;
    bool whole;

    switch (peek(r)) {
    case '{':
        return object(r, skip_member);
    case '[':
        return skip_array(r);
    case '"':
        return string(r, &text);
    case 't':
        return take_word(r, pf_string("true"));
    case 'f':
        return take_word(r, pf_string("false"));
    case 'n':
        return take_word(r, pf_string("null"));
    default:
        return number(r, &value, &whole);
    }
}

/* ---- values of rows ---- */

typedef bool kind_fn(struct reader *r, void *out, size_t size);

static bool
copy(pf_str_t text, char *out, size_t size)
{
    if (text.len >= size) {
        return false;
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

static bool
read_text(struct reader *r, void *out, size_t size)
{
    pf_str_t text;

    return string(r, &text) && printable(text) && copy(text, out, size);
}

static bool
read_word(struct reader *r, void *out, size_t size)
{
    pf_str_t text;

    return string(r, &text) && (text.len == 0 || pf_word_ok(text)) &&
           copy(text, out, size);
}

/* ["billing","support"] -> "billing support" */
static bool
read_words(struct reader *r, void *out, size_t size)
{
    char *to = out, *end = to + size;
    pf_str_t word;

    if (!take(r, '[')) {
        return false;
    }
    if (take(r, ']')) {
        return true;
    }
    do {
        if (to != out) {
            *to++ = ' '; /* where the last word had its NUL */
        }
        if (!string(r, &word) || !pf_word_ok(word) ||
            !copy(word, to, (size_t)(end - to))) {
            return false;
        }
        to += word.len;
    } while (take(r, ','));
    return take(r, ']');
}

static bool
read_audience(struct reader *r, void *out, size_t size)
{
    if (!take(r, '[')) {
        return read_text(r, out, size);
    }
    return read_text(r, out, size) && take(r, ']');
}

static bool
read_natural(struct reader *r, void *out, size_t size)
{
    int64_t value;
    bool whole;

    (void)size;
    if (!number(r, &value, &whole) || !whole || value < 0) {
        return false;
    }
    *(int64_t *)out = value;
    return true;
}

static bool
read_time(struct reader *r, void *out, size_t size)
{
    pf_str_t text;
    int64_t value;

    (void)size;
    if (!string(r, &text) || !pf_time_parse(text, &value) || value <= 0) {
        return false;
    }
    *(int64_t *)out = value;
    return true;
}

static bool
read_date(struct reader *r, void *out, size_t size)
{
    const int64_t year_10000 = INT64_C(253402300800);
    int64_t value;

    if (!read_natural(r, &value, size) || value == 0 || value >= year_10000) {
        return false;
    }
    *(int64_t *)out = value;
    return true;
}

static bool
read_any(struct reader *r, void *out, size_t size)
{
    (void)out;
    (void)size;
    return skip(r);
}

static kind_fn *const kinds[] = {
    [PF_CLAIM_TEXT] = read_text,       [PF_CLAIM_WORD] = read_word,
    [PF_CLAIM_WORDS] = read_words,     [PF_CLAIM_AUDIENCE] = read_audience,
    [PF_CLAIM_NATURAL] = read_natural, [PF_CLAIM_TIME] = read_time,
    [PF_CLAIM_DATE] = read_date,       [PF_CLAIM_ANY] = read_any,
};

/* ---- the object ---- */

/* Our own tokens have their members in the order of the rows. */
static size_t
row_of(const struct reader *r, pf_str_t name)
{
    for (size_t i = 0, row = r->next_row; i < r->n_rows; i++, row++) {
        row = row < r->n_rows ? row : 0;
        if (pf_str_eq(r->rows[row].name, name)) {
            return row;
        }
    }
    return r->n_rows;
}

/* A value of another form is read again, as one that nobody wants. */
static bool
read_value(struct reader *r, const pf_claim_t *row)
{
    const unsigned char *start = r->at;

    if (kinds[row->kind](r, r->out + row->offset, row->size)) {
        return true;
    }
    memset(r->out + row->offset, 0, row->size);
    r->at = start;
    return row->dropped && skip(r);
}

static bool
read_member(struct reader *r, pf_str_t name)
{
    size_t row = row_of(r, name);

    if (row == r->n_rows) {
        return skip_member(r, name);
    }
    if (r->seen & UINT32_C(1) << row) {
        return false;
    }
    r->seen |= UINT32_C(1) << row;
    r->next_row = row + 1;
    return read_value(r, &r->rows[row]);
}

bool
pf_claims_read(const pf_claim_t *rows, size_t n, pf_str_t text, void *out,
               uint32_t *seen)
{
    struct reader r; /* names and scratch have no value before they are used */
    bool ok;

    if (text.len == 0 || text.len > PF_CLAIMS_MAX || n > PF_CLAIMS_ROWS) {
        return false;
    }
    r.at = text.data;
    r.end = text.data + text.len;
    r.rows = rows;
    r.n_rows = n;
    r.out = out;
    r.seen = 0;
    r.next_row = r.n_names = r.first_name = 0;
    r.depth = 0;
    r.scribbled = false;
    ok = object(&r, read_member) && peek(&r) == -1;
    if (r.scribbled) {
        sodium_memzero(r.scratch, text.len);
    }
    if (seen) {
        *seen = r.seen;
    }
    return ok;
}
