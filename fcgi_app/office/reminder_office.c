/* Reminder runs, what they wrote, and invoices that are left alone. */
#include "office/reminder_office.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/reminder_view.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/delivery_office.h"
#include "office/office_web.h"
#include "view/i18n.h"

enum { TABLE_ROWS = 200 };

static const char list_path[] = "/admin/reminders";
static const char runs_path[] = "/admin/reminder-runs";

/* ---- tables ---- */

/* Rows of table reminder as the list of all has them. */
static json_t *
as_listed(struct request *rq, const json_t *rows)
{
    json_t *list = json_in_arena(rq->arena, json_array()), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_t *one = json_copy(row);

        json_object_set(one, "customer",
                        json_object_get(row, "customer_number"));
        json_object_set(one, "contract", json_object_get(row, "contract_ref"));
        json_object_set_new(one, "level",
                            json_sprintf("%d", (int)row_int(row, "level")));
        json_object_set_new(one, "withdrawn",
                            json_integer(row_int(row, "withdrawn") > 0));
        json_array_append_new(list, one);
    }
    return list;
}

json_t *
office_reminders_of(struct request *rq, const char *invoice)
{
    json_t *rows;

    if (reminder_of_invoice(rq->db, rq->arena, rq->tenant->id, invoice,
                            &rows) != DB_OK) {
        return NULL;
    }
    return office_table_of(rq, list_path, "customer", as_listed(rq, rows),
                           TABLE_ROWS);
}

/* What a dry run would write: letters without numbers. */
static const struct field preview_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Customer number")},
    {.name = "customer_name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Customer")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Contract")},
    {.name = "level",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Level")},
    {.name = "numbers",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Invoices")},
    {.name = "open",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Open amount")},
    {.name = "fee",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Fee")},
    {.name = "dispatch",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "none|waiting|sent|failed|suppressed|to_print|printed",
     .label = N_("Dispatch")},
    FIELD_END,
};

static const struct list preview_list = {
    .path = "",
    .title = N_("What would be sent"),
    .fields = preview_fields,
    .key = "id",
    .order = "customer",
    .link = "/admin/customers/{customer}",
};

static const char *
numbers_of(struct request *rq, const json_t *letter)
{
    const char *text = "";
    json_t *invoice;
    size_t i;

    json_array_foreach(json_object_get(letter, "invoices"), i, invoice)
    {
        text = arena_printf(rq->arena, "%s%s%s", text, i > 0 ? ", " : "",
                            row_text(invoice, "number"));
    }
    return text;
}

static json_t *
previews_table(struct request *rq, const json_t *letters)
{
    json_t *row;
    size_t i;

    json_array_foreach(letters, i, row)
    {
        model_text(row, "numbers", numbers_of(rq, row));
    }
    return office_table_like(rq, &preview_list, letters, OFFICE_PART_ROWS);
}

static json_t *
letters_table(struct request *rq, const json_t *run, const json_t *letters)
{
    json_t *table =
        row_int(run, "dry_run")
            ? previews_table(rq, letters)
            : office_table_of(rq, list_path, NULL, as_listed(rq, letters),
                              OFFICE_PART_ROWS);

    office_go_on(rq, table, letters, "letters");
    return table;
}

/* ---- pages with facts ---- */

static const char *
path_to(struct request *rq, const char *list, const char *name,
        const char *more)
{
    return arena_printf(rq->arena, "%s/%s%s", list,
                        form_escape(rq->arena, name), more);
}

static json_t *
detail(struct request *rq, const char *title, const char *back,
       const char *back_label, json_t *facts)
{
    return json_pack("{s:s, s:s+, s:s, s:o}", "title", title, "back_url",
                     rq->prefix, back, "back_label",
                     i18n(rq->language, back_label), "facts", facts);
}

static void
show(struct request *rq, struct response *rs, json_t *model, json_t *links,
     json_t *buttons)
{
    model_list(model, "links", links);
    model_list(model, "buttons", buttons);
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

/* ---- runs ---- */

static json_t *
run_named(struct request *rq, struct response *rs)
{
    json_t *run = NULL;
    enum db_result r = reminder_run_get(rq->db, rq->arena, rq->tenant->id,
                                        rq->values[0], &run);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return run;
}

static bool
has_status(const json_t *run, const char *status)
{
    return strcmp(row_text(run, "status"), status) == 0;
}

/* What a dry run found can be sent from its page, once the day has come. */
static bool
may_send(struct request *rq, const json_t *run)
{
    return row_int(run, "dry_run") && has_status(run, "done") &&
           row_int(run, "reminders") > 0 && office_may(rq, "invoices.change") &&
           reminder_date_ok(rq->arena, rq->tenant, row_text(run, "date"),
                            false);
}

static struct office_progress
progress_of(const json_t *run)
{
    return (struct office_progress){
        .under_way = has_status(run, "queued") || has_status(run, "running"),
        .done = row_int(run, "done"),
        .total = row_int(run, "total"),
        .words = N_("{done} of {total} letters are done.")};
}

static json_t *
run_model(struct request *rq, const json_t *run, json_t *letters)
{
    bool dry = row_int(run, "dry_run") != 0;
    json_t *buttons = json_array();
    json_t *model =
        detail(rq,
               i18n_fill(rq->arena,
                         i18n(rq->language, dry ? N_("Dry run of {date}")
                                                : N_("Reminders of {date}")),
                         "date",
                         text_date(rq->arena, rq->language,
                                   row_text(run, "date"), false),
                         NULL),
               runs_path, N_("All reminder runs"),
               office_facts(rq, reminder_run_rows_fields, run));

    if (may_send(rq, run)) {
        json_t *button = office_button(
            rq, path_to(rq, runs_path, row_text(run, "id"), "/send"),
            N_("Send these now"));

        json_object_set_new(button, "is_next", json_true());
        json_array_append_new(buttons, button);
    }
    model_text(model, "lead",
               dry ? i18n(rq->language,
                          N_("Nothing was sent: this is what a run of that day "
                             "would send now. It is forgotten after 30 days."))
                   : NULL);
    model_text(model, "why",
               has_status(run, "failed") ? row_text(run, "why") : NULL);
    model_list(model, "links", json_array());
    model_list(model, "buttons", buttons);
    model_list(model, "tables",
               json_pack("[o]", letters_table(rq, run, letters)));
    return model;
}

void
reminder_run_page(struct request *rq, struct response *rs)
{
    json_t *run = run_named(rq, rs), *letters;
    struct office_progress progress;

    if (!run) {
        return;
    }
    if (reminder_run_letters(rq->db, rq->arena, rq->tenant->id, run,
                             request_argument(rq, "letters"),
                             OFFICE_PART_ROWS + 1, &letters) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    progress = progress_of(run);
    office_run(rq, rs, run_model(rq, run, letters), &progress);
}

static void
show_form(struct request *rq, struct response *rs)
{
    json_t *values = json_in_arena(
        rq->arena,
        json_pack("{s:s}", "date", tenant_today(rq->arena, rq->tenant)));
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:s, s:s, s:n}", "title",
        i18n(rq->language, N_("Start a reminder run")), "back_url", rq->prefix,
        runs_path, "back_label", i18n(rq->language, N_("All reminder runs")),
        "action", rq->prefix, runs_path, "submit",
        i18n(rq->language, N_("Show what would be sent")), "lead",
        i18n(rq->language, N_("First you see what would be sent. Nothing is "
                              "sent before you say so.")),
        "version");

    page_form(rq, rs, "office_record_form", model, reminder_run_form_fields,
              values, ERR_NONE);
}

void
reminder_run_new_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs);
}

static void
ask(struct request *rq, struct response *rs, const char *date, bool dry_run)
{
    struct reminder_run_new new = {date, dry_run, "office"};
    const char *id;
    enum db_result r =
        reminder_run_ask(rq->db, rq->arena, rq->tenant, rq->actor, &new, &id);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    response_redirect(rq, rs, path_to(rq, runs_path, id, ""));
}

/* It tells first what would be sent. */
void
reminder_run_new_submit(struct request *rq, struct response *rs)
{
    if (rq->errors.n > 0) {
        show_form(rq, rs);
    } else {
        ask(rq, rs, request_text(rq, "date"), true);
    }
}

void
reminder_run_send_submit(struct request *rq, struct response *rs)
{
    json_t *run = run_named(rq, rs);

    if (!run) {
        return;
    }
    if (!may_send(rq, run)) {
        response_error(rs, ERR_reminder_state);
        return;
    }
    ask(rq, rs, row_text(run, "date"), false);
}

/* ---- letters ---- */

static const struct {
    const char *name, *label;
} acts[] = {
    [REMINDER_RESEND] = {"resend", N_("Send by e-mail")},
    [REMINDER_PRINTED] = {"printed", N_("Note that it was printed")},
    [REMINDER_WITHDRAW] = {"withdraw", N_("Withdraw")},
};

enum { ACTS = sizeof acts / sizeof *acts };

static json_t *
act_buttons(struct request *rq, const json_t *row)
{
    json_t *buttons = json_array();

    for (int i = 0; i < ACTS && office_may(rq, "invoices.change"); i++) {
        const char *more = arena_printf(rq->arena, "/%s", acts[i].name);

        if (reminder_may(row, (enum reminder_act)i)) {
            json_array_append_new(
                buttons,
                office_button(
                    rq, path_to(rq, list_path, row_text(row, "number"), more),
                    acts[i].label));
        }
    }
    return buttons;
}

static const struct list invoice_list = {
    .path = "",
    .title = N_("Invoices"),
    .fields = reminder_invoice_fields,
    .key = "number",
    .order = "number",
    .link = "/admin/invoices/{number}",
};

/* The letter of the path with the numbers that people know, and its invoices;
 * NULL with the error in the response. */
static json_t *
shown_named(struct request *rq, struct response *rs)
{
    json_t *row = reminder_named(rq, rs);

    if (row && reminder_shown(
                   rq->db, rq->arena, rq->tenant->id,
                   json_in_arena(rq->arena, json_pack("[O]", row))) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return NULL;
    }
    return row;
}

void
office_reminder_page(struct request *rq, struct response *rs)
{
    json_t *row = shown_named(rq, rs), *model, *links;
    const char *number, *mail;

    if (!row) {
        return;
    }
    number = row_text(row, "number");
    mail = row_text(row, "mail");
    links = json_array();
    office_add_link(rq, links, path_to(rq, list_path, number, ".pdf"),
                    N_("Download PDF"));
    office_add_link(rq, links, path_to(rq, runs_path, row_text(row, "run"), ""),
                    N_("The run that wrote it"));
    if (mail[0] && office_may(rq, "mail.view")) {
        office_add_link(rq, links, path_to(rq, "/admin/mails", mail, ""),
                        N_("Its e-mail"));
    }
    office_add_delivery(rq, row);
    model =
        detail(rq,
               i18n_fill(rq->arena, i18n(rq->language, N_("Reminder {number}")),
                         "number", number, NULL),
               list_path, N_("All reminders"),
               office_facts(rq, reminder_page_fields, row));
    model_list(
        model, "tables",
        json_pack("[o]", office_table_like(rq, &invoice_list,
                                           json_object_get(row, "invoices"),
                                           TABLE_ROWS)));
    show(rq, rs, model, links, act_buttons(rq, row));
}

void
office_reminder_pdf(struct request *rq, struct response *rs)
{
    json_t *row = reminder_named(rq, rs);

    if (row) {
        reminder_send_pdf(rq, rs, row);
    }
}

static void
act(struct request *rq, struct response *rs, enum reminder_act what)
{
    if (reminder_act_on_named(rq, rs, what)) {
        response_redirect(rq, rs, path_to(rq, list_path, rq->values[0], ""));
    }
}

void
office_reminder_resend(struct request *rq, struct response *rs)
{
    act(rq, rs, REMINDER_RESEND);
}

void
office_reminder_printed(struct request *rq, struct response *rs)
{
    act(rq, rs, REMINDER_PRINTED);
}

/* ---- withdrawing one: asked first ---- */

void
office_reminder_withdraw_page(struct request *rq, struct response *rs)
{
    json_t *row = shown_named(rq, rs), *model;

    if (!row) {
        return;
    }
    model = json_pack(
        "{s:s, s:s+, s:s+, s:o}", "number", row_text(row, "number"), "back_url",
        rq->prefix, path_to(rq, list_path, rq->values[0], ""), "action",
        rq->prefix, path_to(rq, list_path, rq->values[0], "/withdraw"), "facts",
        office_facts(rq, reminder_fields, row));
    response_page(rs, "office_reminder_withdraw",
                  json_in_arena(rq->arena, model));
}

void
office_reminder_withdraw(struct request *rq, struct response *rs)
{
    act(rq, rs, REMINDER_WITHDRAW);
}

/* ---- an invoice that is left alone ---- */

static const char *
block_path(struct request *rq, const char *number)
{
    return path_to(rq, "/admin/invoices", number, "/reminders");
}

static json_t *
state_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        reminder_state(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

static void
show_block(struct request *rq, struct response *rs, json_t *row, enum err error)
{
    const char *number = row_text(row, "number");
    json_t *letters = office_reminders_of(rq, row_text(row, "id")), *model;

    if (!letters) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model = json_pack(
        "{s:s, s:s+, s:s+, s:s, s:b}", "number", number, "back_url", rq->prefix,
        path_to(rq, "/admin/invoices", number, ""), "action", rq->prefix,
        block_path(rq, number), "version", row_text(row, "reminder_block"),
        "may_change", office_may(rq, "invoices.change"));
    json_object_set_new(model, "facts",
                        office_facts(rq, reminder_block_fields, row));
    model_list(model, "tables", json_pack("[o]", letters));
    page_form(rq, rs, "office_reminder_block", model,
              reminder_block_form_fields, row, error);
}

void
office_reminder_block_page(struct request *rq, struct response *rs)
{
    json_t *row = state_named(rq, rs);

    if (row) {
        show_block(rq, rs, row, ERR_NONE);
    }
}

void
office_reminder_block_submit(struct request *rq, struct response *rs)
{
    json_t *row = state_named(rq, rs);
    const char *until = request_text(rq, "reminder_block");

    if (!row) {
        return;
    }
    if (!page_version_is(rq, row_text(row, "reminder_block"))) {
        show_block(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    if (rq->errors.n > 0) {
        show_block(rq, rs, row, ERR_NONE);
        return;
    }
    if (reminder_block(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                       until ? until : "") != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, block_path(rq, rq->values[0]));
}
