/* The demo's catalogues: what its two merchants sell. */
#ifndef APP_DEMO_CATALOG_H
#define APP_DEMO_CATALOG_H

#include "audit/audit.h"
#include "base/config.h"
#include "db/db.h"

/* False, logged, on failure. */
bool demo_catalog(struct db *db, struct arena *a, const struct config *config,
                  const struct actor *actor);

#endif
