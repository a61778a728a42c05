/* Sending documents by mail, once more or to somebody else. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "billing/delivery_document.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/delivery_office.h"
#include "office/export_office.h"
#include "office/office_web.h"
#include "view/i18n.h"

void
office_add_delivery(struct request *rq, json_t *row)
{
    const char *error = row_text(row, "dispatch_error");
    const char *reason = row_text(row, "dispatch_reason");
    const char *why = reason[0] ? reason : delivery_error_of(error);

    delivery_shown(row);
    if (why[0]) {
        model_text(row, "dispatch_reason", i18n(rq->language, why));
    }
    if (!error[0]) {
        json_object_del(row, "dispatch_tries");
    }
}

void
office_add_send_again(struct request *rq, json_t *model)
{
    json_t *buttons = json_array();

    if (office_may(rq, "invoices.change")) {
        json_array_append_new(buttons,
                              office_button(rq, "/admin/deliveries/again",
                                            N_("Send all that failed again")));
    }
    json_object_set_new(model, "sends_again",
                        json_boolean(json_array_size(buttons) > 0));
    model_list(model, "buttons", buttons);
}

void
office_add_undelivered(struct request *rq, json_t *model)
{
    static const struct {
        const char *path, *text;
    } lines[] = {
        [DELIVERY_DOCUMENT] = {"/admin/invoices?dispatch=failed",
                               N_("Documents that could not be delivered: "
                                  "{count}")},
        [DELIVERY_REMINDER] = {"/admin/reminders?dispatch=failed",
                               N_("Reminders that could not be delivered: "
                                  "{count}")},
    };
    int64_t counts[DELIVERY_KINDS] = {0};
    json_t *list = json_array();

    json_object_set_new(model, "sends_again", json_false());
    /* a page to choose from is worth more than that it counts */
    if (office_may(rq, "invoices.view")) {
        (void)delivery_failed(rq->db, rq->arena, rq->tenant->id, counts);
    }
    for (int i = 0; i < DELIVERY_KINDS; i++) {
        const char *n = arena_printf(rq->arena, "%lld%s", (long long)counts[i],
                                     counts[i] == DELIVERY_COUNTED ? "+" : "");

        if (counts[i] > 0) {
            json_array_append_new(
                list, json_pack("{s:s, s:s+}", "text",
                                i18n_fill(rq->arena,
                                          i18n(rq->language, lines[i].text),
                                          "count", n, NULL),
                                "url", rq->prefix, lines[i].path));
        }
    }
    if (json_array_size(list) > 0) {
        office_add_send_again(rq, model);
    }
    model_list(model, "undelivered", list);
}

/* The document that the path names; false with the error in the response. */
static bool
named(struct request *rq, struct response *rs, struct document *out)
{
    json_t *row;
    enum db_result r = invoice_by_number(rq->db, rq->arena, rq->tenant->id,
                                         rq->values[0], &row);

    if (r == DB_OK) {
        r = document_load(rq->db, rq->arena, rq->tenant, row_text(row, "id"),
                          out);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return r == DB_OK;
}

static const char *
path_of(struct request *rq, const struct document *d)
{
    return arena_printf(rq->arena, "/admin/invoices/%s",
                        form_escape(rq->arena, row_text(d->row, "number")));
}

static void
show(struct request *rq, struct response *rs, const struct document *d,
     enum err error)
{
    const char *number = row_text(d->row, "number");
    const char *path = path_of(rq, d);
    json_t *values =
        json_in_arena(rq->arena, json_pack("{s:s}", "to",
                                           row_text(d->row, "customer_email")));
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s++, s:s, s:s}", "title",
        i18n(rq->language, N_("Send by e-mail")), "back_url", rq->prefix, path,
        "back_label", number, "action", rq->prefix, path, "/send", "submit",
        i18n(rq->language, N_("Send")), "lead",
        i18n_fill(rq->arena,
                  i18n(rq->language,
                       N_("{number} goes out as PDF. Give only addresses that "
                          "may see it. To the customer's own address it goes "
                          "with a link that opens the contract.")),
                  "number", number, NULL));

    model_text(model, "version", NULL);
    page_form(rq, rs, "office_record_form", model, invoice_send_fields, values,
              error);
}

void
office_invoice_send_page(struct request *rq, struct response *rs)
{
    struct document d;

    if (named(rq, rs, &d)) {
        show(rq, rs, &d, ERR_NONE);
    }
}

void
office_invoice_send_submit(struct request *rq, struct response *rs)
{
    struct delivery by = {.db = rq->db,
                          .arena = rq->arena,
                          .config = rq->config,
                          .keys = rq->keys,
                          .tenant = rq->tenant,
                          .actor = rq->actor};
    struct document d;
    enum db_result r;

    if (!named(rq, rs, &d)) {
        return;
    }
    by.to = request_text(rq, "to");
    if (!by.to && rq->errors.n == 0) {
        field_fail(&rq->errors, "to", ERR_value_missing, 0);
    }
    if (rq->errors.n > 0) {
        show(rq, rs, &d, ERR_NONE);
        return;
    }
    r = delivery_send(&by, row_text(d.row, "id"));
    if (r == DB_UNIQUE) {
        show(rq, rs, &d, ERR_document_waiting);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(rq, rs, path_of(rq, &d));
    }
}

/* ---- all that failed ---- */

void
office_deliveries_again(struct request *rq, struct response *rs)
{
    const char *job;
    enum db_result r = delivery_again_ask(rq->db, rq->arena, rq->tenant->id,
                                          rq->actor, NULL, &job);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    response_redirect(rq, rs,
                      arena_printf(rq->arena, "/admin/deliveries/%s", job));
}

static bool
has_state(const json_t *row, const char *state)
{
    return strcmp(row_text(row, "state"), state) == 0;
}

/* What a job of sending again has come to. */
static const char *
sent_again(const json_t *row)
{
    return !has_state(row, "done") ? N_("What failed is put in line to be "
                                        "sent once more.")
           : row_int(row, "done") > 0
               ? N_("All of it waits to be sent now. What fails again is on "
                    "the first page then.")
               : N_("Nothing had failed, so nothing is sent again.");
}

void
office_deliveries_page(struct request *rq, struct response *rs)
{
    static const struct field facts[] = {
        {.name = "state",
         .type = FIELD_ENUM,
         .flags = FIELD_OUT,
         .label = N_("Status")},
        {.name = "done",
         .type = FIELD_INTEGER,
         .flags = FIELD_OUT,
         .label = N_("Documents so far")},
        {.name = "last_error",
         .type = FIELD_TEXT,
         .flags = FIELD_OUT,
         .label = N_("Last error")},
        FIELD_END,
    };
    struct office_progress progress = {
        .words = N_("{done} of {total} documents are done.")};
    json_t *row = office_export_job(rq, rs, "deliveries_again"), *model;

    if (!row) {
        return;
    }
    model = json_pack("{s:s, s:s+, s:s, s:s}", "title",
                      i18n(rq->language, N_("Sending again what failed")),
                      "back_url", rq->prefix, "/admin/invoices", "back_label",
                      i18n(rq->language, N_("All invoices")), "lead",
                      i18n(rq->language, sent_again(row)));
    json_object_set_new(model, "facts", office_facts(rq, facts, row));
    model_text(model, "why", NULL);
    model_list(model, "links", json_array());
    model_list(model, "buttons", json_array());
    model_list(model, "tables", json_array());
    progress.under_way = !has_state(row, "done") && !has_state(row, "failed");
    progress.done = row_int(row, "done");
    progress.total = row_int(row, "total");
    office_run(rq, rs, model, &progress);
}
