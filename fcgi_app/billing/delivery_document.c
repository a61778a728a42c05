/* Documents by mail: the PDF, and the structured invoice where it is wanted. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/keys.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/delivery_mail_document.h"
#include "billing/pdf_document.h"
#include "mail/mail_view.h"

struct sending {
    struct delivery *by;
    struct document document;
    struct delivery_mail mail;
};

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

    return own && strcasecmp(s->mail.recipient, own) == 0;
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

static void
prepare(struct sending *s)
{
    const json_t *row = s->document.row;
    const char *lang = mail_language(s->by->tenant, row_text(row, "language"));

    s->mail.number = row_text(row, "number");
    s->mail.ref = to_customer(s) ? row_text(row, "contract_ref") : NULL;
    s->mail.values = values_of(s, lang);
    s->mail.event = event_of(row);
    s->mail.customer = row_text(row, "customer");
    s->mail.language = lang;
}

/* PDF and, where it is wanted and can be, XML. */
static enum db_result
make_files(struct sending *s)
{
    struct delivery *d = s->by;
    enum db_result r =
        document_file(d->db, d->arena, d->config, d->tenant, d->actor,
                      &s->document, DOCUMENT_PDF, &s->mail.pdf);

    if (r == DB_OK &&
        setting_bool(d->db, d->arena, d->tenant->id, "invoice_xml")) {
        r = document_file(d->db, d->arena, d->config, d->tenant, d->actor,
                          &s->document, DOCUMENT_XML, &s->mail.xml);
        if (r == DB_NONE) {
            s->mail.xml.data = NULL;
            r = DB_OK;
        }
    }
    d->error = r == DB_FAILED ? DELIVERY_FILE : DELIVERY_FINE;
    return r;
}

enum db_result
delivery_send(struct delivery *d, const char *id)
{
    struct sending s = {.by = d,
                        .mail = {.kind = DELIVERY_DOCUMENT,
                                 .id = id,
                                 .action = "invoice.sent"}};
    enum db_result r =
        document_load(d->db, d->arena, d->tenant, id, &s.document);
    bool waits;

    d->error = DELIVERY_FINE;
    if (r != DB_OK) {
        return delivery_ended(d, r);
    }
    waits = strcmp(row_text(s.document.row, "dispatch"), "waiting") == 0;
    if (waits && row_text(s.document.row, "mail")) {
        return d->once ? DB_NONE : DB_UNIQUE;
    }
    s.mail.recipient =
        d->to ? d->to : row_text(s.document.row, "customer_email");
    if (!s.mail.recipient || !field_email_ok(s.mail.recipient)) {
        r = d->actor->test
                ? DB_OK
                : delivery_mail_refuse(d, DELIVERY_DOCUMENT, id, !d->once);
        return delivery_ended(d, r);
    }
    r = make_files(&s);
    if (r == DB_OK) {
        prepare(&s);
        r = delivery_mail_send(d, &s.mail);
    }
    return delivery_ended(d, r);
}
