/* SQL of custom fields. */
#ifndef CUSTOM_CUSTOM_STORE_H
#define CUSTOM_CUSTOM_STORE_H

#include "custom/custom.h"

enum db_result custom_store_get(struct db *db, struct arena *a,
                                const char *tenant, const char *id,
                                json_t **row);
/* 0 rows changed: there are as many as there may be. */
enum db_result custom_store_insert(struct db *db, const char *tenant,
                                   const char *id, const json_t *input,
                                   int64_t *changed);
enum db_result custom_store_update(struct db *db, const char *tenant,
                                   const json_t *row, const json_t *input,
                                   int64_t *changed);
enum db_result custom_store_delete(struct db *db, const char *tenant,
                                   const json_t *row, int64_t *changed);

/* Raises the version of a record's values from that one; 0 rows changed: it is
 * another by now. */
enum db_result custom_store_raise(struct db *db, const char *tenant,
                                  const struct custom_record *record,
                                  int64_t version, int64_t *changed);
/* value "": takes it away. */
enum db_result custom_store_put(struct db *db, const char *tenant,
                                const char *object, const char *field,
                                const char *value);

#endif
