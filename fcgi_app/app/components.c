/* Every part that pages are made of, on one page: to look at in development.
 * The parts are the templates that the pages have; what is in them is made up
 * here. */
#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "base/unit.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "session/person_web.h"
#include "view/i18n.h"

/* One of each kind, and again with something wrong with it. */
#define KINDS(which, more)                                                     \
    {.name = which "_text",                                                    \
     .type = FIELD_TEXT,                                                       \
     .flags = FIELD_IN | FIELD_REQUIRED,                                       \
     .label = N_("Description")},                                              \
        {.name = which "_email",                                               \
         .type = FIELD_EMAIL,                                                  \
         .flags = FIELD_IN,                                                    \
         .label = N_("E-mail address"),                                        \
         .autocomplete = more},                                                \
        {.name = which "_secret",                                              \
         .type = FIELD_SECRET,                                                 \
         .flags = FIELD_IN | FIELD_REQUIRED,                                   \
         .label = N_("Password")},                                             \
        {.name = which "_number",                                              \
         .type = FIELD_INTEGER,                                                \
         .flags = FIELD_IN,                                                    \
         .label = N_("Tries")},                                                \
        {.name = which "_date",                                                \
         .type = FIELD_DATE,                                                   \
         .flags = FIELD_IN,                                                    \
         .label = N_("Valid from")},                                           \
        {.name = which "_choice",                                              \
         .type = FIELD_ENUM,                                                   \
         .flags = FIELD_IN | FIELD_REQUIRED,                                   \
         .choices = "active|blocked",                                          \
         .label = N_("Status")},                                               \
        {.name = which "_lines",                                               \
         .type = FIELD_LINES,                                                  \
         .flags = FIELD_IN,                                                    \
         .label = N_("Address")},                                              \
        {.name = which "_tick",                                                \
         .type = FIELD_BOOL,                                                   \
         .flags = FIELD_IN,                                                    \
         .label = N_("Second factor")},                                        \
        FIELD_END

static const struct field plain_fields[] = {KINDS("plain", "email")};
static const struct field wrong_fields[] = {KINDS("wrong", NULL)};
static const struct field line_fields[] = {
    {.name = "line_count",
     .type = FIELD_INTEGER,
     .flags = FIELD_IN,
     .label = N_("Notice period")},
    {.name = "line_unit",
     .type = FIELD_ENUM,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .choices = UNIT_CHOICES,
     .label = N_("Unit")},
    FIELD_END,
};
static const struct field filters[] = {
    {.name = "filter_text",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .label = N_("Description")},
    {.name = "filter_date",
     .type = FIELD_DATE,
     .flags = FIELD_IN,
     .label = N_("Valid from")},
    FIELD_END,
};

static json_t *
controls(struct request *rq, const struct field *fields,
         const struct field_errors *errors)
{
    json_t *list =
        field_controls(rq->arena, fields, rq->raw, errors, i18n, rq->language);

    model_text(json_array_get(list, 0), "help",
               i18n(rq->language, setting_help("name")));
    return json_incref(list);
}

static void
add_fields(struct request *rq, json_t *model)
{
    static const enum err codes[] = {ERR_value_missing,   ERR_value_email,
                                     ERR_value_too_short, ERR_value_number,
                                     ERR_value_date,      ERR_value_choice,
                                     ERR_value_too_long,  ERR_value_choice};
    struct field_errors errors = {0};
    json_t *choices, *wrong;

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        field_fail(&errors, wrong_fields[i].name, codes[i], 10);
    }
    wrong = controls(rq, wrong_fields, &errors);
    model_text(json_array_get(wrong, 0), "saved", "VT-7KQ2-ZHXM");
    choices = json_pack("[{s:s, s:i, s:b}, {s:s, s:i, s:b}]", "name",
                        "customers:read", "number", 0, "checked", 1, "name",
                        "logins:write", "number", 1, "checked", 0);
    json_object_set_new(model, "plain",
                        json_pack("{s:o, s:o, s:o}", "controls",
                                  controls(rq, plain_fields, NULL), "line",
                                  controls(rq, line_fields, NULL), "choices",
                                  choices));
    json_object_set_new(
        model, "wrong",
        json_pack("{s:b, s:o, s:s, s:s}", "has_errors", 1, "controls", wrong,
                  "form_error",
                  i18n(rq->language, err_row(ERR_changed_meanwhile)->title),
                  "form_hint",
                  i18n(rq->language, err_row(ERR_changed_meanwhile)->detail)));
}

/* What happened to somebody. */
static void
add_timeline(struct request *rq, json_t *model)
{
    model_list(model, "events",
               json_pack("[{s:s, s:s, s:s, s:b, s:[{s:s, s:s, s:s}]}]", "when",
                         text_time(rq->arena, rq->language, clock_now(),
                                   rq->tenant->time_zone),
                         "who", "olga", "what", i18n(rq->language, "Status"),
                         "has_changes", 1, "changes", "label",
                         i18n(rq->language, "Status"), "before",
                         i18n(rq->language, "draft"), "after",
                         i18n(rq->language, "active")));
}

/* The back office's list of invoices, and the portal's. */
static void
add_lists(struct request *rq, json_t *model, const char *here)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s}",
                            "number", "RE20001", "type", "invoice",
                            "customer_name", "Sommer", "customer", "K2000",
                            "date", "2026-11-24", "due", "2026-12-08", "status",
                            "open", "gross", 11900, "currency", "EUR");
    json_t *rows = json_in_arena(rq->arena, json_pack("[o]", row));
    json_t *list = office_table_of(rq, "/admin/invoices", NULL, rows, 2);

    json_object_set_new(list, "selectable", json_true());
    model_text(json_array_get(json_object_get(list, "rows"), 0), "pick",
               "RE20001");
    json_object_set_new(list, "action", json_string(here));
    model_list(list, "controls",
               json_incref(field_controls(rq->arena, filters, rq->raw, NULL,
                                          i18n, rq->language)));
    model_list(list, "chips",
               json_pack("[{s:s, s:s, s:s}]", "label",
                         i18n(rq->language, "Status"), "value",
                         i18n(rq->language, "open"), "url", here));
    model_text(list, "first_url", here);
    model_text(list, "csv_url", here);
    model_text(list, "next_url", here);
    json_object_set_new(model, "list", list);
    json_object_set_new(model, "empty",
                        office_table_of(rq, "/admin/invoices", NULL,
                                        json_in_arena(rq->arena, json_array()),
                                        0));
    model_list(model, "invoices",
               json_pack("[{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, "
                         "s:b}]",
                         "number", "RE20001", "url", here, "pdf_url", here,
                         "date", "2026-11-24", "date_text", "2026-11-24", "due",
                         "2026-12-08", "due_text", "2026-12-08",
                         "is_credit_note", 1, "gross", "119.00", "gross_text",
                         "119.00", "is_overdue", 1));
    json_object_set_new(
        model, "older",
        json_pack("{s:s, s:s}", "first_url", here, "next_url", here));
    model_list(model, "contracts",
               json_pack("[{s:s, s:s, s:s, s:s, s:{s:b}, s:b, s:s, s:s, s:n}]",
                         "ref", "VT-7KQ2-ZHXM", "url", here, "name", "VT-7KQ2",
                         "price_text", "49.00", "recurrence", "monthly", 1,
                         "is_active", 1, "next_billing", "2026-12-01",
                         "next_billing_text", "2026-12-01", "end"));
}

static void
add_details(struct request *rq, json_t *model, const char *here)
{
    json_t *row =
        json_in_arena(rq->arena, json_pack("{s:s, s:s}", "plain_text", "K2000",
                                           "plain_email", "anna@example.com"));
    json_t *sample = json_object();
    struct field shown[] = {plain_fields[0], plain_fields[1], FIELD_END};

    shown[0].flags = shown[1].flags = FIELD_OUT;
    json_object_set_new(model, "facts", office_facts(rq, shown, row));
    json_object_set_new(model, "contract_states",
                        json_pack("[{s:b}, {s:b}, {s:b}]", "is_active", 1,
                                  "is_cancelled", 1, "is_ended", 1));
    json_object_set_new(model, "invoice_states",
                        json_pack("[{s:b}, {s:b}, {s:b}, {s:b}]", "is_overdue",
                                  1, "is_open", 1, "is_paid", 1, "is_cancelled",
                                  1));
    json_object_set_new(model, "customer",
                        json_pack("{s:s, s:s}", "name", "Bäckerei Sommer GmbH",
                                  "number", "K2000"));
    office_style_sample(rq, sample);
    json_object_set_new(model, "sample", sample);
    json_object_set_new(
        model, "sums",
        json_pack("{s:[{s:s, s:s, s:s, s:s, s:b}], s:s, s:[{s:s, s:s, s:s}],"
                  " s:s, s:s}",
                  "lines", "description", "Tariff S", "quantity_text", "2",
                  "unit_text", "50.00", "net_text", "100.00", "is_discount", 0,
                  "net_text", "100.00", "taxes", "rate_text", "19%", "net_text",
                  "100.00", "vat_text", "19.00", "gross", "119.00",
                  "gross_text", "119.00"));
    json_object_set_new(model, "tenants",
                        json_pack("[{s:s, s:s}, {s:s, s:s}]", "id", "acme",
                                  "name", "Acme Telekom", "id", "globex",
                                  "name", "Globex"));
    model_text(model, "open_text", "119.00");
    model_text(model, "open_count", "1");
    json_object_set_new(model, "has_open", json_true());
    model_text(model, "secret", "whsec_6uXc0H0ySTbS1c4Vh3Qq0m8l1bqkZb6g");
    person_factor_model(rq, model, "JBSWY3DPEHPK3PXP",
                        "otpauth://totp/anna?secret=JBSWY3DPEHPK3PXP");
    json_object_set_new(model, "codes",
                        json_pack("[s, s]", "a7k2pc-x9m3qd", "q8w2mm-z1k4xd"));
    model_list(
        model, "buttons",
        json_pack("[o]", office_button(rq, "/_components", N_("Send again"))));
    json_object_set_new(model, "question",
                        json_pack("{s:s, s:s, s:s, s:s, s:s}",
                                  "current_username", "bruno", "new_username",
                                  "anna", "token", "-", "action", here,
                                  "stay_url", here));
    model_list(model, "tabs",
               json_pack("[{s:s, s:s, s:b}, {s:s, s:s, s:b}]", "url", here,
                         "label", i18n(rq->language, "Settings"), "current", 1,
                         "url", here, "label", i18n(rq->language, "Hosts"),
                         "current", 0));
    model_text(model, "tabs_label", i18n(rq->language, "Settings"));
}

static const struct field word_fields[] = {
    {.name = "mail_text",
     .type = FIELD_LINES,
     .flags = FIELD_IN,
     .label = N_("Text")},
    FIELD_END,
};

static void
add_mail(struct request *rq, json_t *model, const char *here)
{
    json_t *mail =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:[{s:s, s:s}]}", "lang",
                  rq->language, "subject", "K2000", "text",
                  "anna\nVT-7KQ2-ZHXM", "html", "<p>K2000</p>", "may_change", 1,
                  "own", 1, "action", here, "places", "place", "{CustomerName}",
                  "label", i18n(rq->language, "Name of the customer"));

    model_list(mail, "controls",
               json_incref(field_controls(rq->arena, word_fields, rq->raw, NULL,
                                          i18n, rq->language)));
    json_object_set_new(model, "mail", mail);
}

/* The frame as somebody sees it for whom a colleague acts. */
static void
add_frame(struct request *rq, json_t *model, const char *here)
{
    model_list(model, "nav",
               json_pack("[{s:s, s:s, s:b}, {s:s, s:s, s:b}]", "url", here,
                         "label", i18n(rq->language, "Overview"), "current", 1,
                         "url", here, "label", i18n(rq->language, "Invoices"),
                         "current", 0));
    model_list(model, "beside",
               json_pack("[{s:s, s:s, s:b}]", "url", here, "label",
                         i18n(rq->language, "Logins"), "current", 0));
    json_object_set_new(model, "signed_in",
                        json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:s}",
                                  "username", "anna", "customer_name",
                                  "Bäckerei Sommer GmbH", "customer_number",
                                  "K2000", "is_staff", 0, "can_sign_out", 1,
                                  "sign_out_url", here, "accounts_url", here));
    model_list(json_object_get(model, "signed_in"), "others",
               json_pack("[{s:s, s:s, s:s, s:s}]", "name", "Sommer & Söhne KG",
                         "number", "K2001", "role", i18n(rq->language, "Guest"),
                         "used_text", "27.11.2026, 09:30"));
    json_object_set_new(model, "on_behalf",
                        json_pack("{s:s, s:s, s:s}", "staff", "sam", "username",
                                  "anna", "leave_url", here));
    model_text(model, "csrf", "-");
    model_text(model, "form_id", "-");
    model_text(model, "version", "1");
}

void
components_page(struct request *rq, struct response *rs)
{
    const char *here = arena_printf(rq->arena, "%s/_components", rq->prefix);
    json_t *model;

    if (!rq->config->development) {
        response_error(rs, ERR_not_found);
        return;
    }
    model = json_pack("{s:s}", "path_here", here);
    add_frame(rq, model, here);
    add_fields(rq, model);
    add_details(rq, model, here);
    add_mail(rq, model, here);
    add_lists(rq, model, here);
    add_timeline(rq, model);
    response_page(rs, "components", json_in_arena(rq->arena, model));
}
