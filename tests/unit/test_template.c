#include "app.h"

#include "base/json.h"
#include "view/i18n.h"
#include "view/template.h"

static const char *
rendered(const char *text, const char *model, const char *partials)
{
    struct buf out = buf_new(arena, 64);
    json_t *m = json_in_arena(arena, json_loads(model, JSON_DECODE_ANY, NULL));
    json_t *p = json_in_arena(arena, json_loads(partials, 0, NULL));

    assert_non_null(m);
    assert_non_null(p);
    return template_render_text(text, p, m, &out) == 0 ? out.data : NULL;
}

/* The official specification: mustache/spec, specs/<name>.json. */
static void
specification(const char *name)
{
    const char *dir = getenv("PFORTE_VECTORS");
    const char *path = arena_printf(arena, "%s/mustache/%s.json",
                                    dir ? dir : "../shared/vectors", name);
    json_t *spec = json_load_file(path, 0, NULL), *one;
    size_t i, failures = 0;

    if (spec == NULL) {
        print_message("no vectors: %s\n", path);
        skip();
    }
    json_in_arena(arena, spec);
    assert_true(json_array_size(json_object_get(spec, "tests")) > 5);
    json_array_foreach(json_object_get(spec, "tests"), i, one)
    {
        struct buf out = buf_new(arena, 64);
        const char *text = json_string_value(json_object_get(one, "template"));
        const char *expected =
            json_string_value(json_object_get(one, "expected"));
        int r = template_render_text(text, json_object_get(one, "partials"),
                                     json_object_get(one, "data"), &out);
        if (r != 0 || strcmp(out.data, expected) != 0) {
            print_message("%s: %s\n expected \"%s\"\n got      \"%s\"\n", name,
                          json_string_value(json_object_get(one, "name")),
                          expected, out.data);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static void
specified_comments(void **state)
{
    (void)state;
    specification("comments");
}

static void
specified_delimiters(void **state)
{
    (void)state;
    specification("delimiters");
}

static void
specified_interpolation(void **state)
{
    (void)state;
    specification("interpolation");
}

static void
specified_inverted(void **state)
{
    (void)state;
    specification("inverted");
}

static void
specified_partials(void **state)
{
    (void)state;
    specification("partials");
}

static void
specified_sections(void **state)
{
    (void)state;
    specification("sections");
}

static void
values_are_escaped(void **state)
{
    (void)state;
    assert_string_equal(rendered("<a title=\"{{x}}\">{{{x}}}{{&x}}",
                                 "{\"x\":\"<'\\\"&>\"}", "{}"),
                        "<a title=\"&lt;&#39;&quot;&amp;&gt;\"><'\"&><'\"&>");
}

static void
what_counts_as_false(void **state)
{
    static const char text[] = "{{#x}}yes{{/x}}{{^x}}no{{/x}}";

    (void)state;
    assert_string_equal(rendered(text, "{\"x\":0}", "{}"), "no");
    assert_string_equal(rendered(text, "{\"x\":\"\"}", "{}"), "no");
    assert_string_equal(rendered(text, "{\"x\":[]}", "{}"), "no");
    assert_string_equal(rendered(text, "{\"x\":null}", "{}"), "no");
    assert_string_equal(rendered(text, "{\"x\":false}", "{}"), "no");
    assert_string_equal(rendered(text, "{}", "{}"), "no");
    assert_string_equal(rendered(text, "{\"x\":1}", "{}"), "yes");
    assert_string_equal(rendered(text, "{\"x\":\"0\"}", "{}"), "yes");
    assert_string_equal(rendered(text, "{\"x\":{}}", "{}"), "yes");
}

static void
an_inner_null_hides_an_outer_value(void **state)
{
    (void)state;
    assert_string_equal(rendered("{{#a}}[{{x}}]{{/a}}",
                                 "{\"x\":\"out\",\"a\":{\"x\":null}}", "{}"),
                        "[]");
}

static void
layouts_and_blocks(void **state)
{
    static const char layout[] =
        "{\"layout\":\"<h1>{{$title}}Portal{{/title}}</h1>{{$body}}{{/body}}"
        "\",\"wide\":\"{{<layout}}{{$title}}Wide{{/title}}{{$body}}<main>"
        "{{$main}}{{/main}}</main>{{/body}}{{/layout}}\"}";

    (void)state;
    assert_string_equal(rendered("{{<layout}}ignored{{/layout}}", "{}", layout),
                        "<h1>Portal</h1>");
    assert_string_equal(
        rendered("{{<layout}}{{$title}}Bill {{n}}{{/title}}{{/layout}}",
                 "{\"n\":7}", layout),
        "<h1>Bill 7</h1>");
    assert_string_equal(
        rendered("{{<wide}}{{$main}}text{{/main}}{{/wide}}", "{}", layout),
        "<h1>Wide</h1><main>text</main>");
    assert_string_equal(
        rendered("{{<wide}}{{$title}}Mine{{/title}}{{/wide}}", "{}", layout),
        "<h1>Mine</h1><main></main>");
}

static void
recursion_ends(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR + 1);
    assert_non_null(rendered("{{>a}}", "{}", "{\"a\":\"x{{>a}}\"}"));
    assert_non_null(rendered("{{<a}}{{$b}}{{$b}}{{/b}}{{/b}}{{/a}}", "{}",
                             "{\"a\":\"{{$b}}{{/b}}\"}"));
    log_set_level(LOG_INFO);
}

static void
tree(void **state)
{
    (void)state;
    assert_string_equal(
        rendered("{{>n}}",
                 "{\"c\":\"1\",\"nodes\":[{\"c\":\"2\",\"nodes\":[]},"
                 "{\"c\":\"3\",\"nodes\":[{\"c\":\"4\",\"nodes\":[]}]}]}",
                 "{\"n\":\"<{{c}}{{#nodes}}{{>n}}{{/nodes}}>\"}"),
        "<1<2><3<4>>>");
}

static const char *broken;

static void
render_broken(void)
{
    assert_null(rendered(broken, "{}", "{}"));
}

static void
refused(const char *text, const char *what)
{
    broken = text;
    const char *log = captured(render_broken);
    if (strstr(log, what) == NULL) {
        fail_msg("\"%s\" said: %s", text, log);
    }
}

static void
faults_have_a_line(void **state)
{
    (void)state;
    refused("a\nb {{c", "text:2: a tag is not closed by }}");
    refused("{{#a}}\n{{/b}}", "text:2: b is closed where a is open");
    refused("\n\n{{/b}}", "text:3: b is closed and was not opened");
    refused("\n{{#a}}\n", "text:2: section a is not closed");
    refused("{{a b}}", "text:1: bad name \"a b\"");
    refused("{{a..b}}", "bad name \"a..b\"");
    refused("{{}}", "bad name \"\"");
    refused("{{=a=}}", "bad delimiters");
    refused("{{=a b c=}}", "bad delimiters");
    refused("{{#_}}Pay", "section _ is not closed");
    refused("{{#_}} {{/_}}", "an empty message");
    refused("{{#_}}a{{#_}}b{{/_}}{{/_}}", "a message inside a message");
    refused("{{{a}}", "a tag is not closed by }}}");
}

static void
nesting_is_bounded(void **state)
{
    char *text = arena_alloc(arena, 100 * 12 + 1);

    (void)state;
    for (int i = 0; i < 100; i++) {
        strcat(text, "{{#a}}");
    }
    for (int i = 0; i < 100; i++) {
        strcat(text, "{{/a}}");
    }
    refused(text, "nested too deeply");
}

static void
messages_keep_their_source_without_a_catalogue(void **state)
{
    (void)state;
    assert_string_equal(
        rendered("<p>{{#_}}\n  Pay <b>{{amount}}</b>\n  now\n{{/_}}</p>",
                 "{\"amount\":\"1 €\"}", "{}"),
        "<p>Pay <b>1 €</b> now</p>");
}

/* Files and languages */

static char *
directory_of_templates(void)
{
    char *dir = temporary_directory();

    write_file(arena_printf(arena, "%s/layout.html", dir),
               "<title>{{$title}}{{/title}}</title>\n{{$main}}{{/main}}");
    write_file(arena_printf(arena, "%s/bill.html", dir),
               "{{<layout}}\n{{$title}}{{#_}}Bill{{/_}}{{/title}}\n"
               "{{$main}}{{#_}}Pay\n {{amount}} now{{/_}}{{>foot}}{{/main}}\n"
               "{{/layout}}\n");
    write_file(arena_printf(arena, "%s/foot.html", dir), "[foot]");
    return dir;
}

/* A catalogue of two messages, made by msgfmt. */
static void
add_german(const char *dir, const char *pay)
{
    const char *po = arena_printf(arena, "%s/de.po", dir);

    write_file(po, arena_printf(arena,
                                "msgid \"\"\nmsgstr \"Content-Type: "
                                "text/plain; charset=UTF-8\\n\"\n"
                                "msgid \"Bill\"\nmsgstr \"Rechnung\"\n"
                                "msgid \"Pay {{amount}} now\"\n"
                                "msgstr \"%s\"\n",
                                pay));
    assert_int_equal(
        system(arena_printf(arena, "msgfmt -o '%s/de.mo' '%s'", dir, po)), 0);
    assert_int_equal(i18n_load(dir, (const char *const[]){"en", "de"}, 2), 0);
}

static const char *
page(const char *lang)
{
    struct buf out = buf_new(arena, 64);
    json_t *model = json_in_arena(arena, json_pack("{s:s}", "amount", "5 €"));

    assert_int_equal(template_render("bill", lang, model, &out), 0);
    return out.data;
}

static void
count_messages(const char *id, const char *file, void *data)
{
    int *n = data;

    assert_non_null(strstr(file, "bill.html"));
    assert_true(strcmp(id, "Bill") == 0 ||
                strcmp(id, "Pay {{amount}} now") == 0);
    (*n)++;
}

static void
every_language_has_its_own_templates(void **state)
{
    char *dir = directory_of_templates();
    struct buf out = buf_new(arena, 64);
    int messages = 0;

    (void)state;
    add_german(dir, "Jetzt <b>{{amount}}</b> zahlen");
    assert_int_equal(template_load(dir, (const char *const[]){"en", "de"}, 2),
                     0);
    assert_string_equal(page("en"), "<title>Bill</title>\nPay 5 € now[foot]");
    assert_string_equal(
        page("de"), "<title>Rechnung</title>\nJetzt <b>5 €</b> zahlen[foot]");
    assert_int_equal(template_render("bill", "fr", NULL, &out), -1);
    assert_int_equal(template_render("none", "de", NULL, &out), -1);
    template_messages(count_messages, &messages);
    assert_int_equal(messages, 2);
    template_free();
    i18n_free();
    remove_directory(dir);
}

static void
plain_text_is_not_escaped(void **state)
{
    char *dir = temporary_directory();
    json_t *model = json_in_arena(arena, json_pack("{s:s}", "name", "A & <b>"));
    struct buf out = buf_new(arena, 64);

    (void)state;
    write_file(arena_printf(arena, "%s/mail.txt", dir),
               "{{#_}}To {{name}}{{/_}}\n{{>foot.txt}}{{>foot}}");
    write_file(arena_printf(arena, "%s/foot.txt", dir), "[{{name}}]");
    write_file(arena_printf(arena, "%s/foot.html", dir), "[{{name}}]");
    assert_int_equal(template_load(dir, (const char *const[]){"en"}, 1), 0);
    assert_int_equal(template_render("mail.txt", "en", model, &out), 0);
    assert_string_equal(out.data, "To A & <b>\n[A & <b>][A &amp; &lt;b&gt;]");
    assert_int_equal(template_render("mail", "en", model, &out), -1);
    template_free();
    remove_directory(dir);
}

static char *loaded_dir;

static void
load_broken(void)
{
    assert_int_equal(
        template_load(loaded_dir, (const char *const[]){"en", "de"}, 2), -1);
}

static void
faults_of_files_are_told(void **state)
{
    (void)state;
    loaded_dir = directory_of_templates();
    write_file(arena_printf(arena, "%s/bad.html", loaded_dir), "\n{{#a}}");
    assert_non_null(strstr(captured(load_broken), "bad.html:2: section a"));

    write_file(arena_printf(arena, "%s/bad.html", loaded_dir), "{{>none}}");
    assert_non_null(
        strstr(captured(load_broken), "bad.html: there is no template none"));

    write_file(arena_printf(arena, "%s/bad.html", loaded_dir), "fine");
    add_german(loaded_dir, "{{#amount}}");
    const char *log = captured(load_broken);
    assert_non_null(strstr(log, "in the de translation of \"Pay"));
    i18n_free();
    remove_directory(loaded_dir);
    assert_non_null(strstr(captured(load_broken), "cannot be read"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(specified_comments),
        TEST(specified_delimiters),
        TEST(specified_interpolation),
        TEST(specified_inverted),
        TEST(specified_partials),
        TEST(specified_sections),
        TEST(values_are_escaped),
        TEST(what_counts_as_false),
        TEST(an_inner_null_hides_an_outer_value),
        TEST(layouts_and_blocks),
        TEST(recursion_ends),
        TEST(tree),
        TEST(faults_have_a_line),
        TEST(nesting_is_bounded),
        TEST(messages_keep_their_source_without_a_catalogue),
        TEST(every_language_has_its_own_templates),
        TEST(plain_text_is_not_escaped),
        TEST(faults_of_files_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
