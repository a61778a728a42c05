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
#define LOGIN_ROWS \
    {.name = "username", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("Username")}, \
    {.name = "customer", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("Customer number")}, \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "active|blocked|pending", \
     .label = N_("Status")}, \
    {.name = "created", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT, \
     .label = N_("Created")}, \
    {.name = "last_sign_in", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Last sign-in")}
/* clang-format on */

const struct field login_fields[] = {
    LOGIN_ROWS,
    FIELD_END,
};

const struct field login_created_fields[] = {
    LOGIN_ROWS,
    {.name = "mail",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "sent|suppressed",
     .label = N_("E-mail to the customer")},
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
     .label = N_("Customer number")},
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 254,
     .label = N_("E-mail address")},
    {.name = "username",
     .type = FIELD_NAME,
     .flags = FIELD_IN,
     .min = 3,
     .max = USERNAME_MAX,
     .label = N_("Username")},
    {.name = "password",
     .type = FIELD_SECRET,
     .flags = FIELD_IN,
     .max = PASSWORD_MAX,
     .label = N_("Password")},
    {.name = "must_change",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("Must be changed at first sign-in")},
    {.name = "send_mail",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("Send an e-mail to the customer")},
    FIELD_END,
};

/* What the API lets a caller say with an action on a login: nothing yet. */
const struct field login_action_fields[] = {
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
