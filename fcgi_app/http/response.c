#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "http/response.h"

void
response_page(struct response *rs, const char *template, json_t *model)
{
    rs->kind = RESPONSE_PAGE;
    rs->status = 200;
    rs->template = template;
    rs->model = model;
}

void
response_json(struct response *rs, int status, json_t *model)
{
    rs->kind = RESPONSE_JSON;
    rs->status = status;
    rs->model = model;
}

void
response_error(struct response *rs, enum err error)
{
    rs->kind = RESPONSE_ERROR;
    rs->status = err_row(error)->status;
    rs->error = error;
}

void
response_bytes(struct response *rs, const char *type, const char *bytes,
               size_t len)
{
    rs->kind = RESPONSE_BYTES;
    rs->status = 200;
    rs->type = type;
    rs->bytes = bytes;
    rs->len = len;
}

void
response_carried(struct response *rs)
{
    rs->kind = RESPONSE_CARRIED;
}

void
response_empty(struct response *rs, int status)
{
    rs->kind = RESPONSE_NONE;
    rs->status = status;
}

enum { ETAG_LEN = 24 };

const char *
response_etag(struct request *rq, const json_t *row)
{
    const char *id = json_string_value(json_object_get(row, "id"));
    long long version = json_integer_value(json_object_get(row, "version"));
    const char *hash = id_hash(
        rq->arena, arena_printf(rq->arena, "%s %lld", id ? id : "", version));

    return arena_printf(rq->arena, "\"%.*s\"", ETAG_LEN, hash);
}

void
response_record(struct request *rq, struct response *rs, int status,
                const struct field *fields, const json_t *row)
{
    if (field_versioned(fields)) {
        response_header(rs, "ETag", response_etag(rq, row));
    }
    response_json(rs, status, field_output(rq->arena, fields, row));
}

bool
response_may_change(struct request *rq, struct response *rs, const json_t *row)
{
    if (request_matches(rq, response_etag(rq, row))) {
        return true;
    }
    response_error(rs, ERR_precondition_failed);
    return false;
}

void
response_repeatable(struct response *rs)
{
    rs->repeatable = true;
}

/* "//host" and "/\host" are other sites to a browser. */
void
response_redirect(struct request *rq, struct response *rs, const char *path)
{
    if (path[0] != '/' || path[1] == '/' || path[1] == '\\') {
        log_error("a redirect leaves the portal: %s", path);
        path = "/";
    }
    response_empty(rs, 303);
    response_header(
        rs, "Location",
        arena_printf(rq->arena, "%s%s", rq->prefix ? rq->prefix : "", path));
}

bool
response_has(const struct response *rs, const char *name)
{
    for (size_t i = 0; i < rs->n_headers; i++) {
        if (strcmp(rs->headers[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

void
response_header(struct response *rs, const char *name, const char *value)
{
    if (value == NULL || strpbrk(value, "\r\n") != NULL) {
        log_error("header %s dropped: a line break in its value", name);
        return;
    }
    if (rs->n_headers == RESPONSE_HEADERS_MAX) {
        log_error("header %s dropped: too many", name);
        return;
    }
    rs->headers[rs->n_headers].name = name;
    rs->headers[rs->n_headers].value = value;
    rs->n_headers++;
}

void
response_attachment(struct response *rs, struct arena *a, const char *name,
                    const char *ending)
{
    const char *safe = text_file_name(a, name);
    char *plain = arena_strdup(a, safe);
    struct buf coded = buf_new(a, 64);
    bool beyond = false;

    for (char *p = plain; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c < 0x80 && c != ' ') {
            buf_putc(&coded, *p);
        } else {
            buf_printf(&coded, "%%%02X", c);
        }
        if (c >= 0x80) {
            *p = '_';
            beyond = true;
        }
    }
    response_header(rs, "Content-Disposition",
                    beyond ? arena_printf(a,
                                          "attachment; filename=\"%s.%s\";"
                                          " filename*=UTF-8''%s.%s",
                                          plain, ending, coded.data, ending)
                           : arena_printf(a, "attachment; filename=\"%s.%s\"",
                                          plain, ending));
}
