#include "payer/payer_store.h"

#include <string.h>

#include "base/clock.h"

#define OF_TENANT                                                              \
    "SELECT m.id, m.customer AS customer_id, c.number AS customer, m.kind,"    \
    " m.status, m.country, m.last4, m.holder, m.reference, m.creditor,"        \
    " m.signed_on, m.words, m.language, m.url, m.remote_addr, m.given,"        \
    " m.given_by, m.ended, m.provider, m.brand, m.valid_until FROM "           \
    "payment_method m"                                                         \
    " JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer"            \
    " WHERE m.tenant = $1"
#define METHOD OF_TENANT " AND m.customer = $2"

static const char current[] = METHOD " AND m.status = 'active'";

enum db_result
payer_current(struct db *db, struct arena *a, const char *tenant,
              const char *customer, json_t **row)
{
    return db_one(db, a, row, current, "tt", tenant, customer);
}

struct db_answer *
payer_ask(struct db *db, struct arena *a, const char *tenant,
          const char *customer)
{
    return db_ask(db, a, current, "tt", tenant, customer);
}

enum db_result
payer_get(struct db *db, struct arena *a, const char *tenant,
          const char *customer, const char *id, json_t **row)
{
    return db_one(db, a, row, METHOD " AND m.id = $3", "ttt", tenant, customer,
                  id);
}

enum db_result
payer_list(struct db *db, struct arena *a, const char *tenant,
           const char *customer, json_t **rows)
{
    return db_all(db, a, rows, METHOD " ORDER BY m.given DESC, m.id DESC", "tt",
                  tenant, customer);
}

enum db_result
payer_store_like(struct db *db, struct arena *a, const char *tenant,
                 const char *id, const char *reference, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id FROM payment_method WHERE tenant = $1"
                  " AND (id = $2 OR (reference = $3 AND reference <> ''))",
                  "ttt", tenant, id, reference);
}

enum db_result
payer_store_insert(struct db *db, const char *tenant,
                   const struct payer_new *new, const char *sealed,
                   const struct actor *by)
{
    const struct provider_card *card = new->card;
    size_t len = strlen(new->iban);

    return db_exec(
        db, NULL,
        "INSERT INTO payment_method (tenant, id, customer, kind, status, iban,"
        " country, last4, holder, reference, creditor, signed_on, words,"
        " language, url, remote_addr, given, given_by, ended, provider, token,"
        " brand, valid_until)"
        " VALUES ($1, $2, $3, $4, 'active', $5, SUBSTR($6, 1, 2), $7, $8, $9,"
        " $10, $11, $12, $13, $14, $15, $16, $17, 0, $18, $19, $20, $21)",
        "tttttttttttttttittttt", tenant, new->id, new->customer,
        card ? PAYER_CARD : PAYER_DIRECT_DEBIT, card ? "" : sealed, new->iban,
        card      ? card->last4
        : len > 4 ? new->iban + len - 4
                  : "",
        new->holder, new->reference, new->creditor, new->signed_on, new->words,
        new->language, new->url, by->remote_addr, clock_now(), by->name,
        card ? new->provider : "", card ? sealed : "", card ? card->brand : "",
        card ? card->valid_until : "");
}

enum db_result
payer_store_token(struct db *db, struct arena *a, const char *tenant,
                  const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT token FROM payment_method"
                  " WHERE tenant = $1 AND id = $2",
                  "tt", tenant, id);
}

enum db_result
payer_store_forget(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "UPDATE payment_method SET token = ''"
                   " WHERE tenant = $1 AND id = $2 AND status <> 'active'",
                   "tt", tenant, id);
}

enum db_result
payer_store_end(struct db *db, const char *tenant, const char *id,
                const char *status, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE payment_method SET status = $3, ended = $4"
                   " WHERE tenant = $1 AND id = $2 AND status = 'active'",
                   "ttti", tenant, id, status, clock_now());
}

enum db_result
payer_store_unused(struct db *db, struct arena *a, const char *tenant,
                   const char *day, int64_t moment, const char *after,
                   int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  OF_TENANT " AND m.status = 'active'"
                            " AND m.kind = '" PAYER_DIRECT_DEBIT "'"
                            " AND m.signed_on < $2 AND m.given < $3"
                            " AND NOT EXISTS (SELECT 1 FROM payment p"
                            " WHERE p.tenant = m.tenant"
                            " AND p.customer = m.customer"
                            " AND p.method = 'direct_debit' AND p.date >= $2)"
                            " AND m.id > $4 ORDER BY m.id LIMIT $5",
                  "ttiti", tenant, day, moment, after, (int64_t)limit);
}

enum db_result
payer_store_sealed(struct db *db, struct arena *a, const char *tenant,
                   const char *id, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, id, iban, token FROM payment_method"
                  " WHERE (tenant, id) > ($1, $2) ORDER BY tenant, id LIMIT $3",
                  "tti", tenant, id, (int64_t)limit);
}

enum db_result
payer_store_reseal(struct db *db, const json_t *row, const char *iban,
                   const char *token)
{
    return db_exec(db, NULL,
                   "UPDATE payment_method SET iban = $5, token = $6"
                   " WHERE tenant = $1 AND id = $2 AND iban = $3"
                   " AND token = $4",
                   "tttttt", row_text(row, "tenant"), row_text(row, "id"),
                   row_text(row, "iban"), row_text(row, "token"), iban, token);
}
