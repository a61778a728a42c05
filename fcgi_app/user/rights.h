/*
 * Rights: sets of the rows of tables/permissions.def, and the one place that
 * says what a member of an account may do:
 *
 *     what the membership was given (owners: everything)
 *     and whoever gave it still has        membership_store_permissions()
 *     without what the account leaves out  customer.portal_without
 *     without what the tenant leaves out   tenant.portal_without
 */
#ifndef USER_RIGHTS_H
#define USER_RIGHTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

typedef uint64_t rights_t; /* a bit for each row, in their order */

/* The set of one permission; 0: no row has that name. */
rights_t rights_named(const char *permission);

/* Every row, and what may be given to a member of that kind (owner, contact,
 * guest). */
rights_t rights_all(void);
rights_t rights_of_kind(const char *kind);

/* The permissions that need one of the features named in words with a blank
 * between them. */
rights_t rights_of_features(const char *words);

/* Names in an array or in words ("a b"), and back. Unknown names give
 * nothing; *unknown gets the first of them, or NULL (it may be NULL itself). */
json_t *rights_array(rights_t rights); /* new reference */
const char *rights_words(struct arena *a, rights_t rights);
rights_t rights_of_array(const json_t *names, const char **unknown);
rights_t rights_of_words(struct arena *a, const char *words);

/* What a preset stands for; false: there is none of that name. */
bool rights_preset(const char *name, rights_t *out);

/* The preset that stands for exactly these, or NULL. */
const char *rights_preset_of(rights_t rights);

/* The groups with a permission in the set, "billing support": for rules of the
 * edge. */
const char *rights_groups(struct arena *a, rights_t rights);

/* Rows as forms show them, NULL after the last one; labels are to be
 * translated. And the group of a row. */
struct rights_row {
    const char *name, *feature, *label;
    enum rights_who { RIGHTS_MEMBERS, RIGHTS_CONTACTS, RIGHTS_OWNERS } who;
};
const struct rights_row *rights_row(int i);

struct rights_group {
    const char *name, *label;
};
const struct rights_group *rights_group_of(const struct rights_row *row);

/* Presets likewise; NULL after the last one. */
const char *rights_preset_name(int i);
const char *rights_preset_label(int i);

/* Faults of the tables, said on standard output: their number. */
int rights_faults(void);

#endif
