/*
 * What a handler answers: it names a template and a model, or a JSON model, a
 * redirect, an error, or bytes. dispatch renders and sends it.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/field.h"
#include "base/json.h"
#include "http/request.h"

enum response_kind {
    RESPONSE_NONE, /* no body: 204, 303 */
    RESPONSE_PAGE,
    RESPONSE_JSON,
    RESPONSE_ERROR,
    RESPONSE_BYTES,
    RESPONSE_CARRIED, /* the form that was carried is answered instead */
};

enum { RESPONSE_HEADERS_MAX = 16 };

struct response {
    enum response_kind kind;
    int status;
    const char *template; /* PAGE: "invoices" */
    const char *script; /* PAGE: "order.js" of static/, or NULL: it has none */
    bool framed; /* PAGE: it is inside a merchant's and tells how tall it is */
    bool
        hosted; /* PAGE of the back office: shown as to strangers, for a look */
    json_t *model;    /* PAGE, JSON: owned by the arena */
    enum err error;   /* ERROR */
    const char *type; /* BYTES; elsewhere NULL, or other than usual */
    const char *bytes;
    size_t len;
    bool repeatable; /* nothing changed: the same form may be sent again */
    size_t n_headers;
    struct {
        const char *name, *value;
    } headers[RESPONSE_HEADERS_MAX];
};

/* The model must be owned by the request's arena (json_in_arena). */
void response_page(struct response *rs, const char *template, json_t *model);
void response_json(struct response *rs, int status, json_t *model);

void response_error(struct response *rs, enum err error);
void response_bytes(struct response *rs, const char *type, const char *bytes,
                    size_t len);
void response_empty(struct response *rs, int status);

/* See office/confirm_office.h: dispatch goes on with what waited. */
void response_carried(struct response *rs);

/*
 * A record as JSON. Where the row has a version, the answer has a strong ETag
 * (RFC 9110, 8.8.3) of it: one that no other record ever had.
 */
void response_record(struct request *rq, struct response *rs, int status,
                     const struct field *fields, const json_t *row);
const char *response_etag(struct request *rq, const json_t *row);

/* True when the request may change the row as it is: without an If-Match, or
 * with one that names it; else 412 is in the response. */
bool response_may_change(struct request *rq, struct response *rs,
                         const json_t *row);

/* The page that was made answers a form which changed nothing: whatever was
 * done for it is undone, and sent once more it is looked at once more. */
void response_repeatable(struct response *rs);

/* 303 See Other to a path inside the tenant's portal ("/invoices"). */
void response_redirect(struct request *rq, struct response *rs,
                       const char *path);

/* Whether a header of that name was added. */
bool response_has(const struct response *rs, const char *name);

/* Adds a header; CR or LF in a value drop it with a log line. name and value
 * must live until the response is sent. */
void response_header(struct response *rs, const char *name, const char *value);

/*
 * The answer is a file to be kept under that name (RFC 6266). Whatever means
 * something in a header or a path is "_", as numbers of documents begin with
 * words of the merchant's own; what is beyond ASCII follows in filename*.
 */
void response_attachment(struct response *rs, struct arena *a, const char *name,
                         const char *ending);

#endif
