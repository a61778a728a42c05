/*
 * The sections of the portal (tables/sections.def): their headings in the
 * tenant's words, their order, and what each of them shows.
 */
#ifndef TENANT_SECTION_WEB_H
#define TENANT_SECTION_WEB_H

#include "http/request.h"

/*
 * Of each section, in the domain that it is about: what it shows is asked for,
 * before any answer is wanted, and then set in its model. False: it cannot be
 * read; the others are shown all the same.
 */
#define SECTION(name, permission, path, all)                                   \
    void *section_ask_##name(struct request *rq);                              \
    bool section_show_##name(struct request *rq, void *asked, json_t *model);
#include "tables/sections.def"
#undef SECTION

/* Asks for the tenant's words of the portal, together with what its page asks
 * first. Who does not ask is answered as well, by a question of its own. */
void section_words_ask(struct request *rq);

/* The tenant's words for a section in the reader's language, or else in its
 * default language, which *language then names (otherwise NULL). NULL: it has
 * none. */
const char *section_words(struct request *rq, const char *section,
                          const char **language);

/* Sets heading: those words, or ours; and heading_lang, or null. */
void section_heading(struct request *rq, json_t *model, const char *section);

/* Asks for the places that the settings give the sections; and the place of
 * one, from 1 on. */
struct db_answer *section_places_ask(struct request *rq);
int64_t section_place(struct request *rq, struct db_answer *places,
                      const char *section);

#endif
