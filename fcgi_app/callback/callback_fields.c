#include "callback/callback.h"

/* clang-format off */
#define TEXT(field, in, most, text) \
    {.name = field, \
     .type = FIELD_TEXT, \
     .flags = in, \
     .max = most, \
     .label = text}

#define ENDPOINT_ROWS(url_flags, optional, in) \
    TEXT("url", url_flags, CALLBACK_URL_MAX, N_("Address that is called")), \
    TEXT("description", optional, 200, N_("Description")), \
    TEXT("types", in, 500, N_("Types of events, or *")), \
    {.name = "envelope", \
     .type = FIELD_ENUM, \
     .flags = in, \
     .choices = "standard|plenigo", \
     .label = N_("Form of the body")}, \
    {.name = "contact", \
     .type = FIELD_EMAIL, \
     .flags = (optional) | FIELD_NULLABLE, \
     .max = 254, \
     .label = N_("Whom to tell when it is switched off")}

#define ANSWER_ROWS \
    TEXT("id", FIELD_OUT, 0, N_("Id")), \
    ENDPOINT_ROWS(FIELD_OUT, FIELD_OUT, FIELD_OUT), \
    {.name = "state", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "on|off", \
     .label = N_("Switched on or off")}, \
    TEXT("reason", FIELD_OUT, 0, N_("Why it is off")), \
    {.name = "failing_since", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Failing since")}, \
    {.name = "created", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT, \
     .label = N_("Created")}, \
    FIELD_VERSION
/* clang-format on */

const struct field callback_fields[] = {
    ANSWER_ROWS,
    FIELD_END,
};

const struct field callback_create_fields[] = {
    ENDPOINT_ROWS(FIELD_IN | FIELD_REQUIRED, FIELD_IN, FIELD_IN),
    FIELD_END,
};

const struct field callback_change_fields[] = {
    ENDPOINT_ROWS(FIELD_IN | FIELD_FILLED, FIELD_IN | FIELD_NULLABLE,
                  FIELD_IN | FIELD_FILLED),
    {.name = "state",
     .type = FIELD_ENUM,
     .flags = FIELD_IN | FIELD_FILLED,
     .choices = "on|off",
     .label = N_("Switched on or off")},
    FIELD_END,
};

const struct field callback_secret_fields[] = {
    ANSWER_ROWS,
    TEXT("secret", FIELD_OUT, 0, N_("Key of the signatures, shown only here")),
    FIELD_END,
};

const struct field callback_list_fields[] = {
    LIST_FIELDS,
    FIELD_END,
};

const struct field callback_event_fields[] = {
    TEXT("event", FIELD_OUT, 0, N_("Number of the event")),
    FIELD_END,
};

const struct field callback_log_fields[] = {
    TEXT("id", FIELD_OUT, 0, N_("Id")),
    TEXT("endpoint", FIELD_OUT, 0, N_("Endpoint")),
    TEXT("event", FIELD_OUT, 0, N_("Number of the event")),
    TEXT("type", FIELD_OUT, 0, N_("Type of the event")),
    TEXT("object", FIELD_OUT, 0, N_("What it happened to")),
    TEXT("url", FIELD_OUT, 0, N_("Address that is called")),
    {.name = "number",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Which attempt")},
    {.name = "at", .type = FIELD_TIME, .flags = FIELD_OUT, .label = N_("Time")},
    {.name = "ms",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Milliseconds it took")},
    {.name = "status",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("HTTP status, 0 without an answer")},
    {.name = "success",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT,
     .label = N_("Delivered")},
    TEXT("error", FIELD_OUT, 0, N_("Error")),
    TEXT("answer", FIELD_OUT, 0, N_("Beginning of the answer")),
    TEXT("request_id", FIELD_OUT, 0, N_("Request it came from")),
    {.name = "state",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "queued|leased|delivered|failed|off",
     .label = N_("State of the delivery now")},
    FIELD_END,
};

const struct field callback_log_list_fields[] = {
    TEXT("endpoint", FIELD_IN, 64, N_("Endpoint")),
    TEXT("event", FIELD_IN, 64, N_("Number of the event")),
    TEXT("type", FIELD_IN, 64, N_("Type of the event")),
    {.name = "errors_only",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("Failed attempts only")},
    {.name = "from",
     .type = FIELD_TIME,
     .flags = FIELD_IN,
     .label = N_("From this time on")},
    {.name = "to",
     .type = FIELD_TIME,
     .flags = FIELD_IN,
     .label = N_("Before this time")},
    LIST_FIELDS,
    FIELD_END,
};

const struct field callback_replay_fields[] = {
    {.name = "since",
     .type = FIELD_TIME,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .label = N_("Events from this time on")},
    {.name = "failed_only",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("Leave out what was delivered")},
    FIELD_END,
};

const struct field callback_replayed_fields[] = {
    {.name = "replayed",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("How many are sent again")},
    FIELD_END,
};

/* ---- columns of pages ---- */

#define COLUMN(field, kind, more, text)                                        \
    {                                                                          \
        .name = field, .type = kind, .flags = (more), .label = text            \
    }
#define CHOICE(field, more, list, text)                                        \
    {                                                                          \
        .name = field, .type = FIELD_ENUM, .flags = (more), .choices = list,   \
        .label = text                                                          \
    }

enum { SHOWN = FIELD_OUT, FOUND = FIELD_OUT | FIELD_FILTER };

const struct field callback_rows_fields[] = {
    COLUMN("url", FIELD_TEXT, FOUND | FIELD_SORT, N_("Address that is called")),
    COLUMN("description", FIELD_TEXT, FOUND | FIELD_SORT, N_("Description")),
    COLUMN("types", FIELD_TEXT, FOUND, N_("Types of events, or *")),
    CHOICE("state", FOUND | FIELD_SORT, "on|off", N_("Switched on or off")),
    CHOICE("reason", FOUND, "merchant|failing|gone", N_("Why it is off")),
    COLUMN("failing_since", FIELD_TIME, SHOWN | FIELD_SORT,
           N_("Failing since")),
    COLUMN("created", FIELD_TIME, SHOWN | FIELD_SORT, N_("Created")),
    FIELD_END,
};

const struct field callback_delivery_fields[] = {
    COLUMN("created", FIELD_TIME, FOUND | FIELD_SORT, N_("Time")),
    COLUMN("type", FIELD_TEXT, FOUND | FIELD_SORT, N_("Type of the event")),
    COLUMN("url", FIELD_TEXT, FOUND, N_("Address that is called")),
    COLUMN("endpoint", FIELD_TEXT, FIELD_FILTER, N_("Endpoint")),
    CHOICE("state", FOUND | FIELD_SORT, "queued|leased|delivered|failed|off",
           N_("Status")),
    COLUMN("attempts", FIELD_INTEGER, SHOWN | FIELD_SORT, N_("Tries")),
    COLUMN("answered", FIELD_TEXT, FOUND, N_("Last answer")),
    COLUMN("next_at", FIELD_TIME, SHOWN | FIELD_SORT, N_("Next try")),
    FIELD_END,
};

const struct field callback_attempt_fields[] = {
    COLUMN("at", FIELD_TIME, FOUND | FIELD_SORT, N_("Time")),
    COLUMN("type", FIELD_TEXT, FOUND, N_("Type of the event")),
    COLUMN("url", FIELD_TEXT, FOUND, N_("Address that is called")),
    COLUMN("number", FIELD_INTEGER, SHOWN, N_("Which attempt")),
    COLUMN("status", FIELD_INTEGER, SHOWN | FIELD_SORT,
           N_("HTTP status, 0 without an answer")),
    COLUMN("ms", FIELD_INTEGER, SHOWN | FIELD_SORT, N_("Milliseconds it took")),
    COLUMN("error", FIELD_TEXT, FOUND, N_("Error")),
    COLUMN("answer", FIELD_TEXT, SHOWN, N_("Beginning of the answer")),
    FIELD_END,
};
