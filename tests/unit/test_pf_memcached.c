#include "unit.h"

#include "pf_memcached.h"

enum { VALUE_MAX = 100 };

static const char *const words[] = {
    [PF_MEMCACHED_MORE] = "more",
    [PF_MEMCACHED_MISS] = "miss",
    [PF_MEMCACHED_HIT] = "hit",
    [PF_MEMCACHED_BAD] = "bad",
};

struct row {
    const char *in;
    pf_memcached_t answer;
    size_t len;
    const char *value;
};

static void
check(const struct row *row)
{
    pf_str_t value = {0};
    size_t len = 0;
    pf_memcached_t is =
        pf_memcached_answer(str(row->in), str("key"), VALUE_MAX, &value, &len);

    assert_row(is == row->answer, "\"%s\": %s", row->in, words[is]);
    if (is == PF_MEMCACHED_HIT || is == PF_MEMCACHED_MISS) {
        assert_row(len == row->len, "\"%s\": %zu bytes", row->in, len);
    }
    if (is == PF_MEMCACHED_HIT) {
        assert_row(pf_str_eq(value, str(row->value)), "\"%s\"", row->in);
    }
}

static void
answers(void **state)
{
    static const struct row rows[] = {
        {"END\r\n", PF_MEMCACHED_MISS, 5, NULL},
        {"END\r\nEND\r\n", PF_MEMCACHED_MISS, 5, NULL},
        {"VALUE key 0 5\r\nhello\r\nEND\r\n", PF_MEMCACHED_HIT, 27, "hello"},
        {"VALUE key 0 5\r\nhello\r\nEND\r\nEND", PF_MEMCACHED_HIT, 27, "hello"},
        {"VALUE key 0 0\r\n\r\nEND\r\n", PF_MEMCACHED_HIT, 22, ""},
        {"VALUE key 4294967295 2\r\n\r\n\r\nEND\r\n", PF_MEMCACHED_HIT, 33,
         "\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(&rows[i]);
    }
}

static void
half_an_answer_is_none_yet(void **state)
{
    static const char *const whole[] = {"END\r\n",
                                        "VALUE key 0 5\r\nhello\r\nEND\r\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(whole); i++) {
        for (size_t n = 0; n < strlen(whole[i]); n++) {
            char *half = strndup(whole[i], n);

            check(&(struct row){half, PF_MEMCACHED_MORE, 0, NULL});
            free(half);
        }
    }
}

static void
anything_else_is_none(void **state)
{
    static const char *const rows[] = {
        "ERROR\r\n",
        "SERVER_ERROR out of memory\r\n",
        "\r\n",
        "\n",
        "END\n",
        "END \r\n",
        "STORED\r\n",
        "VALUE\r\n",
        "VALUE other 0 5\r\nhello\r\nEND\r\n",
        "VALUE keys 0 5\r\nhello\r\nEND\r\n",
        "VALUE ke 0 5\r\nhello\r\nEND\r\n",
        "VALUE key 0\r\nhello\r\nEND\r\n",
        "VALUE key 0 5 7\r\nhello\r\nEND\r\n", /* an answer to gets */
        "VALUE key  0 5\r\nhello\r\nEND\r\n",
        "VALUE key 0 -5\r\nhello\r\nEND\r\n",
        "VALUE key 0 5x\r\nhello\r\nEND\r\n",
        "VALUE key 0 \r\nhello\r\nEND\r\n",
        "VALUE key 0 5\nhello\r\nEND\r\n",
        "VALUE key 0 4\r\nhello\r\nEND\r\n",
        "VALUE key 0 6\r\nhello\r\nEND\r\n\r\n",
        "VALUE key 0 5\r\nhello\r\nVALUE key 0 1\r\n",
        "VALUE key 0 101\r\n",
        "VALUE key 0 99999999999999999999\r\n",
    };
    char endless[600];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(&(struct row){rows[i], PF_MEMCACHED_BAD, 0, NULL});
    }
    memset(endless, 'V', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    check(&(struct row){endless, PF_MEMCACHED_BAD, 0, NULL});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(half_an_answer_is_none_yet),
        cmocka_unit_test(anything_else_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
