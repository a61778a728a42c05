#include "app.h"

#include "base/buf.h"
#include "base/json.h"

static char order[16];

static void
note(void *p)
{
    strcat(order, p);
}

static void
deferred_calls_run_newest_first(void **state)
{
    (void)state;
    order[0] = '\0';
    arena_defer(arena, note, "1");
    arena_defer(arena, note, "2");
    arena_defer(arena, note, "3");
    arena_reset(arena);
    assert_string_equal(order, "321");
    arena_reset(arena);
    assert_string_equal(order, "321");
}

static void
freeing_runs_them_too(void **state)
{
    struct arena *a = arena_new();

    (void)state;
    order[0] = '\0';
    arena_defer(a, note, "x");
    arena_free(a);
    assert_string_equal(order, "x");
    arena_free(NULL);
}

static void
defer_again(void *p)
{
    note("a");
    arena_defer(p, note, "b");
}

static void
a_deferred_call_may_defer(void **state)
{
    (void)state;
    order[0] = '\0';
    arena_defer(arena, defer_again, arena);
    arena_reset(arena);
    assert_string_equal(order, "ab");
}

static void
what_is_kept_is_used_again_and_zeroed(void **state)
{
    enum { SIZE = 100000, PARTS = 40, BETWEEN = 1000 };
    struct arena *a = arena_new();

    (void)state;
    arena_keep(a, 2 << 20);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 1; i <= PARTS; i++) {
            size_t size = SIZE * i / PARTS;
            unsigned char *p = arena_alloc(a, size);

            for (size_t k = 0; k < size; k += BETWEEN) {
                assert_int_equal(p[k], 0);
            }
            assert_int_equal(p[size - 1], 0);
            memset(p, 0xa5, size);
        }
        arena_reset(a);
    }
    arena_free(a);
}

static void
memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size += 7) {
            unsigned char *p = arena_alloc(arena, size);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(p[i], 0);
            }
            memset(p, 0xff, size);
        }
        arena_reset(arena);
    }
}

static void
large_blocks_do_not_overlap_small_ones(void **state)
{
    char *blocks[64];
    size_t sizes[64];

    (void)state;
    for (int i = 0; i < 64; i++) {
        sizes[i] = i % 5 == 0 ? 200000 : i % 3 == 0 ? 20000 : 40;
        blocks[i] = arena_alloc(arena, sizes[i]);
        memset(blocks[i], i, sizes[i]);
    }
    for (int i = 0; i < 64; i++) {
        assert_int_equal(blocks[i][0], i);
        assert_int_equal(blocks[i][sizes[i] - 1], i);
    }
}

static void
copies_of_text(void **state)
{
    (void)state;
    assert_null(arena_strdup(arena, NULL));
    assert_string_equal(arena_strdup(arena, "abc"), "abc");
    assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(arena, "ab", 9), "ab");
    assert_string_equal(arena_printf(arena, "%s-%d", "x", 42), "x-42");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
}

static void
json_lives_with_the_arena(void **state)
{
    (void)state;
    json_t *o = json_in_arena(arena, json_pack("{s:i}", "n", 1));
    assert_non_null(json_object_get(o, "n"));
    log_set_level(LOG_ERROR + 1);
    assert_null(json_in_arena(arena, json_string("\xff")));
    log_set_level(LOG_INFO);
}

static void
a_buffer_grows(void **state)
{
    struct buf b = buf_new(arena, 0);

    (void)state;
    assert_string_equal(b.data, "");
    for (int i = 0; i < 1000; i++) {
        buf_printf(&b, "%03d,", i);
    }
    assert_int_equal(b.len, 4000);
    assert_memory_equal(b.data + 4 * 777, "777,", 4);
    assert_int_equal(strlen(b.data), 4000);
    buf_putc(&b, '!');
    buf_puts(&b, "?");
    buf_add(&b, NULL, 0);
    buf_printf(&b, "%s", "");
    assert_string_equal(b.data + 4000, "!?");
}

static void
a_buffer_fills_exactly(void **state)
{
    (void)state;
    for (size_t n = 1; n < 600; n++) {
        struct buf b = buf_new(arena, n);
        for (size_t i = 0; i < n; i++) {
            buf_putc(&b, 'a');
        }
        buf_printf(&b, "%0*d", (int)n, 0);
        assert_int_equal(strlen(b.data), 2 * n);
    }
}

static void
html_is_escaped(void **state)
{
    struct buf b = buf_new(arena, 16);

    (void)state;
    buf_html(&b, "a<b>&\"'ü", 9);
    assert_string_equal(b.data, "a&lt;b&gt;&amp;&quot;&#39;ü");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(deferred_calls_run_newest_first),
        TEST(freeing_runs_them_too),
        TEST(a_deferred_call_may_defer),
        TEST(what_is_kept_is_used_again_and_zeroed),
        TEST(memory_is_zeroed_and_aligned),
        TEST(large_blocks_do_not_overlap_small_ones),
        TEST(copies_of_text),
        TEST(json_lives_with_the_arena),
        TEST(a_buffer_grows),
        TEST(a_buffer_fills_exactly),
        TEST(html_is_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
