#include "pf_redirect.h"

#include "pf_token.h"

static bool
path_character(unsigned char c)
{
    return c != '\0' && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz"
                               "0123456789._~/-",
                               c);
}

static bool
query_character(unsigned char c)
{
    return c != '/' && (path_character(c) || (c && strchr("=&+", c)));
}

/* "", "." and ".." are no segments, but the last may be empty. */
static bool
segment_ok(pf_str_t segment, bool last)
{
    if (segment.len == 0) {
        return last;
    }
    return !pf_str_eq(segment, pf_string(".")) &&
           !pf_str_eq(segment, pf_string(".."));
}

static bool
segments_ok(pf_str_t path)
{
    size_t start = 1;

    for (size_t i = 1; i <= path.len; i++) {
        if (i == path.len || path.data[i] == '/') {
            if (!segment_ok((pf_str_t){i - start, path.data + start},
                            i == path.len)) {
                return false;
            }
            start = i + 1;
        }
    }
    return true;
}

bool
pf_redirect_ok(pf_str_t path)
{
    size_t i = 0, n;

    if (path.len == 0 || path.len > PF_PATH_MAX || path.data[0] != '/') {
        return false;
    }
    while (i < path.len && path_character(path.data[i])) {
        i++;
    }
    n = i;
    if (i < path.len && path.data[i] == '?') {
        for (i++; i < path.len && query_character(path.data[i]); i++) {
        }
    }
    return i == path.len && segments_ok((pf_str_t){n, path.data});
}
