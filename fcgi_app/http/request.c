#include <string.h>

#include "http/request.h"
#include "pf_cookie.h"

enum { HEADER_NAME_MAX = 64 };

/* The value in "NAME=value", NULL when it is another name. */
static const char *
value_of(const char *param, const char *name, size_t len)
{
    if (strncmp(param, name, len) != 0 || param[len] != '=') {
        return NULL;
    }
    return param + len + 1;
}

/* NULL when it is not there. */
static const char *
find(const struct request *rq, const char *name)
{
    size_t len = strlen(name);

    for (char **p = rq->params; p != NULL && *p != NULL; p++) {
        const char *value = value_of(*p, name, len);
        if (value != NULL) {
            return value;
        }
    }
    return NULL;
}

const char *
request_param(const struct request *rq, const char *name)
{
    const char *value = find(rq, name);

    return value ? value : "";
}

/* The parameter of a header. CGI (RFC 3875, 4.1) names two without the prefix.
 */
static const char *
header_param(const char *name, char cgi[HEADER_NAME_MAX + 6])
{
    memcpy(cgi, "HTTP_", 5);
    for (size_t i = 0; i <= strlen(name); i++) {
        char c = name[i];
        cgi[5 + i] = c == '-'               ? '_'
                     : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A')
                                            : c;
    }
    bool bare = strcmp(cgi + 5, "CONTENT_TYPE") == 0 ||
                strcmp(cgi + 5, "CONTENT_LENGTH") == 0;
    return bare ? cgi + 5 : cgi;
}

const char *
request_header_sent(const struct request *rq, const char *name)
{
    char cgi[HEADER_NAME_MAX + 6];

    return strlen(name) > HEADER_NAME_MAX ? NULL
                                          : find(rq, header_param(name, cgi));
}

bool
request_header_twice(const struct request *rq, const char *name, bool list)
{
    char cgi[HEADER_NAME_MAX + 6];
    const char *param = header_param(name, cgi);
    unsigned values = 0;

    for (char **p = rq->params; p != NULL && *p != NULL; p++) {
        const char *value = value_of(*p, param, strlen(param));
        if (value != NULL) {
            values += 1 + (!list && strchr(value, ',') != NULL);
        }
    }
    return values > 1;
}

const char *
request_header(const struct request *rq, const char *name)
{
    const char *value = request_header_sent(rq, name);

    return value ? value : "";
}

const char *
request_argument(const struct request *rq, const char *name)
{
    return json_string_value(json_object_get(rq->arguments, name));
}

const char *
request_typed(const struct request *rq, const char *control)
{
    const char *text = json_string_value(json_object_get(rq->raw, control));

    return text ? text : "";
}

const char *
request_text(const struct request *rq, const char *field)
{
    return json_string_value(json_object_get(rq->input, field));
}

bool
request_bool(const struct request *rq, const char *field, bool otherwise)
{
    const json_t *value = json_object_get(rq->input, field);

    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

int64_t
request_number(const struct request *rq, const char *field, int64_t otherwise)
{
    const json_t *value = json_object_get(rq->input, field);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

/* nginx before 1.23 hands several Cookie lines over as several parameters. */
const char *
request_cookie(const struct request *rq, const char *name)
{
    pf_str_t value = {0, NULL}, found;
    unsigned count = 0;

    for (char **p = rq->params; p != NULL && *p != NULL; p++) {
        const char *header = value_of(*p, "HTTP_COOKIE", 11);
        if (header == NULL) {
            continue;
        }
        unsigned n =
            pf_cookie_count(pf_str_of(header), pf_str_of(name), &found);
        if (n > 0) {
            value = found;
        }
        count += n;
    }
    if (count != 1) {
        return NULL;
    }
    return arena_strndup(rq->arena, (const char *)value.data, value.len);
}

/* Strong comparison: a weak tag (W/) matches nothing. */
bool
request_matches(const struct request *rq, const char *etag)
{
    const char *p = request_header(rq, "If-Match");
    size_t len = strlen(etag), n;

    if (*p == '\0' || strcmp(p, "*") == 0) {
        return true;
    }
    for (; *p != '\0'; p += n) {
        p += strspn(p, ", \t");
        n = strcspn(p, ", \t");
        if (n == len && memcmp(p, etag, len) == 0) {
            return true;
        }
    }
    return false;
}

int64_t
request_version(const struct request *rq, const json_t *row)
{
    const char *asked = request_header(rq, "If-Match");

    return asked[0] == '\0' || strcmp(asked, "*") == 0
               ? 0
               : json_integer_value(json_object_get(row, "version"));
}

pf_denial_t
request_denial(const struct request *rq)
{
    pf_asker_t asker = {
        .method = pf_str_of(rq->method),
        .path = pf_str_of(rq->path),
        .accept = pf_str_of(request_header(rq, "Accept")),
        .sec_fetch_mode = pf_str_of(request_header(rq, "Sec-Fetch-Mode")),
        .sec_fetch_dest = pf_str_of(request_header(rq, "Sec-Fetch-Dest"))};

    return pf_denial(&asker);
}

static char **
copy_params(struct arena *a, char **params)
{
    size_t n = 0;

    while (params[n] != NULL) {
        n++;
    }
    char **copy = arena_alloc(a, (n + 1) * sizeof *copy);
    for (size_t i = 0; i < n; i++) {
        copy[i] = arena_strdup(a, params[i]);
    }
    return copy;
}

void
request_fill(struct request *rq, struct arena *a, char **params)
{
    *rq = (struct request){.arena = a, .body = ""};
    rq->params = copy_params(a, params);
    rq->method = request_param(rq, "REQUEST_METHOD");
    rq->query = request_param(rq, "QUERY_STRING");
    rq->content_type = request_param(rq, "CONTENT_TYPE");
    rq->remote_addr = request_param(rq, "REMOTE_ADDR");
    rq->id = request_param(rq, "REQUEST_ID");
    rq->path = request_param(rq, "DOCUMENT_URI");
}

const char *
request_inside(const struct request *rq)
{
    const char *prefix = request_param(rq, "PFORTE_PREFIX");
    size_t len = strlen(prefix);

    if (request_param(rq, "PFORTE_TENANT")[0] == '\0' ||
        strncmp(rq->path, prefix, len) != 0) {
        return NULL;
    }
    if (rq->path[len] == '\0') {
        return "/";
    }
    return rq->path[len] == '/' ? rq->path + len : NULL;
}
