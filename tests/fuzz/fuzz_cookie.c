/* Cookie headers, and values on their way into Set-Cookie and back. */
#include "pure.h"

#include "pf_cookie.h"

static const pf_str_t name = {14, (const unsigned char *)"__Host-pf-acme"};

static void
check_header(pf_str_t header)
{
    pf_str_t value = {0, NULL}, all = {0, NULL};
    unsigned n = pf_cookie_count(header, name, &value), separators = 0;
    char *more = malloc(header.len + 32);
    size_t len;

    for (size_t i = 0; i < header.len; i++) {
        separators += header.data[i] == ';';
    }
    must(n <= separators + 1);
    must(n == 0 || (value.data >= header.data + name.len + 1 &&
                    value.data + value.len <= header.data + header.len &&
                    !(value.len && memchr(value.data, ';', value.len))));
    if (header.len) {
        memcpy(more, header.data, header.len);
    }
    memcpy(more + header.len, ";__Host-pf-acme=x", 17);
    len = header.len + 17;
    must(pf_cookie_count((pf_str_t){len, (unsigned char *)more}, name, &all) ==
         n + 1);
    must(pf_str_eq(all, pf_string("x")));
    free(more);
}

static void
check_value(pf_str_t value)
{
    char out[5000];
    pf_str_t pair, back;
    size_t len;

    for (int kind = PF_COOKIE_SESSION; kind <= PF_COOKIE_FORM; kind++) {
        len = pf_cookie_format(kind, pf_string("acme"), kind % 2, value, 60,
                               out, sizeof out);
        if (len == 0) {
            continue;
        }
        must(len == strlen(out) && fuzz_printable(out, sizeof out));
        must(strncmp(strchr(out, ';'), "; Path=/; Max-Age=60; ", 22) == 0);
    }
    len = pf_cookie_format(PF_COOKIE_SESSION, pf_string("acme"), true, value,
                           -1, out, sizeof out);
    if (len) {
        pair = (pf_str_t){strcspn(out, ";"), (unsigned char *)out};
        must(pf_cookie_count(pair, name, &back) == 1);
        must(pf_str_eq(back, value));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_header(fuzz_span(data, size));
    check_value(fuzz_span(data, size));
    return 0;
}
