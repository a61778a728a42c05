#include "user/rights.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "tenant/tenant.h"

static const struct rights_group groups[] = {
#define PERMISSION_GROUP(name, label) {#name, label},
#define PERMISSION(name, feature, who, label)
#include "tables/permissions.def"
#undef PERMISSION_GROUP
#undef PERMISSION
};

static const struct rights_row rows[] = {
#define PERMISSION_GROUP(name, label)
#define PERMISSION(name, feature, who, label)                                  \
    {#name, #feature, label, RIGHTS_##who},
#include "tables/permissions.def"
#undef PERMISSION_GROUP
#undef PERMISSION
};

static const struct preset {
    const char *name, *label, *permissions;
} presets[] = {
#define PRESET(name, label, permissions) {#name, label, permissions},
#include "tables/presets.def"
#undef PRESET
};

static const char *const features[] = {
#define FEATURE(name, label) #name,
#include "tables/features.def"
#undef FEATURE
};

enum {
    N_ROWS = sizeof rows / sizeof *rows,
    N_GROUPS = sizeof groups / sizeof *groups,
    N_PRESETS = sizeof presets / sizeof *presets,
    N_FEATURES = sizeof features / sizeof *features,
};

_Static_assert(N_ROWS <= 64, "a bit for each permission");

static rights_t
bit(int i)
{
    return (rights_t)1 << i;
}

/* ---- names ---- */

rights_t
rights_named(const char *permission)
{
    for (int i = 0; i < N_ROWS; i++) {
        if (strcmp(rows[i].name, permission) == 0) {
            return bit(i);
        }
    }
    return 0;
}

json_t *
rights_array(rights_t rights)
{
    json_t *names = json_array();

    for (int i = 0; i < N_ROWS; i++) {
        if (rights & bit(i)) {
            json_array_append_new(names, json_string(rows[i].name));
        }
    }
    return names;
}

const char *
rights_words(struct arena *a, rights_t rights)
{
    struct buf words = buf_new(a, 64);

    for (int i = 0; i < N_ROWS; i++) {
        if (rights & bit(i)) {
            buf_printf(&words, "%s%s", words.len ? " " : "", rows[i].name);
        }
    }
    return words.data;
}

rights_t
rights_of_array(const json_t *names, const char **unknown)
{
    rights_t all = 0, one;
    const char *name;
    json_t *value;
    size_t i;

    if (unknown) {
        *unknown = NULL;
    }
    json_array_foreach(names, i, value)
    {
        name = json_string_value(value);
        one = name ? rights_named(name) : 0;
        if (!one && unknown && !*unknown) {
            *unknown = name ? name : "";
        }
        all |= one;
    }
    return all;
}

rights_t
rights_of_words(struct arena *a, const char *words)
{
    rights_t all = 0;
    size_t len;

    for (; *words; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        all |= rights_named(arena_strndup(a, words, len));
    }
    return all;
}

/* ---- sets ---- */

rights_t
rights_all(void)
{
    return N_ROWS == 64 ? ~(rights_t)0 : bit(N_ROWS) - 1;
}

static rights_t
given_to(enum rights_who least)
{
    rights_t all = 0;

    for (int i = 0; i < N_ROWS; i++) {
        if (rows[i].who <= least) {
            all |= bit(i);
        }
    }
    return all;
}

rights_t
rights_of_kind(const char *kind)
{
    if (strcmp(kind, "owner") == 0) {
        return rights_all();
    }
    return given_to(strcmp(kind, "contact") == 0 ? RIGHTS_CONTACTS
                                                 : RIGHTS_MEMBERS);
}

/* Whether one of the features that a permission needs is among the words. */
static bool
lacks_one(const char *needed, const char *words)
{
    for (int i = 0; i < N_FEATURES; i++) {
        if (text_has_word(needed, features[i]) &&
            text_has_word(words, features[i])) {
            return true;
        }
    }
    return false;
}

rights_t
rights_of_features(const char *words)
{
    rights_t all = 0;

    for (int i = 0; i < N_ROWS && *words; i++) {
        if (lacks_one(rows[i].feature, words)) {
            all |= bit(i);
        }
    }
    return all;
}

/* ---- presets ---- */

/* A word of a preset: "*", "billing.*", "*.view", "billing.*.view", or a
 * permission. */
static bool
covers(const char *word, size_t len, const char *permission)
{
    const char *star = memchr(word, '*', len);
    size_t before, after, all = strlen(permission);

    if (!star) {
        return all == len && memcmp(word, permission, len) == 0;
    }
    before = (size_t)(star - word);
    after = len - before - 1;
    return all >= before + after && memcmp(word, permission, before) == 0 &&
           memcmp(star + 1, permission + all - after, after) == 0;
}

static rights_t
of_word(const char *word, size_t len)
{
    rights_t all = 0;

    for (int i = 0; i < N_ROWS; i++) {
        if (rows[i].who != RIGHTS_OWNERS && covers(word, len, rows[i].name)) {
            all |= bit(i);
        }
    }
    return all;
}

static rights_t
of_preset(const struct preset *p)
{
    rights_t all = 0;
    size_t len;

    for (const char *at = p->permissions; *at; at += len + (at[len] == ' ')) {
        len = strcspn(at, " ");
        all |= of_word(at, len);
    }
    return all;
}

bool
rights_preset(const char *name, rights_t *out)
{
    for (int i = 0; i < N_PRESETS; i++) {
        if (strcmp(presets[i].name, name) == 0) {
            *out = of_preset(&presets[i]);
            return true;
        }
    }
    return false;
}

const char *
rights_preset_of(rights_t rights)
{
    /* the first is owner, which is a kind and no set */
    for (int i = 1; i < N_PRESETS; i++) {
        if (of_preset(&presets[i]) == rights) {
            return presets[i].name;
        }
    }
    return NULL;
}

const char *
rights_preset_name(int i)
{
    return i < N_PRESETS ? presets[i].name : NULL;
}

const char *
rights_preset_label(int i)
{
    return i < N_PRESETS ? presets[i].label : NULL;
}

/* ---- groups ---- */

static bool
in_group(const struct rights_row *row, const struct rights_group *group)
{
    size_t len = strlen(group->name);

    return strncmp(row->name, group->name, len) == 0 && row->name[len] == '.';
}

const struct rights_group *
rights_group_of(const struct rights_row *row)
{
    for (int i = 0; i < N_GROUPS; i++) {
        if (in_group(row, &groups[i])) {
            return &groups[i];
        }
    }
    return NULL;
}

const struct rights_row *
rights_row(int i)
{
    return i < N_ROWS ? &rows[i] : NULL;
}

const char *
rights_groups(struct arena *a, rights_t rights)
{
    struct buf words = buf_new(a, 64);

    for (int g = 0; g < N_GROUPS; g++) {
        rights_t members = 0;

        for (int i = 0; i < N_ROWS; i++) {
            members |= in_group(&rows[i], &groups[g]) ? bit(i) : 0;
        }
        if (rights & members) {
            buf_printf(&words, "%s%s", words.len ? " " : "", groups[g].name);
        }
    }
    return words.data;
}

/* ---- faults ---- */

static int
preset_faults(const struct preset *p)
{
    int n = 0;
    size_t len;

    for (const char *at = p->permissions; *at; at += len + (at[len] == ' ')) {
        len = strcspn(at, " ");
        if (!of_word(at, len)) {
            printf("presets.def: %s has %.*s, which is no permission\n",
                   p->name, (int)len, at);
            n++;
        }
    }
    return n;
}

/* A tenant leaves each of them out by a setting of its own. */
static int
feature_faults(void)
{
    char setting[64];
    int n = 0;

    for (int i = 0; i < N_FEATURES; i++) {
        snprintf(setting, sizeof setting, "portal_%s", features[i]);
        if (!setting_help(setting)) {
            printf("features.def: %s has no %s in settings.def\n", features[i],
                   setting);
            n++;
        }
    }
    return n;
}

int
rights_faults(void)
{
    int n = 0;

    for (int i = 0; i < N_ROWS; i++) {
        if (!rights_group_of(&rows[i])) {
            printf("permissions.def: %s has no group\n", rows[i].name);
            n++;
        }
        if (!tenant_features_ok(rows[i].feature)) {
            printf("permissions.def: %s is of %s, which features.def does not "
                   "have\n",
                   rows[i].name, rows[i].feature);
            n++;
        }
    }
    for (int i = 0; i < N_PRESETS; i++) {
        n += preset_faults(&presets[i]);
    }
    return n + feature_faults();
}
