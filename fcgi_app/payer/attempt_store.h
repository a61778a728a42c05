/* SQL of attempts to name a card. */
#ifndef PAYER_ATTEMPT_STORE_H
#define PAYER_ATTEMPT_STORE_H

#include "payer/attempt.h"

enum db_result attempt_store_insert(struct db *db, const char *tenant,
                                    const struct attempt_new *new,
                                    const char *before, const char *by,
                                    int64_t expires);

/* changed 0: it came before. */
enum db_result attempt_store_event(struct db *db, const char *tenant,
                                   const char *provider, const char *event,
                                   int64_t *changed);

/* Whoever changes it first, does; changed 0: it has ended, or is pending
 * already. ends: it is over. */
enum db_result attempt_store_move(struct db *db, const char *tenant,
                                  const char *id, const char *state, bool ends,
                                  int64_t *changed);
enum db_result attempt_store_made(struct db *db, const char *tenant,
                                  const char *id, const char *state,
                                  const char *method);

#endif
