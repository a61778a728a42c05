#ifndef AUDIT_AUDIT_STORE_H
#define AUDIT_AUDIT_STORE_H

#include "audit/audit.h"

enum db_result audit_store_insert(struct db *db, struct arena *a,
                                  const char *tenant, const struct audit *row,
                                  const struct audit_change *change);
enum db_result audit_store_insert_many(struct db *db, struct arena *a,
                                       const char *tenant,
                                       const struct audit *rows, size_t n,
                                       const struct audit_change *changes);

/* ---- the chain ---- */

/* Tenants with rows to seal that were written until then: [{tenant}]. */
enum db_result audit_store_tenants(struct db *db, struct arena *a,
                                   int64_t until, json_t **rows);

/* Rows to seal, oldest first. */
enum db_result audit_store_open(struct db *db, struct arena *a,
                                const char *tenant, int64_t until, int limit,
                                json_t **rows);

/* DB_NONE: it was sealed before. */
enum db_result audit_store_seal(struct db *db, const char *tenant,
                                const char *id, int64_t seq, const char *prev,
                                const char *hash);

/* The present end of the chain, DB_NONE before the first. */
enum db_result audit_store_head(struct db *db, struct arena *a,
                                const char *tenant, json_t **row);
enum db_result audit_store_set_head(struct db *db, const char *tenant,
                                    const char *day, int64_t seq,
                                    const char *hash, const char *signature);
enum db_result audit_store_heads(struct db *db, struct arena *a,
                                 const char *tenant, json_t **rows);

/* Sealed rows behind seq, in the order of the chain. */
enum db_result audit_store_chain(struct db *db, struct arena *a,
                                 const char *tenant, int64_t seq, int limit,
                                 json_t **rows);

/* The first row behind the end that audit_head tells of; DB_NONE: none. */
enum db_result audit_store_behind(struct db *db, struct arena *a,
                                  const char *tenant, json_t **row);
enum db_result audit_store_count_open(struct db *db, struct arena *a,
                                      const char *tenant, json_t **row);

#endif
