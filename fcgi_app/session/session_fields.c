#include "base/field.h"
#include "session/session.h"

/* A handoff by POST, and the answer to "go on as somebody else?". */
const struct field sso_fields[] = {
    {.name = "token", .type = FIELD_SECRET, .flags = FIELD_IN, .max = 4096},
    {.name = "confirm", .type = FIELD_BOOL, .flags = FIELD_IN},
    FIELD_END,
};

/* Which account, and where to then. */
const struct field account_choice_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = PF_ID_MAX,
     .label = N_("Customer number")},
    {.name = "next", .type = FIELD_PATH, .flags = FIELD_IN, .max = 255},
    FIELD_END,
};

const struct field session_token_fields[] = {
    {.name = "to",
     .type = FIELD_PATH,
     .flags = FIELD_IN,
     .max = PF_PATH_MAX,
     .label = N_("Path inside the portal")},
    {.name = "language",
     .type = FIELD_LANGUAGE,
     .flags = FIELD_IN,
     .max = PF_LANGUAGE_MAX,
     .label = N_("Language")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = PF_ID_MAX,
     .label = N_("Customer number")},
    FIELD_END,
};

const struct field session_token_answer_fields[] = {
    {.name = "session_token",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("SSO token")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Created")},
    {.name = "expires",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Expires")},
    {.name = "login",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Username")},
    {.name = "login_url",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Address that signs the person in")},
    FIELD_END,
};
