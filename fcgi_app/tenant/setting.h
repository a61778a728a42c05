/*
 * What a tenant set, and what its pages say about it: tables/settings.def.
 */
#ifndef TENANT_SETTING_H
#define TENANT_SETTING_H

#include "base/field.h"
#include "tenant/tenant.h"

/* The tabs of the settings pages, in the order of settings.def. */
size_t setting_tabs(void);
const char *setting_tab(size_t i);       /* name, as in the address */
const char *setting_tab_label(size_t i); /* message id */

/* The rows of a tab as fields of a form, ended by FIELD_END; NULL: no such tab.
 */
const struct field *setting_fields(const char *tab);

/* Message id of what a setting does. */
const char *setting_help(const char *name);

/* One of those that are kept in table setting: as set, else the default. */
const char *setting_text(struct db *db, struct arena *a, const char *tenant,
                         const char *name);
int64_t setting_number(struct db *db, struct arena *a, const char *tenant,
                       const char *name);
bool setting_bool(struct db *db, struct arena *a, const char *tenant,
                  const char *name);

/* Values of a tab, as text by name, and how often settings were saved before. */
enum db_result setting_values(struct db *db, struct arena *a,
                              const char *tenant, const char *tab,
                              json_t **values, int64_t *version);

/* One of those that are kept in table setting, by a program. */
enum db_result setting_set(struct db *db, struct arena *a, const char *tenant,
                           const struct actor *actor, const char *name,
                           const char *value);

struct setting_change {
    const char *tab;
    const json_t *values; /* as setting_fields() typed them */
    int64_t version;      /* that the form was made with */
};

/*
 * Saves a tab. What differs goes to the trail, before and after, and where the
 * edge reads it the tenant's revision is raised. DB_CHECK: what stands in errors
 * is wrong; DB_UNIQUE: somebody else has saved meanwhile.
 */
enum db_result setting_save(struct db *db, struct arena *a, const char *tenant,
                            const struct actor *actor,
                            const struct setting_change *change,
                            struct field_errors *errors);

#endif
