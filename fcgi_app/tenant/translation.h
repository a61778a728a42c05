/*
 * Texts of a record in the languages of its tenant: a name and a description of
 * a plan, headings of a page. One table for all of them (translation), keyed by
 * the record's id; whoever has the record says which texts it has.
 *
 * As JSON they are an array of objects, one a language: {"language": "de",
 * "name": "…", "description": "…"}; a text that is missing there is absent.
 */
#ifndef TENANT_TRANSLATION_H
#define TENANT_TRANSLATION_H

#include "base/field.h"
#include "db/db.h"

struct tenant;

/* Those of a record, by language. */
enum db_result translation_get(struct db *db, struct arena *a,
                               const char *tenant, const char *object,
                               json_t **texts);

/* The same, asked together with other questions. */
struct db_answer *translation_ask(struct db *db, struct arena *a,
                                  const char *tenant, const char *object);
enum db_result translation_answer(struct arena *a, struct db_answer *answer,
                                  json_t **texts);

/* The same of many: sets "texts" in each row, which has an id. */
enum db_result translation_add(struct db *db, struct arena *a,
                               const char *tenant, json_t *rows);

/* Puts these in the place of all that the record has, in the transaction of its
 * change. NULL: none. */
enum db_result translation_put(struct db *db, const char *tenant,
                               const char *object, const json_t *texts);

/* Whether each language is one that the tenant speaks, or that the record had
 * before, and is there once; else the errors have it below `field`. */
void translation_check(const struct tenant *tenant, struct arena *a,
                       const json_t *texts, const json_t *before,
                       const char *field, struct field_errors *errors);

/*
 * The words for somebody who reads `language`: in that, or in the tenant's
 * default language, which *fell_back says (NULL: who asks need not know). NULL:
 * in neither.
 */
const char *translation_pick(const json_t *texts, const char *name,
                             const char *language, const char *otherwise,
                             bool *fell_back);

#endif
