/* What customers are found by, and the job that folds what migrations left. */
#include "customer/customer_search.h"

#include <string.h>

#include "base/text.h"
#include "job/job.h"

enum {
    WORDS_MAX = 16,
    BATCH = 100, /* in one transaction */
};

struct customer_search
customer_search_of(struct arena *a, const char *number,
                   const struct customer_new *new)
{
    const char *name = arena_printf(a, "%s %s %s %s", number, new->company_name,
                                    new->first_name, new->last_name);

    return (struct customer_search){
        text_fold(a, arena_printf(a, "%s %s %s", name, new->email, new->city)),
        text_fold(a, name)};
}

enum db_result
customer_keep_words(struct db *db, struct arena *a, const char *tenant,
                    const char *id, const struct customer_new *new)
{
    const char *p = text_fold(a, arena_printf(a, "%s %s %s", new->company_name,
                                              new->first_name, new->last_name));
    enum db_result r = customer_store_forget_words(db, tenant, id);

    for (int i = 0; i < WORDS_MAX && r == DB_OK; i++) {
        size_t len;

        p += strspn(p, " ");
        len = strcspn(p, " ");
        if (len == 0) {
            break;
        }
        r = customer_store_add_word(db, tenant, id, arena_strndup(a, p, len));
        p += len;
    }
    return r;
}

/* ---- what migrations left ---- */

static enum db_result
fold_one(struct db *db, const struct job_rest *f, const json_t *row)
{
    const struct customer_new as = {.company_name =
                                        row_text(row, "company_name"),
                                    .first_name = row_text(row, "first_name"),
                                    .last_name = row_text(row, "last_name"),
                                    .email = row_text(row, "email"),
                                    .city = row_text(row, "city")};
    const char *id = row_text(row, "id");
    struct customer_search search =
        customer_search_of(f->arena, row_text(row, "number"), &as);
    enum db_result r = customer_store_folded(db, f->tenant, id, &search);

    return r == DB_OK ? customer_keep_words(db, f->arena, f->tenant, id, &as)
                      : r;
}

static enum db_result
fold_in_transaction(struct db *db, void *data)
{
    const struct job_rest *f = data;
    json_t *rows, *row;
    size_t i;
    enum db_result r =
        customer_store_unfolded(db, f->arena, f->tenant, BATCH, &rows);

    json_array_foreach(rows, i, row)
    {
        r = r == DB_OK ? fold_one(db, f, row) : r;
    }
    return r;
}

bool
customer_fold_due(struct job *job)
{
    return job_do_rest(job, customer_store_unfolded_tenant,
                       fold_in_transaction);
}
