/*
 * A request as handlers see it. http/fcgi.c fills the transport part, dispatch
 * the rest before the handler runs.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/field.h"
#include "pf_policy.h"

struct db;
struct db_answer;
struct cache;
struct config;
struct keys;
struct actor;
struct tenant;
struct session;
struct api_key;

enum { REQUEST_PARAMS_MAX = 4 };

struct request {
    struct arena *arena;

    /* transport; strings are never NULL */
    const char *method;
    const char *path;  /* inside the portal; the whole one outside of it */
    const char *query; /* raw */
    const char *content_type;
    const char *body;
    size_t body_len;
    const char *remote_addr;
    const char *id; /* X-Request-Id / nginx's $request_id */
    char **params;  /* FastCGI parameters, "NAME=value", NULL-ended */

    /* set by dispatch */
    const char *values[REQUEST_PARAMS_MAX]; /* {names} of the route, in order */
    const char *prefix;                     /* "/acme" or "" */
    const char *language;                   /* one of the tenant's */
    json_t *input;              /* typed by the route's fields; never NULL */
    json_t *raw;                /* as sent, for forms shown again */
    struct field_errors errors; /* what was wrong with it */
    json_t *arguments;          /* query string: name -> string */

    const struct config *config;
    struct keys *keys; /* the session key ring */
    struct db *db;
    struct cache *cache;
    struct gate *gate;              /* NULL: nginx is told nothing */
    struct tenant *tenant;          /* NULL on routes without one */
    const char *tenant_id;          /* its id, or "" */
    struct session *session;        /* NULL: nobody is signed in */
    struct db_answer *portal_words; /* the tenant's (section_web.h); or NULL */
    struct api_key *api_key;        /* NULL but on API routes */
    const char *page_origin; /* whose page asks the API by a public key, of a
                                site that the tenant has listed; or NULL */
    struct actor *actor;     /* who acts, for the audit; never NULL */
    const char
        *form_cookie; /* that its answer makes (session_web.h), or NULL */
};

/* Fills the transport part from FastCGI parameters, which are copied; path is
 * the whole one, the body is empty. */
void request_fill(struct request *rq, struct arena *a, char **params);

/* The path inside the tenant's portal: what follows nginx's prefix, where that
 * ends at a segment. NULL without a tenant, or below another path. */
const char *request_inside(const struct request *rq);

/* A FastCGI parameter, "" when it is not there. */
const char *request_param(const struct request *rq, const char *name);

/* A request header by its name, "Accept": "" when it was not sent. */
const char *request_header(const struct request *rq, const char *name);
const char *request_header_sent(const struct request *rq,
                                const char *name); /* else NULL */

/*
 * Whether a header came twice. nginx refuses that by itself of headers that it
 * knows; another one it hands on as two parameters, since 1.23 as one with a
 * comma between (RFC 9110, 5.3): `list` says that a comma is nothing special.
 */
bool request_header_twice(const struct request *rq, const char *name,
                          bool list);

/* A query argument, NULL when it is not there. */
const char *request_argument(const struct request *rq, const char *name);

/* A control of a form as it was filled in, "" when absent. */
const char *request_typed(const struct request *rq, const char *control);

/* Text of the typed input, NULL when absent. */
const char *request_text(const struct request *rq, const char *field);

/* A boolean of the typed input, `otherwise` when absent. */
bool request_bool(const struct request *rq, const char *field, bool otherwise);

/* An integer of the typed input, `otherwise` when absent. */
int64_t request_number(const struct request *rq, const char *field,
                       int64_t otherwise);

/* The value of a cookie sent exactly once, NULL otherwise. */
const char *request_cookie(const struct request *rq, const char *name);

/* Whether If-Match (RFC 9110, 13.1.1) allows a change of what has that ETag:
 * when it names it, or any, or was not sent. */
bool request_matches(const struct request *rq, const char *etag);

/* The version of a matching row that a change is of; 0, any, without If-Match.
 */
int64_t request_version(const struct request *rq, const json_t *row);

/* How a refusal is best told to who asks, by the rules that nginx has too. */
pf_denial_t request_denial(const struct request *rq);

#endif
