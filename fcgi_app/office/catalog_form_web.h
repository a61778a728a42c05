/*
 * The forms of the catalogue's records. What the API takes as records inside of
 * records are single controls here: "term.count", "steps.0.price",
 * "texts.de.name", "plans.pln_1".
 */
#ifndef OFFICE_CATALOG_FORM_WEB_H
#define OFFICE_CATALOG_FORM_WEB_H

#include "catalog/catalog.h"
#include "http/request.h"
#include "http/response.h"
#include "office/form_rows_web.h"

struct catalog_form {
    enum catalog_kind kind;
    const json_t *row;     /* as it stands; NULL: a new one */
    const json_t *parent;  /* what a new one belongs to, or NULL */
    const char *type;      /* of a component */
    const json_t *choices; /* by control: rows of catalog_choices() */
    int steps;             /* how many rows of them there are */
};

enum { CATALOG_LANGUAGES_MAX = 64 };

extern const struct form_rows catalog_step_rows;

/* Whether a component of that type has rows for steps. */
bool catalog_form_has_steps(const struct catalog_form *form);

/* The controls, ended by FIELD_END, and what they hold of the record, or of a
 * new one. */
const struct field *catalog_form_fields(struct request *rq,
                                        const struct catalog_form *form);
json_t *catalog_form_values(struct request *rq,
                            const struct catalog_form *form);

/*
 * What was sent, typed as the API's body would be, with what a new one belongs
 * to. What is wrong is in errors, named as the API does; catalog_form_fail()
 * puts those at the controls of the request.
 */
json_t *catalog_form_input(struct request *rq, const struct catalog_form *form,
                           struct field_errors *errors);
void catalog_form_fail(struct request *rq, const struct catalog_form *form,
                       const struct field_errors *errors);

/* Adds to the model of such a form, as page_form() made it: names of what can
 * be chosen, helps, and sections [{heading, note, lines [{is_row, fields}]}].
 */
void catalog_form_finish(struct request *rq, const struct catalog_form *form,
                         json_t *model);

/* ---- among the files of it ---- */

/* What stands under one heading of the form of a kind. */
struct catalog_section {
    enum catalog_kind kind;
    const char *heading, *note; /* message ids, or NULL */
    const char *fields;         /* names as the API has them, a blank between */
};
/* The one that has the field; NULL: none. */
const struct catalog_section *catalog_form_section(enum catalog_kind kind,
                                                   const char *field);

/* The API's row of a field that the form has; NULL: it has it not. And each of
 * them, in the order of the page. */
const struct field *catalog_form_row(const struct catalog_form *form,
                                     const char *name);
void catalog_form_each(struct request *rq, const struct catalog_form *form,
                       void (*fn)(void *data, const struct field *f),
                       void *data);

/* The languages of its texts: the tenant's, and those that it has besides. */
size_t catalog_form_languages(struct request *rq,
                              const struct catalog_form *form,
                              const char *languages[CATALOG_LANGUAGES_MAX]);

/* Controls: "texts.de.name", and "trial.count" of "trial". */
const char *catalog_form_text(struct request *rq, const char *language,
                              const char *name);
const char *catalog_form_inner(struct request *rq, const struct field *f,
                               const struct field *inner);

/* ---- what is chosen ---- */

/* The choices of a control, rows of catalog_choices(), get their labels. */
void catalog_form_label(struct request *rq, json_t *control,
                        const json_t *rows);

/* "|fam_1|fam_2": the choices of such a field, with the empty one. */
const char *catalog_form_ids(struct request *rq, const json_t *rows);

#endif
