#include "billing/delivery_mail_document.h"

#include "base/json.h"
#include "base/keys.h"
#include "base/log.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/delivery_store.h"
#include "contract/contract.h"
#include "contract/link.h"
#include "mail/mail_view.h"

struct sending {
    struct delivery *by;
    const struct delivery_mail *what;
    struct mail mail;
};

/* Minted now. Where there is no contract that it could show, and where its
 * links were revoked, the mail brings the portal's address instead. */
static enum db_result
add_link(struct sending *s)
{
    const struct delivery *d = s->by;
    struct session_store store = {.db = d->db,
                                  .keys = d->keys,
                                  .arena = d->arena,
                                  .tenant = d->tenant,
                                  .actor = d->actor};
    struct link_made link;
    json_t *contract;
    enum db_result r;

    if (!s->what->ref) {
        return DB_OK;
    }
    r = contract_by_ref(d->db, d->arena, d->tenant->id, s->what->ref,
                        &contract);
    if (r == DB_OK) {
        r = link_mint_by_mail(&store, contract, &link);
    }
    if (r == DB_OK) {
        model_text(s->what->values, "portal_url", link.url);
    }
    return r == DB_NONE ? DB_OK : r;
}

static bool
attach(struct sending *s, enum document_kind kind,
       const struct document_bytes *bytes)
{
    const struct delivery *d = s->by;

    return !bytes->data ||
           mail_attach(d->arena, d->keys, d->tenant, &s->mail,
                       arena_printf(d->arena, "%s.%s",
                                    text_file_name(d->arena, s->what->number),
                                    document_ending(kind)),
                       document_type(kind), bytes->data, bytes->len);
}

static enum db_result
compose(struct sending *s)
{
    struct delivery *d = s->by;
    const struct delivery_mail *m = s->what;
    enum db_result r = add_link(s);

    s->mail = (struct mail){.event = m->event,
                            .customer = m->customer,
                            .user = "",
                            .recipient = m->recipient,
                            .language = m->language,
                            .request_id = d->actor->request_id,
                            .about = delivery_about(d->arena, m->kind, m->id)};
    if (r == DB_OK && (!mail_compose(d->db, d->arena, d->keys, d->tenant,
                                     &s->mail, m->values) ||
                       !attach(s, DOCUMENT_PDF, &m->pdf) ||
                       !attach(s, DOCUMENT_XML, &m->xml))) {
        log_error("%s: its mail cannot be made", m->id);
        d->error = DELIVERY_MAIL;
        return DB_FAILED;
    }
    if (d->actor->test) {
        s->mail.body = NULL;
        s->mail.reason = N_("a key of test mode");
    }
    return r;
}

/* In its row and in the trail. What a key of test mode asks for leaves the row
 * as it is: a document that waits still goes out. */
static enum db_result
note(const struct sending *s)
{
    const struct delivery *d = s->by;
    const struct delivery_mail *m = s->what;
    bool goes = s->mail.body;
    struct audit audit = {d->actor, m->customer, m->action, m->id,
                          m->detail ? m->detail : s->mail.id};
    struct dispatch to = {goes ? "waiting" : "suppressed", s->mail.id,
                          goes ? "" : s->mail.reason, ""};
    int64_t changed = 0;
    enum db_result r = DB_OK;

    if (!d->actor->test) {
        r = delivery_store_set(d->db, m->kind, d->tenant->id, m->id, &to,
                               d->once, &changed);
        r = r == DB_OK && changed == 0 ? DB_NONE : r;
    }
    return r == DB_OK ? audit_write(d->db, d->arena, d->tenant->id, &audit) : r;
}

static enum db_result
send_in_transaction(struct db *db, void *data)
{
    struct sending *s = data;
    struct delivery *d = s->by;
    enum db_result r;

    d->error = DELIVERY_FINE;
    r = compose(s);
    if (r == DB_OK) {
        r = mail_queue(db, d->arena, d->tenant->id, &s->mail);
    }
    return r == DB_OK ? note(s) : r;
}

enum db_result
delivery_mail_send(struct delivery *d, const struct delivery_mail *m)
{
    struct sending s = {.by = d, .what = m};

    return db_transaction(d->db, true, send_in_transaction, &s);
}

struct refusal {
    struct delivery_desk desk;
    struct delivery_failure failure;
};

static enum db_result
refuse_in_transaction(struct db *db, void *data)
{
    const struct refusal *refusal = data;

    (void)db;
    return delivery_fail(&refusal->desk, &refusal->failure);
}

enum db_result
delivery_mail_refuse(struct delivery *d, enum delivery_kind kind,
                     const char *id, bool by_hand)
{
    struct refusal refusal = {{d->db, d->arena, d->tenant->id, d->actor},
                              {.kind = kind,
                               .id = id,
                               .error = DELIVERY_NO_ADDRESS,
                               .by_hand = by_hand}};

    return db_transaction(d->db, true, refuse_in_transaction, &refusal);
}

enum db_result
delivery_ended(struct delivery *d, enum db_result r)
{
    if (r != DB_OK && r != DB_NONE && r != DB_UNIQUE &&
        d->error == DELIVERY_FINE) {
        d->error = DELIVERY_DATABASE;
    }
    return r;
}
