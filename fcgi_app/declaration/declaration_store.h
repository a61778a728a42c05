#ifndef DECLARATION_DECLARATION_STORE_H
#define DECLARATION_DECLARATION_STORE_H

#include "declaration/declaration.h"

/* *added 0: it is there already. contract: id, or NULL. */
enum db_result declaration_store_insert(struct db *db, const char *tenant,
                                        const struct declaration_new *new,
                                        const char *contract, int64_t *added);

struct declaration_update {
    const char *id;
    int64_t version;      /* that was seen */
    const char *contract; /* id, or NULL */
    const char *status, *note;
};
enum db_result declaration_store_update(struct db *db, const char *tenant,
                                        const struct declaration_update *u,
                                        int64_t *changed);

#endif
