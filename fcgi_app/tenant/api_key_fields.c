#include "tenant/tenant.h"

/* clang-format off */
#define KEY_ROWS \
    {.name = "id", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("Id of the key")}, \
    {.name = "name", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("Name")}, \
    {.name = "scopes", \
     .type = FIELD_WORDS, \
     .flags = FIELD_OUT, \
     .label = N_("Scopes")}, \
    {.name = "networks", \
     .type = FIELD_WORDS, \
     .flags = FIELD_OUT, \
     .label = N_("Networks it works from; none: all")}, \
    {.name = "mode", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "live|test", \
     .label = N_("Mode")}, \
    {.name = "expires", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Works until")}, \
    {.name = "created", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT, \
     .label = N_("Created")}, \
    {.name = "last_used", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Last used, up to five minutes late")}, \
    {.name = "old_until", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Until when the secret before works")}, \
    FIELD_VERSION

#define CHANGE_ROWS(required, nullable) \
    {.name = "name", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (required), \
     .max = 100, \
     .label = N_("Name")}, \
    {.name = "scopes", \
     .type = FIELD_WORDS, \
     .flags = FIELD_IN | (required), \
     .max = 64, \
     .label = N_("Scopes")}, \
    {.name = "networks", \
     .type = FIELD_WORDS, \
     .flags = FIELD_IN, \
     .max = 32, \
     .label = N_("Networks it works from; none: all")}, \
    {.name = "expires", \
     .type = FIELD_TIME, \
     .flags = FIELD_IN | (nullable), \
     .label = N_("Works until")}
/* clang-format on */

const struct field api_key_fields[] = {
    KEY_ROWS,
    FIELD_END,
};

/* The audit trail tells that there is a new secret. */
const struct field api_key_trail_fields[] = {
    KEY_ROWS,
    {.name = "secret", .type = FIELD_SECRET},
    FIELD_END,
};

const struct field api_key_created_fields[] = {
    KEY_ROWS,
    {.name = "key",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("The key itself, shown only now")},
    FIELD_END,
};

const struct field api_key_create_fields[] = {
    CHANGE_ROWS(FIELD_REQUIRED, 0),
    {.name = "mode",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "live|test",
     .label = N_("Mode")},
    FIELD_END,
};

const struct field api_key_change_fields[] = {
    CHANGE_ROWS(FIELD_FILLED, FIELD_NULLABLE),
    FIELD_END,
};

const struct field api_key_query_fields[] = {
    LIST_FIELDS,
    FIELD_END,
};

const struct field api_key_rotate_fields[] = {
    {.name = "old_until",
     .type = FIELD_TIME,
     .flags = FIELD_IN,
     .label = N_("Until when the secret before works")},
    FIELD_END,
};

const struct field tenant_fields[] = {
    {.name = "id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Id of the tenant")},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Name")},
    {.name = "url",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Address of the portal")},
    {.name = "default_language",
     .type = FIELD_LANGUAGE,
     .flags = FIELD_OUT,
     .label = N_("Language")},
    {.name = "languages",
     .type = FIELD_WORDS,
     .flags = FIELD_OUT,
     .label = N_("Languages of the portal")},
    FIELD_END,
};
