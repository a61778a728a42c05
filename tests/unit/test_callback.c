/* What a callback says, how it is signed, and when it is tried again. */
#include "app.h"

#include <string.h>

#include "callback/callback.h"
#include "callback/callback_message.h"

/* The example of the standardwebhooks library, which signs the same. */
static void
signatures(void **state)
{
    struct arena *a = arena_new();

    (void)state;
    assert_string_equal(
        callback_signature(a, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                           "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                           "{\"test\": 2432232314}"),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_null(callback_signature(a, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "x",
                                   1, "{}"));
    assert_null(callback_signature(a, "whsec_!", "x", 1, "{}"));
    arena_free(a);
}

static void
pauses(void **state)
{
    int64_t whole = 0, tries = 1;

    (void)state;
    assert_int_equal(callback_pause(0), 0);
    assert_int_equal(callback_pause(-1), 0);
    assert_int_equal(callback_pause(1), 5);
    for (; callback_pause(tries) > 0; tries++) {
        assert_true(callback_pause(tries) > callback_pause(tries - 1));
        whole += callback_pause(tries);
    }
    assert_int_equal(tries, 10);
    assert_in_range(whole, 75 * 3600, 76 * 3600);
    assert_int_equal(callback_pause(1000), -1);
}

static void
masks(void **state)
{
    static const struct {
        const char *answer, *kept;
    } rows[] = {
        {"", ""},
        {"ok", "ok"},
        {"not found: /hook", "not found: /hook"},
        {"key=abcdefghijklmnopqrstuvwx.", "key=ab***"},
        {"a\r\nb\x1b[31m\xc3\xa4", "a  b [31m  "},
        {"{\"token\":\"eyJhbGciOiJIUzI1NiJ9.e30.x\"}",
         "{\"token\":\"eyJhbG***\"}"},
    };
    struct arena *a = arena_new();
    char *large = arena_alloc(a, 10000);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(
            callback_masked(a, rows[i].answer, strlen(rows[i].answer)),
            rows[i].kept);
    }
    memset(large, '!', 10000);
    assert_int_equal(strlen(callback_masked(a, large, 10000)),
                     CALLBACK_ANSWER_KEPT);
    arena_free(a);
}

static void
types(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"*", true},
        {"test", true},
        {"login.created link.revoked", true},
        {"", false},
        {" ", false},
        {"* test", false},
        {"login", false},
        {"test ", false},
        {" test", false},
        {"test  test", false},
        {"login.created,test", false},
        {"%", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (callback_types_ok(rows[i].text) != rows[i].ok) {
            fail_msg("'%s'", rows[i].text);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signatures),
        TEST(pauses),
        TEST(masks),
        TEST(types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
