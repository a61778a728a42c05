/* SQL of the office folder. */
#ifndef OFFICE_OFFICE_STORE_H
#define OFFICE_OFFICE_STORE_H

#include "db/db.h"

/* *claimed is 0 when a form of that id has had its effect. */
enum db_result form_store_claim(struct db *db, const char *tenant,
                                const char *id, int64_t now, int64_t *claimed);
enum db_result form_store_settle(struct db *db, const char *tenant,
                                 const char *id, const char *location);
enum db_result form_store_get(struct db *db, struct arena *a,
                              const char *tenant, const char *id, json_t **row);
/* `name` of who stands in the trail: kind user, staff or key, and the id of
 * one.
 */
enum db_result actor_store_name(struct db *db, struct arena *a,
                                const char *tenant, const char *pool,
                                const char *kind, const char *id, json_t **row);

/* Of all tenants. */
enum db_result form_store_forget(struct db *db, int64_t before);

#endif
