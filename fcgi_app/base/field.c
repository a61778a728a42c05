#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/field_kinds.h"
#include "base/json.h"
#include "base/text.h"
#include "pf_language.h"
#include "pf_redirect.h"
#include "pf_token.h"

enum { EMAIL_LOCAL_MAX = 64, LABEL_MAX = 63, FIELD_LINE_MAX = 4000 };

void
field_fail_word(struct field_errors *errors, const char *name, enum err code,
                long limit, const char *word)
{
    if (errors->n < sizeof errors->list / sizeof errors->list[0]) {
        errors->list[errors->n++] =
            (struct field_error){name, code, limit, word};
    }
}

void
field_fail(struct field_errors *errors, const char *name, enum err code,
           long limit)
{
    field_fail_word(errors, name, code, limit, NULL);
}

/* What is wrong with one value. */
struct verdict {
    enum err code;
    long limit;
};

static const struct verdict fine = {ERR_NONE, 0};

static struct verdict
wrong(enum err code)
{
    return (struct verdict){code, 0};
}

/* Text */

static bool
atom_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
label_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-';
}

/* Words of `allowed` characters, 1 to max long, joined by single dots; returns
 * how many words, 0 when it is not that. */
static int
dotted(const char *s, size_t len, bool (*allowed)(char), size_t max)
{
    size_t word = 0;
    int words = 1;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.') {
            if (word == 0) {
                return 0;
            }
            word = 0;
            words++;
        } else if (!allowed(s[i]) || ++word > max) {
            return 0;
        }
    }
    return word == 0 ? 0 : words;
}

bool
field_email_ok(const char *s)
{
    const char *at = strchr(s, '@');

    if (at == NULL || strlen(s) > PF_EMAIL_MAX) {
        return false;
    }
    size_t local = (size_t)(at - s), host = strlen(at + 1);
    if (local > EMAIL_LOCAL_MAX ||
        dotted(s, local, atom_character, EMAIL_LOCAL_MAX) == 0 ||
        dotted(at + 1, host, label_character, LABEL_MAX) < 2) {
        return false;
    }
    for (const char *p = at + 1; *p != '\0'; p++) {
        bool first = p[-1] == '@' || p[-1] == '.';
        bool last = p[1] == '\0' || p[1] == '.';
        if (*p == '-' && (first || last)) {
            return false;
        }
    }
    return true;
}

bool
field_name_ok(const char *s)
{
    return strlen(s) <= PF_NAME_MAX && text_hidden(s) == 0 &&
           strpbrk(s, "/?#\\") == NULL && strcmp(s, ".") != 0 &&
           strcmp(s, "..") != 0;
}

bool
field_choice_ok(const char *choices, const char *s)
{
    size_t len = strlen(s);

    for (const char *p = choices; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, "|");
        if (n == len && memcmp(p, s, n) == 0) {
            return true;
        }
        p += n + (p[n] == '|');
    }
    return false;
}

/* What `said` has for a choice; the choice itself where it has nothing. */
static const char *
said_of(struct arena *a, const char *said, const char *choice)
{
    size_t n = strlen(choice);

    for (const char *p = said; p != NULL && *p != '\0';) {
        size_t len = strcspn(p, "|");
        if (len > n && strncmp(p, choice, n) == 0 && p[n] == '=') {
            return arena_strndup(a, p + n + 1, len - n - 1);
        }
        p += len + (p[len] == '|');
    }
    return choice;
}

const char *
field_choice_word(struct arena *a, const struct field *f, const char *choice)
{
    char *word = arena_strdup(a, said_of(a, f->said, choice));

    for (char *p = word; *p != '\0'; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    return word;
}

static struct verdict
check_length(const struct field *f, const char *s)
{
    size_t n = text_length(s);

    if (f->max > 0 && n > (size_t)f->max) {
        return (struct verdict){ERR_value_too_long, f->max};
    }
    if (f->min > 0 && n < (size_t)f->min) {
        return (struct verdict){ERR_value_too_short, f->min};
    }
    return fine;
}

/* Too many bytes within the limit of characters: those who write with four
 * bytes each are told how many are sure to fit. */
static struct verdict
check_name(const struct field *f, const char *s)
{
    struct verdict v = check_length(f, s);

    if (v.code == ERR_NONE && strlen(s) > PF_NAME_MAX) {
        v = (struct verdict){ERR_value_too_long, PF_NAME_MAX / 4};
    } else if (v.code == ERR_NONE && !field_name_ok(s)) {
        v = wrong(ERR_value_characters);
    }
    return v;
}

/* Control characters of text_has_control() but for tabs and ends of lines. */
static bool
lines_ok(const char *s)
{
    char line[FIELD_LINE_MAX + 1];

    for (size_t n; *s != '\0'; s += n + (s[n] == '\n')) {
        n = strcspn(s, "\n");
        if (n > FIELD_LINE_MAX) {
            return false;
        }
        memcpy(line, s, n);
        line[n] = '\0';
        for (char *tab = line; (tab = strchr(tab, '\t')) != NULL;) {
            *tab = ' ';
        }
        if (text_has_control(line)) {
            return false;
        }
    }
    return true;
}

static struct verdict
check_text(const struct field *f, const char *s)
{
    int64_t days;

    switch (f->type) {
    case FIELD_EMAIL:
        return field_email_ok(s) ? check_length(f, s) : wrong(ERR_value_email);
    case FIELD_LANGUAGE:
        return pf_language_ok(pf_str_of(s)) ? fine : wrong(ERR_value_choice);
    case FIELD_ENUM:
        return field_choice_ok(f->choices, s) ? fine : wrong(ERR_value_choice);
    case FIELD_DATE:
        return clock_parse_date(s, &days) ? fine : wrong(ERR_value_date);
    case FIELD_TEXT:
        return text_has_control(s) ? wrong(ERR_value_characters)
                                   : check_length(f, s);
    case FIELD_LINES:
        return lines_ok(s) ? check_length(f, s) : wrong(ERR_value_characters);
    case FIELD_NAME:
        return check_name(f, s);
    default:
        return check_length(f, s);
    }
}

bool
field_is_text(enum field_type type)
{
    return type == FIELD_TEXT || type == FIELD_LINES || type == FIELD_NAME ||
           type == FIELD_SECRET || type == FIELD_EMAIL || type == FIELD_PATH ||
           type == FIELD_LANGUAGE || type == FIELD_DATE || type == FIELD_ENUM;
}

/* Parsing */

/* One parse: what all rows share. */
struct parse {
    struct arena *arena;
    struct field_errors *errors;
    json_t *result;
    enum field_source source;
};

static void
put(struct parse *p, const struct field *f, json_t *value)
{
    json_object_set_new(p->result, f->name, value);
}

static void
judge(struct parse *p, const struct field *f, struct verdict v)
{
    field_fail(p->errors, f->name, v.code, v.limit);
}

/* Nothing was sent, or nothing is in it. */
static void
parse_empty(struct parse *p, const struct field *f, bool sent)
{
    bool filled = p->source == FIELD_QUERY || (f->flags & FIELD_FILLED);

    if ((f->flags & FIELD_REQUIRED) || (sent && filled)) {
        judge(p, f, wrong(ERR_value_missing));
    } else if (sent && (f->flags & FIELD_NULLABLE)) {
        put(p, f, json_null());
    }
}

/* Browsers end the lines of a form with CR LF. */
static const char *
without_returns(struct arena *a, const char *s)
{
    char *copy = arena_alloc(a, strlen(s) + 1), *p = copy;

    for (; *s != '\0'; s++) {
        if (s[0] != '\r' || s[1] != '\n') {
            *p++ = *s;
        }
    }
    return copy;
}

/* Of one line that people read: what cannot be seen in it is named. Control
 * characters are check_text()'s, whose word for them is older. */
static bool
all_seen(struct parse *p, const struct field *f, const char *s)
{
    int32_t c =
        f->type == FIELD_TEXT || f->type == FIELD_NAME ? text_hidden(s) : 0;

    if (c == 0 || text_has_control(s)) {
        return true;
    }
    field_fail_word(p->errors, f->name, ERR_value_hidden, 0,
                    arena_printf(p->arena, "U+%04X", (unsigned)c));
    return false;
}

static void
parse_text(struct parse *p, const struct field *f, const char *s)
{
    if (f->type != FIELD_SECRET) {
        s = text_trim(p->arena, s);
    }
    if (f->type == FIELD_LINES) {
        s = without_returns(p->arena, s);
    }
    if (*s == '\0') {
        parse_empty(p, f, true);
        return;
    }
    if (f->type == FIELD_PATH) {
        if (pf_redirect_ok(pf_str_of(s))) {
            put(p, f, json_string(s));
        } else if (p->source != FIELD_FORM) {
            judge(p, f, wrong(ERR_value_path));
        }
        return;
    }
    if (!all_seen(p, f, s)) {
        return;
    }
    struct verdict v = check_text(f, s);
    if (v.code == ERR_NONE) {
        put(p, f, json_string(s));
    } else {
        judge(p, f, v);
    }
}

static void
parse_bool(struct parse *p, const struct field *f, const char *s)
{
    if (field_choice_ok(FIELD_TRUE, s)) {
        put(p, f, json_true());
    } else if (field_choice_ok(FIELD_FALSE, s)) {
        put(p, f, json_false());
    } else {
        judge(p, f, wrong(ERR_value_choice));
    }
}

static void
parse_number(struct parse *p, const struct field *f, json_int_t n)
{
    bool bounded = f->min != 0 || f->max != 0;

    if (bounded && (n < f->min || n > f->max)) {
        judge(p, f,
              (struct verdict){ERR_value_number, n < f->min ? f->min : f->max});
    } else {
        put(p, f, json_integer(n));
    }
}

static bool
decimal(const char *s, json_int_t *n)
{
    size_t sign = *s == '-';
    char *end;

    if (s[sign] == '\0' || strspn(s + sign, "0123456789") != strlen(s + sign)) {
        return false;
    }
    errno = 0;
    *n = strtoll(s, &end, 10);
    return errno == 0 && *end == '\0';
}

static void
parse_time(struct parse *p, const struct field *f, const char *s)
{
    int64_t t;

    if (pf_time_parse(pf_str_of(s), &t)) {
        put(p, f, json_integer(t));
    } else {
        judge(p, f, wrong(ERR_value_date));
    }
}

static void
parse_words(struct parse *p, const struct field *f, const json_t *list)
{
    json_t *words;
    enum err e = field_words_parse(list, f->max, &words);

    if (e != ERR_NONE) {
        judge(p, f, (struct verdict){e, f->max});
    } else if (json_array_size(words) == 0 &&
               (f->flags & (FIELD_REQUIRED | FIELD_FILLED))) {
        json_decref(words);
        judge(p, f, wrong(ERR_value_missing));
    } else {
        put(p, f, words);
    }
}

/* Numbers with a point. People may write a comma. */
static void
parse_scaled(struct parse *p, const struct field *f, const char *s)
{
    bool bounded = f->min != 0 || f->max != 0, money = f->type == FIELD_MONEY;
    bool comma = p->source == FIELD_FORM;
    int digits = field_scale(f->type);
    int64_t n;

    if (!field_scaled_parse(s, digits, comma, &n)) {
        judge(p, f, wrong(ERR_value_decimal));
    } else if (bounded && (n < f->min || n > f->max)) {
        field_fail_word(
            p->errors, f->name, ERR_value_range, 0,
            text_scaled(p->arena, n < f->min ? f->min : f->max, digits));
    } else {
        put(p, f,
            money ? json_pack("{s:I}", "micro", (json_int_t)n)
                  : json_integer(n));
    }
}

static void
parse_money(struct parse *p, const struct field *f, const json_t *value)
{
    if (json_object_size(value) == 2 &&
        json_is_integer(json_object_get(value, "amount")) &&
        json_is_string(json_object_get(value, "currency"))) {
        put(p, f, json_incref((json_t *)value));
    } else {
        judge(p, f, wrong(ERR_value_type));
    }
}

/* ---- records inside records ---- */

/* What is wrong inside is told by where it stands: "items/0/quantity". */
static json_t *
parse_inner(struct parse *p, const struct field *f, const json_t *value,
            const char *place)
{
    struct field_errors errors = {0};
    json_t *inner = field_parse(p->arena, f->fields, value, p->source, &errors);

    for (size_t i = 0; i < errors.n; i++) {
        const struct field_error *e = &errors.list[i];

        field_fail_word(p->errors,
                        arena_printf(p->arena, "%s/%s", place, e->name),
                        e->code, e->limit, e->word);
    }
    return json_incref(inner);
}

static void
parse_records(struct parse *p, const struct field *f, const json_t *list)
{
    size_t n = json_array_size(list), i;
    json_t *out, *one;

    if (n == 0) {
        parse_empty(p, f, true);
        return;
    }
    if (f->max > 0 && n > (size_t)f->max) {
        judge(p, f, (struct verdict){ERR_value_too_many, f->max});
        return;
    }
    if (f->flags & FIELD_EACH) {
        put(p, f, json_incref((json_t *)list));
        return;
    }
    out = json_array();
    json_array_foreach(list, i, one)
    {
        const char *place = arena_printf(p->arena, "%s/%zu", f->name, i);

        if (json_is_object(one)) {
            json_array_append_new(out, parse_inner(p, f, one, place));
        } else {
            field_fail(p->errors, place, ERR_value_type, 0);
        }
    }
    put(p, f, out);
}

/* A value that came as text and is no text. */
static void
parse_typed(struct parse *p, const struct field *f, const char *s)
{
    json_int_t n;

    s = text_trim(p->arena, s);
    if (*s == '\0') {
        parse_empty(p, f, true);
    } else if (field_is_scaled(f->type)) {
        parse_scaled(p, f, s);
    } else if (f->type == FIELD_TIME) {
        parse_time(p, f, s);
    } else if (f->type == FIELD_WORDS) {
        parse_words(p, f, json_in_arena(p->arena, field_words_split(s)));
    } else if (f->type == FIELD_BOOL) {
        parse_bool(p, f, s);
    } else if (f->type == FIELD_INTEGER && decimal(s, &n)) {
        parse_number(p, f, n);
    } else {
        judge(p, f, wrong(ERR_value_number));
    }
}

static void
parse_string(struct parse *p, const struct field *f, const json_t *value)
{
    const char *s = json_string_value(value);
    size_t len = json_string_length(value);

    if (!text_utf8_ok(s, len)) {
        judge(p, f, wrong(ERR_value_characters));
    } else if (field_is_text(f->type)) {
        parse_text(p, f, s);
    } else if (p->source != FIELD_JSON || f->type == FIELD_TIME ||
               f->type == FIELD_DECIMAL || f->type == FIELD_PERCENT) {
        parse_typed(p, f, s);
    } else {
        judge(p, f, wrong(ERR_value_type));
    }
}

/* As it is, whatever stands in it: null where that is no text. */
static void
parse_file(struct parse *p, const struct field *f, json_t *value)
{
    if (json_is_null(value)) {
        judge(p, f, wrong(ERR_value_encoding));
    } else if (json_string_length(value) == 0) {
        parse_empty(p, f, true);
    } else {
        put(p, f, json_incref(value));
    }
}

static void
parse_field(struct parse *p, const struct field *f, json_t *value)
{
    if (value == NULL) {
        parse_empty(p, f, false);
    } else if (f->type == FIELD_BYTES) {
        return;
    } else if (f->type == FIELD_FILE) {
        parse_file(p, f, value);
    } else if (json_is_string(value) &&
               (f->type != FIELD_MONEY || p->source == FIELD_FORM)) {
        parse_string(p, f, value);
    } else if (json_is_object(value) && f->type == FIELD_MONEY) {
        parse_money(p, f, value);
    } else if (json_is_object(value) && f->type == FIELD_RECORD) {
        put(p, f, parse_inner(p, f, value, f->name));
    } else if (json_is_array(value) && f->type == FIELD_RECORDS) {
        parse_records(p, f, value);
    } else if (json_is_array(value) && f->type == FIELD_WORDS) {
        parse_words(p, f, value);
    } else if (json_is_null(value) && (f->flags & FIELD_NULLABLE)) {
        parse_empty(p, f, true);
    } else if (json_is_boolean(value) && f->type == FIELD_BOOL) {
        put(p, f, json_incref(value));
    } else if (json_is_integer(value) && f->type == FIELD_INTEGER) {
        parse_number(p, f, json_integer_value(value));
    } else {
        judge(p, f, wrong(ERR_value_type));
    }
}

static bool
is_input(const struct field *fields, const char *name)
{
    for (const struct field *f = fields; f->name != NULL; f++) {
        if ((f->flags & FIELD_IN) && strcmp(f->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void
refuse_unknown(const struct field *fields, const json_t *values,
               struct parse *p)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)values, name, value)
    {
        if (!is_input(fields, name)) {
            field_fail(p->errors, arena_strdup(p->arena, name),
                       ERR_value_unknown, 0);
        }
    }
}

json_t *
field_parse(struct arena *a, const struct field *fields, const json_t *values,
            enum field_source source, struct field_errors *errors)
{
    struct parse p = {.arena = a,
                      .errors = errors,
                      .result = json_in_arena(a, json_object()),
                      .source = source};

    for (const struct field *f = fields; f->name != NULL; f++) {
        if (f->flags & FIELD_IN) {
            parse_field(&p, f, json_object_get(values, f->name));
        }
    }
    if (source != FIELD_FORM) {
        refuse_unknown(fields, values, &p);
    }
    return p.result;
}

/* Output */

static json_t *
output_time(const json_t *value)
{
    char text[21];

    pf_time_format(json_integer_value(value), text);
    return json_string(text);
}

static json_t *
output_object(const json_t *value)
{
    json_t *object = json_loadb(json_string_value(value),
                                json_string_length(value), 0, NULL);

    return object ? object : json_null();
}

/* How a column says that there is nothing: the empty text, the time 0. */
static bool
absent(const struct field *f, const json_t *value)
{
    return json_is_string(value)
               ? json_string_length(value) == 0
               : f->type == FIELD_TIME && json_integer_value(value) == 0;
}

static json_t *
output_scaled(struct arena *a, const struct field *f, const json_t *value)
{
    return json_is_integer(value)
               ? json_string(text_scaled(a, json_integer_value(value),
                                         field_scale(f->type)))
               : json_incref((json_t *)value);
}

static json_t *
output_records(struct arena *a, const struct field *f, const json_t *rows)
{
    json_t *out = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_array_append(out, field_output(a, f->fields, row));
    }
    return out;
}

static json_t *
output_value(struct arena *a, const struct field *f, const json_t *row)
{
    json_t *value = json_object_get(row, f->name);

    if (value == NULL || json_is_null(value) ||
        ((f->flags & FIELD_NULLABLE) && absent(f, value))) {
        return json_null();
    }
    switch (f->type) {
    case FIELD_BOOL:
        return json_boolean(json_is_true(value) ||
                            json_integer_value(value) != 0);
    case FIELD_TIME:
        return json_is_integer(value) ? output_time(value) : json_incref(value);
    case FIELD_WORDS:
        return json_is_string(value)
                   ? field_words_split(json_string_value(value))
                   : json_incref(value);
    case FIELD_OBJECT:
        return output_object(value);
    case FIELD_DECIMAL:
    case FIELD_PERCENT:
        return output_scaled(a, f, value);
    case FIELD_RECORD:
        return json_incref(field_output(a, f->fields, value));
    case FIELD_RECORDS:
        return output_records(a, f, value);
    case FIELD_MONEY:
        return json_pack("{s:O, s:O?}", "amount", value, "currency",
                         json_object_get(row, "currency"));
    default:
        return json_incref(value);
    }
}

json_t *
field_output(struct arena *a, const struct field *fields, const json_t *row)
{
    json_t *out = json_in_arena(a, json_object());

    for (const struct field *f = fields; f->name != NULL; f++) {
        if ((f->flags & FIELD_OUT) && f->type != FIELD_SECRET) {
            json_object_set_new(out, f->name, output_value(a, f, row));
        }
    }
    return out;
}

bool
field_versioned(const struct field *fields)
{
    for (; fields->name; fields++) {
        if (fields->flags & FIELD_ETAG) {
            return true;
        }
    }
    return false;
}
