/*
 * What stood in a tab of the settings, and in the words of its page, before
 * each save: read from the trail, which has what every save replaced.
 */
#ifndef TENANT_SETTING_VERSION_H
#define TENANT_SETTING_VERSION_H

#include "db/db.h"

/* Saves of a tab and of the words of its page, newest first, before the id
 * `before` (or NULL). Rows as of audit_of_object(); those with a language as
 * their detail are of words. */
enum db_result setting_saves(struct db *db, struct arena *a, const char *tenant,
                             const char *tab, const char *before, int limit,
                             json_t **rows);

struct setting_then {
    const json_t *save;             /* row of the save that replaced it */
    json_t *values;                 /* as of setting_values() */
    json_t *texts;                  /* language -> {name: words} */
    json_t *values_now, *texts_now; /* the same of now */
};

/* What stood there until the save with that id. DB_NONE: the tab has no such
 * save. */
enum db_result setting_until(struct db *db, struct arena *a, const char *tenant,
                             const char *tab, const char *save,
                             struct setting_then *out);

/* All that a save replaced, or put in its place (column before or after): name
 * -> text. Borrowed from the arena. */
const json_t *setting_save_side(struct arena *a, const json_t *save,
                                const char *column);

#endif
