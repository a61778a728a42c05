#include "app.h"

#include "base/clock.h"
#include "base/json.h"
#include "mail/mail_message.h"
#include "mail/mail_places.h"
#include "mail/mail_store.h"
#include "mail/mail_view.h"
#include "tenant/tenant.h"

/* ---- when to try again ---- */

static void
pauses_grow_and_end(void **state)
{
    static const int want[] = {60, 300, 900, 3600, 14400, 14400};
    int64_t whole = 0;
    int tries = 1;

    (void)state;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(mail_pause(i + 1), want[i]);
    }
    for (; mail_pause(tries) > 0; tries++) {
        whole += mail_pause(tries);
    }
    assert_in_range(whole, 44 * 3600, 48 * 3600);
    assert_int_equal(mail_pause(tries + 100), 0);
}

/* ---- the message ---- */

static struct mail_message
example(void)
{
    return (struct mail_message){.from_name = "Acme Telekom",
                                 .from = "portal@mail.example",
                                 .to = "anna@sommer.example",
                                 .subject = "Your access",
                                 .language = "en",
                                 .text = "Hello\n",
                                 .id = "mail_1",
                                 .host = "portal.acme.example",
                                 .request_id = "abc123",
                                 .date = 1795490585};
}

static char *
message(struct mail_message m)
{
    size_t len;
    char *text = mail_message(arena, &m, &len);

    assert_int_equal(len, strlen(text));
    return text;
}

static void
a_message_is_as_the_wire_has_it(void **state)
{
    (void)state;
    assert_string_equal(message(example()),
                        "Date: Tue, 24 Nov 2026 03:23:05 +0000\r\n"
                        "From: \"Acme Telekom\" <portal@mail.example>\r\n"
                        "To: anna@sommer.example\r\n"
                        "Subject: Your access\r\n"
                        "Message-ID: <mail_1@portal.acme.example>\r\n"
                        "Auto-Submitted: auto-generated\r\n"
                        "Content-Language: en\r\n"
                        "X-Request-Id: abc123\r\n"
                        "MIME-Version: 1.0\r\n"
                        "Content-Type: text/plain; charset=UTF-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "\r\n"
                        "Hello\r\n");
}

/* Names of the header lines, one space between them. */
static char *
header_names(const char *text)
{
    char *names = arena_alloc(arena, strlen(text) + 1);
    const char *end = strstr(text, "\r\n\r\n");

    assert_non_null(end);
    for (const char *line = text; line < end; line = strstr(line, "\r\n") + 2) {
        if (*line != ' ') {
            strncat(names, line, strcspn(line, ":") + 1);
        }
    }
    return names;
}

static void
no_value_makes_a_header(void **state)
{
    static const char *const evil[] = {
        "x\r\nBcc: eve@example.com",
        "x\nBcc: eve@example.com",
        "x\rBcc: eve@example.com",
        "\r\n\r\nbody",
        "x\r\n Bcc: eve",
        "x\x0b\x0c\x1b\x7f",
        "\xc2\x85x\xe2\x80\xa8y",
    };
    char *want = header_names(message(example()));
    struct mail_message m;

    (void)state;
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
        m = example();
        m.from_name = m.subject = evil[i];
        char *text = message(m);
        assert_string_equal(header_names(text), want);
        assert_null(strstr(text, "\nBcc"));
        m.request_id = m.language = evil[i]; /* machine words: left out */
        text = message(m);
        assert_null(strstr(text, "Content-Language"));
        assert_null(strstr(text, "X-Request-Id"));
        assert_null(strstr(text, "\nBcc"));
    }
}

static void
quotes_and_looks_are_escaped(void **state)
{
    struct mail_message m = example();

    (void)state;
    m.from_name = "\"Acme\" \\ <eve@example.com>";
    assert_non_null(strstr(message(m),
                           "From: \"\\\"Acme\\\" \\\\ <eve@example.com>\""
                           " <portal@mail.example>\r\n"));
    m.subject = "=?UTF-8?B?ZXZpbA==?=";
    assert_null(strstr(message(m), "Subject: =?UTF-8?B?ZXZpbA==?="));
}

/* Every line of the headers is short enough, and no character is cut. */
static void
other_letters_are_encoded(void **state)
{
    struct mail_message m = example();
    char *text;

    (void)state;
    m.from_name = "Bäckerei";
    m.subject = "Ihr Zugang zu Ääöüß€€€ – Ääöüß€€€ – Ääöüß€€€ – Ääöüß€€€ 😀😀😀😀";
    text = message(m);
    assert_non_null(strstr(text, "From: =?UTF-8?B?QsOkY2tlcmVp?=\r\n"
                                 " <portal@mail.example>\r\n"));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        assert_in_range(strcspn(line, "\r"), 0, 76);
    }
    for (const char *c = text; *c; c++) {
        assert_true((unsigned char)*c < 0x80);
    }
}

static char *
quoted(const char *text)
{
    struct mail_message m = example();

    m.text = text;
    return strstr(message(m), "\r\n\r\n") + 4;
}

static void
texts_are_quoted_printable(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"a", "a\r\n"},
        {"a\n\nb\n", "a\r\n\r\nb\r\n"},
        {"a\r\nb", "a\r\nb\r\n"},
        {"ö = 1", "=C3=B6 =3D 1\r\n"},
        {"blank \ntab\t\nend ", "blank=20\r\ntab=09\r\nend=20\r\n"},
        {"\x01\r", "=01=0D\r\n"},
        {".\n", ".\r\n"}, /* libcurl doubles the dot */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(quoted(cases[i][0]), cases[i][1]);
    }
}

static void
long_lines_are_broken_softly(void **state)
{
    char *text = arena_alloc(arena, 301), *out;

    (void)state;
    memset(text, 'x', 76);
    assert_int_equal(strcspn(quoted(text), "\r"), 76);
    for (int i = 0; i < 100; i++) {
        memcpy(text + 3 * i, "a\xc3\xa4", 3);
    }
    out = quoted(text);
    for (const char *line = out; *line; line = strchr(line, '\n') + 1) {
        assert_in_range(strcspn(line, "\r"), 1, 76);
    }
}

static void
one_line_is_one_line(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},         {"  a  b ", "a b"}, {"a\r\n\tb", "a b"},
        {"\x7f\x01", ""}, {"Ä\nö", "Ä ö"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(mail_one_line(arena, cases[i][0]), cases[i][1]);
    }
}

/* ---- the outbox ---- */

static struct db *db;

static int
open_outbox(void **state)
{
    static const char *const languages[] = {"en", NULL};
    struct tenant_new new = {"acme", "Acme", "org",    "pool",
                             "en",   "",     languages};
    struct actor actor = {"system", "", "", NULL, false};
    const char *key;
    char why[200];

    set_up(state);
    log_set_level(LOG_ERROR);
    db = db_open("sqlite::memory:", why, sizeof why);
    assert_non_null(db);
    assert_true(db_migrate(db) > 0);
    assert_int_equal(tenant_create(db, arena, &actor, &new, &key), DB_OK);
    return 0;
}

static int
close_outbox(void **state)
{
    db_close(db);
    return tear_down(state);
}

#define OUTBOX_TEST(fn)                                                        \
    cmocka_unit_test_setup_teardown(fn, open_outbox, close_outbox)

static enum db_result
queue(const char *id, const char *body, const char *recipient)
{
    struct mail mail = {.event = "login_created",
                        .customer = "cus_1",
                        .user = "usr_1",
                        .recipient = recipient,
                        .language = "en",
                        .request_id = "r",
                        .id = id,
                        .subject = "Hello",
                        .body = body};

    return mail_queue(db, arena, "acme", &mail);
}

static size_t
due(int64_t now)
{
    json_t *rows;

    assert_int_equal(mail_store_due(db, arena, now, 10, &rows), DB_OK);
    return json_array_size(rows);
}

static enum db_result
lease(const char *id, const char *owner, int64_t now, json_t **row)
{
    return mail_store_lease(db, arena, "acme", id, owner, now, now + 100, row);
}

static int64_t
finish(const char *id, int64_t attempt, const char *to, int64_t next_at)
{
    struct mail_outcome outcome = {to, next_at, 0, "why"};
    int64_t changed;

    assert_int_equal(
        mail_store_finish(db, "acme", id, attempt, &outcome, &changed), DB_OK);
    return changed;
}

static void
a_lease_is_for_one(void **state)
{
    int64_t now = clock_now();
    json_t *row;

    (void)state;
    assert_int_equal(queue("mail_1", "sealed", "a@b.example"), DB_OK);
    assert_int_equal(due(now - 10), 0);
    assert_int_equal(due(now), 1);
    assert_int_equal(lease("mail_1", "one", now, &row), DB_OK);
    assert_string_equal(row_text(row, "body"), "sealed");
    assert_int_equal(row_int(row, "attempts"), 1);
    assert_int_equal(due(now), 0);
    assert_int_equal(lease("mail_1", "two", now, &row), DB_NONE);

    /* who had it died */
    assert_int_equal(due(now + 100), 1);
    assert_int_equal(lease("mail_1", "two", now + 100, &row), DB_OK);
    assert_int_equal(row_int(row, "attempts"), 2);
    assert_int_equal(finish("mail_1", 1, "sent", 0), 0); /* or was only slow */
    assert_int_equal(finish("mail_1", 2, "queued", now + 500), 1);
    assert_int_equal(due(now + 499), 0);
    assert_int_equal(due(now + 500), 1);
}

static void
the_text_goes_with_the_end(void **state)
{
    static const char *const ends[] = {"sent", "failed"};
    int64_t now = clock_now();
    json_t *row;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *id = arena_printf(arena, "mail_%zu", i);
        assert_int_equal(queue(id, "sealed", "a@b.example"), DB_OK);
        assert_int_equal(lease(id, "one", now, &row), DB_OK);
        assert_int_equal(finish(id, 1, "queued", now), 1);
        assert_int_equal(lease(id, "one", now, &row), DB_OK);
        assert_string_equal(row_text(row, "body"), "sealed");
        assert_int_equal(finish(id, 2, ends[i], 0), 1);
        assert_int_equal(due(now + 1000000), 0);
        assert_int_equal(finish(id, 2, "queued", now), 0);
    }
}

static void
suppressed_mail_is_never_due(void **state)
{
    (void)state;
    assert_int_equal(queue(NULL, NULL, "a@b.example"), DB_OK);
    assert_int_equal(due(clock_now() + 1000000), 0);
}

static void
recipients_are_addresses(void **state)
{
    static const char *const bad[] = {
        "",
        "a",
        "a@b",
        "a@b.example\r\nBcc: c@d.example",
        "a b@c.example",
        "<a@b.example>",
        "a@b.example,c@d.example",
        "ä@b.example",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(queue("mail_1", "sealed", bad[i]), DB_CHECK);
    }
}

/* ---- files ---- */

static void
files_are_parts(void **state)
{
    struct mail_file files[] = {
        {"Rechnung ü.pdf", "application/pdf", "JVBERi0xLjQK"},
        {"b.pdf\r\nX: y", "application/pdf", ""},
    };
    struct mail_message m = example();
    const char *text, *mixed, *said, *first;

    (void)state;
    m.html = "<p>Hello</p>";
    m.files = files;
    m.n_files = 2;
    text = message(m);
    mixed = strstr(text, "Content-Type: multipart/mixed;\r\n"
                         " boundary=\"=_mixed_mail_1\"\r\n\r\n"
                         "--=_mixed_mail_1\r\n");
    assert_non_null(mixed);
    said = strstr(mixed, "Content-Type: multipart/alternative;\r\n"
                         " boundary=\"=_alternative_mail_1\"\r\n");
    assert_non_null(said);
    first = strstr(said, "--=_alternative_mail_1--\r\n"
                         "--=_mixed_mail_1\r\n"
                         "Content-Type: application/pdf\r\n"
                         "Content-Disposition: attachment;\r\n"
                         " filename*=UTF-8''Rechnung%20%C3%BC.pdf\r\n"
                         "Content-Transfer-Encoding: base64\r\n"
                         "\r\n"
                         "JVBERi0xLjQK\r\n"
                         "--=_mixed_mail_1\r\n");
    assert_non_null(first);
    assert_non_null(strstr(first, "b.pdf%0D%0AX%3A%20y\r\n"));
    assert_null(strstr(text, "\nX: y"));
    assert_string_equal(text + strlen(text) - 20, "--=_mixed_mail_1--\r\n");
}

static void
long_files_are_in_lines(void **state)
{
    char content[1000];
    struct mail_file file = {"a.pdf", "application/pdf", content};
    struct mail_message m = example();

    (void)state;
    memset(content, 'A', sizeof content - 1);
    content[sizeof content - 1] = '\0';
    m.files = &file;
    m.n_files = 1;
    for (const char *line = message(m); *line; line = strchr(line, '\n') + 1) {
        assert_in_range(strcspn(line, "\r"), 0, 76);
    }
}

static void
files_go_with_the_end(void **state)
{
    struct mail_sealed_file files[] = {{"a.pdf", "application/pdf", "sealed"},
                                       {"b.pdf", "application/pdf", "other"}};
    struct mail mail = {.event = "login_created",
                        .customer = "",
                        .user = "",
                        .recipient = "a@b.example",
                        .language = "en",
                        .request_id = "",
                        .id = "mail_f",
                        .subject = "",
                        .body = "sealed",
                        .html = "sealed",
                        .files = files,
                        .n_files = 2};
    struct mail_outcome later = {"queued", clock_now(), 0, "why"};
    struct mail_outcome sent = {"sent", 0, 1, ""};
    json_t *row, *rows;
    int64_t changed;

    (void)state;
    assert_int_equal(mail_queue(db, arena, "acme", &mail), DB_OK);
    assert_int_equal(lease("mail_f", "one", clock_now(), &row), DB_OK);
    assert_int_equal(mail_finish(db, "acme", "mail_f", 1, &later, &changed),
                     DB_OK);
    assert_int_equal(mail_store_files(db, arena, "acme", "mail_f", &rows),
                     DB_OK);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(row_text(json_array_get(rows, 1), "content"), "other");
    assert_int_equal(mail_store_files(db, arena, "globex", "mail_f", &rows),
                     DB_OK);
    assert_int_equal(json_array_size(rows), 0);

    assert_int_equal(lease("mail_f", "one", clock_now() + 1, &row), DB_OK);
    assert_string_equal(row_text(row, "html"), "sealed");
    assert_int_equal(mail_finish(db, "acme", "mail_f", 2, &sent, &changed),
                     DB_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(mail_store_files(db, arena, "acme", "mail_f", &rows),
                     DB_OK);
    assert_int_equal(json_array_size(rows), 0);

    mail.n_files = MAIL_FILES_MAX + 1;
    assert_int_equal(mail_queue(db, arena, "acme", &mail), DB_CHECK);
}

/* ---- placeholders ---- */

static void
faults_have_a_name_and_a_place(void **state)
{
    static const struct {
        enum mail_part part;
        const char *text;
        enum err code;
        long at;
        const char *word;
    } cases[] = {
        {MAIL_IN_TEXT, "{Nobody}", ERR_value_placeholder, 1, "{Nobody}"},
        {MAIL_IN_TEXT, "äö {username}", ERR_value_placeholder, 4, "{username}"},
        {MAIL_IN_TEXT, "{Username}{", ERR_value_brace, 11, "{"},
        {MAIL_IN_TEXT, "}", ERR_value_brace, 1, "}"},
        {MAIL_IN_TEXT, "{{}", ERR_value_brace, 3, "}"},
        {MAIL_IN_TEXT, "{}", ERR_value_brace, 1, "{"},
        {MAIL_IN_TEXT, "{User-name}", ERR_value_brace, 1, "{"},
        {MAIL_IN_TEXT, "{Username", ERR_value_brace, 1, "{"},
        {MAIL_IN_SUBJECT, "{Password}", ERR_value_secret_place, 1,
         "{Password}"},
        {MAIL_IN_TEXT, "{every}", ERR_value_placeholder, 1, "{every}"},
    };
    struct mail_fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(mail_places_ok(arena, "login_created", cases[i].part,
                                    cases[i].text, &fault));
        assert_int_equal(fault.code, cases[i].code);
        assert_int_equal(fault.at, cases[i].at);
        assert_string_equal(fault.word, cases[i].word);
    }
    assert_true(mail_places_ok(arena, "login_created", MAIL_IN_HTML,
                               "p{{a:b}} {Password}{TenantName}", &fault));
    assert_false(
        mail_places_ok(arena, "another", MAIL_IN_HTML, "{Password}", &fault));
}

static char *
filled(enum mail_part part, const char *text)
{
    json_t *values = json_in_arena(
        arena, json_pack("{s:s, s:s, s:[s,s]}", "username", "{Password}<&>",
                         "portal_url", "https://a.example/?x=1", "tenant_lines",
                         "A & B", "C"));

    return mail_places_fill(arena, "login_created", part, text, values);
}

static void
places_are_filled(void **state)
{
    (void)state;
    assert_string_equal(filled(MAIL_IN_TEXT, "{{a}}{Username}{Password}."),
                        "{a}{Password}<&>.");
    assert_string_equal(filled(MAIL_IN_HTML, "{Username}"),
                        "{Password}&lt;&amp;&gt;");
    assert_string_equal(filled(MAIL_IN_TEXT, "{TenantAddress}"), "A & B\nC");
    assert_string_equal(filled(MAIL_IN_HTML, "{TenantAddress}"),
                        "A &amp; B<br>\nC");
    assert_string_equal(filled(MAIL_IN_TEXT, "{SelfServicePortalUrl}?l=en#a"),
                        "https://a.example/?x=1&l=en#a");
    assert_string_equal(filled(MAIL_IN_HTML, "{SelfServicePortalUrl}?l=en"),
                        "https://a.example/?x=1&amp;l=en");
    assert_string_equal(filled(MAIL_IN_TEXT, "{SelfServicePortalUrl}"),
                        "https://a.example/?x=1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pauses_grow_and_end),
        TEST(a_message_is_as_the_wire_has_it),
        TEST(no_value_makes_a_header),
        TEST(quotes_and_looks_are_escaped),
        TEST(other_letters_are_encoded),
        TEST(texts_are_quoted_printable),
        TEST(long_lines_are_broken_softly),
        TEST(one_line_is_one_line),
        OUTBOX_TEST(a_lease_is_for_one),
        OUTBOX_TEST(the_text_goes_with_the_end),
        OUTBOX_TEST(suppressed_mail_is_never_due),
        OUTBOX_TEST(recipients_are_addresses),
        TEST(files_are_parts),
        TEST(long_files_are_in_lines),
        OUTBOX_TEST(files_go_with_the_end),
        TEST(faults_have_a_name_and_a_place),
        TEST(places_are_filled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
