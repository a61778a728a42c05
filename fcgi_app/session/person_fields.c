#include "session/person_web.h"

/* clang-format off */
#define NEW_PASSWORD(words) \
    {.name = "new_password", \
     .type = FIELD_SECRET, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = PASSWORD_MAX, \
     .label = words, \
     .autocomplete = "new-password"}, \
    {.name = "repeat_password", \
     .type = FIELD_SECRET, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = PASSWORD_MAX, \
     .label = N_("The same once more"), \
     .autocomplete = "new-password"}
#define FLOW {.name = "flow", .type = FIELD_SECRET, .flags = FIELD_IN, .max = 2048}
#define IDENTIFIER \
    {.name = "username", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 254, \
     .label = N_("Username, e-mail address or customer number"), \
     .autocomplete = "username"}
/* clang-format on */

const struct field flow_fields[] = {
    FLOW,
    FIELD_END,
};

const struct field reset_fields[] = {
    IDENTIFIER,
    FIELD_END,
};

const struct field reset_code_fields[] = {
    IDENTIFIER,
    {.name = "code",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 32,
     .label = N_("Code from the e-mail"),
     .autocomplete = "one-time-code"},
    FIELD_END,
};

const struct field reset_password_fields[] = {
    NEW_PASSWORD(N_("New password")),
    FLOW,
    FIELD_END,
};

const struct field register_confirm_fields[] = {
    NEW_PASSWORD(N_("Password")),
    FLOW,
    FIELD_END,
};

const struct field my_password_fields[] = {
    {.name = "old_password",
     .type = FIELD_SECRET,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = PASSWORD_MAX,
     .label = N_("Password until now"),
     .autocomplete = "current-password"},
    NEW_PASSWORD(N_("New password")),
    FIELD_END,
};

const struct field my_email_fields[] = {
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 254,
     .label = N_("New e-mail address"),
     .autocomplete = "email"},
    {.name = "password",
     .type = FIELD_SECRET,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = PASSWORD_MAX,
     .label = N_("Your password"),
     .autocomplete = "current-password"},
    FIELD_END,
};

const struct field my_confirm_fields[] = {
    {.name = "password",
     .type = FIELD_SECRET,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = PASSWORD_MAX,
     .label = N_("Your password"),
     .autocomplete = "current-password"},
    FIELD_END,
};

/* clang-format off */
#define APP_CODE(words) \
    {.name = "code", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 32, \
     .label = words, \
     .autocomplete = "one-time-code"}
/* clang-format on */

const struct field my_code_fields[] = {
    APP_CODE(N_("Code of your authenticator app")),
    FIELD_END,
};

const struct field login_code_fields[] = {
    APP_CODE(N_("Code of your authenticator app, or a recovery code")),
    FLOW,
    FIELD_END,
};
