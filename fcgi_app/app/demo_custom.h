/* The demo's custom fields. */
#ifndef APP_DEMO_CUSTOM_H
#define APP_DEMO_CUSTOM_H

#include "audit/audit.h"
#include "base/config.h"
#include "db/db.h"

/* False, logged, on failure. */
bool demo_custom(struct db *db, struct arena *a, const struct config *config,
                 const struct actor *actor);

#endif
