#include "tenant/section_web.h"

#include <stdlib.h>
#include <string.h>

#include "base/model.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char page[] = "portal";

/* ---- words ---- */

void
section_words_ask(struct request *rq)
{
    rq->portal_words = page_text_ask(rq->db, rq->arena, rq->tenant->id, page);
}

/* What fails is as if the tenant had written nothing. */
static const json_t *
words(struct request *rq)
{
    json_t *texts;

    if (!rq->portal_words) {
        section_words_ask(rq);
    }
    return translation_answer(rq->arena, rq->portal_words, &texts) == DB_OK
               ? texts
               : NULL;
}

static const char *
name_of(struct request *rq, const char *section)
{
    return arena_printf(rq->arena, "%s_heading", section);
}

const char *
section_words(struct request *rq, const char *section, const char **language)
{
    bool fell_back = false;
    const char *text =
        translation_pick(words(rq), name_of(rq, section), rq->language,
                         rq->tenant->default_language, &fell_back);

    *language = text && fell_back ? rq->tenant->default_language : NULL;
    return text;
}

void
section_heading(struct request *rq, json_t *model, const char *section)
{
    const char *language;
    const char *text = section_words(rq, section, &language);

    model_text(model, "heading",
               text ? text
                    : i18n(rq->language,
                           page_text_otherwise(page, name_of(rq, section))));
    model_text(model, "heading_lang", language);
}

/* ---- places ---- */

static const char prefix[] = "section_";

struct db_answer *
section_places_ask(struct request *rq)
{
    return setting_ask(rq->db, rq->arena, rq->tenant->id, prefix);
}

int64_t
section_place(struct request *rq, struct db_answer *places, const char *section)
{
    json_t *rows = NULL, *row;
    const char *value = NULL;
    size_t i;

    if (db_rows(places, &rows) != DB_OK) {
        rows = NULL;
    }
    json_array_foreach(rows, i, row)
    {
        if (strcmp(row_text(row, "name") + sizeof prefix - 1, section) == 0) {
            value = row_text(row, "value");
        }
    }
    return strtoll(value ? value
                         : setting_default(arena_printf(rq->arena, "%s%s",
                                                        prefix, section)),
                   NULL, 10);
}
