#include "declaration/declaration_store.h"

#include "base/json.h"

#define DECLARATION                                                            \
    "SELECT d.id, d.kind, d.received, d.language, d.name, d.customer_number,"  \
    " d.contract_text, d.email, d.notice, d.reason, d.end_wanted, d.receipt,"  \
    " n.ref AS contract, d.contract AS contract_id,"                           \
    " COALESCE(n.customer, '') AS customer_id, c.number AS customer,"          \
    " d.status, d.note, d.version FROM declaration d"                          \
    " LEFT JOIN contract n ON n.tenant = d.tenant AND n.id = d.contract"       \
    " LEFT JOIN customer c ON c.tenant = d.tenant AND c.id = n.customer"       \
    " WHERE d.tenant = $1"

enum db_result
declaration_get(struct db *db, struct arena *a, const char *tenant,
                const char *id, json_t **row)
{
    return db_one(db, a, row, DECLARATION " AND d.id = $2", "tt", tenant, id);
}

enum db_result
declaration_find(struct db *db, struct arena *a, const char *tenant,
                 const struct declaration_filter *f, json_t **rows)
{
    return db_all(db, a, rows,
                  DECLARATION " AND (CAST($2 AS TEXT) IS NULL OR d.kind = $2)"
                              " AND (CAST($3 AS TEXT) IS NULL OR d.status = $3)"
                              " AND (CAST($4 AS TEXT) IS NULL OR n.ref = $4)"
                              " AND d.received >= $5 AND d.received < $6"
                              " AND (CAST($7 AS BIGINT) = 0"
                              " OR (d.received, d.id) < ($8, $9))"
                              " ORDER BY d.received DESC, d.id DESC LIMIT $10",
                  "ttttiiiiti", tenant, f->kind, f->status, f->contract,
                  f->from, f->before, (int64_t)f->on, f->after_received,
                  f->after_id ? f->after_id : "", (int64_t)f->limit);
}

enum db_result
declaration_list_rows(struct db *db, struct arena *a,
                      const struct list_query *q, const char *tenant,
                      const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT d.id, d.received, d.kind, d.name, d.contract_text,"
                   " COALESCE(n.ref, '') AS contract, d.email, d.status"
                   " FROM declaration d LEFT JOIN contract n"
                   " ON n.tenant = d.tenant AND n.id = d.contract"
                   " WHERE d.tenant = $1",
                   "t", tenant);
}

static const char *
typed(const struct declaration_new *new, const char *name)
{
    const char *text = row_text(new->input, name);

    return text ? text : "";
}

enum db_result
declaration_store_insert(struct db *db, const char *tenant,
                         const struct declaration_new *new,
                         const char *contract, int64_t *added)
{
    return db_exec(
        db, added,
        "INSERT INTO declaration (tenant, id, kind, received, language, name,"
        " customer_number, contract_text, email, notice, reason, end_wanted,"
        " receipt, contract) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
        " $11, $12, $13, $14) ON CONFLICT (tenant, id) DO NOTHING",
        "tttitttttttttt", tenant, new->id, new->kind, new->received,
        new->language, typed(new, "name"), typed(new, "customer_number"),
        typed(new, "contract"), typed(new, "email"), typed(new, "notice"),
        typed(new, "reason"), row_text(new->input, "end"), new->receipt,
        contract);
}

enum db_result
declaration_store_update(struct db *db, const char *tenant,
                         const struct declaration_update *u, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE declaration SET contract = $4, status = $5,"
                   " note = $6, version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "ttittt", tenant, u->id, u->version, u->contract, u->status,
                   u->note);
}
