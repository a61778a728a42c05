/* What the pages of the settings and of the words of pages have in common. */
#ifndef OFFICE_SETTING_OFFICE_H
#define OFFICE_SETTING_OFFICE_H

#include "office/office_web.h"
#include "tenant/setting_version.h"

/*
 * Where the address asks for an earlier version of the form of a tab, or of the
 * words of its page in a language (NULL: of the tab): puts what stood there in
 * the place of *values, unsaved, and sets "taken_text" to until when; else that
 * is null. DB_NONE: there is no such version.
 */
enum db_result office_take_version(struct request *rq, const char *tab,
                                   const char *language, json_t **values,
                                   json_t *model);

/* A hosted page with settings and words that need not be saved. */
struct office_hosted {
    const char *tab;      /* signup, portal */
    const json_t *values; /* as of setting_values() */
    const json_t *texts;  /* as of page_text_get() */
    const char *version;  /* of the form that is tried */
};

/* Whether there is such a page of a tab. */
bool office_has_preview(const char *tab);

/* Whether the form was sent for that: "preview", or back from there, "edit". */
bool office_step_is(const struct request *rq, const char *step);

/* Answers with the page as it would be, which does nothing, with the way back
 * to the form on top. DB_NONE: no variant has an order page; nothing is
 * answered then. */
enum db_result office_preview(struct request *rq, struct response *rs,
                              const struct office_hosted *hosted);

#endif
