#include "pf_memcached.h"

enum {
    LINE_MAX = 512,  /* a key of 250 characters, two numbers */
    DIGITS_MAX = 10, /* 32 bits */
};

static const pf_str_t end = {5, (const unsigned char *)"END\r\n"};
static const pf_str_t trailer = {7, (const unsigned char *)"\r\nEND\r\n"};

/* Takes that text from the beginning of *in, if it is there. */
static bool
take(pf_str_t *in, pf_str_t text)
{
    if (in->len < text.len || memcmp(in->data, text.data, text.len) != 0) {
        return false;
    }
    in->data += text.len;
    in->len -= text.len;
    return true;
}

static bool
take_number(pf_str_t *in, size_t *out)
{
    size_t n = 0;

    *out = 0;
    while (n < in->len && in->data[n] >= '0' && in->data[n] <= '9') {
        if (++n > DIGITS_MAX) {
            return false;
        }
        *out = *out * 10 + (size_t)(in->data[n - 1] - '0');
    }
    in->data += n;
    in->len -= n;
    return n > 0;
}

/* "VALUE <key> <flags> <bytes>\r\n" */
static bool
read_line(pf_str_t line, pf_str_t key, size_t *bytes)
{
    size_t flags;

    return take(&line, (pf_str_t)pf_string("VALUE ")) && take(&line, key) &&
           take(&line, (pf_str_t)pf_string(" ")) &&
           take_number(&line, &flags) &&
           take(&line, (pf_str_t)pf_string(" ")) && take_number(&line, bytes) &&
           take(&line, (pf_str_t)pf_string("\r\n")) && line.len == 0;
}

pf_memcached_t
pf_memcached_answer(pf_str_t in, pf_str_t key, size_t max, pf_str_t *value,
                    size_t *len)
{
    const unsigned char *lf =
        memchr(in.data, '\n', in.len < LINE_MAX ? in.len : LINE_MAX);
    pf_str_t rest, line;
    size_t bytes;

    if (!lf) {
        return in.len < LINE_MAX ? PF_MEMCACHED_MORE : PF_MEMCACHED_BAD;
    }
    line = (pf_str_t){(size_t)(lf - in.data) + 1, in.data};
    if (pf_str_eq(line, end)) {
        *len = end.len;
        return PF_MEMCACHED_MISS;
    }
    if (!read_line(line, key, &bytes) || bytes > max) {
        return PF_MEMCACHED_BAD;
    }
    if (in.len < line.len + bytes + trailer.len) {
        return PF_MEMCACHED_MORE;
    }
    *value = (pf_str_t){bytes, in.data + line.len};
    rest = (pf_str_t){trailer.len, value->data + bytes};
    if (!pf_str_eq(rest, trailer)) {
        return PF_MEMCACHED_BAD;
    }
    *len = line.len + bytes + trailer.len;
    return PF_MEMCACHED_HIT;
}
