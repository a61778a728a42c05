/* Reminders by mail: the letter as PDF, and the way to the contract. */
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/delivery_document.h"
#include "billing/delivery_store.h"
#include "billing/reminder_document.h"
#include "contract/contract.h"
#include "contract/link.h"
#include "customer/customer.h"
#include "mail/mail_view.h"

struct sending {
    struct delivery *by;
    const json_t *row;
    json_t *customer, *contract, *invoices; /* contract NULL: none */
    struct document_bytes pdf;
};

static enum db_result
load(struct sending *s, const char *id)
{
    const struct delivery *d = s->by;
    const char *tenant = d->tenant->id, *ref;
    json_t *row;
    enum db_result r = reminder_by_id(d->db, d->arena, tenant, id, &row);

    s->row = row;
    ref = row_text(row, "contract_ref");
    if (r == DB_OK) {
        r = customer_by_id(d->db, d->arena, tenant, row_text(row, "customer"),
                           &s->customer);
    }
    if (r == DB_OK && ref) {
        r = contract_by_ref(d->db, d->arena, tenant, ref, &s->contract);
    }
    if (r == DB_OK) {
        r = reminder_invoices(d->db, d->arena, tenant, id, &s->invoices);
    }
    return r;
}

/* The way to the contract, for as long as the tenant's links work. */
static enum db_result
add_link(struct sending *s, json_t *values)
{
    const struct delivery *d = s->by;
    struct session_store store = {.db = d->db,
                                  .keys = d->keys,
                                  .arena = d->arena,
                                  .tenant = d->tenant,
                                  .actor = d->actor};
    struct link_made link;
    enum db_result r;

    if (!s->contract) {
        return DB_OK;
    }
    r = link_mint_by_mail(&store, s->contract, &link);
    if (r == DB_OK) {
        json_object_set_new(values, "portal_url", json_string(link.url));
    }
    return r == DB_NONE ? DB_OK : r; /* revoked: the mail goes without */
}

static enum db_result
compose(struct sending *s, struct mail *mail)
{
    struct delivery *d = s->by;
    json_t *values = reminder_values(d->arena, s->row, s->invoices);
    enum db_result r = add_link(s, values);

    if (r == DB_OK &&
        (!mail_compose(d->db, d->arena, d->keys, d->tenant, mail, values) ||
         !mail_attach(
             d->arena, d->keys, d->tenant, mail,
             arena_printf(d->arena, "%s.pdf",
                          text_file_name(d->arena, row_text(s->row, "number"))),
             "application/pdf", s->pdf.data, s->pdf.len))) {
        log_error("%s: its mail cannot be made", row_text(s->row, "id"));
        d->error = DELIVERY_MAIL;
        return DB_FAILED;
    }
    return r;
}

/* The mail, the link in it, and that it was sent: all, or nothing. */
static enum db_result
send_in_transaction(struct db *db, void *data)
{
    struct sending *s = data;
    struct delivery *d = s->by;
    const char *id = row_text(s->row, "id");
    struct mail mail = {.event = "reminder_mail",
                        .customer = row_text(s->customer, "id"),
                        .user = "",
                        .recipient = row_text(s->customer, "email"),
                        .language = row_text(s->row, "language"),
                        .request_id = "",
                        .about =
                            delivery_about(d->arena, DELIVERY_REMINDER, id)};
    struct audit audit = {d->actor, mail.customer, "reminder.sent", id,
                          row_text(s->row, "number")};
    struct dispatch to = {"waiting", NULL, "", ""};
    int64_t changed = 0;
    enum db_result r;

    d->error = DELIVERY_FINE;
    r = compose(s, &mail);
    if (r == DB_OK) {
        r = mail_queue(db, d->arena, d->tenant->id, &mail);
    }
    to.mail = mail.id;
    if (r == DB_OK) {
        r = delivery_store_set(db, DELIVERY_REMINDER, d->tenant->id, id, &to,
                               true, &changed);
    }
    if (r == DB_OK && changed == 0) {
        return DB_NONE; /* somebody else sent it, or it was withdrawn */
    }
    return r == DB_OK ? audit_write(db, d->arena, d->tenant->id, &audit) : r;
}

static enum db_result
fail_in_transaction(struct db *db, void *data)
{
    const struct sending *s = data;
    const struct delivery *d = s->by;
    const struct delivery_desk desk = {db, d->arena, d->tenant->id, d->actor};
    const struct delivery_failure failure = {.kind = DELIVERY_REMINDER,
                                             .id = row_text(s->row, "id"),
                                             .error = DELIVERY_NO_ADDRESS};

    return delivery_fail(&desk, &failure);
}

enum db_result
delivery_send_reminder(struct delivery *d, const char *id)
{
    struct sending s = {.by = d};
    enum db_result r = load(&s, id);

    d->error = DELIVERY_FINE;
    if (r == DB_OK && !field_email_ok(row_text(s.customer, "email"))) {
        return db_transaction(d->db, true, fail_in_transaction, &s);
    }
    if (r == DB_OK) {
        r = reminder_file(d->db, d->arena, d->config, s.row, s.invoices,
                          &s.pdf);
        d->error = r == DB_FAILED ? DELIVERY_FILE : DELIVERY_FINE;
    }
    if (r == DB_OK) {
        r = db_transaction(d->db, true, send_in_transaction, &s);
    }
    if (r != DB_OK && r != DB_NONE && d->error == DELIVERY_FINE) {
        d->error = DELIVERY_DATABASE;
    }
    return r;
}
