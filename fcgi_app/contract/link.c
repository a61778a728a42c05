#include "contract/link.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "callback/callback.h"
#include "contract/link_store.h"
#include "tenant/tenant.h"

enum { JTI_BYTES = 16 };

/* Tells the merchant's servers; never with the link itself. */
static enum db_result
tell(struct db *db, const struct session_store *st, enum callback_type type,
     const json_t *contract)
{
    return callback_enqueue(
        db, st->arena, st->tenant->id, type, row_text(contract, "id"),
        json_pack("{s:s}", "contract", row_text(contract, "ref")),
        st->actor->request_id);
}

/* ---- making one ---- */

struct minting {
    const struct session_store *store;
    const json_t *contract;
    const pf_link_t *link;
};

static enum db_result
mint_in_transaction(struct db *db, void *data)
{
    const struct minting *m = data;
    const struct session_store *st = m->store;
    struct audit row = {st->actor, row_text(m->contract, "customer"),
                        "link.minted", m->link->contract, m->link->jti};
    json_t *after = json_in_arena(
        st->arena,
        json_pack("{s:s, s:I}", "contract", row_text(m->contract, "ref"),
                  "expires", (json_int_t)m->link->exp));
    enum db_result r =
        link_store_insert(db, st->tenant->id, m->link, st->actor->name);

    if (r == DB_OK) {
        r = link_store_resume(db, st->tenant->id, m->link->contract);
    }
    if (r == DB_OK) {
        r = tell(db, st, CALLBACK_link_created, m->contract);
    }
    return r == DB_OK ? audit_write_change(db, st->arena, st->tenant->id, &row,
                                           link_trail_fields, NULL, after)
                      : r;
}

static const char *
seal(const struct session_store *st, const pf_link_t *link)
{
    char *token = arena_alloc(st->arena, LINK_TOKEN_SIZE);
    pf_error_t e = pf_link_seal(keys_ring(st->keys), pf_str_of(st->tenant->id),
                                link, token, LINK_TOKEN_SIZE);

    if (e != PF_OK) {
        log_error("a self-service link could not be sealed: %s",
                  pf_error_text(e));
        return NULL;
    }
    return token;
}

enum db_result
link_mint(const struct session_store *st, const json_t *contract,
          int64_t minutes, struct link_made *out)
{
    pf_link_t link = {.iat = clock_now()};
    struct minting minting = {st, contract, &link};

    link.exp = link.iat + minutes * 60;
    pf_str_copy(pf_str_of(id_secret(st->arena, JTI_BYTES)), link.jti,
                sizeof link.jti);
    pf_str_copy(pf_str_of(row_text(contract, "id")), link.contract,
                sizeof link.contract);
    out->token = seal(st, &link);
    if (!out->token) {
        return DB_FAILED;
    }
    out->expires = link.exp;
    out->url = arena_printf(st->arena, "%s/s/%s", st->tenant->url, out->token);
    return db_transaction(st->db, true, mint_in_transaction, &minting);
}

int64_t
link_minutes_max(const struct session_store *st)
{
    return setting_number(st->db, st->arena, st->tenant->id,
                          "link_minutes_max");
}

/* One may have been set before the other. */
int64_t
link_minutes(const struct session_store *st)
{
    int64_t usual =
        setting_number(st->db, st->arena, st->tenant->id, "link_minutes");
    int64_t most = link_minutes_max(st);

    return usual < most ? usual : most;
}

enum db_result
link_list(const struct session_store *st, const json_t *contract, int limit,
          json_t **rows)
{
    return link_store_list(st->db, st->arena, st->tenant->id,
                           row_text(contract, "id"), clock_now(), limit, rows);
}

enum db_result
link_list_of_customer(const struct session_store *st, const char *customer,
                      int limit, json_t **rows)
{
    return link_store_of_customer(st->db, st->arena, st->tenant->id, customer,
                                  clock_now(), limit, rows);
}

enum db_result
link_renewable(const struct session_store *st, const char *contract,
               json_t **row)
{
    return link_store_renewable(st->db, st->arena, st->tenant->id, contract,
                                row);
}

bool
link_stopped(const json_t *contract)
{
    return row_int(contract, "links_revoked") != 0;
}

/* The row is read here, whenever the caller read its own: what is revoked in
 * the meantime must not be made good by a mail. */
enum db_result
link_mint_by_mail(const struct session_store *st, const json_t *contract,
                  struct link_made *out)
{
    json_t *row;
    enum db_result r = link_renewable(st, row_text(contract, "id"), &row);

    return r == DB_OK
               ? link_mint(st, contract,
                           setting_number(st->db, st->arena, st->tenant->id,
                                          "document_link_minutes"),
                           out)
               : r;
}

/* ---- opening it ---- */

enum db_result
link_opened(const struct session_store *st, const char *jti)
{
    return link_store_opened(st->db, st->tenant->id, jti, clock_now());
}

enum db_result
link_find(const struct session_store *st, const pf_link_t *token,
          struct session_link *out)
{
    json_t *row;
    enum db_result r =
        link_store_get(st->db, st->arena, st->tenant->id, token, &row);

    if (r == DB_OK) {
        out->jti = arena_strdup(st->arena, token->jti);
        out->contract = row_text(row, "id");
        out->contract_ref = row_text(row, "ref");
        out->customer = row_text(row, "customer");
        out->expires = token->exp;
    }
    return r;
}

/* ---- revoking all of them ---- */

struct revocation {
    const struct session_store *store;
    const json_t *contract;
    json_t *ended; /* sessions */
};

static enum db_result
revoke_in_transaction(struct db *db, void *data)
{
    struct revocation *v = data;
    const struct session_store *st = v->store;
    const char *contract = row_text(v->contract, "id");
    struct audit row = {st->actor, row_text(v->contract, "customer"),
                        "links.revoked", contract, ""};
    int64_t revoked = 0;
    json_t *before;
    enum db_result r =
        link_store_revoke(db, st->tenant->id, contract, clock_now(), &revoked);

    if (r == DB_OK) {
        r = session_end_of_contract(st, contract, &v->ended);
    }
    if (r == DB_OK) {
        r = tell(db, st, CALLBACK_link_revoked, v->contract);
    }
    before = json_in_arena(st->arena,
                           json_pack("{s:I, s:I}", "links", (json_int_t)revoked,
                                     "sessions",
                                     (json_int_t)json_array_size(v->ended)));
    return r == DB_OK ? audit_write_objects(db, st->arena, st->tenant->id, &row,
                                            before, NULL)
                      : r;
}

enum db_result
link_revoke(const struct session_store *st, const json_t *contract)
{
    struct revocation revocation = {st, contract, NULL};
    enum db_result r =
        db_transaction(st->db, true, revoke_in_transaction, &revocation);

    if (r == DB_OK) {
        session_tell_ended(st, revocation.ended);
    }
    return r;
}
