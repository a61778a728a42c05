#include "pf_quality.h"

#include <strings.h>

static bool
blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static pf_str_t
trim(pf_str_t s)
{
    while (s.len != 0 && blank(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len != 0 && blank(s.data[s.len - 1])) {
        s.len--;
    }
    return s;
}

/* Takes what stands before the next `c`, trimmed, off the front of *s. */
static pf_str_t
cut(pf_str_t *s, char c)
{
    const unsigned char *end = s->len ? memchr(s->data, c, s->len) : NULL;
    size_t len = end ? (size_t)(end - s->data) : s->len;
    pf_str_t head = {len, s->data};

    s->data = end ? end + 1 : NULL;
    s->len -= len + (end != NULL);
    return trim(head);
}

/* ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), in thousandths, or -1 */
static int
weight(pf_str_t s)
{
    static const int places[] = {0, 0, 100, 10, 1};
    int q = 0;

    if (s.len == 0 || s.len > 5 || (s.len > 1 && s.data[1] != '.') ||
        s.data[0] < '0' || s.data[0] > '1') {
        return -1;
    }
    for (size_t i = 2; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return -1;
        }
        q += (s.data[i] - '0') * places[i];
    }
    q += (s.data[0] - '0') * 1000;
    return q <= 1000 ? q : -1;
}

bool
pf_quality_next(pf_str_t *list, pf_str_t *name, int *q)
{
    if (list->len == 0) {
        return false;
    }
    pf_str_t item = cut(list, ',');

    *q = 1000;
    *name = cut(&item, ';');
    while (item.len != 0) {
        pf_str_t parameter = cut(&item, ';');

        if (parameter.len >= 2 && (parameter.data[0] | 0x20) == 'q' &&
            parameter.data[1] == '=') {
            *q = weight((pf_str_t){parameter.len - 2, parameter.data + 2});
        }
    }
    return true;
}

bool
pf_same(pf_str_t a, pf_str_t b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.data,
                                      (const char *)b.data, a.len) == 0);
}
