#include "declaration/declaration.h"

/* clang-format off */
#define TYPED(field, kind, more, most, text) \
    {.name = field, \
     .type = kind, \
     .flags = FIELD_IN | (more), \
     .max = most, \
     .label = text}
#define WHO_ROW \
    {.name = "name", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 200, \
     .label = N_("Your name"), \
     .autocomplete = "name"}
#define CONTRACT_ROW \
    TYPED("contract", FIELD_TEXT, FIELD_REQUIRED, 200, \
          N_("Contract (number or name)"))
#define EMAIL_ROW \
    {.name = "email", \
     .type = FIELD_EMAIL, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 254, \
     .label = N_("E-mail address for the confirmation"), \
     .autocomplete = "email"}
/* names the form, so that sent twice it is one declaration */
#define FLOW_ROW \
    {.name = "flow", .type = FIELD_SECRET, .flags = FIELD_IN, .max = 2048}
/* clang-format on */

const struct field cancellation_fields[] = {
    {.name = "notice",
     .type = FIELD_ENUM,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .choices = "ordinary|extraordinary",
     .label = N_("Kind of cancellation")},
    TYPED("reason", FIELD_LINES, 0, 2000,
          N_("Reason, of an extraordinary cancellation")),
    WHO_ROW,
    TYPED("customer_number", FIELD_TEXT, 0, 40, N_("Customer number")),
    CONTRACT_ROW,
    TYPED("end", FIELD_DATE, 0, 0, N_("The contract shall end on")),
    EMAIL_ROW,
    FLOW_ROW,
    FIELD_END,
};

const struct field withdrawal_fields[] = {
    WHO_ROW, CONTRACT_ROW, EMAIL_ROW, FLOW_ROW, FIELD_END,
};

/* ---- what is shown ---- */

/* clang-format off */
#define OUT(field, kind, more, text) \
    {.name = field, .type = kind, .flags = FIELD_OUT | (more), .label = text}
#define KIND_OUT(more) \
    {.name = "kind", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT | (more), \
     .choices = "cancellation|withdrawal", \
     .label = N_("Kind")}
#define NOTICE_OUT \
    {.name = "notice", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .choices = "ordinary|extraordinary", \
     .label = N_("Kind of cancellation")}
#define STATUS(more) \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = more, \
     .choices = "open|done", \
     .said = "open=to be done", \
     .label = N_("Status")}
#define DECLARED_ROWS \
    OUT("received", FIELD_TIME, 0, N_("Received")), \
    KIND_OUT(0), \
    NOTICE_OUT, \
    OUT("reason", FIELD_LINES, FIELD_NULLABLE, N_("Reason")), \
    OUT("name", FIELD_TEXT, 0, N_("Name")), \
    OUT("customer_number", FIELD_TEXT, FIELD_NULLABLE, \
        N_("Customer number, as it was typed")), \
    OUT("contract_text", FIELD_TEXT, 0, N_("Contract, as it was typed")), \
    OUT("end_wanted", FIELD_DATE, FIELD_NULLABLE, \
        N_("The contract shall end on")), \
    OUT("email", FIELD_TEXT, 0, N_("E-mail address")), \
    OUT("language", FIELD_LANGUAGE, 0, N_("Language")), \
    OUT("contract", FIELD_TEXT, FIELD_NULLABLE, N_("Contract that is meant")), \
    OUT("customer", FIELD_TEXT, FIELD_NULLABLE, N_("Customer of the contract")), \
    STATUS(FIELD_OUT), \
    OUT("note", FIELD_LINES, FIELD_NULLABLE, N_("What was done"))
#define CHANGE_ROWS(none, must) \
    TYPED("contract", FIELD_TEXT, none, 64, N_("Contract that is meant")), \
    TYPED("note", FIELD_LINES, none, 2000, N_("What was done")), \
    STATUS(FIELD_IN | (must))
/* clang-format on */

const struct field declaration_fields[] = {
    OUT("id", FIELD_TEXT, 0, N_("Id")),
    DECLARED_ROWS,
    FIELD_VERSION,
    FIELD_END,
};

const struct field declaration_page_fields[] = {
    DECLARED_ROWS,
    FIELD_END,
};

const struct field declaration_change_fields[] = {
    CHANGE_ROWS(FIELD_NULLABLE, FIELD_FILLED),
    FIELD_END,
};

const struct field declaration_form_fields[] = {
    CHANGE_ROWS(FIELD_NULLABLE, FIELD_REQUIRED),
    FIELD_END,
};

const struct field declaration_query_fields[] = {
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "cancellation|withdrawal",
     .label = N_("Kind")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "open|done",
     .label = N_("Status")},
    TYPED("contract", FIELD_TEXT, 0, 64, N_("Contract")),
    TYPED("from", FIELD_TIME, 0, 0, N_("Received since")),
    TYPED("to", FIELD_TIME, 0, 0, N_("Received before")),
    LIST_FIELDS,
    FIELD_END,
};

const struct field declaration_list_fields[] = {
    OUT("received", FIELD_TIME, FIELD_SORT | FIELD_FILTER, N_("Received")),
    KIND_OUT(FIELD_FILTER),
    OUT("name", FIELD_TEXT, FIELD_FILTER, N_("Name")),
    OUT("contract_text", FIELD_TEXT, FIELD_FILTER,
        N_("Contract, as it was typed")),
    OUT("contract", FIELD_TEXT, FIELD_FILTER, N_("Contract that is meant")),
    OUT("email", FIELD_TEXT, FIELD_FILTER, N_("E-mail address")),
    STATUS(FIELD_OUT | FIELD_FILTER),
    FIELD_END,
};
