#include "tenant/page_text.h"

#include <string.h>

#include "base/json.h"
#include "tenant/tenant_store.h"

static const struct row {
    const char *page, *otherwise, *help;
    struct field field;
} rows[] = {
#define PAGE_TEXT(page, name, max, otherwise, label, help)                     \
    {#page,                                                                    \
     otherwise,                                                                \
     help,                                                                     \
     {#name, FIELD_TEXT, FIELD_IN, 0, max, NULL, NULL, label, NULL, NULL}},
#include "tables/page_texts.def"
#undef PAGE_TEXT
};

enum { N_ROWS = sizeof rows / sizeof *rows };

static const struct row *
row_of(const char *page, const char *name)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (strcmp(rows[i].page, page) == 0 &&
            strcmp(rows[i].field.name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Pages stand together in the table. */
const struct field *
page_text_fields(const char *page)
{
    static struct field fields[2 * N_ROWS];
    struct field *next = fields, *first = NULL;

    for (size_t i = 0; i < N_ROWS; i++) {
        next += i > 0 && strcmp(rows[i].page, rows[i - 1].page) != 0;
        *next = rows[i].field;
        if (!first && strcmp(rows[i].page, page) == 0) {
            first = next;
        }
        next++;
    }
    return first;
}

const char *
page_text_otherwise(const char *page, const char *name)
{
    const struct row *row = row_of(page, name);

    return row && row->otherwise ? row->otherwise : "";
}

const char *
page_text_help(const char *page, const char *name)
{
    const struct row *row = row_of(page, name);

    return row ? row->help : NULL;
}

static const char *
record_of(struct arena *a, const char *page)
{
    return arena_printf(a, "page:%s", page);
}

enum db_result
page_text_get(struct db *db, struct arena *a, const char *tenant,
              const char *page, json_t **texts)
{
    return translation_get(db, a, tenant, record_of(a, page), texts);
}

struct db_answer *
page_text_ask(struct db *db, struct arena *a, const char *tenant,
              const char *page)
{
    return translation_ask(db, a, tenant, record_of(a, page));
}

/* ---- saving ---- */

struct saving {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const struct page_text_change *change;
};

/* The texts of one language: of its rows, and no other member. */
static json_t *
of_language(const struct saving *s, const json_t *texts)
{
    json_t *kept = json_in_arena(s->arena, json_object()), *one;
    size_t i;

    json_array_foreach(texts, i, one)
    {
        if (strcmp(row_text(one, "language"), s->change->language) == 0) {
            json_object_update(kept, one);
            json_object_del(kept, "language");
        }
    }
    return kept;
}

static json_t *
sent(const struct saving *s)
{
    json_t *kept = json_in_arena(s->arena, json_object());

    for (const struct field *f = page_text_fields(s->change->page); f->name;
         f++) {
        const char *text = row_text(s->change->values, f->name);

        if (text && text[0]) {
            json_object_set_new(kept, f->name, json_string(text));
        }
    }
    return kept;
}

/* All languages, with those words in the place of one of them. */
static json_t *
replaced(const struct saving *s, const json_t *texts, const json_t *words)
{
    json_t *all = json_in_arena(s->arena, json_array()), *one;
    size_t i;

    json_array_foreach(texts, i, one)
    {
        if (strcmp(row_text(one, "language"), s->change->language) != 0) {
            json_array_append(all, one);
        }
    }
    if (json_object_size(words) > 0) {
        one = json_copy((json_t *)words);
        json_object_set_new(one, "language", json_string(s->change->language));
        json_array_append_new(all, one);
    }
    return all;
}

static enum db_result
write_words(struct db *db, const struct saving *s, const json_t *texts,
            const json_t *words)
{
    enum db_result r =
        translation_put(db, s->tenant, record_of(s->arena, s->change->page),
                        replaced(s, texts, words));

    return r == DB_OK ? setting_store_saved(db, s->tenant) : r;
}

static enum db_result
save_in_transaction(struct db *db, void *data)
{
    const struct saving *s = data;
    const struct page_text_change *c = s->change;
    struct audit told = {s->actor, "", "page_text.changed", c->page,
                         c->language};
    json_t *texts, *row, *before, *after = sent(s);
    enum db_result r = tenant_store_get(db, s->arena, s->tenant, &row);

    if (r == DB_OK && row_int(row, "settings_version") != c->version) {
        return DB_UNIQUE;
    }
    if (r == DB_OK) {
        r = page_text_get(db, s->arena, s->tenant, c->page, &texts);
    }
    if (r != DB_OK) {
        return r;
    }
    before = of_language(s, texts);
    if (json_equal(before, after)) {
        return DB_OK;
    }
    r = write_words(db, s, texts, after);
    return r == DB_OK ? audit_write_objects(db, s->arena, s->tenant, &told,
                                            before, after)
                      : r;
}

enum db_result
page_text_save(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const struct page_text_change *change)
{
    struct saving s = {a, tenant, actor, change};

    return db_transaction(db, true, save_in_transaction, &s);
}
