/* A merchant's own words for a mail. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "mail/mail.h"
#include "mail/mail_places.h"
#include "mail/mail_store.h"

/* ---- what may be saved ---- */

static bool
part_ok(struct arena *a, const char *event, enum mail_part part,
        const char *name, const char *text, struct field_errors *errors)
{
    struct mail_fault fault;

    if (mail_places_ok(a, event, part, text, &fault)) {
        return true;
    }
    field_fail_word(errors, name, fault.code, fault.at, fault.word);
    return false;
}

bool
mail_words_ok(struct arena *a, const char *event,
              const struct mail_words *words, struct field_errors *errors)
{
    bool ok =
        part_ok(a, event, MAIL_IN_SUBJECT, "subject", words->subject, errors);

    ok = part_ok(a, event, MAIL_IN_TEXT, "text", words->text, errors) && ok;
    return part_ok(a, event, MAIL_IN_HTML, "html", words->html, errors) && ok;
}

/* ---- reading ---- */

enum db_result
mail_template_get(struct db *db, struct arena *a, const char *tenant,
                  const char *event, const char *language,
                  struct mail_words *words)
{
    json_t *row;
    enum db_result r =
        mail_store_template(db, a, tenant, event, language, &row);

    if (r == DB_OK) {
        *words = (struct mail_words){
            row_text(row, "subject"), row_text(row, "text"),
            row_text(row, "html"), row_text(row, "language"), true};
    }
    return r;
}

const char *
mail_words_version(struct arena *a, const struct mail_words *words)
{
    /* no part has a control character that could stand for the end of another
     */
    return id_hash(a, arena_printf(a, "%d\1%s\1%s\1%s", words->own,
                                   words->subject, words->text, words->html));
}

/* ---- changing ---- */

struct change {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const char *event, *language;
    const struct mail_words *words; /* NULL: delete */
};

static enum db_result
store(struct db *db, const struct change *c)
{
    return c->words ? mail_store_put_template(db, c->tenant, c->event, c->words,
                                              clock_now())
                    : mail_store_delete_template(db, c->tenant, c->event,
                                                 c->language);
}

static bool
same(const json_t *row, const struct mail_words *words)
{
    return strcmp(row_text(row, "subject"), words->subject) == 0 &&
           strcmp(row_text(row, "text"), words->text) == 0 &&
           strcmp(row_text(row, "html"), words->html) == 0;
}

static enum db_result
change(struct db *db, void *data)
{
    struct change *c = data;
    json_t *before = NULL, *after = NULL;
    struct audit row = {
        c->actor, "",
        c->words ? "mail_template.changed" : "mail_template.deleted",
        arena_printf(c->arena, "%s/%s", c->event, c->language), ""};
    enum db_result r = mail_store_template(db, c->arena, c->tenant, c->event,
                                           c->language, &before);

    if (r == DB_NONE && c->words) {
        r = DB_OK;
        before = NULL;
    }
    if (r == DB_OK && before && c->words && same(before, c->words)) {
        return DB_OK;
    }
    if (r == DB_OK) {
        r = store(db, c);
    }
    if (r == DB_OK && c->words) {
        r = mail_store_template(db, c->arena, c->tenant, c->event, c->language,
                                &after);
    }
    return r == DB_OK ? audit_write_change(db, c->arena, c->tenant, &row,
                                           mail_words_fields, before, after)
                      : r;
}

enum db_result
mail_template_put(struct db *db, struct arena *a, const char *tenant,
                  const struct actor *actor, const char *event,
                  const struct mail_words *words)
{
    struct change c = {a, tenant, actor, event, words->language, words};

    return db_transaction(db, true, change, &c);
}

enum db_result
mail_template_delete(struct db *db, struct arena *a, const char *tenant,
                     const struct actor *actor, const char *event,
                     const char *language)
{
    struct change c = {a, tenant, actor, event, language, NULL};

    return db_transaction(db, true, change, &c);
}
