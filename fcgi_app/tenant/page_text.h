/*
 * Words of pages that a tenant can put in the place of ours, in each of its
 * languages: tables/page_texts.def. They are translations (translation.h) of a
 * record "page:<page>".
 */
#ifndef TENANT_PAGE_TEXT_H
#define TENANT_PAGE_TEXT_H

#include "base/field.h"
#include "db/db.h"

struct actor;

/* The texts of a page as fields of a form, with FIELD_END; NULL: no such page.
 */
const struct field *page_text_fields(const char *page);

/* Message id of what stands there without words of the tenant; "": nothing. */
const char *page_text_otherwise(const char *page, const char *name);
/* Message id of what a text is for; NULL: there is no such text. */
const char *page_text_help(const char *page, const char *name);

/* All words of a tenant for a page, as of translation_get(). */
enum db_result page_text_get(struct db *db, struct arena *a, const char *tenant,
                             const char *page, json_t **texts);

/* The same by translation_answer(), asked together with other questions. */
struct db_answer *page_text_ask(struct db *db, struct arena *a,
                                const char *tenant, const char *page);

struct page_text_change {
    const char *page, *language;
    const json_t *values; /* name -> text; what is absent or empty is ours */
    int64_t version; /* that the form was made with, see setting_values() */
};

/* Puts them in the place of those that are there in that language, with a row
 * in the trail where something differs. DB_UNIQUE: somebody saved meanwhile. */
enum db_result page_text_save(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const struct page_text_change *change);

#endif
