#include "app.h"

#include "base/clock.h"
#include "mail/mail_message.h"
#include "mail/mail_store.h"
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
