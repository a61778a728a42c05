#include "user/member.h"

/* Names of the presets with '|' in front of each: a form may choose none. */
static const char presets[] = ""
#define PRESET(name, label, permissions) "|" #name
#include "tables/presets.def"
#undef PRESET
    ;

enum { RIGHTS_MAX = 64 };

/* clang-format off */
#define OUT(field, kind, more, text) \
    {.name = field, .type = kind, .flags = FIELD_OUT | (more), \
     .label = text}
#define EMAIL \
    {.name = "email", .type = FIELD_EMAIL, .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 254, .label = N_("E-mail address"), .autocomplete = "off"}
#define NAMES \
    {.name = "first_name", .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, .max = 100, \
     .label = N_("First name"), .autocomplete = "off"}, \
    {.name = "last_name", .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, .max = 100, \
     .label = N_("Last name"), .autocomplete = "off"}
#define RIGHTS \
    {.name = "permissions", .type = FIELD_WORDS, .flags = FIELD_IN, \
     .max = RIGHTS_MAX, .label = N_("Permissions")}, \
    {.name = "preset", .type = FIELD_ENUM, .flags = FIELD_IN, \
     .choices = presets + 1, .label = N_("Preset")}
/* clang-format on */

const struct field member_fields[] = {
    OUT("id", FIELD_TEXT, 0, N_("Id")),
    OUT("customer", FIELD_TEXT, 0, N_("Customer number")),
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "owner|contact|guest",
     .label = N_("Account type")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "pending|invited|rejected|active|inactive",
     .label = N_("Status")},
    OUT("user", FIELD_TEXT, FIELD_NULLABLE, N_("Username")),
    OUT("email", FIELD_TEXT, FIELD_NULLABLE, N_("E-mail address")),
    OUT("first_name", FIELD_TEXT, 0, N_("First name")),
    OUT("last_name", FIELD_TEXT, 0, N_("Last name")),
    OUT("permissions", FIELD_WORDS, 0, N_("Permissions")),
    OUT("preset", FIELD_TEXT, FIELD_NULLABLE, N_("Preset")),
    OUT("created", FIELD_TIME, 0, N_("Created")),
    OUT("invited", FIELD_TIME, FIELD_NULLABLE, N_("Invitation sent")),
    OUT("expires", FIELD_TIME, FIELD_NULLABLE, N_("Invitation ends")),
    OUT("last_sign_in", FIELD_TIME, FIELD_NULLABLE, N_("Last sign-in")),
    FIELD_VERSION,
    FIELD_END,
};

const struct field member_query_fields[] = {
    LIST_FIELDS,
    FIELD_END,
};

const struct field member_create_fields[] = {
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "contact",
     .label = N_("Account type")},
    EMAIL,
    NAMES,
    {.name = "username",
     .type = FIELD_NAME,
     .flags = FIELD_IN,
     .min = 3,
     .max = USERNAME_MAX,
     .label = N_("Username")},
    RIGHTS,
    FIELD_END,
};

const struct field member_invite_fields[] = {
    EMAIL,
    RIGHTS,
    FIELD_END,
};

const struct field member_change_fields[] = {
    RIGHTS,
    FIELD_END,
};

/* ---- forms: permissions are ticked below, each by its name ---- */

const struct field member_contact_form_fields[] = {
    NAMES,
    EMAIL,
    FIELD_END,
};

const struct field member_guest_form_fields[] = {
    EMAIL,
    FIELD_END,
};

/* version: of the member that the form shows. */
const struct field member_rights_form_fields[] = {
    {.name = "version",
     .type = FIELD_INTEGER,
     .flags = FIELD_IN | FIELD_REQUIRED},
    FIELD_END,
};

const struct field member_password_fields[] = {
    {.name = "new_password",
     .type = FIELD_SECRET,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = PASSWORD_MAX,
     .label = N_("New password"),
     .autocomplete = "new-password"},
    FIELD_END,
};

/* ---- lists of the back office ---- */

const struct field member_rows_fields[] = {
    OUT("name", FIELD_TEXT, FIELD_FILTER | FIELD_SORT, N_("Name")),
    /* no column: whoever is a guest is called by it anyway */
    {.name = "email",
     .type = FIELD_TEXT,
     .flags = FIELD_FILTER,
     .label = N_("E-mail address")},
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "owner|contact|guest",
     .label = N_("Account type")},
    OUT("customer", FIELD_TEXT, FIELD_FILTER | FIELD_SORT, N_("Account id")),
    OUT("user_id", FIELD_TEXT, FIELD_FILTER | FIELD_SORT, N_("User id")),
    OUT("created", FIELD_TIME, FIELD_FILTER | FIELD_SORT, N_("Created")),
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "pending|invited|rejected|active|inactive",
     .label = N_("Status")},
    FIELD_END,
};

const struct field access_rows_fields[] = {
    OUT("customer", FIELD_TEXT, FIELD_FILTER | FIELD_SORT, N_("Account id")),
    OUT("account", FIELD_TEXT, FIELD_FILTER | FIELD_SORT, N_("Account")),
    OUT("username", FIELD_TEXT, FIELD_FILTER | FIELD_SORT, N_("Username")),
    OUT("home", FIELD_TEXT, FIELD_FILTER | FIELD_SORT, N_("Own account")),
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "owner|contact|guest",
     .label = N_("Account type")},
    OUT("created", FIELD_TIME, FIELD_FILTER | FIELD_SORT, N_("Created")),
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "pending|invited|rejected|active|inactive",
     .label = N_("Status")},
    FIELD_END,
};
