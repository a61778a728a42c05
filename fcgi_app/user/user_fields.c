#include "user/user.h"

const struct field sign_in_fields[] = {
    {.name = "username",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 254,
     .label = N_("Username, e-mail address or customer number"),
     .autocomplete = "username"},
    {.name = "password",
     .type = FIELD_SECRET,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = PASSWORD_MAX,
     .label = N_("Password"),
     .autocomplete = "current-password"},
    {.name = "next", .type = FIELD_PATH, .flags = FIELD_IN, .max = 255},
    FIELD_END,
};

/* clang-format off */
#define OUT(field, kind, more, words, text) \
    {.name = field, .type = kind, .flags = FIELD_OUT | (more), \
     .choices = words, .label = text}
#define LOGIN_ROWS \
    OUT("username", FIELD_TEXT, 0, NULL, N_("Username")), \
    OUT("customer", FIELD_TEXT, 0, NULL, N_("Customer number")), \
    OUT("email", FIELD_EMAIL, 0, NULL, N_("E-mail address")), \
    OUT("first_name", FIELD_TEXT, FIELD_NULLABLE, NULL, N_("First name")), \
    OUT("last_name", FIELD_TEXT, FIELD_NULLABLE, NULL, N_("Last name")), \
    OUT("language", FIELD_LANGUAGE, FIELD_NULLABLE, NULL, N_("Language")), \
    OUT("status", FIELD_ENUM, 0, "active|blocked|pending", N_("Status")), \
    OUT("must_change", FIELD_BOOL, 0, NULL, \
        N_("Must choose a new password")), \
    OUT("second_factor", FIELD_BOOL, 0, NULL, N_("Second factor")), \
    OUT("created", FIELD_TIME, 0, NULL, N_("Created")), \
    OUT("last_sign_in", FIELD_TIME, FIELD_NULLABLE, NULL, \
        N_("Last sign-in")), \
    FIELD_VERSION
#define MAIL_ROW(more) \
    OUT("mail", FIELD_ENUM, more, "sent|suppressed", \
        N_("E-mail to the customer"))

/* What a person is called; with PATCH, null empties it. */
#define NAME_ROWS(nullable) \
    {.name = "first_name", .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), .max = 100, .label = N_("First name"), \
     .autocomplete = "off"}, \
    {.name = "last_name", .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), .max = 100, .label = N_("Last name"), \
     .autocomplete = "off"}, \
    {.name = "language", .type = FIELD_LANGUAGE, \
     .flags = FIELD_IN | (nullable), .label = N_("Language"), \
     .autocomplete = "off"}
#define USERNAME_ROW(more) \
    {.name = "username", .type = FIELD_NAME, .flags = FIELD_IN | (more), \
     .min = 3, .max = USERNAME_MAX, .label = N_("Username"), \
     .autocomplete = "off"}
#define EMAIL_ROW(more) \
    {.name = "email", .type = FIELD_EMAIL, .flags = FIELD_IN | (more), \
     .max = 254, .label = N_("E-mail address"), .autocomplete = "off"}
#define PASSWORD_ROW \
    {.name = "password", .type = FIELD_SECRET, .flags = FIELD_IN, \
     .max = PASSWORD_MAX, .label = N_("Password"), \
     .autocomplete = "new-password"}
#define MUST_CHANGE_ROW \
    {.name = "must_change", .type = FIELD_BOOL, .flags = FIELD_IN, \
     .label = N_("Must be changed at first sign-in")}
#define SEND_MAIL_ROW \
    {.name = "send_mail", .type = FIELD_BOOL, .flags = FIELD_IN, \
     .label = N_("Send an e-mail to the customer")}
/* clang-format on */

const struct field login_fields[] = {
    LOGIN_ROWS,
    FIELD_END,
};

const struct field login_created_fields[] = {
    LOGIN_ROWS,
    MAIL_ROW(0),
    FIELD_END,
};

/* After an action; without a mail when nothing changed. */
const struct field login_acted_fields[] = {
    LOGIN_ROWS,
    MAIL_ROW(FIELD_NULLABLE),
    FIELD_END,
};

const struct field login_list_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Customer number")},
    LIST_FIELDS,
    FIELD_END,
};

const struct field login_create_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("Customer number"),
     .autocomplete = "off"},
    EMAIL_ROW(FIELD_REQUIRED),
    USERNAME_ROW(0),
    PASSWORD_ROW,
    NAME_ROWS(0),
    MUST_CHANGE_ROW,
    SEND_MAIL_ROW,
    FIELD_END,
};

const struct field login_change_fields[] = {
    USERNAME_ROW(0), EMAIL_ROW(0), NAME_ROWS(FIELD_NULLABLE),
    SEND_MAIL_ROW,   FIELD_END,
};

const struct field login_password_fields[] = {
    PASSWORD_ROW,
    MUST_CHANGE_ROW,
    SEND_MAIL_ROW,
    FIELD_END,
};

/* The same in the back office, where a first password is always changed. */
const struct field login_new_form_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("Customer number"),
     .autocomplete = "off"},
    EMAIL_ROW(FIELD_REQUIRED),
    USERNAME_ROW(0),
    PASSWORD_ROW,
    NAME_ROWS(0),
    SEND_MAIL_ROW,
    FIELD_END,
};

const struct field login_form_fields[] = {
    USERNAME_ROW(FIELD_REQUIRED),
    EMAIL_ROW(FIELD_REQUIRED),
    NAME_ROWS(FIELD_NULLABLE),
    SEND_MAIL_ROW,
    FIELD_END,
};

const struct field login_password_form_fields[] = {
    PASSWORD_ROW,
    SEND_MAIL_ROW,
    FIELD_END,
};

/* What is said with an action that needs nothing else. */
const struct field login_action_fields[] = {
    SEND_MAIL_ROW,
    FIELD_END,
};

const struct field login_rows_fields[] = {
    {.name = "username",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Username")},
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("E-mail address")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer number")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "active|blocked|pending",
     .label = N_("Status")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Created")},
    {.name = "last_sign_in",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_NULLABLE | FIELD_SORT,
     .label = N_("Last sign-in")},
    FIELD_END,
};

#define COLUMN(field, kind, words, text)                                       \
    {                                                                          \
        .name = field, .type = kind, .flags = FIELD_OUT, .choices = words,     \
        .label = text                                                          \
    }

const struct field membership_rows_fields[] = {
    COLUMN("number", FIELD_TEXT, NULL, N_("Customer number")),
    COLUMN("name", FIELD_TEXT, NULL, N_("Name")),
    COLUMN("kind", FIELD_ENUM, "owner|contact|guest", N_("Kind")),
    COLUMN("status", FIELD_ENUM, "pending|invited|rejected|active|inactive",
           N_("Status")),
    COLUMN("home", FIELD_BOOL, NULL, N_("Made for this account")),
    COLUMN("created", FIELD_TIME, NULL, N_("Created")),
    FIELD_END,
};
