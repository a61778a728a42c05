/* Reminders by mail: the letter as PDF, and the way to the contract. */
#include "base/json.h"
#include "base/text.h"
#include "billing/delivery_mail_document.h"
#include "billing/reminder_document.h"
#include "customer/customer.h"

struct sending {
    struct delivery *by;
    json_t *row, *customer, *invoices;
    struct delivery_mail mail;
};

static enum db_result
load(struct sending *s)
{
    const struct delivery *d = s->by;
    const char *tenant = d->tenant->id, *id = s->mail.id;
    enum db_result r = reminder_by_id(d->db, d->arena, tenant, id, &s->row);

    if (r == DB_OK) {
        r = customer_by_id(d->db, d->arena, tenant,
                           row_text(s->row, "customer"), &s->customer);
    }
    if (r == DB_OK) {
        r = reminder_invoices(d->db, d->arena, tenant, id, &s->invoices);
    }
    return r;
}

static void
prepare(struct sending *s)
{
    s->mail.number = s->mail.detail = row_text(s->row, "number");
    s->mail.ref = row_text(s->row, "contract_ref");
    s->mail.values = reminder_values(s->by->arena, s->row, s->invoices);
    s->mail.customer = row_text(s->customer, "id");
    s->mail.recipient = row_text(s->customer, "email");
    s->mail.language = row_text(s->row, "language");
}

enum db_result
delivery_send_reminder(struct delivery *d, const char *id)
{
    struct sending s = {.by = d,
                        .mail = {.kind = DELIVERY_REMINDER,
                                 .id = id,
                                 .event = "reminder_mail",
                                 .action = "reminder.sent"}};
    enum db_result r = load(&s);

    d->error = DELIVERY_FINE;
    if (r == DB_OK && !field_email_ok(row_text(s.customer, "email"))) {
        return delivery_ended(
            d, delivery_mail_refuse(d, DELIVERY_REMINDER, id, false));
    }
    if (r == DB_OK) {
        r = reminder_file(d->db, d->arena, d->config, s.row, s.invoices,
                          &s.mail.pdf);
        d->error = r == DB_FAILED ? DELIVERY_FILE : DELIVERY_FINE;
    }
    if (r == DB_OK) {
        prepare(&s);
        r = delivery_mail_send(d, &s.mail);
    }
    return delivery_ended(d, r);
}
