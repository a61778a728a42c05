/* What one process of the application holds. */
#ifndef APP_APP_H
#define APP_APP_H

#include "base/config.h"
#include "base/keys.h"
#include "db/db.h"
#include "http/request.h"
#include "http/response.h"
#include "net/cache.h"
#include "net/gate.h"

struct app {
    const struct config *config;
    struct keys *keys;
    struct db *db;
    struct cache *cache;
    struct gate *gate; /* or NULL */
};

/* Opens key ring, database, memcached; loads catalogues and templates. False,
 * logged, when one is missing. */
bool app_open(struct app *app, const struct config *config);
void app_close(struct app *app);

/*
 * Answers one request: route, guard, handler, view. *body and *len are the
 * rendered answer; they live in the request's arena.
 */
void app_answer(struct app *app, struct request *rq, struct response *rs,
                const char **body, size_t *len);

#endif
