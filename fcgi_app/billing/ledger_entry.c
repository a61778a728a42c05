/* Adding to the ledger: what is owed after an entry stands with it. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "billing/ledger_store.h"

/* Entries by account, each account's in the order of its ledger. */
struct adding {
    const struct ledger *l;
    const struct ledger_entry **entries;
    size_t n;
    int64_t created;
};

static bool
same_account(const struct ledger_entry *a, const struct ledger_entry *b)
{
    return strcmp(a->customer, b->customer) == 0 &&
           strcmp(a->currency, b->currency) == 0;
}

static int
in_order(const void *left, const void *right)
{
    const struct ledger_entry *a = *(const struct ledger_entry *const *)left;
    const struct ledger_entry *b = *(const struct ledger_entry *const *)right;
    int order = strcmp(a->customer, b->customer);

    if (order == 0) {
        order = strcmp(a->currency, b->currency);
    }
    if (order == 0) {
        order = strcmp(a->date, b->date);
    }
    return order != 0 ? order : strcmp(a->id, b->id);
}

static struct adding
adding_of(const struct ledger *l, const struct ledger_entry *entries, size_t n)
{
    struct adding x = {l, arena_alloc(l->arena, n * sizeof *x.entries), n,
                       clock_now()};

    for (size_t i = 0; i < n; i++) {
        x.entries[i] = &entries[i];
    }
    qsort(x.entries, n, sizeof *x.entries, in_order);
    return x;
}

/* The end of the account that begins at `from`. */
static size_t
account_end(const struct adding *x, size_t from)
{
    size_t i = from + 1;

    while (i < x->n && same_account(x->entries[from], x->entries[i])) {
        i++;
    }
    return i;
}

/* What is owed before each account's first entry: of rows with n, its place,
 * and balance. */
static enum db_result
read_before(const struct adding *x, json_t **rows)
{
    struct db_bulk *accounts = ledger_store_accounts_bulk(x->l->arena);

    for (size_t i = 0; i < x->n; i = account_end(x, i)) {
        const struct ledger_entry *e = x->entries[i];

        db_bulk_add(accounts, (int64_t)i, x->l->tenant, e->customer,
                    e->currency, e->date, x->created, e->id);
    }
    return ledger_store_before(x->l, accounts, rows);
}

static enum db_result
insert(const struct adding *x, const json_t *rows)
{
    struct ledger_inserts w = ledger_store_inserts(x->l->arena);
    json_t *row;
    size_t k;

    json_array_foreach(rows, k, row)
    {
        size_t first = (size_t)row_int(row, "n");
        bool known = !json_is_null(json_object_get(row, "balance"));
        int64_t balance = row_int(row, "balance");

        for (size_t i = first; i < account_end(x, first); i++) {
            balance += x->entries[i]->amount;
            ledger_store_add(&w, x->l, x->entries[i], x->created,
                             known ? &balance : NULL);
        }
    }
    return ledger_store_insert(x->l, &w);
}

/* Of what is not in its place at the end, or behind what is not known. */
static enum db_result
reckon(const struct adding *x, const json_t *rows)
{
    enum db_result r = DB_OK;
    json_t *row;
    size_t k;

    json_array_foreach(rows, k, row)
    {
        const struct ledger_entry *e = x->entries[row_int(row, "n")];

        if (r == DB_OK && json_is_null(json_object_get(row, "balance"))) {
            r = ledger_store_reckon(x->l, e->customer, e->currency);
        }
    }
    return r;
}

enum db_result
ledger_add_all(const struct ledger *l, const struct ledger_entry *entries,
               size_t n)
{
    struct adding x = adding_of(l, entries, n);
    json_t *rows;
    enum db_result r = read_before(&x, &rows);

    if (r == DB_OK) {
        r = insert(&x, rows);
    }
    return r == DB_OK ? reckon(&x, rows) : r;
}

enum db_result
ledger_add(const struct ledger *l, const struct ledger_entry *entry)
{
    return ledger_add_all(l, entry, 1);
}
