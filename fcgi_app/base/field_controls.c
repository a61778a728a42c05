/* Fields as the controls of a form. */
#include <string.h>

#include "base/field_kinds.h"
#include "base/json.h"
#include "base/text.h"

enum { MICRO_DIGITS = 6 };

/* How the language of a form's words is asked. */
struct words {
    struct arena *arena;
    const char *(*translate)(const char *lang, const char *id);
    const char *lang;
};

static const char *
word(const struct words *w, const char *id)
{
    return w->translate != NULL ? w->translate(w->lang, id) : id;
}

static const char *
control_type(enum field_type type)
{
    switch (type) {
    case FIELD_SECRET:
        return "password";
    case FIELD_EMAIL:
        return "email";
    case FIELD_PATH:
        return "hidden";
    case FIELD_BOOL:
        return "checkbox";
    case FIELD_INTEGER:
        return "number";
    case FIELD_DATE:
        return "date";
    case FIELD_ENUM:
        return "select";
    case FIELD_FILE:
    case FIELD_BYTES:
        return "file";
    default:
        return "text";
    }
}

static const char *
control_value(struct arena *a, const struct field *f, const json_t *values)
{
    const json_t *value = json_object_get(values, f->name);

    if (f->type == FIELD_SECRET || f->type == FIELD_FILE ||
        f->type == FIELD_BYTES || value == NULL) {
        return "";
    }
    if (json_is_integer(value) && field_is_scaled(f->type) &&
        f->type != FIELD_MONEY) {
        return text_scaled(a, json_integer_value(value), field_scale(f->type));
    }
    if (json_is_integer(value)) {
        return arena_printf(a, "%" JSON_INTEGER_FORMAT,
                            json_integer_value(value));
    }
    if (json_is_boolean(value)) {
        return json_is_true(value) ? "1" : "0";
    }
    return json_is_string(value) ? json_string_value(value) : "";
}

/* A number as people of the language write it, and may send it. */
static const char *
number_word(const struct words *w, const char *value)
{
    static const int64_t half = 500000;
    char *text, *point = strchr(value, '.');
    int64_t n;

    if (point == NULL || !field_scaled_parse(value, MICRO_DIGITS, false, &n) ||
        text_decimal(w->arena, w->lang, half)[1] != ',') {
        return value;
    }
    text = arena_strdup(w->arena, value);
    text[point - value] = ',';
    return text;
}

static const char *
choice_word(const struct words *w, const struct field *f, const char *choice)
{
    return *choice != '\0' ? word(w, field_choice_word(w->arena, f, choice))
                           : choice;
}

static json_t *
control_choices(const struct words *w, const struct field *f, const char *value)
{
    json_t *list = json_array();

    for (const char *p = f->choices; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, "|");
        const char *choice = arena_strndup(w->arena, p, n);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b}", "value", choice, "label",
                            choice_word(w, f, choice), "selected",
                            strcmp(choice, value) == 0));
        p += n + (p[n] == '|');
    }
    return list;
}

/* "At most {limit} characters" with the value in place's place. */
static const char *
fill(struct arena *a, const char *text, const char *place, const char *value)
{
    const char *at = strstr(text, place);

    if (at == NULL) {
        return text;
    }
    return arena_printf(a, "%.*s%s%s", (int)(at - text), text, value,
                        at + strlen(place));
}

/* What a word that was sent says is filled in last: it may look like a place.
 */
static const char *
error_hint(const struct words *w, const struct field_error *e)
{
    const char *hint = fill(w->arena, word(w, err_row(e->code)->detail),
                            "{limit}", arena_printf(w->arena, "%ld", e->limit));

    return e->word ? fill(w->arena, hint, "{word}", e->word) : hint;
}

static void
control_error(const struct words *w, json_t *control,
              const struct field_errors *errors, const char *name)
{
    for (size_t i = 0; errors != NULL && i < errors->n; i++) {
        const struct field_error *e = &errors->list[i];
        if (strcmp(e->name, name) != 0) {
            continue;
        }
        const struct err_row *row = err_row(e->code);
        json_object_set_new(control, "error", json_string(word(w, row->title)));
        json_object_set_new(control, "hint", json_string(error_hint(w, e)));
        return;
    }
}

static json_t *
control(const struct words *w, const struct field *f, const char *value)
{
    const char *type = control_type(f->type);
    json_t *c =
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", f->name, "label",
                  f->label ? word(w, f->label) : f->name, "type", type, "value",
                  value, "required", (f->flags & FIELD_REQUIRED) != 0);

    if (f->autocomplete != NULL) {
        json_object_set_new(c, "autocomplete", json_string(f->autocomplete));
    }
    /* Templates can ask whether, not which: one name for each odd kind. */
    if (f->type == FIELD_BOOL) {
        json_object_set_new(c, "is_checkbox", json_true());
        json_object_set_new(c, "is_plain", json_true());
        json_object_set_new(c, "checked",
                            json_boolean(field_choice_ok(FIELD_TRUE, value)));
    } else if (f->type == FIELD_ENUM) {
        json_object_set_new(c, "is_choice", json_true());
        json_object_set_new(c, "choices", control_choices(w, f, value));
    } else if (f->type == FIELD_PATH) {
        json_object_set_new(c, "is_hidden", json_true());
    } else if (f->type == FIELD_LINES) {
        json_object_set_new(c, "is_lines", json_true());
        json_object_set_new(c, "maxlength", json_integer(f->max));
    } else if (field_is_text(f->type) && f->max > 0) {
        json_object_set_new(c, "maxlength", json_integer(f->max));
    } else if (field_is_scaled(f->type)) {
        json_object_set_new(c, "is_decimal", json_true());
    }
    return c;
}

json_t *
field_controls(struct arena *a, const struct field *fields,
               const json_t *values, const struct field_errors *errors,
               const char *(*translate)(const char *lang, const char *id),
               const char *lang)
{
    struct words w = {.arena = a, .translate = translate, .lang = lang};
    json_t *list = json_in_arena(a, json_array());

    for (const struct field *f = fields; f->name != NULL; f++) {
        if ((f->flags & FIELD_IN) && f->label != NULL) {
            const char *value = control_value(a, f, values);
            json_t *c = control(
                &w, f,
                field_is_scaled(f->type) ? number_word(&w, value) : value);
            control_error(&w, c, errors, f->name);
            json_array_append_new(list, c);
        }
    }
    return list;
}
