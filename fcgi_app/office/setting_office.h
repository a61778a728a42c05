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

#endif
