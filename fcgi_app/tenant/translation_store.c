#include <string.h>

#include "base/json.h"
#include "tenant/translation.h"

/* Rows of one text each, by language, as an object a language. */
static void
gather(json_t *texts, const json_t *row)
{
    size_t n = json_array_size(texts);
    json_t *last = n ? json_array_get(texts, n - 1) : NULL;
    const char *language = row_text(row, "language");

    if (!last || strcmp(row_text(last, "language"), language) != 0) {
        last = json_pack("{s:s}", "language", language);
        json_array_append_new(texts, last);
    }
    json_object_set(last, row_text(row, "name"), json_object_get(row, "words"));
}

struct db_answer *
translation_ask(struct db *db, struct arena *a, const char *tenant,
                const char *object)
{
    return db_ask(db, a,
                  "SELECT language, name, words FROM translation"
                  " WHERE tenant = $1 AND object = $2 ORDER BY language, name",
                  "tt", tenant, object);
}

enum db_result
translation_answer(struct arena *a, struct db_answer *answer, json_t **texts)
{
    json_t *rows, *row;
    size_t i;
    enum db_result r = db_rows(answer, &rows);

    if (r != DB_OK) {
        return r;
    }
    *texts = json_in_arena(a, json_array());
    json_array_foreach(rows, i, row)
    {
        gather(*texts, row);
    }
    return DB_OK;
}

enum db_result
translation_get(struct db *db, struct arena *a, const char *tenant,
                const char *object, json_t **texts)
{
    return translation_answer(a, translation_ask(db, a, tenant, object), texts);
}

enum db_result
translation_add(struct db *db, struct arena *a, const char *tenant,
                json_t *rows)
{
    struct db_bulk *ids = db_bulk(a, "n:i tenant:t object:t");
    json_t *found, *row;
    enum db_result r;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_object_set_new(row, "texts", json_array());
        db_bulk_add(ids, (int64_t)i, tenant, row_text(row, "id"));
    }
    if (json_array_size(rows) == 0) {
        return DB_OK;
    }
    r = db_bulk_all(
        db, a, ids, &found,
        "SELECT r.n AS n, w.language, w.name, w.words FROM {rows},"
        " translation w WHERE w.tenant = r.tenant"
        " AND w.object = r.object ORDER BY r.n, w.language, w.name");
    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(found, i, row)
    {
        json_t *owner = json_array_get(rows, (size_t)row_int(row, "n"));

        gather(json_object_get(owner, "texts"), row);
    }
    return DB_OK;
}

static enum db_result
put_one(struct db *db, const char *tenant, const char *object,
        const json_t *texts)
{
    const char *language = row_text(texts, "language"), *name;
    enum db_result r = DB_OK;
    json_t *words;

    json_object_foreach((json_t *)texts, name, words)
    {
        const char *text = json_string_value(words);

        if (r == DB_OK && text && text[0] && strcmp(name, "language") != 0) {
            r = db_exec(db, NULL,
                        "INSERT INTO translation"
                        " (tenant, object, name, language, words)"
                        " VALUES ($1, $2, $3, $4, $5)",
                        "ttttt", tenant, object, name, language, text);
        }
    }
    return r;
}

enum db_result
translation_put(struct db *db, const char *tenant, const char *object,
                const json_t *texts)
{
    json_t *one;
    size_t i;
    enum db_result r = db_exec(
        db, NULL, "DELETE FROM translation WHERE tenant = $1 AND object = $2",
        "tt", tenant, object);

    json_array_foreach(texts, i, one)
    {
        r = r == DB_OK ? put_one(db, tenant, object, one) : r;
    }
    return r;
}
