/* The demo: believable data of two merchants, made by the domains' own rules.
 */
#ifndef APP_DEMO_H
#define APP_DEMO_H

#include "base/config.h"
#include "db/db.h"

/*
 * Fills an empty database. The keys and passwords it made are in the returned
 * object (new reference), in the form of demo.json; NULL, logged, on failure.
 */
json_t *demo_fill(struct db *db, const struct config *config);

#endif
