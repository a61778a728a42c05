#include "audit/audit.h"

/* clang-format off */
#define OUT(field, kind, more, text) \
    {.name = field, .type = kind, .flags = FIELD_OUT | (more), \
     .label = text}
#define FILTER(field, kind, text) \
    {.name = field, .type = kind, .flags = FIELD_IN, .max = 254, \
     .label = text}
/* clang-format on */

const struct field audit_fields[] = {
    OUT("id", FIELD_TEXT, 0, N_("Id")),
    OUT("time", FIELD_TIME, 0, N_("Time")),
    OUT("actor", FIELD_TEXT, 0, N_("Who did it")),
    OUT("actor_kind", FIELD_TEXT, 0, N_("Kind of actor")),
    OUT("on_behalf_of", FIELD_TEXT, FIELD_NULLABLE, N_("On behalf of")),
    OUT("account", FIELD_TEXT, FIELD_NULLABLE, N_("Customer number")),
    OUT("action", FIELD_TEXT, 0, N_("What was done")),
    OUT("object", FIELD_TEXT, FIELD_NULLABLE, N_("To what")),
    OUT("detail", FIELD_TEXT, FIELD_NULLABLE, N_("Details")),
    OUT("before", FIELD_OBJECT, FIELD_NULLABLE, N_("Values before")),
    OUT("after", FIELD_OBJECT, FIELD_NULLABLE, N_("Values after")),
    OUT("ip", FIELD_TEXT, FIELD_NULLABLE, N_("IP address")),
    OUT("request_id", FIELD_TEXT, FIELD_NULLABLE, N_("Request number")),
    OUT("test", FIELD_BOOL, 0, N_("By a key of test mode")),
    OUT("seq", FIELD_INTEGER, 0, N_("Place in the chain")),
    OUT("hash", FIELD_TEXT, FIELD_NULLABLE, N_("Hash in the chain")),
    FIELD_END,
};

const struct field audit_filter_fields[] = {
    FILTER("actor", FIELD_TEXT, N_("Who did it")),
    FILTER("action", FIELD_TEXT, N_("What was done")),
    FILTER("object", FIELD_TEXT, N_("To what")),
    FILTER("account", FIELD_TEXT, N_("Customer number")),
    FILTER("from", FIELD_TIME, N_("From")),
    FILTER("to", FIELD_TIME, N_("Until")),
    LIST_FIELDS,
    FIELD_END,
};

const struct field audit_list_fields[] = {
    {.name = "at",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Time")},
    {.name = "actor",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Who")},
    {.name = "on_behalf_of",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER,
     .label = N_("On behalf of")},
    {.name = "action",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("What")},
    {.name = "object",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER,
     .label = N_("Object")},
    {.name = "detail",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER,
     .label = N_("Detail")},
    {.name = "remote_addr",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER,
     .label = N_("Address")},
    FIELD_END,
};
