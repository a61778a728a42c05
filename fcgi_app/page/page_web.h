/* Forms of pages, in the portal and in the back office. */
#ifndef PAGE_PAGE_WEB_H
#define PAGE_PAGE_WEB_H

#include "http/request.h"
#include "http/response.h"

/*
 * Shows template with model, in which what belongs to a form of `fields` is
 * set: controls with what was typed, or values, and what was wrong with it.
 * form_error: what belongs to no field, or ERR_NONE; its status is the page's,
 * 422 where only fields are wrong. With ERR_changed_meanwhile the controls have
 * what was typed, and where `values` differ, those beside it.
 */
void page_form(struct request *rq, struct response *rs, const char *template,
               json_t *model, const struct field *fields, const json_t *values,
               enum err form_error);

/* Sets what stands beside controls to help: rows {control, message id}, ended
 * by one without a name. */
struct page_help {
    const char *name, *text;
};
void page_help(const struct request *rq, json_t *controls,
               const struct page_help *rows);

/*
 * A form of a record that stands carries the state that it shows
 * (templates/form_version.html, "version" of the model): nobody saves over what
 * they have not seen. The state of a record with a column version, and whether
 * the form that was sent is of that state. Asked before anything else is looked
 * at; else the form is shown with ERR_changed_meanwhile and the state of now.
 */
const char *page_version(const struct request *rq, const json_t *row);
bool page_version_is(const struct request *rq, const char *version);

/* What to do about what is wrong with a field, in the reader's language. */
const char *page_field_error(const struct request *rq,
                             const struct field_error *error);

#endif
