#include "app.h"

#include "base/field.h"
#include "base/json.h"
#include "pf_token.h"

static const struct field person[] = {
    {"name", FIELD_TEXT, FIELD_IN | FIELD_OUT | FIELD_REQUIRED, 2, 10, NULL,
     NULL, "Name", "name", NULL},
    {"nick", FIELD_TEXT, FIELD_IN | FIELD_OUT | FIELD_NULLABLE, 0, 5, NULL,
     NULL, "Nickname", NULL, NULL},
    {"email", FIELD_EMAIL, FIELD_IN | FIELD_OUT, 0, 0, NULL, NULL, "E-mail",
     "email", NULL},
    {"password", FIELD_SECRET, FIELD_IN | FIELD_OUT, 4, 8, NULL, NULL,
     "Password", "new-password", NULL},
    {"next", FIELD_PATH, FIELD_IN, 0, 0, NULL, NULL, "Next", NULL, NULL},
    {"language", FIELD_LANGUAGE, FIELD_IN, 0, 0, NULL, NULL, "Language", NULL,
     NULL},
    {"mail", FIELD_BOOL, FIELD_IN | FIELD_OUT, 0, 0, NULL, NULL, "Mail", NULL,
     NULL},
    {"age", FIELD_INTEGER, FIELD_IN | FIELD_OUT | FIELD_NULLABLE, 1, 150, NULL,
     NULL, "Age", NULL, NULL},
    {"count", FIELD_INTEGER, FIELD_IN, 0, 0, NULL, NULL, NULL, NULL, NULL},
    {"born", FIELD_DATE, FIELD_IN | FIELD_OUT, 0, 0, NULL, NULL, "Born", NULL,
     NULL},
    {"seen", FIELD_TIME, FIELD_IN | FIELD_OUT | FIELD_NULLABLE, 0, 0, NULL,
     NULL, NULL, NULL, NULL},
    {"kind", FIELD_ENUM, FIELD_IN | FIELD_OUT | FIELD_NULLABLE, 0, 0,
     "owner|contact|guest", NULL, "Kind", NULL, NULL},
    {"balance", FIELD_MONEY, FIELD_OUT | FIELD_NULLABLE, 0, 0, NULL, NULL,
     "Balance", NULL, NULL},
    {"id", FIELD_TEXT, FIELD_OUT, 0, 0, NULL, NULL, NULL, NULL, NULL},
    FIELD_END,
};

static const char *
text_of(json_t *value)
{
    char *s = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    char *copy = arena_strdup(arena, s);

    free(s);
    return copy;
}

/* One row of the table: what is sent, what comes out, and what is wrong. */
struct row {
    const char *source;
    const char *result;
    const char *errors; /* "name:code:limit …" */
};

static const char *
faults(const struct field_errors *e)
{
    const char *s = "";

    for (size_t i = 0; i < e->n; i++) {
        s = arena_printf(arena, "%s%s%s:%s:%ld", s, i > 0 ? " " : "",
                         e->list[i].name, err_row(e->list[i].code)->code,
                         e->list[i].limit);
    }
    return s;
}

static void
run_rows(const struct row *rows, size_t n, bool strict)
{
    for (size_t i = 0; i < n; i++) {
        struct field_errors errors = {0};
        json_t *source = json_in_arena(
            arena, json_loads(rows[i].source, JSON_ALLOW_NUL, NULL));
        assert_non_null(source);
        json_t *result = field_parse(arena, person, source,
                                     strict ? FIELD_JSON : FIELD_FORM, &errors);
        if (strcmp(text_of(result), rows[i].result) != 0 ||
            strcmp(faults(&errors), rows[i].errors) != 0) {
            fail_msg("%s\n gave %s\n and  %s", rows[i].source, text_of(result),
                     faults(&errors));
        }
    }
}

#define ANNA(member) "{\"name\":\"Anna\"," member "}"
#define SAME(member)                                                           \
    {                                                                          \
        ANNA(member), ANNA(member), ""                                         \
    }
#define BAD(member, error)                                                     \
    {                                                                          \
        ANNA(member), "{\"name\":\"Anna\"}", error                             \
    }

static void
forms(void **state)
{
    static const struct row rows[] = {
        {"{}", "{}", "name:value_missing:0"},
        {"{\"name\":\" \\t\"}", "{}", "name:value_missing:0"},
        {"{\"name\":\" Anna \"}", "{\"name\":\"Anna\"}", ""},
        {"{\"name\":\"A\"}", "{}", "name:value_too_short:2"},
        {"{\"name\":\"ÄÖÜÄÖÜÄÖÜÄ\"}", "{\"name\":\"ÄÖÜÄÖÜÄÖÜÄ\"}", ""},
        {"{\"name\":\"ÄÖÜÄÖÜÄÖÜÄÖ\"}", "{}", "name:value_too_long:10"},
        {"{\"name\":\"An\\nna\"}", "{}", "name:value_characters:0"},
        {"{\"name\":\"An\\u0000a\"}", "{}", "name:value_characters:0"},
        {"{\"name\":\"An\\u0085a\"}", "{}", "name:value_characters:0"},
        {ANNA("\"nick\":\"\""), ANNA("\"nick\":null"), ""},
        {ANNA("\"email\":\"\""), "{\"name\":\"Anna\"}", ""},
        {ANNA("\"other\":\"x\""), "{\"name\":\"Anna\"}", ""},
        {ANNA("\"id\":\"x\""), "{\"name\":\"Anna\"}", ""},
        {ANNA("\"mail\":\"on\""), ANNA("\"mail\":true"), ""},
        {ANNA("\"mail\":\"0\""), ANNA("\"mail\":false"), ""},
        BAD("\"mail\":\"maybe\"", "mail:value_choice:0"),
        {ANNA("\"age\":\"42\""), ANNA("\"age\":42"), ""},
        {ANNA("\"age\":\"\""), ANNA("\"age\":null"), ""},
        BAD("\"age\":\"0\"", "age:value_number:1"),
        BAD("\"age\":\"151\"", "age:value_number:150"),
        BAD("\"age\":\"4.2\"", "age:value_number:0"),
        BAD("\"age\":\"0x10\"", "age:value_number:0"),
        BAD("\"age\":\"99999999999999999999\"", "age:value_number:0"),
        {ANNA("\"count\":\"-7\""), ANNA("\"count\":-7"), ""},
        BAD("\"count\":\"-\"", "count:value_number:0"),
        SAME("\"born\":\"2000-02-29\""),
        BAD("\"born\":\"2001-02-29\"", "born:value_date:0"),
        SAME("\"kind\":\"contact\""),
        {ANNA("\"kind\":\"\""), ANNA("\"kind\":null"), ""},
        BAD("\"kind\":\"own\"", "kind:value_choice:0"),
        BAD("\"kind\":\"owner|contact\"", "kind:value_choice:0"),
        SAME("\"next\":\"/invoices\""),
        BAD("\"next\":\"//evil.example\"", ""),
        BAD("\"next\":\"https://evil.example\"", ""),
        SAME("\"language\":\"de\""),
        BAD("\"language\":\"no language\"", "language:value_choice:0"),
        SAME("\"password\":\" a\\tb \""),
        BAD("\"password\":\"abc\"", "password:value_too_short:4"),
        BAD("\"password\":\"123456789\"", "password:value_too_long:8"),
        {ANNA("\"seen\":\"2026-11-24T09:30:00Z\""), ANNA("\"seen\":1795512600"),
         ""},
        BAD("\"seen\":\"yesterday\"", "seen:value_date:0"),
    };

    (void)state;
    run_rows(rows, sizeof rows / sizeof rows[0], false);
}

static void
bodies(void **state)
{
    static const struct row rows[] = {
        SAME("\"mail\":true"),
        SAME("\"mail\":false"),
        SAME("\"age\":7"),
        SAME("\"nick\":null"),
        {ANNA("\"nick\":\"\""), ANNA("\"nick\":null"), ""},
        {"{\"name\":null}", "{}", "name:value_type:0"},
        {"{\"name\":7}", "{}", "name:value_type:0"},
        {"[]", "{}", "name:value_missing:0"},
        BAD("\"mail\":\"on\"", "mail:value_type:0"),
        BAD("\"mail\":1", "mail:value_type:0"),
        BAD("\"age\":\"7\"", "age:value_type:0"),
        BAD("\"age\":7.0", "age:value_type:0"),
        BAD("\"age\":[]", "age:value_type:0"),
        BAD("\"email\":null", "email:value_type:0"),
        BAD("\"other\":\"x\"", "other:value_unknown:0"),
        BAD("\"id\":\"x\"", "id:value_unknown:0"),
        BAD("\"balance\":7", "balance:value_unknown:0"),
        {ANNA("\"seen\":\"2026-11-24T09:30:00Z\""), ANNA("\"seen\":1795512600"),
         ""},
        BAD("\"seen\":1795512600", "seen:value_type:0"),
    };

    (void)state;
    run_rows(rows, sizeof rows / sizeof rows[0], true);
}

static const struct field pet[] = {
    {.name = "kind",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_OUT | FIELD_REQUIRED,
     .max = 5},
    {.name = "weight", .type = FIELD_DECIMAL, .flags = FIELD_IN | FIELD_OUT},
    FIELD_END,
};

static const struct field things[] = {
    {.name = "share",
     .type = FIELD_PERCENT,
     .flags = FIELD_IN | FIELD_OUT,
     .max = 10000},
    {.name = "price", .type = FIELD_MONEY, .flags = FIELD_IN},
    {.name = "hours",
     .type = FIELD_DECIMAL,
     .flags = FIELD_IN | FIELD_OUT,
     .min = -24000000,
     .max = 24000000},
    {.name = "pets",
     .type = FIELD_RECORDS,
     .flags = FIELD_IN | FIELD_OUT,
     .max = 2,
     .fields = pet},
    {.name = "home",
     .type = FIELD_RECORD,
     .flags = FIELD_IN | FIELD_OUT,
     .fields = pet},
    FIELD_END,
};

static void
numbers_and_records(void **state)
{
    static const struct row json[] = {
        {"{\"share\":\"19\"}", "{\"share\":1900}", ""},
        {"{\"share\":\"7.75\"}", "{\"share\":775}", ""},
        {"{\"share\":\"7.755\"}", "{}", "share:value_decimal:0"},
        {"{\"share\":\"-1\"}", "{}", "share:value_range:0"},
        {"{\"share\":\"100.01\"}", "{}", "share:value_range:0"},
        {"{\"share\":19}", "{}", "share:value_type:0"},
        {"{\"hours\":\"0.000001\"}", "{\"hours\":1}", ""},
        {"{\"hours\":\"-1.5\"}", "{\"hours\":-1500000}", ""},
        {"{\"hours\":\"1,5\"}", "{}", "hours:value_decimal:0"},
        {"{\"hours\":\".5\"}", "{}", "hours:value_decimal:0"},
        {"{\"hours\":\"5.\"}", "{}", "hours:value_decimal:0"},
        {"{\"hours\":\"--5\"}", "{}", "hours:value_decimal:0"},
        {"{\"hours\":\"1e3\"}", "{}", "hours:value_decimal:0"},
        {"{\"hours\":\"9999999999999\"}", "{}", "hours:value_decimal:0"},
        /* as many digits as fit, and one more behind the point */
        {"{\"hours\":\"999999999999.9999999\"}", "{}", "hours:value_decimal:0"},
        {"{\"share\":\"9999999999999999.999\"}", "{}", "share:value_decimal:0"},
        {"{\"price\":{\"amount\":5,\"currency\":\"EUR\"}}",
         "{\"price\":{\"amount\":5,\"currency\":\"EUR\"}}", ""},
        {"{\"price\":{\"amount\":5}}", "{}", "price:value_type:0"},
        {"{\"price\":\"5\"}", "{}", "price:value_type:0"},
        {"{\"pets\":[{\"kind\":\"cat\",\"weight\":\"4.2\"}]}",
         "{\"pets\":[{\"kind\":\"cat\",\"weight\":4200000}]}", ""},
        {"{\"pets\":[{\"kind\":\"cat\"},{\"weight\":\"x\",\"fur\":1}]}",
         "{\"pets\":[{\"kind\":\"cat\"},{}]}",
         "pets/1/kind:value_missing:0 pets/1/weight:value_decimal:0"
         " pets/1/fur:value_unknown:0"},
        {"{\"pets\":[{},{},{}]}", "{}", "pets:value_too_many:2"},
        {"{\"pets\":[7]}", "{\"pets\":[]}", "pets/0:value_type:0"},
        {"{\"pets\":{}}", "{}", "pets:value_type:0"},
        {"{\"home\":{\"kind\":\"cat\"}}", "{\"home\":{\"kind\":\"cat\"}}", ""},
        {"{\"home\":{}}", "{\"home\":{}}", "home/kind:value_missing:0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof json / sizeof json[0]; i++) {
        struct field_errors errors = {0};
        json_t *source =
            json_in_arena(arena, json_loads(json[i].source, 0, NULL));
        json_t *result =
            field_parse(arena, things, source, FIELD_JSON, &errors);

        assert_string_equal(text_of(result), json[i].result);
        assert_string_equal(faults(&errors), json[i].errors);
    }
}

/* "12,50" of a form is money of whatever currency it turns out to be. */
static void
money_of_forms(void **state)
{
    static const struct {
        const char *typed, *currency;
        bool ok;
        int64_t minor;
    } rows[] = {
        {"12,50", "EUR", true, 1250},   {"12.5", "EUR", true, 1250},
        {"-3", "EUR", true, -300},      {"12.505", "EUR", false, 0},
        {"12.505", "BHD", true, 12505}, {"12", "JPY", true, 12},
        {"12.5", "JPY", false, 0},
    };
    json_t *sent = json_in_arena(
        arena, json_loads("{\"amount\":7,\"currency\":\"EUR\"}", 0, NULL));
    int64_t minor;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct field_errors errors = {0};
        json_t *form =
            json_in_arena(arena, json_pack("{s:s}", "price", rows[i].typed));
        json_t *typed = json_object_get(
            field_parse(arena, things, form, FIELD_FORM, &errors), "price");

        assert_int_equal(errors.n, 0);
        assert_int_equal(field_money(typed, rows[i].currency, &minor),
                         rows[i].ok);
        if (rows[i].ok) {
            assert_int_equal(minor, rows[i].minor);
        }
    }
    assert_true(field_money(sent, "EUR", &minor) && minor == 7);
    assert_false(field_money(sent, "USD", &minor));
    assert_false(field_money(NULL, "USD", &minor));
}

static void
numbers_and_records_out(void **state)
{
    json_t *row = json_in_arena(
        arena,
        json_pack("{s:i, s:i, s:[{s:s, s:i}], s:n}", "share", 1900, "hours",
                  -1500000, "pets", "kind", "cat", "weight", 4000000, "home"));
    const char *schema =
        text_of(json_in_arena(arena, field_schema(things, FIELD_IN)));

    (void)state;
    assert_string_equal(text_of(field_output(arena, things, row)),
                        "{\"share\":\"19\",\"hours\":\"-1.5\",\"pets\":"
                        "[{\"kind\":\"cat\",\"weight\":\"4\"}],"
                        "\"home\":null}");
    assert_non_null(strstr(schema, "\"items\":{\"type\":\"object\""));
    assert_non_null(strstr(schema, "\"maxItems\":2"));
}

/* A change may leave it out, and cannot empty it. */
static void
what_stays_filled(void **state)
{
    static const struct field change[] = {
        {.name = "email",
         .type = FIELD_EMAIL,
         .flags = FIELD_IN | FIELD_FILLED},
        {.name = "tags", .type = FIELD_WORDS, .flags = FIELD_IN | FIELD_FILLED},
        FIELD_END};
    static const struct row rows[] = {
        {"{}", "{}", ""},
        {"{\"email\":\"a@b.de\"}", "{\"email\":\"a@b.de\"}", ""},
        {"{\"email\":\"\"}", "{}", "email:value_missing:0"},
        {"{\"email\":\"  \"}", "{}", "email:value_missing:0"},
        {"{\"email\":null}", "{}", "email:value_type:0"},
        {"{\"tags\":[]}", "{}", "tags:value_missing:0"},
        {"{\"tags\":[\"a\"]}", "{\"tags\":[\"a\"]}", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct field_errors errors = {0};
        json_t *source =
            json_in_arena(arena, json_loads(rows[i].source, 0, NULL));
        json_t *result =
            field_parse(arena, change, source, FIELD_JSON, &errors);

        assert_string_equal(text_of(result), rows[i].result);
        assert_string_equal(faults(&errors), rows[i].errors);
    }
    json_t *schema = json_in_arena(arena, field_schema(change, FIELD_IN));
    assert_non_null(strstr(text_of(schema), "\"minLength\":1"));
    assert_null(strstr(text_of(schema), "required"));
}

/* Rows that whoever takes them types each by itself; and texts of files. */
static void
rows_and_files_as_they_were_sent(void **state)
{
    static const struct field fields[] = {
        {.name = "pets",
         .type = FIELD_RECORDS,
         .flags = FIELD_IN | FIELD_REQUIRED | FIELD_EACH,
         .max = 2,
         .fields = pet},
        {.name = "file", .type = FIELD_FILE, .flags = FIELD_IN},
        FIELD_END};
    static const struct {
        const char *sent, *taken, *faults;
    } rows[] = {
        {"{\"pets\":[{\"no\":1},7]}", "{\"pets\":[{\"no\":1},7]}", ""},
        {"{\"pets\":[1,2,3]}", "{}", "pets:value_too_many:2"},
        {"{\"pets\":[]}", "{}", "pets:value_missing:0"},
        {"{\"pets\":{}}", "{}", "pets:value_type:0"},
        {"{\"pets\":[1],\"file\":\" a\\r\\n\"}",
         "{\"pets\":[1],\"file\":\" a\\r\\n\"}", ""},
        {"{\"pets\":[1],\"file\":\"\"}", "{\"pets\":[1]}", ""},
        {"{\"pets\":[1],\"file\":null}", "{\"pets\":[1]}",
         "file:value_encoding:0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct field_errors e = {0};
        json_t *sent = json_in_arena(arena, json_loads(rows[i].sent, 0, NULL));

        assert_string_equal(
            text_of(field_parse(arena, fields, sent, FIELD_JSON, &e)),
            rows[i].taken);
        assert_string_equal(faults(&e), rows[i].faults);
    }
}

static void
names_of_addresses(void **state)
{
    static const char *const bad[] = {"..",   ".",    "a/b",   "a?b",  "a#b",
                                      "a\\b", "a\nb", "a\x7f", "a\xff"};
    char *text = arena_alloc(arena, PF_NAME_MAX + 2);

    (void)state;
    assert_true(field_name_ok("nina+1@sommer.example"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(field_name_ok(bad[i]));
    }
    memset(text, 'x', PF_NAME_MAX);
    assert_true(field_name_ok(text));
    text[PF_NAME_MAX] = 'x';
    assert_false(field_name_ok(text));
}

static void
mail_addresses(void **state)
{
    static const char *const good[] = {"a@b.de", "anna.k+tag@mail.example.com",
                                       "o'neil@x-y.example", "1@2.example",
                                       "_@a.example"};
    static const char *const bad[] = {
        "a",
        "@b.de",
        "a@",
        "a@b",
        "a@@b.de",
        "a@b@c.de",
        "a b@c.de",
        ".a@b.de",
        "a.@b.de",
        "a..b@c.de",
        "a@-b.de",
        "a@b-.de",
        "a@b..de",
        "a@.de",
        "a@b.de.",
        "a@b_c.de",
        "ä@b.de",
        "a@[1.2.3.4]",
        "\"a\"@b.de",
        "a,b@c.de",
        "a@b.de\nx@y.de",
        "<a@b.de>",
        "12345678901234567890123456789012345678901234567890123456789012345@b."
        "de",
        "a@1234567890123456789012345678901234567890123456789012345678901234."
        "de"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct field_errors e = {0};
        json_t *o = json_in_arena(
            arena, json_pack("{s:s, s:s}", "name", "Anna", "email", good[i]));
        field_parse(arena, person, o, FIELD_JSON, &e);
        assert_string_equal(faults(&e), "");
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct field_errors e = {0};
        json_t *o = json_in_arena(
            arena, json_pack("{s:s, s:s}", "name", "Anna", "email", bad[i]));
        field_parse(arena, person, o, FIELD_JSON, &e);
        assert_string_equal(faults(&e), "email:value_email:0");
    }
}

static void
long_mail_address(void **state)
{
    struct field_errors e = {0};
    char *host = arena_alloc(arena, 300);

    (void)state;
    for (int i = 0; i < 64; i++) {
        strcat(host, "abc.");
    }
    json_t *o =
        json_in_arena(arena, json_pack("{s:s, s:o}", "name", "Anna", "email",
                                       json_sprintf("a@%sde", host)));
    field_parse(arena, person, o, FIELD_JSON, &e);
    assert_string_equal(faults(&e), "email:value_email:0");
}

static void
errors_are_bounded(void **state)
{
    struct field_errors e = {0};
    json_t *o = json_in_arena(arena, json_object());

    (void)state;
    for (int i = 0; i < 100; i++) {
        json_object_set_new(o, arena_printf(arena, "x%d", i), json_null());
    }
    field_parse(arena, person, o, FIELD_JSON, &e);
    assert_int_equal(e.n, 32);
}

static const char *
output(const char *row)
{
    json_t *o = json_in_arena(arena, json_loads(row, 0, NULL));

    assert_non_null(o);
    return text_of(field_output(arena, person, o));
}

static void
output_is_typed(void **state)
{
    (void)state;
    assert_string_equal(
        output("{\"name\":\"Anna\",\"nick\":\"\",\"email\":\"a@b.de\","
               "\"password\":\"hash\",\"mail\":1,\"age\":7,"
               "\"born\":\"2000-02-29\",\"seen\":1795512600,\"kind\":\"owner\","
               "\"balance\":-150,\"currency\":\"EUR\",\"id\":\"cus_1\","
               "\"tenant\":\"acme\"}"),
        "{\"name\":\"Anna\",\"nick\":null,\"email\":\"a@b.de\",\"mail\":true,"
        "\"age\":7,\"born\":\"2000-02-29\",\"seen\":\"2026-11-24T09:30:00Z\","
        "\"kind\":\"owner\",\"balance\":{\"amount\":-150,\"currency\":\"EUR\"},"
        "\"id\":\"cus_1\"}");
    assert_string_equal(
        output("{\"mail\":0,\"seen\":null}"),
        "{\"name\":null,\"nick\":null,\"email\":null,\"mail\":false,"
        "\"age\":null,\"born\":null,\"seen\":null,\"kind\":null,"
        "\"balance\":null,\"id\":null}");
}

static const char *
schema_of(json_t *schema, const char *property)
{
    json_t *p =
        json_object_get(json_object_get(schema, "properties"), property);

    return p ? text_of(p) : "";
}

static void
schema_of_input(void **state)
{
    json_t *s = json_in_arena(arena, field_schema(person, FIELD_IN));

    (void)state;
    assert_string_equal(text_of(json_object_get(s, "required")), "[\"name\"]");
    assert_true(json_is_false(json_object_get(s, "additionalProperties")));
    assert_string_equal(schema_of(s, "name"),
                        "{\"type\":\"string\",\"description\":\"Name\","
                        "\"minLength\":2,\"maxLength\":10}");
    assert_string_equal(schema_of(s, "nick"),
                        "{\"type\":[\"string\",\"null\"],\"description\":"
                        "\"Nickname\",\"maxLength\":5}");
    assert_string_equal(schema_of(s, "email"),
                        "{\"type\":\"string\",\"format\":\"email\","
                        "\"description\":\"E-mail\",\"maxLength\":254}");
    assert_string_equal(schema_of(s, "age"),
                        "{\"type\":[\"integer\",\"null\"],\"description\":"
                        "\"Age\",\"minimum\":1,\"maximum\":150}");
    assert_string_equal(schema_of(s, "count"), "{\"type\":\"integer\"}");
    assert_string_equal(schema_of(s, "kind"),
                        "{\"type\":[\"string\",\"null\"],\"description\":"
                        "\"Kind\",\"enum\":[\"owner\",\"contact\",\"guest\","
                        "null]}");
    assert_string_equal(schema_of(s, "id"), "");
}

static void
schema_of_output(void **state)
{
    json_t *s = json_in_arena(arena, field_schema(person, FIELD_OUT));

    (void)state;
    assert_null(json_object_get(s, "additionalProperties"));
    assert_int_equal(json_array_size(json_object_get(s, "required")), 10);
    assert_string_equal(schema_of(s, "password"), "");
    assert_string_equal(schema_of(s, "seen"), "{\"type\":[\"string\",\"null\"],"
                                              "\"format\":\"date-time\"}");
    assert_string_equal(
        schema_of(s, "balance"),
        "{\"type\":[\"object\",\"null\"],\"description\":\"Balance\","
        "\"properties\":{\"amount\":{\"type\":\"integer\"},\"currency\":"
        "{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"}},"
        "\"required\":[\"amount\",\"currency\"]}");
}

static const char *
loud(const char *lang, const char *id)
{
    (void)lang;
    return strcmp(id, "Name") == 0 ? "NAME" : id;
}

static void
controls(void **state)
{
    struct field_errors e = {0};
    json_t *values = json_in_arena(
        arena, json_pack("{s:s, s:s, s:s, s:s, s:i}", "name", "A<", "password",
                         "secret", "kind", "contact", "mail", "on", "age", 7));

    (void)state;
    field_fail(&e, "nick", ERR_value_too_long, 5);
    json_t *list = field_controls(arena, person, values, &e, loud, "de");
    assert_int_equal(json_array_size(list), 10);
    assert_string_equal(text_of(json_array_get(list, 0)),
                        "{\"name\":\"name\",\"label\":\"NAME\",\"type\":"
                        "\"text\",\"value\":\"A<\",\"required\":true,"
                        "\"autocomplete\":\"name\",\"maxlength\":10}");
    const char *nick = text_of(json_array_get(list, 1));
    assert_non_null(strstr(nick, "\"error\":\"This is too long\""));
    assert_non_null(strstr(nick, "At most 5 characters"));
    assert_non_null(strstr(text_of(json_array_get(list, 3)), "\"value\":\"\""));
    assert_non_null(
        strstr(text_of(json_array_get(list, 4)), "\"is_hidden\":true"));
    assert_non_null(
        strstr(text_of(json_array_get(list, 6)), "\"checked\":true"));
    assert_non_null(
        strstr(text_of(json_array_get(list, 7)), "\"value\":\"7\""));
    assert_non_null(strstr(text_of(json_array_get(list, 9)),
                           "{\"value\":\"contact\",\"label\":\"contact\","
                           "\"selected\":true}"));
    assert_int_equal(
        json_array_size(field_controls(arena, person, NULL, NULL, NULL, "en")),
        10);
}

/* What a form shows of a number, it takes: in any language. */
static void
numbers_in_forms(void **state)
{
    static const struct field prices[] = {{.name = "price",
                                           .type = FIELD_DECIMAL,
                                           .flags = FIELD_IN,
                                           .label = "Price"},
                                          FIELD_END};
    static const struct {
        const char *lang, *value, *shown;
    } cases[] = {{"de", "59.9", "59,9"},          {"en", "59.9", "59.9"},
                 {"fr", "-0.05", "-0,05"},        {"de", "12", "12"},
                 {"de", "59,9", "59,9"},          {"de", "1.2.3", "1.2.3"},
                 {"de", "about 1.5", "about 1.5"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *values =
            json_in_arena(arena, json_pack("{s:s}", "price", cases[i].value));
        json_t *list =
            field_controls(arena, prices, values, NULL, loud, cases[i].lang);

        assert_string_equal(json_string_value(json_object_get(
                                json_array_get(list, 0), "value")),
                            cases[i].shown);
    }
}

static void
words_of_choices(void **state)
{
    static const struct field plain = {.type = FIELD_ENUM},
                              other = {.type = FIELD_ENUM,
                                       .said = "cancelled=void"};

    (void)state;
    assert_string_equal(field_choice_word(arena, &plain, "credit_note"),
                        "credit note");
    assert_string_equal(field_choice_word(arena, &plain, "cancelled"),
                        "cancelled");
    assert_string_equal(field_choice_word(arena, &other, "cancelled"), "void");
    assert_string_equal(field_choice_word(arena, &other, "cancel"), "cancel");
    assert_string_equal(field_choice_word(arena, &other, ""), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(forms),
        TEST(bodies),
        TEST(numbers_and_records),
        TEST(money_of_forms),
        TEST(numbers_and_records_out),
        TEST(what_stays_filled),
        TEST(rows_and_files_as_they_were_sent),
        TEST(names_of_addresses),
        TEST(mail_addresses),
        TEST(long_mail_address),
        TEST(errors_are_bounded),
        TEST(output_is_typed),
        TEST(schema_of_input),
        TEST(schema_of_output),
        TEST(controls),
        TEST(numbers_in_forms),
        TEST(words_of_choices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
