#include "customer/customer_store.h"

#include "base/clock.h"

#define CUSTOMER                                                               \
    "SELECT c.*, p.number AS parent_number FROM customer c"                    \
    " LEFT JOIN customer p ON p.tenant = c.tenant AND p.id = c.parent"         \
    " WHERE c.tenant = $1 "

enum db_result
customer_by_number(struct db *db, struct arena *a, const char *tenant,
                   const char *number, json_t **row)
{
    return db_one(db, a, row, CUSTOMER "AND c.number = $2", "tt", tenant,
                  number);
}

enum db_result
customer_by_id(struct db *db, struct arena *a, const char *tenant,
               const char *id, json_t **row)
{
    return db_row(customer_ask(db, a, tenant, id), row);
}

struct db_answer *
customer_ask(struct db *db, struct arena *a, const char *tenant, const char *id)
{
    return db_ask(db, a, CUSTOMER "AND c.id = $2", "tt", tenant, id);
}

/* ---- lists ---- */

/* $2 and $3 are the bounds of a beginning: no character sorts after U+10FFFF.
 */
#define FILTER                                                                 \
    "AND (CAST($2 AS TEXT) IS NULL OR (c.number >= $2 AND c.number < $3))"     \
    " AND (CAST($4 AS TEXT) IS NULL OR c.search LIKE $4 ESCAPE '\\')"          \
    " AND (CAST($5 AS TEXT) IS NULL OR lower(c.email) = lower($5))"            \
    " AND (CAST($6 AS TEXT) IS NULL OR p.number = $6)"                         \
    " AND c.created >= $7 AND c.created < $8"                                  \
    " AND (CAST($9 AS BIGINT) = 0 OR "

/* by number, by number downwards, by creation, by creation downwards */
static const char *const statements[] = {
    CUSTOMER FILTER "(CAST($10 AS BIGINT) IS NOT NULL AND c.number > $11))"
                    " ORDER BY c.number LIMIT $12",
    CUSTOMER FILTER "(CAST($10 AS BIGINT) IS NOT NULL AND c.number < $11))"
                    " ORDER BY c.number DESC LIMIT $12",
    CUSTOMER FILTER "(c.created, c.number) > ($10, $11))"
                    " ORDER BY c.created, c.number LIMIT $12",
    CUSTOMER FILTER "(c.created, c.number) < ($10, $11))"
                    " ORDER BY c.created DESC, c.number DESC LIMIT $12",
};

enum db_result
customer_list(struct db *db, struct arena *a, const char *tenant,
              const struct customer_filter *f, json_t **rows)
{
    const char *end =
        f->number ? arena_printf(a, "%s\xf4\x8f\xbf\xbf", f->number) : NULL;

    return db_all(db, a, rows, statements[f->order], "ttttttiiiiti", tenant,
                  f->number, end, f->text, f->email, f->parent, f->from,
                  f->before, (int64_t)f->on, f->after_created,
                  f->after_number ? f->after_number : "", (int64_t)f->limit);
}

/* ---- changes ---- */

enum db_result
customer_store_insert(struct db *db, const char *tenant, const char *id,
                      const char *number, const struct customer_new *n,
                      const struct customer_search *search, int64_t *added)
{
    return db_exec(
        db, added,
        "INSERT INTO customer (tenant, id, number, company_name, first_name,"
        " last_name, email, language, street, postal_code, city, country,"
        " vat_id, created, parent, search, portal_without, search_name,"
        " address_extra, phone, birth_date) VALUES"
        " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
        " $16, $17, $18, $19, $20, $21)"
        " ON CONFLICT (tenant, number) DO NOTHING",
        "tttttttttttttittttttt", tenant, id, number, n->company_name,
        n->first_name, n->last_name, n->email, n->language, n->street,
        n->postal_code, n->city, n->country, n->vat_id,
        n->created ? n->created : clock_now(), n->parent, search->all,
        n->portal_without, search->name, n->address_extra, n->phone,
        n->birth_date);
}

enum db_result
customer_store_update(struct db *db, const char *tenant, const char *id,
                      int64_t version, const struct customer_new *n,
                      const struct customer_search *search, int64_t *changed)
{
    return db_exec(
        db, changed,
        "UPDATE customer SET company_name = $4, first_name = $5,"
        " last_name = $6, email = $7, language = $8, street = $9,"
        " postal_code = $10, city = $11, country = $12, vat_id = $13,"
        " parent = $14, search = $15, portal_without = $16, search_name = $17,"
        " email_by_member = CASE WHEN email = $7 THEN email_by_member"
        " ELSE CAST($18 AS SMALLINT) END, address_extra = $19, phone = $20,"
        " birth_date = $21, version = version + 1"
        " WHERE tenant = $1 AND id = $2 AND version = $3",
        "ttittttttttttttttittt", tenant, id, version, n->company_name,
        n->first_name, n->last_name, n->email, n->language, n->street,
        n->postal_code, n->city, n->country, n->vat_id, n->parent, search->all,
        n->portal_without, search->name, (int64_t)n->by_member,
        n->address_extra, n->phone, n->birth_date);
}

enum db_result
customer_store_forget_words(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "DELETE FROM customer_word WHERE tenant = $1"
                   " AND customer = $2",
                   "tt", tenant, id);
}

enum db_result
customer_store_add_word(struct db *db, const char *tenant, const char *id,
                        const char *word)
{
    return db_exec(db, NULL,
                   "INSERT INTO customer_word (tenant, customer, word)"
                   " VALUES ($1, $2, $3)"
                   " ON CONFLICT (tenant, customer, word) DO NOTHING",
                   "ttt", tenant, id, word);
}

enum db_result
customer_store_unfolded_tenant(struct db *db, struct arena *a, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT tenant FROM customer_unfolded"
                  " ORDER BY tenant, customer LIMIT 1",
                  "");
}

enum db_result
customer_store_unfolded(struct db *db, struct arena *a, const char *tenant,
                        int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT c.id, c.number, c.company_name, c.first_name,"
                  " c.last_name, c.email, c.city FROM customer_unfolded u"
                  " JOIN customer c ON c.tenant = u.tenant"
                  " AND c.id = u.customer WHERE u.tenant = $1"
                  " ORDER BY u.customer LIMIT $2",
                  "ti", tenant, (int64_t)limit);
}

enum db_result
customer_store_folded(struct db *db, const char *tenant, const char *id,
                      const struct customer_search *search)
{
    enum db_result r = db_exec(db, NULL,
                               "UPDATE customer SET search = $3,"
                               " search_name = $4"
                               " WHERE tenant = $1 AND id = $2",
                               "tttt", tenant, id, search->all, search->name);

    return r == DB_OK ? db_exec(db, NULL,
                                "DELETE FROM customer_unfolded"
                                " WHERE tenant = $1 AND customer = $2",
                                "tt", tenant, id)
                      : r;
}

enum db_result
customer_store_delete(struct db *db, const char *tenant, const char *id,
                      int64_t version, int64_t *removed)
{
    return db_exec(db, removed,
                   "DELETE FROM customer WHERE tenant = $1 AND id = $2"
                   " AND version = $3",
                   "tti", tenant, id, version);
}

enum db_result
customer_store_above(struct db *db, struct arena *a, const char *tenant,
                     const char *id, const char *other, json_t **row)
{
    return db_one(db, a, row,
                  "WITH RECURSIVE above (id, parent) AS ("
                  " SELECT id, parent FROM customer WHERE tenant = $1"
                  " AND id = $2 UNION SELECT c.id, c.parent FROM customer c"
                  " JOIN above a ON c.id = a.parent WHERE c.tenant = $1)"
                  " SELECT id FROM above WHERE id = $3",
                  "ttt", tenant, id, other);
}

#define LISTED                                                                 \
    "SELECT id, number, company_name, TRIM(first_name || ' ' || last_name)"    \
    " AS name, email, city, country, created FROM customer WHERE tenant = $1"

enum db_result
customer_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                   const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, LISTED, "t", tenant);
}

enum db_result
customer_below(struct db *db, struct arena *a, const char *tenant,
               const char *id, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  LISTED " AND parent = $2 ORDER BY number LIMIT $3", "tti",
                  tenant, id, (int64_t)limit);
}
