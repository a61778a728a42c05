#include "billing/delivery_document.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/keys.h"
#include "base/log.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/delivery_store.h"
#include "billing/pdf_document.h"
#include "contract/contract.h"
#include "contract/link.h"
#include "mail/mail_view.h"

struct sending {
    struct delivery *by;
    struct document document;
    const char *id, *recipient;
    struct document_bytes pdf, xml; /* xml.data NULL: none */
    struct mail mail;
};

/* ---- the mail ---- */

static const char *
event_of(const json_t *row)
{
    const char *type = row_text(row, "type");

    return strcmp(type, "credit_note") == 0  ? "credit_note_mail"
           : strcmp(type, "correction") == 0 ? "correction_mail"
                                             : "invoice_mail";
}

/* A link opens the contract: it goes to the customer alone, as staff and keys
 * who send documents need not be those who may open the portal as somebody. */
static bool
to_customer(const struct sending *s)
{
    const char *own = row_text(s->document.row, "customer_email");

    return own && strcasecmp(s->recipient, own) == 0;
}

/* Of the recipient's own, minted now; the portal's address for others, where
 * there is no contract that it could show, and where its links were revoked. */
static enum db_result
mint(struct sending *s, json_t *values)
{
    const struct delivery *d = s->by;
    const char *ref = row_text(s->document.row, "contract_ref");
    struct session_store store = {.db = d->db,
                                  .keys = d->keys,
                                  .arena = d->arena,
                                  .tenant = d->tenant,
                                  .actor = d->actor};
    struct link_made link;
    json_t *contract;
    enum db_result r;

    if (!ref || !to_customer(s)) {
        return DB_OK;
    }
    r = contract_by_ref(d->db, d->arena, d->tenant->id, ref, &contract);
    if (r == DB_OK) {
        r = link_mint_by_mail(&store, contract, &link);
    }
    if (r == DB_OK) {
        model_text(values, "portal_url", link.url);
    }
    return r == DB_NONE ? DB_OK : r;
}

static json_t *
values_of(const struct sending *s, const char *lang)
{
    struct arena *a = s->by->arena;
    const json_t *row = s->document.row;
    const char *lines = row_text(row, "recipient");
    const char *original = row_text(row, "corrects_number");
    const char *ref = row_text(row, "contract_ref");
    const char *name = row_text(s->document.buyer, "name");
    const char *reason = row_text(row, "note");
    json_t *values = json_in_arena(
        a,
        json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "customer_number",
            row_text(row, "customer_number"), "number", row_text(row, "number"),
            "date", text_date(a, lang, row_text(row, "date"), false), "due",
            text_date(a, lang, row_text(row, "due"), false), "amount",
            text_money(a, lang, document_sign(row) * row_int(row, "gross"),
                       row_text(row, "currency")),
            "contract_ref", ref ? ref : "–", "original",
            original ? original : "–", "reason", reason[0] ? reason : "–"));

    model_text(values, "customer_name",
               name ? name : arena_strndup(a, lines, strcspn(lines, "\n")));
    return values;
}

static bool
attach(struct sending *s, enum document_kind kind,
       const struct document_bytes *bytes)
{
    const struct delivery *d = s->by;

    return !bytes->data ||
           mail_attach(
               d->arena, d->keys, d->tenant, &s->mail,
               arena_printf(d->arena, "%s.%s",
                            text_file_name(d->arena,
                                           row_text(s->document.row, "number")),
                            document_ending(kind)),
               document_type(kind), bytes->data, bytes->len);
}

static enum db_result
compose(struct sending *s)
{
    struct delivery *d = s->by;
    const char *lang =
        mail_language(d->tenant, row_text(s->document.row, "language"));
    json_t *values = values_of(s, lang);
    enum db_result r;

    s->mail = (struct mail){
        .event = event_of(s->document.row),
        .customer = row_text(s->document.row, "customer"),
        .user = "",
        .recipient = s->recipient,
        .language = lang,
        .request_id = d->actor->request_id,
        .about = delivery_about(d->arena, DELIVERY_DOCUMENT, s->id)};
    r = mint(s, values);
    if (r == DB_OK &&
        (!mail_compose(d->db, d->arena, d->keys, d->tenant, &s->mail, values) ||
         !attach(s, DOCUMENT_PDF, &s->pdf) ||
         !attach(s, DOCUMENT_XML, &s->xml))) {
        log_error("%s: its mail cannot be made", s->id);
        d->error = DELIVERY_MAIL;
        return DB_FAILED;
    }
    if (d->actor->test) {
        s->mail.body = NULL;
        s->mail.reason = N_("a key of test mode");
    }
    return r;
}

/* ---- its effect ---- */

static enum db_result
note(struct sending *s, const char *state, const char *reason)
{
    const struct delivery *d = s->by;
    struct audit audit = {d->actor, row_text(s->document.row, "customer"),
                          "invoice.sent", s->id, s->mail.id};
    struct dispatch to = {state, s->mail.id, reason, ""};
    int64_t changed = 0;
    enum db_result r = delivery_store_set(
        d->db, DELIVERY_DOCUMENT, d->tenant->id, s->id, &to, d->once, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE; /* somebody else was quicker */
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
    if (r != DB_OK) {
        return r;
    }
    return s->mail.body ? note(s, "waiting", "")
                        : note(s, "suppressed", s->mail.reason);
}

static enum db_result
fail_in_transaction(struct db *db, void *data)
{
    const struct sending *s = data;
    const struct delivery *d = s->by;
    const struct delivery_desk desk = {db, d->arena, d->tenant->id, d->actor};
    const struct delivery_failure failure = {.kind = DELIVERY_DOCUMENT,
                                             .id = s->id,
                                             .error = DELIVERY_NO_ADDRESS,
                                             .by_hand = !d->once};

    return delivery_fail(&desk, &failure);
}

/* PDF and, where it is wanted and can be, XML. */
static enum db_result
make_files(struct sending *s)
{
    struct delivery *d = s->by;
    enum db_result r =
        document_file(d->db, d->arena, d->config, d->tenant, d->actor,
                      &s->document, DOCUMENT_PDF, &s->pdf);

    if (r == DB_OK &&
        setting_bool(d->db, d->arena, d->tenant->id, "invoice_xml")) {
        r = document_file(d->db, d->arena, d->config, d->tenant, d->actor,
                          &s->document, DOCUMENT_XML, &s->xml);
        if (r == DB_NONE) {
            s->xml.data = NULL;
            r = DB_OK;
        }
    }
    d->error = r == DB_FAILED ? DELIVERY_FILE : DELIVERY_FINE;
    return r;
}

/* What went wrong of which nobody has said more. */
static enum db_result
ended(struct delivery *d, enum db_result r)
{
    if (r != DB_OK && r != DB_NONE && r != DB_UNIQUE &&
        d->error == DELIVERY_FINE) {
        d->error = DELIVERY_DATABASE;
    }
    return r;
}

enum db_result
delivery_send(struct delivery *d, const char *id)
{
    struct sending s = {.by = d, .id = id};
    enum db_result r =
        document_load(d->db, d->arena, d->tenant, id, &s.document);
    bool waits;

    d->error = DELIVERY_FINE;
    if (r != DB_OK) {
        return ended(d, r);
    }
    waits = strcmp(row_text(s.document.row, "dispatch"), "waiting") == 0;
    if (waits && row_text(s.document.row, "mail")) {
        return d->once ? DB_NONE : DB_UNIQUE;
    }
    s.recipient = d->to ? d->to : row_text(s.document.row, "customer_email");
    if (!s.recipient || !field_email_ok(s.recipient)) {
        r = db_transaction(d->db, true, fail_in_transaction, &s);
        return ended(d, r);
    }
    r = make_files(&s);
    if (r == DB_OK) {
        r = db_transaction(d->db, true, send_in_transaction, &s);
    }
    return ended(d, r);
}
