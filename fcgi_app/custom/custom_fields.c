#include "custom/custom.h"

#define RECORDS "customer|contract"
#define TYPES   "text|number|date|choice"
#define RIGHTS  "none|read|write"

/* clang-format off */
#define FORM_ROWS \
    {.name = "choices", \
     .type = FIELD_LINES, \
     .flags = FIELD_IN | FIELD_OUT, \
     .max = 2000, \
     .label = N_("Choices")}, \
    {.name = "portal", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN | FIELD_OUT | FIELD_REQUIRED, \
     .choices = RIGHTS, \
     .said = "none=nothing|read=see it|write=see and change it", \
     .label = N_("What customers may do in the portal")}, \
    {.name = "place", \
     .type = FIELD_INTEGER, \
     .flags = FIELD_IN | FIELD_OUT | FIELD_REQUIRED, \
     .min = 1, \
     .max = 99, \
     .label = N_("Place")}
#define KIND_ROWS(once) \
    {.name = "record", \
     .type = FIELD_ENUM, \
     .flags = (once), \
     .choices = RECORDS, \
     .label = N_("Of what")}, \
    {.name = "name", \
     .type = FIELD_NAME, \
     .flags = (once), \
     .max = 40, \
     .label = N_("Name in the API")}, \
    {.name = "type", \
     .type = FIELD_ENUM, \
     .flags = (once), \
     .choices = TYPES, \
     .label = N_("Kind")}
/* clang-format on */

const struct field custom_new_fields[] = {
    KIND_ROWS(FIELD_OUT | FIELD_IN | FIELD_REQUIRED),
    FORM_ROWS,
    FIELD_END,
};

const struct field custom_form_fields[] = {
    FORM_ROWS,
    FIELD_END,
};

static const struct field label_fields[] = {
    {.name = "language",
     .type = FIELD_LANGUAGE,
     .flags = FIELD_IN | FIELD_OUT | FIELD_REQUIRED,
     .label = N_("Language")},
    {.name = "label",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_OUT | FIELD_REQUIRED,
     .max = CUSTOM_LABEL_MAX,
     .label = N_("Label")},
    FIELD_END,
};

/* clang-format off */
#define SET_ROWS(always, nullable) \
    {.name = "choices", \
     .type = FIELD_LINES, \
     .flags = nullable, \
     .max = 2000, \
     .label = N_("Choices")}, \
    {.name = "portal", \
     .type = FIELD_ENUM, \
     .flags = (always), \
     .choices = RIGHTS, \
     .label = N_("What customers may do in the portal")}, \
    {.name = "place", \
     .type = FIELD_INTEGER, \
     .flags = (always), \
     .min = 1, \
     .max = 99, \
     .label = N_("Place")}, \
    {.name = "texts", \
     .type = FIELD_RECORDS, \
     .flags = (always) & ~(FIELD_FILLED | FIELD_REQUIRED), \
     .max = 32, \
     .label = N_("Labels for people"), \
     .fields = label_fields}
/* clang-format on */

const struct field custom_field_fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_OUT, .label = N_("Id")},
    KIND_ROWS(FIELD_OUT),
    SET_ROWS(FIELD_OUT, FIELD_OUT | FIELD_NULLABLE),
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Created")},
    FIELD_VERSION,
    FIELD_END,
};

const struct field custom_field_create_fields[] = {
    KIND_ROWS(FIELD_IN | FIELD_REQUIRED),
    SET_ROWS(FIELD_IN | FIELD_REQUIRED, FIELD_IN),
    FIELD_END,
};

const struct field custom_field_change_fields[] = {
    SET_ROWS(FIELD_IN | FIELD_FILLED, FIELD_IN | FIELD_NULLABLE),
    FIELD_END,
};

const struct field custom_field_query_fields[] = {
    {.name = "record",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = RECORDS,
     .label = N_("Of what")},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 40,
     .label = N_("Name in the API")},
    LIST_FIELDS,
    FIELD_END,
};

const struct field custom_list_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Name in the API")},
    {.name = "record",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = RECORDS,
     .label = N_("Of what")},
    {.name = "type",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = TYPES,
     .label = N_("Kind")},
    {.name = "portal",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = RIGHTS,
     .said = "none=nothing|read=see it|write=see and change it",
     .label = N_("In the portal")},
    {.name = "place",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Place")},
    FIELD_END,
};

static const struct field value_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Name in the API")},
    {.name = "type",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = TYPES,
     .label = N_("Kind")},
    {.name = "portal",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = RIGHTS,
     .label = N_("In the portal")},
    {.name = "value",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Value")},
    FIELD_END,
};

const struct field custom_values_fields[] = {
    {.name = "values",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .fields = value_fields,
     .label = N_("Values")},
    FIELD_VERSION,
    FIELD_END,
};

static const struct field change_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 40,
     .label = N_("Name in the API")},
    {.name = "value",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_NULLABLE,
     .max = 500,
     .label = N_("Value")},
    FIELD_END,
};

const struct field custom_change_fields[] = {
    {.name = "values",
     .type = FIELD_RECORDS,
     .flags = FIELD_IN,
     .max = 100,
     .fields = change_fields,
     .label = N_("Values")},
    FIELD_END,
};
