/*
 * Custom fields: what a tenant notes of its customers and contracts beside what
 * there is, under names and labels of its own, and what of it customers may see
 * or change in the portal.
 */
#ifndef CUSTOM_CUSTOM_H
#define CUSTOM_CUSTOM_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"

struct tenant;

/* The form of a new field, and of one that is there; and its list. */
extern const struct field custom_new_fields[], custom_form_fields[],
    custom_list_fields[];
/* How the API shows a field, and what it takes of one. */
extern const struct field custom_field_fields[], custom_field_create_fields[],
    custom_field_change_fields[], custom_field_query_fields[];
/* What the API answers and takes of a record. */
extern const struct field custom_values_fields[], custom_change_fields[];

enum db_result custom_list_rows(struct db *db, struct arena *a,
                                const struct list_query *q, const char *tenant,
                                const char *pool, json_t **rows);

struct custom_desk {
    struct db *db;
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
};

/* ---- the fields ---- */

enum { CUSTOM_LABEL_MAX = 100 };

enum { CUSTOM_FIELDS_MAX = 50 }; /* of customers, and of contracts */

/* A row of the table, with texts of translation.h: "label". DB_NONE: not there.
 */
enum db_result custom_get(const struct custom_desk *desk, const char *id,
                          json_t **row);

/* NULL: whatever it is. By id, that is by age; with texts. */
struct custom_filter {
    const char *record, *name;
    const char *after; /* goes on after this id; NULL: at the top */
    int limit;
};
enum db_result custom_list(struct db *db, struct arena *a, const char *tenant,
                           const struct custom_filter *filter, json_t **rows);

/*
 * Makes a field of what was sent, typed by custom_new_fields, with its labels
 * (as translation_put() takes them), CUSTOM_FIELDS_MAX at most; or puts what
 * custom_form_fields typed in the place of what `row` has; where that is the
 * same, nothing happens. DB_CHECK: errors have what is wrong, also where they
 * had something before; DB_NONE: it has changed meanwhile.
 */
enum db_result custom_create(const struct custom_desk *desk,
                             const json_t *input, const json_t *labels,
                             struct field_errors *errors, const char **id);
enum db_result custom_change(const struct custom_desk *desk, const json_t *row,
                             const json_t *input, const json_t *labels,
                             struct field_errors *errors);

/* Takes the field away with all that stands in it. */
enum db_result custom_remove(const struct custom_desk *desk, const json_t *row);

/* ---- what stands in them ---- */

struct custom_record {
    const char *kind;     /* customer or contract */
    const char *id;       /* its id */
    const char *customer; /* id of the account that it belongs to */
};

/* What is asked of a record, together with other questions; and the answer:
 * {id, version, values: [{id, name, type, choices, portal, value, texts}]} in
 * the order of the fields' places. A value that is not set is "". */
struct db_answer *custom_ask(struct db *db, struct arena *a, const char *tenant,
                             const struct custom_record *record);
enum db_result custom_answer(struct arena *a, struct db_answer *answer,
                             const struct custom_record *record, json_t **set);

/* What people call a field: its label in their language, or else in the
 * tenant's, or its name. */
const char *custom_label(const struct tenant *tenant, const char *language,
                         const json_t *value);

/* Rows of a form for the values that `member` (of an account) may change, or
 * all; controls are named by the fields' ids, labels by custom_label(). */
const struct field *custom_controls(struct arena *a, const json_t *set,
                                    bool member);

/*
 * Puts values, {id: text}, in the place of those that `set` has: each as its
 * field types it, "" for none; what is absent stays. Where nothing differs,
 * nothing happens. DB_CHECK: errors have each under the field's id; DB_NONE:
 * the record has changed meanwhile.
 */
enum db_result custom_set(const struct custom_desk *desk,
                          const struct custom_record *record, const json_t *set,
                          const json_t *values, struct field_errors *errors);

#endif
