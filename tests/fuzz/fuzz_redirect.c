/* Return paths: what is accepted stays on this host, however one reads it. */
#include "pure.h"

#include "pf_redirect.h"
#include "pf_token.h"

static bool
has(const char *s, const char *part)
{
    return strstr(s, part) != NULL;
}

static bool
ends(const char *s, const char *part)
{
    size_t n = strlen(s), len = strlen(part);

    return n >= len && strcmp(s + n - len, part) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[PF_PATH_MAX + 1], *query;

    if (!pf_redirect_ok(fuzz_span(data, size))) {
        return 0;
    }
    must(pf_str_copy(fuzz_span(data, size), path, sizeof path));
    must(path[0] == '/' && fuzz_printable(path, sizeof path));
    must(strcspn(path, "\\%:#@ \"'<>;,") == size);
    query = strchr(path, '?');
    if (query) {
        must(!strchr(query + 1, '?') && !strchr(query, '/'));
        *query = '\0';
    }
    must(!has(path, "//") && !has(path, "/./") && !has(path, "/../"));
    must(!ends(path, "/.") && !ends(path, "/.."));
    return 0;
}
