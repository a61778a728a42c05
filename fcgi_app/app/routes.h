/* The table of addresses, and how a request finds its row. */
#ifndef APP_ROUTES_H
#define APP_ROUTES_H

#include "base/field.h"
#include "http/handlers.h"

enum door {
    PUBLIC,
    PORTAL,
    CONTRACT,
    PERSON,
    SIGNED_IN,
    OFFICE,
    PROVEN,
    PROOF,
    HANDOFF,
    API,
    SIGNED,
    SYSTEM,
    INTERNAL
};
enum pool { PAGES, PASSWORDS };
enum shape {
    ONE,
    CREATED,
    ONCE,
    ACCEPTED,
    LIST,
    NOTHING,
    FILE_CSV,
    FILE_PDF,
    FILE_XML
};

struct route {
    const char *method;
    const char *path; /* absolute ones with "/api/v1" */
    handler *run;
    enum door door;
    const char *right; /* NULL for none */
    const struct field *fields, *answer;
    enum shape shape;
    enum pool pool;
    size_t limit; /* bytes of a body */
    const char *help;
};

extern const struct route routes[];
extern const size_t n_routes;

enum route_result { ROUTE_FOUND, ROUTE_NOT_FOUND, ROUTE_METHOD };

/*
 * The row for a method and path; HEAD finds GET. uri is the whole path, inside
 * the path without the tenant's prefix (NULL without a tenant). values gets the
 * {names}. With ROUTE_METHOD, *out is a row of that path.
 */
enum route_result route_find(struct arena *a, const char *method,
                             const char *uri, const char *inside,
                             const struct route **out,
                             const char *values[REQUEST_PARAMS_MAX]);

/* True for doors whose paths are inside a tenant's portal. */
bool route_in_portal(const struct route *route);

/* True for doors of staff. */
bool route_in_office(const struct route *route);

/* True for calls that want an Idempotency-Key. */
bool route_once(const struct route *route);

#endif
