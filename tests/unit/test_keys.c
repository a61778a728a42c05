#include "app.h"

#include <sodium.h>
#include <sys/stat.h>

#include "base/keys.h"

static char *dir, *path;
static struct keys *keys;

static int
open_ring(void **state)
{
    set_up(state);
    dir = temporary_directory();
    path = arena_printf(arena, "%s/keyring", dir);
    assert_int_equal(keys_rotate(path), 0);
    keys = keys_open(path);
    assert_non_null(keys);
    return 0;
}

static int
close_ring(void **state)
{
    keys_close(keys);
    remove_directory(dir);
    return tear_down(state);
}

#define RING_TEST(fn) cmocka_unit_test_setup_teardown(fn, open_ring, close_ring)

/* A fresh first key, seen at once. */
static void
rotate(void)
{
    assert_int_equal(keys_rotate(path), 0);
    keys_ring_now(keys);
}

/* Another ring with none of the keys. */
static struct keys *
other_ring(void)
{
    char *other = arena_printf(arena, "%s/other", dir);
    struct keys *k;

    assert_int_equal(keys_rotate(other), 0);
    k = keys_open(other);
    assert_non_null(k);
    return k;
}

/* ---- the file ---- */

static void
rotation_puts_a_fresh_key_first(void **state)
{
    char first[PF_KID_MAX + 1];
    struct stat st;

    (void)state;
    strcpy(first, keys_ring(keys)->keys[0].kid);
    rotate();
    assert_int_equal(keys_ring(keys)->n, 2);
    assert_string_not_equal(keys_ring(keys)->keys[0].kid, first);
    assert_string_equal(keys_ring(keys)->keys[1].kid, first);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void
rotation_forgets_the_oldest(void **state)
{
    char oldest[PF_KID_MAX + 1];

    (void)state;
    strcpy(oldest, keys_ring(keys)->keys[0].kid);
    for (int i = 1; i < PF_KEYRING_MAX; i++) {
        assert_int_equal(keys_rotate(path), 0);
    }
    keys_ring_now(keys);
    assert_int_equal(keys_ring(keys)->n, PF_KEYRING_MAX);
    assert_string_equal(keys_ring(keys)->keys[PF_KEYRING_MAX - 1].kid, oldest);
    rotate();
    assert_int_equal(keys_ring(keys)->n, PF_KEYRING_MAX);
    assert_string_not_equal(keys_ring(keys)->keys[PF_KEYRING_MAX - 1].kid,
                            oldest);
}

static void
look_now(void)
{
    keys_ring_now(keys);
}

static void
a_broken_file_keeps_the_last_good_ring(void **state)
{
    char kid[PF_KID_MAX + 1];

    (void)state;
    strcpy(kid, keys_ring(keys)->keys[0].kid);
    write_file(path, "k4.local.short\n");
    assert_non_null(strstr(captured(look_now), "key ring"));
    assert_string_equal(captured(look_now), ""); /* told once */
    assert_string_equal(keys_ring(keys)->keys[0].kid, kid);
    unlink(path);
    assert_string_equal(keys_ring_now(keys)->keys[0].kid, kid);
}

static void
open_broken(void)
{
    assert_null(keys_open(path));
    assert_int_equal(keys_rotate(path), -1);
}

static void
without_a_good_ring_nothing_starts(void **state)
{
    (void)state;
    write_file(path, "# none\n");
    assert_non_null(strstr(captured(open_broken), "key ring"));
}

static void
read_absent(void)
{
    assert_null(keys_read_secret(arena, dir));
    assert_null(keys_read_secret(arena, "/nonexistent"));
}

static void
secrets_are_one_line(void **state)
{
    char *file = arena_printf(arena, "%s/secret", dir);

    (void)state;
    write_file(file, "open sesame\r\nnot this\n");
    assert_string_equal(keys_read_secret(arena, file), "open sesame");
    write_file(file, "no end");
    assert_string_equal(keys_read_secret(arena, file), "no end");
    write_file(file, "");
    assert_string_equal(keys_read_secret(arena, file), "");
    assert_non_null(strstr(captured(read_absent), "/nonexistent"));
}

/* ---- authentication ---- */

static void
macs_are_bound_to_all_of_it(void **state)
{
    char *mac = keys_mac(keys, arena, "form", "acme", "text");
    char *changed = arena_strdup(arena, mac);

    (void)state;
    assert_int_equal(strlen(mac), 64);
    assert_true(keys_mac_ok(keys, "form", "acme", "text", mac));
    assert_false(keys_mac_ok(keys, "other", "acme", "text", mac));
    assert_false(keys_mac_ok(keys, "form", "globex", "text", mac));
    assert_false(keys_mac_ok(keys, "form", "acme", "text2", mac));
    assert_false(keys_mac_ok(keys, "forma", "cme", "text", mac));
    assert_false(keys_mac_ok(keys, "form", "acme", "text", ""));
    assert_false(keys_mac_ok(keys, "form", "acme", "text", NULL));
    changed[63] = changed[63] == '0' ? '1' : '0';
    assert_false(keys_mac_ok(keys, "form", "acme", "text", changed));
}

static void
macs_outlive_a_rotation(void **state)
{
    char *mac = keys_mac(keys, arena, "form", "acme", "text");
    struct keys *other = other_ring();

    (void)state;
    rotate();
    assert_true(keys_mac_ok(keys, "form", "acme", "text", mac));
    assert_string_not_equal(keys_mac(keys, arena, "form", "acme", "text"), mac);
    assert_false(keys_mac_ok(other, "form", "acme", "text", mac));
    keys_close(other);
}

/* ---- seals ---- */

static const char *
unseal(const char *sealed)
{
    return keys_unseal(keys, arena, "mail", "acme", "mail_1", sealed);
}

static char *
seal(const char *text)
{
    return keys_seal(keys, arena, "mail", "acme", "mail_1", text);
}

static void
what_is_sealed_opens(void **state)
{
    static const char *const texts[] = {"", "a", "Passwort: öffne dich\n"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_string_equal(unseal(seal(texts[i])), texts[i]);
    }
    char *large = arena_alloc(arena, 100001);
    memset(large, 'x', 100000);
    assert_string_equal(unseal(seal(large)), large);
    assert_string_not_equal(seal("same"), seal("same"));
    assert_null(strstr(seal("open sesame"), "sesame"));
}

static void
seals_are_bound_to_their_row(void **state)
{
    char *sealed = seal("text");

    (void)state;
    assert_null(keys_unseal(keys, arena, "sms", "acme", "mail_1", sealed));
    assert_null(keys_unseal(keys, arena, "mail", "globex", "mail_1", sealed));
    assert_null(keys_unseal(keys, arena, "mail", "acme", "mail_2", sealed));
    assert_null(keys_unseal(keys, arena, "mail", "acmem", "ail_1", sealed));
}

static void
changed_seals_stay_shut(void **state)
{
    char *sealed = seal("text");

    (void)state;
    assert_null(unseal(""));
    assert_null(unseal("AAAA"));
    assert_null(unseal("no base64!"));
    assert_null(unseal(arena_printf(arena, "%sAAAA", sealed)));
    for (size_t i = 0; sealed[i]; i++) {
        char *changed = arena_strdup(arena, sealed);
        changed[i] = changed[i] == 'A' ? 'Q' : 'A';
        assert_null(unseal(changed));
        changed[i] = '\0';
        assert_null(unseal(changed));
    }
}

static void
seals_outlive_a_rotation(void **state)
{
    char *sealed = seal("text");
    struct keys *other = other_ring();

    (void)state;
    rotate();
    rotate();
    assert_string_equal(unseal(sealed), "text");
    assert_string_equal(unseal(seal("new")), "new");
    assert_null(
        keys_unseal(other, arena, "mail", "acme", "mail_1", seal("new")));
    keys_close(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(rotation_puts_a_fresh_key_first),
        RING_TEST(rotation_forgets_the_oldest),
        RING_TEST(a_broken_file_keeps_the_last_good_ring),
        RING_TEST(without_a_good_ring_nothing_starts),
        RING_TEST(secrets_are_one_line),
        RING_TEST(macs_are_bound_to_all_of_it),
        RING_TEST(macs_outlive_a_rotation),
        RING_TEST(what_is_sealed_opens),
        RING_TEST(seals_are_bound_to_their_row),
        RING_TEST(changed_seals_stay_shut),
        RING_TEST(seals_outlive_a_rotation),
    };

    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
