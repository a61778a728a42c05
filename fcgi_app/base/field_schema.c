/* Fields as JSON Schema (2020-12), the dialect of OpenAPI 3.1. */
#include <string.h>

#include "base/field_kinds.h"
#include "pf_token.h"

static const struct {
    const char *type, *format;
} schemas[] = {
    [FIELD_NONE] = {"string", NULL},
    [FIELD_TEXT] = {"string", NULL},
    [FIELD_LINES] = {"string", NULL},
    [FIELD_NAME] = {"string", NULL},
    [FIELD_SECRET] = {"string", "password"},
    [FIELD_EMAIL] = {"string", "email"},
    [FIELD_PATH] = {"string", NULL},
    [FIELD_LANGUAGE] = {"string", NULL},
    [FIELD_BOOL] = {"boolean", NULL},
    [FIELD_INTEGER] = {"integer", NULL},
    [FIELD_DATE] = {"string", "date"},
    [FIELD_TIME] = {"string", "date-time"},
    [FIELD_ENUM] = {"string", NULL},
    [FIELD_OBJECT] = {"object", NULL},
    [FIELD_MONEY] = {"object", NULL},
    [FIELD_WORDS] = {"array", NULL},
    [FIELD_DECIMAL] = {"string", NULL},
    [FIELD_PERCENT] = {"string", NULL},
    [FIELD_RECORD] = {"object", NULL},
    [FIELD_RECORDS] = {"array", NULL},
    [FIELD_FILE] = {"string", NULL},
    [FIELD_BYTES] = {"string", NULL},
};

static json_t *
schema_choices(const struct field *f)
{
    json_t *list = json_array();

    for (const char *p = f->choices; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, "|");
        json_array_append_new(list, json_stringn(p, n));
        p += n + (p[n] == '|');
    }
    if (f->flags & FIELD_NULLABLE) {
        json_array_append_new(list, json_null());
    }
    return list;
}

static void
schema_money(json_t *schema)
{
    json_object_set_new(schema, "properties",
                        json_pack("{s:{s:s}, s:{s:s, s:s}}", "amount", "type",
                                  "integer", "currency", "type", "string",
                                  "pattern", "^[A-Z]{3}$"));
    json_object_set_new(schema, "required",
                        json_pack("[s, s]", "amount", "currency"));
}

/* Limits are promises about what is taken; what is answered may be older than
 * the limit. */
static void
schema_limits(json_t *schema, const struct field *f)
{
    bool integer = f->type == FIELD_INTEGER;
    long min = f->min, max = f->max;

    if (integer ? min == 0 && max == 0 : !field_is_text(f->type)) {
        return;
    }
    if (f->type == FIELD_DATE || f->type == FIELD_ENUM) {
        return;
    }
    if (!integer && min == 0 && (f->flags & (FIELD_REQUIRED | FIELD_FILLED))) {
        min = 1;
    }
    if (!integer && max == 0) {
        max = f->type == FIELD_EMAIL      ? PF_EMAIL_MAX
              : f->type == FIELD_PATH     ? PF_PATH_MAX
              : f->type == FIELD_LANGUAGE ? PF_LANGUAGE_MAX
                                          : 0;
    }
    if (integer || min > 0) {
        json_object_set_new(schema, integer ? "minimum" : "minLength",
                            json_integer(min));
    }
    if (f->type == FIELD_NAME) {
        json_object_set_new(schema, "pattern", json_string("^[^/?#\\\\]*$"));
    }
    if (integer || max > 0) {
        json_object_set_new(schema, integer ? "maximum" : "maxLength",
                            json_integer(max));
    }
}

static void
schema_array(json_t *schema, const struct field *f, json_t *items)
{
    json_object_set_new(schema, "items", items);
    if (f->max > 0) {
        json_object_set_new(schema, "maxItems", json_integer(f->max));
    }
}

/* What the rows of a record inside say. */
static void
schema_inner(json_t *schema, const struct field *f, enum field_flag side)
{
    json_t *inner = field_schema(f->fields, side);

    if (f->type == FIELD_RECORDS) {
        schema_array(schema, f, inner);
    } else {
        json_object_del(inner, "type");
        json_object_update(schema, inner);
        json_decref(inner);
    }
}

static json_t *
schema_property(const struct field *f, enum field_flag side)
{
    json_t *schema = json_object();
    const char *type = schemas[f->type].type;

    json_object_set_new(schema, "type",
                        f->flags & FIELD_NULLABLE
                            ? json_pack("[s, s]", type, "null")
                            : json_string(type));
    if (schemas[f->type].format != NULL) {
        json_object_set_new(schema, "format",
                            json_string(schemas[f->type].format));
    }
    if (f->label != NULL) {
        json_object_set_new(schema, "description", json_string(f->label));
    }
    if (f->type == FIELD_ENUM) {
        json_object_set_new(schema, "enum", schema_choices(f));
    } else if (f->type == FIELD_OBJECT) {
        json_object_set_new(schema, "additionalProperties", json_true());
    } else if (f->type == FIELD_MONEY) {
        schema_money(schema);
    } else if (f->type == FIELD_WORDS) {
        schema_array(schema, f, json_pack("{s:s}", "type", "string"));
    } else if (f->type == FIELD_DECIMAL || f->type == FIELD_PERCENT) {
        json_object_set_new(schema, "pattern",
                            json_string("^-?[0-9]+([.][0-9]+)?$"));
    } else if (f->type == FIELD_RECORD || f->type == FIELD_RECORDS) {
        schema_inner(schema, f, side);
    } else if (side == FIELD_IN) {
        schema_limits(schema, f);
    }
    return schema;
}

json_t *
field_schema(const struct field *fields, enum field_flag side)
{
    json_t *properties = json_object(), *required = json_array();

    for (const struct field *f = fields; f->name != NULL; f++) {
        if (!(f->flags & (int)side) ||
            (side == FIELD_OUT && f->type == FIELD_SECRET)) {
            continue;
        }
        json_object_set_new(properties, f->name, schema_property(f, side));
        if (side == FIELD_OUT || (f->flags & FIELD_REQUIRED)) {
            json_array_append_new(required, json_string(f->name));
        }
    }
    json_t *schema =
        json_pack("{s:s, s:o}", "type", "object", "properties", properties);
    if (json_array_size(required) > 0) {
        json_object_set(schema, "required", required);
    }
    json_decref(required);
    if (side == FIELD_IN) {
        json_object_set_new(schema, "additionalProperties", json_false());
    }
    return schema;
}
