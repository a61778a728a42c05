/* Rows of a form: what is there several times, as "items.0.quantity", without
 * scripts. Empty rows are left out, and more of them are a button away. */
#ifndef OFFICE_FORM_ROWS_WEB_H
#define OFFICE_FORM_ROWS_WEB_H

#include "http/request.h"
#include "http/response.h"

struct form_rows {
    const char *name;           /* as the API calls the array */
    const struct field *fields; /* of one; the first one is the text that every
                                   row has */
    int max;
};

enum { FORM_ROWS_FIRST = 5 }; /* how many there are at first */

/* Name of a control. */
const char *form_rows_name(struct request *rq, const struct form_rows *rows,
                           int row, const char *field);

/* Moves empty rows of what was sent to the end. *sent: how many there were, of
 * which as many as are returned hold something. */
int form_rows_gather(struct request *rq, const struct form_rows *rows,
                     int *sent);

/* The first n as the array that the API takes. New reference. */
json_t *form_rows_body(struct request *rq, const struct form_rows *rows, int n);

/* The control of an error that the API would name: "items/0/quantity" or
 * "items"; others have that name itself. */
const char *form_rows_control(struct request *rq, const struct form_rows *rows,
                              const char *name);

/* Fields of the whole form: those of head before the array, if it has that, and
 * n rows behind: "2. Quantity". first: what is said of those of the first row,
 * as FIELD_REQUIRED. */
const struct field *form_rows_fields(struct request *rq,
                                     const struct form_rows *rows,
                                     const struct field *head, int n,
                                     int first);

/*
 * Adds to the model of such a form, as page_form() made it, its controls in
 * lines: head, one in each; spans, the last ones before the rows, two in each,
 * so many lines; items, the rows. And has_rows, and may_more: whether there can
 * be more.
 */
void form_rows_lines(const struct form_rows *rows, json_t *model, size_t spans);

/*
 * Whether more rows were asked for, and nothing else. The answer is that of a
 * form that is not done yet: shown with what was typed, and then
 * form_rows_not_done(), so that sent twice it is the same.
 */
bool form_rows_more(const struct request *rq);
void form_rows_not_done(struct response *rs);

/* How many there are in a form that is shown once more. */
int form_rows_again(struct request *rq, const struct form_rows *rows);

#endif
