#include <string.h>

#include "base/log.h"
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
response_list(struct request *rq, struct response *rs,
              const struct field *fields, const json_t *rows, size_t limit,
              const char *column)
{
    json_t *items = json_array(), *next = json_null(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (i == limit) {
            next = json_incref(
                json_object_get(json_array_get(rows, i - 1), column));
            break;
        }
        json_array_append(items, field_output(rq->arena, fields, row));
    }
    response_json(rs, 200,
                  json_in_arena(rq->arena, json_pack("{s:o, s:o}", "items",
                                                     items, "next", next)));
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
response_empty(struct response *rs, int status)
{
    rs->kind = RESPONSE_NONE;
    rs->status = status;
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
