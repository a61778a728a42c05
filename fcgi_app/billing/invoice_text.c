#include "billing/invoice_text.h"

#include <string.h>

#include "base/text.h"

enum { WORDS_MAX = 16 };

/* No character sorts after U+10FFFF. */
static const char *
end_of(struct arena *a, const char *text)
{
    return arena_printf(a, "%s\xf4\x8f\xbf\xbf", text);
}

static const char *
capitals(struct arena *a, const char *text)
{
    char *out = arena_strdup(a, text);

    for (char *p = out; *p; p++) {
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
    }
    return out;
}

static struct invoice_beginning
beginning(struct arena *a, const char *text)
{
    const char *upper = capitals(a, text);

    return (struct invoice_beginning){{text, upper},
                                      {end_of(a, text), end_of(a, upper)}};
}

/* ---- names ---- */

struct words {
    size_t n, longest;
    const char *list[WORDS_MAX];
};

static struct words
words_of(struct arena *a, const char *text)
{
    struct words words = {0};
    const char *p = text_fold(a, text);

    while (words.n < WORDS_MAX && *(p += strspn(p, " "))) {
        size_t len = strcspn(p, " ");

        if (words.n == 0 || len > strlen(words.list[words.longest])) {
            words.longest = words.n;
        }
        words.list[words.n++] = arena_strndup(a, p, len);
        p += len;
    }
    return words;
}

static bool
has_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *p = text; *p; p += strspn(p, " ")) {
        if (strncmp(p, word, len) == 0) {
            return true;
        }
        p += strcspn(p, " ");
    }
    return false;
}

static bool
has_words(const char *text, const struct words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        if (!has_word(text, words->list[i])) {
            return false;
        }
    }
    return true;
}

/* ---- who is meant ---- */

/* False: there is no room for another one. */
static bool
add(struct invoice_meaning *m, const char *customer, const char *contract)
{
    for (size_t i = 0; i < m->n; i++) {
        const char *same =
            customer ? m->walks[i].customer : m->walks[i].contract;

        if (same && strcmp(same, customer ? customer : contract) == 0) {
            return true;
        }
    }
    if (m->n == TEXT_WALKS) {
        return false;
    }
    m->walks[m->n].customer = customer;
    m->walks[m->n++].contract = contract;
    return true;
}

static enum db_result
add_names(struct db_answer *answer, const struct words *words,
          struct invoice_meaning *m)
{
    json_t *rows, *row;
    enum db_result r = db_rows(answer, &rows);
    size_t i;

    if (r != DB_OK || json_array_size(rows) > TEXT_NAMES) {
        return r == DB_OK ? DB_CHECK : r;
    }
    json_array_foreach(rows, i, row)
    {
        if (has_words(row_text(row, "search_name"), words) &&
            !add(m, row_text(row, "id"), NULL)) {
            return DB_CHECK;
        }
    }
    return DB_OK;
}

static enum db_result
add_ids(struct db_answer *answer, bool customers, struct invoice_meaning *m)
{
    json_t *rows, *row;
    enum db_result r = db_rows(answer, &rows);
    size_t i;

    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(rows, i, row)
    {
        const char *id = row_text(row, "id");

        if (!add(m, customers ? id : NULL, customers ? NULL : id)) {
            return DB_CHECK;
        }
    }
    return DB_OK;
}

enum db_result
invoice_text(struct db *db, struct arena *a, const char *tenant,
             const struct invoice_ask *ask, const char *text,
             struct invoice_meaning *out)
{
    struct invoice_beginning b = beginning(a, text);
    struct words words = words_of(a, text);
    const char *word = words.n ? words.list[words.longest] : "";
    struct db_answer *numbers, *customers, *contracts, *names;
    enum db_result r;

    out->n = 0;
    numbers = invoice_store_numbers(db, a, tenant, ask, &b);
    customers = invoice_store_customers(db, a, tenant, &b);
    contracts = invoice_store_contracts(db, a, tenant, &b);
    names = invoice_store_names(db, a, tenant, word, end_of(a, word));
    r = db_rows(numbers, &out->numbers);
    if (r == DB_OK && json_array_size(out->numbers) > TEXT_NUMBERS) {
        r = DB_CHECK;
    }
    if (r == DB_OK) {
        r = add_ids(customers, true, out);
    }
    if (r == DB_OK) {
        r = add_ids(contracts, false, out);
    }
    return r == DB_OK ? add_names(names, &words, out) : r;
}
