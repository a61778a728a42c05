/* SQL of ways of payment. */
#ifndef PAYER_PAYER_STORE_H
#define PAYER_PAYER_STORE_H

#include "payer/payer.h"

/* What the seals of an IBAN and of a card's token are bound to, beside tenant
 * and id. */
#define PAYER_PURPOSE "payment method iban"
#define PAYER_TOKEN   "payment method token"

/* One that has that id or reference. */
enum db_result payer_store_like(struct db *db, struct arena *a,
                                const char *tenant, const char *id,
                                const char *reference, json_t **row);

/* sealed: the IBAN, or a card's token. */
enum db_result payer_store_insert(struct db *db, const char *tenant,
                                  const struct payer_new *new,
                                  const char *sealed, const struct actor *by);

/* {token}, sealed; of one that is not in use any more it can be taken away. */
enum db_result payer_store_token(struct db *db, struct arena *a,
                                 const char *tenant, const char *id,
                                 json_t **row);
enum db_result payer_store_forget(struct db *db, const char *tenant,
                                  const char *id);

/* 0 rows changed: it was not in use. */
enum db_result payer_store_end(struct db *db, const char *tenant,
                               const char *id, const char *status,
                               int64_t *changed);

/* Mandates in use that nothing was collected by since a day and moment, neither
 * given nor recorded since then; those behind the id `after`. */
enum db_result payer_store_unused(struct db *db, struct arena *a,
                                  const char *tenant, const char *day,
                                  int64_t moment, const char *after, int limit,
                                  json_t **rows);

/* [{tenant, id, iban, token}] of every tenant, those behind that one; and both
 * in other seals. */
enum db_result payer_store_sealed(struct db *db, struct arena *a,
                                  const char *tenant, const char *id, int limit,
                                  json_t **rows);
enum db_result payer_store_reseal(struct db *db, const json_t *row,
                                  const char *iban, const char *token);

#endif
