/* The files that nginx reads, as text. Private to the folder. */
#ifndef TENANT_TENANT_RECORD_H
#define TENANT_TENANT_RECORD_H

#include "tenant/tenant.h"

/*
 * The edge record of a tenant, for the caller to free, and its revision. NULL,
 * logged, when it cannot be made, or the module would not take it.
 */
char *tenant_record_text(struct db *db, struct arena *a,
                         const struct config *config, const char *id,
                         int64_t *revision);

/* The host index, for the caller to free; NULL when it cannot be read. */
char *tenant_hosts_text(struct db *db, struct arena *a);

#endif
