/* The prototype of every handler, from tables/routes.def. */
#ifndef HTTP_HANDLERS_H
#define HTTP_HANDLERS_H

#include "http/request.h"
#include "http/response.h"

typedef void handler(struct request *rq, struct response *rs);

#define PAGE(method, path, function, door, right, fields, pool, limit, help)   \
    handler function;
#define REST(method, path, function, scope, fields, answer, shape, pool,       \
             limit, help)                                                      \
    handler function;
#include "tables/routes.def"
#undef PAGE
#undef REST

#endif
