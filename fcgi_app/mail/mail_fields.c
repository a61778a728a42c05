#include "mail/mail.h"

enum { SUBJECT_MAX = 200, TEXT_MAX = 20000, HTML_MAX = 60000 };

/* clang-format off */
#define OUT(field, kind, more, text) \
    {.name = field, .type = kind, .flags = FIELD_OUT | (more), \
     .label = text}
#define FILTER(field, kind, text) \
    {.name = field, .type = kind, .flags = FIELD_IN, .max = 254, \
     .label = text}
#define WORDS(more) \
    {.name = "subject", .type = FIELD_TEXT, .flags = (more), \
     .max = SUBJECT_MAX, .label = N_("Subject")}, \
    {.name = "text", .type = FIELD_LINES, .flags = (more), \
     .max = TEXT_MAX, .label = N_("Text")}
#define HTML(more) \
    {.name = "html", .type = FIELD_LINES, .flags = (more), \
     .max = HTML_MAX, .label = N_("The same as HTML")}
/* clang-format on */

/* What a merchant writes: all of it. */
const struct field mail_words_fields[] = {
    WORDS(FIELD_IN | FIELD_REQUIRED),
    HTML(FIELD_IN),
    FIELD_END,
};

/* Words to be tried: none are those that would be sent now. */
const struct field mail_preview_fields[] = {
    WORDS(FIELD_IN),
    HTML(FIELD_IN),
    FIELD_END,
};

const struct field mail_test_fields[] = {
    {.name = "to",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 254,
     .label = N_("E-mail address")},
    WORDS(FIELD_IN),
    HTML(FIELD_IN),
    FIELD_END,
};

const struct field mail_template_query_fields[] = {
    LIST_FIELDS,
    FIELD_END,
};

const struct field mail_template_fields[] = {
    OUT("event", FIELD_TEXT, 0, N_("Which mail")),
    OUT("label", FIELD_TEXT, 0, N_("When it is sent")),
    OUT("language", FIELD_LANGUAGE, 0, N_("Language")),
    OUT("own", FIELD_BOOL, 0, N_("Your own words")),
    WORDS(FIELD_OUT),
    HTML(FIELD_OUT | FIELD_NULLABLE),
    OUT("placeholders", FIELD_OBJECT, 0, N_("Placeholders and what they are")),
    FIELD_END,
};

const struct field mail_preview_answer_fields[] = {
    OUT("language", FIELD_LANGUAGE, 0, N_("Language")),
    WORDS(FIELD_OUT),
    HTML(FIELD_OUT | FIELD_NULLABLE),
    FIELD_END,
};

/* What a form of the back office sends: all of it, and where to try it. */
const struct field mail_form_fields[] = {
    WORDS(FIELD_IN | FIELD_REQUIRED),
    HTML(FIELD_IN),
    {.name = "to",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN,
     .max = 254,
     .label = N_("Where to send a test")},
    FIELD_END,
};

#define STATES "queued|leased|sent|failed|suppressed"

/* Every event, each with "|" behind it. */
static const char events[] =
#define EVENT(event, label) #event "|"
#define PLACE(event, name, kind, key, example, label)
#include "tables/events.def"
    ;

#define COLUMN(field, kind, words, text)                                       \
    {                                                                          \
        .name = field, .type = kind, .label = text, .choices = words,          \
        .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT                         \
    }

/* The log as the back office lists it. */
const struct field mail_rows_fields[] = {
    COLUMN("recipient", FIELD_TEXT, NULL, N_("E-mail address")),
    COLUMN("event", FIELD_ENUM, events, N_("Which mail")),
    COLUMN("state", FIELD_ENUM, STATES, N_("State")),
    COLUMN("customer", FIELD_TEXT, NULL, N_("Customer number")),
    {.name = "attempts",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Tries")},
    COLUMN("created", FIELD_TIME, NULL, N_("Created")),
    COLUMN("sent", FIELD_TIME, NULL, N_("Sent")),
    FIELD_END,
};

const struct field mail_log_fields[] = {
    OUT("id", FIELD_TEXT, 0, N_("Id")),
    OUT("event", FIELD_TEXT, 0, N_("Which mail")),
    {.name = "state",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = STATES,
     .label = N_("State")},
    OUT("customer", FIELD_TEXT, FIELD_NULLABLE, N_("Customer number")),
    OUT("recipient", FIELD_TEXT, 0, N_("E-mail address")),
    OUT("language", FIELD_TEXT, 0, N_("Language")),
    OUT("subject", FIELD_TEXT, FIELD_NULLABLE, N_("Subject")),
    OUT("attempts", FIELD_INTEGER, 0, N_("Tries")),
    OUT("reason", FIELD_TEXT, FIELD_NULLABLE, N_("Why it was not sent")),
    OUT("next_try", FIELD_TIME, FIELD_NULLABLE, N_("Next try")),
    OUT("created", FIELD_TIME, 0, N_("Created")),
    OUT("sent", FIELD_TIME, FIELD_NULLABLE, N_("Sent")),
    OUT("request_id", FIELD_TEXT, FIELD_NULLABLE, N_("Request number")),
    FIELD_END,
};

const struct field mail_list_fields[] = {
    {.name = "state",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = STATES,
     .label = N_("State")},
    FILTER("event", FIELD_TEXT, N_("Which mail")),
    FILTER("recipient", FIELD_TEXT, N_("E-mail address")),
    FILTER("customer", FIELD_TEXT, N_("Customer number")),
    FILTER("from", FIELD_TIME, N_("From")),
    FILTER("to", FIELD_TIME, N_("Until")),
    LIST_FIELDS,
    FIELD_END,
};
