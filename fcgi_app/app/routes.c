#include "app/routes.h"

#include <string.h>

#include "base/text.h"
#include "billing/billing.h"
#include "billing/credit.h"
#include "billing/invoice_query.h"
#include "billing/ledger.h"
#include "billing/payment.h"
#include "billing/reminder.h"
#include "billing/run.h"
#include "billing/schedule.h"
#include "callback/callback.h"
#include "catalog/catalog.h"
#include "contract/contract.h"
#include "contract/link.h"
#include "contract/service.h"
#include "custom/custom.h"
#include "customer/customer.h"
#include "declaration/declaration.h"
#include "export/export.h"
#include "mail/mail.h"
#include "office/office_web.h"
#include "order/order.h"
#include "payer/payer.h"
#include "session/person_web.h"
#include "session/session.h"
#include "staff/staff.h"
#include "tenant/tenant.h"
#include "user/member.h"
#include "user/registration.h"
#include "user/user.h"

static const struct field no_fields[] = {FIELD_END};

/* "-" in a row means that nothing special is needed. */
#define RIGHT(text) ((text)[0] == '-' ? NULL : (text))

const struct route routes[] = {
#define PAGE(method, path, function, door, right, fields, pool, limit, help)   \
    {#method,   path, function, door,  RIGHT(right), fields,                   \
     no_fields, ONE,  pool,     limit, help},
#define REST(method, path, function, scope, fields, answer, shape, pool,       \
             limit, help)                                                      \
    {#method, "/api/v1" path, function, API,   RIGHT(scope), fields,           \
     answer,  shape,          pool,     limit, help},
#include "tables/routes.def"
#undef PAGE
#undef REST
};

const size_t n_routes = sizeof routes / sizeof *routes;

bool
route_in_office(const struct route *route)
{
    return route->door == OFFICE || route->door == PROVEN ||
           route->door == PROOF;
}

bool
route_once(const struct route *route)
{
    return route->shape == ONCE || route->shape == ACCEPTED;
}

bool
route_in_portal(const struct route *route)
{
    return route->door == PUBLIC || route->door == PORTAL ||
           route->door == CONTRACT || route->door == PERSON ||
           route->door == SIGNED_IN || route_in_office(route) ||
           route->door == HANDOFF;
}

/*
 * One {name} of a pattern against the segment at *path. What follows the name
 * in the pattern, up to the next slash, must end the segment.
 */
static bool
match_name(struct arena *a, const char **pattern, const char **path,
           const char **value)
{
    const char *suffix = strchr(*pattern, '}') + 1;
    size_t suffix_len = strcspn(suffix, "/");
    size_t len = strcspn(*path, "/");

    if (len <= suffix_len ||
        memcmp(*path + len - suffix_len, suffix, suffix_len) != 0) {
        return false;
    }
    *value = arena_strndup(a, *path, len - suffix_len);
    *pattern = suffix + suffix_len;
    *path += len;
    return true;
}

static bool
match(struct arena *a, const char *pattern, const char *path,
      const char *values[REQUEST_PARAMS_MAX])
{
    size_t n = 0;

    while (*pattern) {
        if (*pattern == '{') {
            if (n == REQUEST_PARAMS_MAX ||
                !match_name(a, &pattern, &path, &values[n++])) {
                return false;
            }
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static bool
same_method(const char *row, const char *method)
{
    return strcmp(row, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(row, "GET") == 0);
}

enum route_result
route_find(struct arena *a, const char *method, const char *uri,
           const char *inside, const struct route **out,
           const char *values[REQUEST_PARAMS_MAX])
{
    enum route_result result = ROUTE_NOT_FOUND;

    /* nothing is named by it, and a database may not even look */
    if (!text_utf8_ok(uri, strlen(uri))) {
        return ROUTE_NOT_FOUND;
    }
    for (size_t i = 0; i < n_routes; i++) {
        const struct route *row = &routes[i];
        const char *path = route_in_portal(row) ? inside : uri;

        if (!path || !match(a, row->path, path, values)) {
            continue;
        }
        *out = row;
        if (same_method(row->method, method)) {
            return ROUTE_FOUND;
        }
        result = ROUTE_METHOD;
    }
    return result;
}
