/*
 * The audit trail: who did what to what. A row is written inside the
 * transaction of the change it tells of, so that one does not exist without the
 * other.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "base/field.h"
#include "db/list.h"

struct actor {
    const char *name; /* "user:usr_…", "key:…", "merchant:<kid>", … */
    const char *remote_addr; /* "" when there is none */
    const char *request_id;
};

struct audit {
    const struct actor *actor;
    const char *customer; /* id, or "" */
    const char *action;   /* "session.started" */
    const char *object;   /* id of what was changed, or "" */
    const char *detail;   /* JSON text, or "" */
};

/* The list of all. */
extern const struct field audit_list_fields[];
enum db_result audit_list_rows(struct db *db, struct arena *a,
                               const struct list_query *q, const char *tenant,
                               const char *pool, json_t **rows);

enum db_result audit_write(struct db *db, struct arena *a, const char *tenant,
                           const struct audit *row);

#endif
