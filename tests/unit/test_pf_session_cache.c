#include "unit.h"

#include "pf_session_cache.h"

enum { NOW = 1795512600, SEALED_MAX = PF_CACHE_VALUE_MAX + PF_CACHE_OVERHEAD };

static const pf_copy_t alive = {0, 3, 1795600000};

static pf_keyring_t *
ring_of(const pf_key_t *keys, size_t n)
{
    char text[512] = "", line[128], why[64];

    for (size_t i = 0; i < n; i++) {
        assert_error(pf_paserk_format(&keys[i], line, sizeof line), PF_OK);
        strcat(strcat(text, line), "\n");
    }
    return pf_keyring_parse(str(text), why, sizeof why);
}

static void
keys_name_one_session_of_one_tenant(void **state)
{
    char a[PF_CACHE_KEY + 1], b[PF_CACHE_KEY + 1];

    (void)state;
    pf_cache_key(str("acme"), str("sid"), a);
    assert_int_equal(strlen(a), PF_CACHE_KEY);
    assert_int_equal(strspn(a, "0123456789abcdef"), PF_CACHE_KEY);
    pf_cache_key(str("acme"), str("sid"), b);
    assert_string_equal(a, b);
    pf_cache_key(str("acme"), str("sie"), b);
    assert_string_not_equal(a, b);
    pf_cache_key(str("acne"), str("sid"), b);
    assert_string_not_equal(a, b);
    pf_cache_key(str("acmes"), str("id"), b); /* the cut between them counts */
    assert_string_not_equal(a, b);
}

struct entry {
    pf_key_t key;
    pf_keyring_t *ring;
    char name[PF_CACHE_KEY + 1];
    unsigned char sealed[SEALED_MAX];
    size_t len;
};

static void
entry_make(struct entry *e, const char *value)
{
    pf_key_generate(&e->key);
    e->ring = ring_of(&e->key, 1);
    pf_cache_key(str("acme"), str("sid"), e->name);
    e->len = pf_cache_seal(&e->key, e->name, &alive, str(value), NOW, e->sealed,
                           sizeof e->sealed);
    assert_true(e->len > strlen(value));
}

static pf_error_t
entry_open(const struct entry *e, const char *name, int64_t now)
{
    unsigned char out[PF_CACHE_VALUE_MAX];
    pf_copy_t copy, none = {0};
    size_t len;
    pf_error_t error = pf_cache_open(e->ring, name, span(e->sealed, e->len),
                                     now, &copy, out, sizeof out, &len);

    assert_memory_equal(&copy, error == PF_OK ? &alive : &none, sizeof copy);
    assert_error(pf_cache_open(e->ring, name, span(e->sealed, e->len), now,
                               &copy, NULL, 0, NULL),
                 error);
    assert_memory_equal(&copy, error == PF_OK ? &alive : &none, sizeof copy);
    return error;
}

static void
comes_back_as_it_was(void **state)
{
    struct entry e;
    unsigned char out[PF_CACHE_VALUE_MAX], again[SEALED_MAX];
    pf_copy_t copy;
    size_t len;

    (void)state;
    entry_make(&e, "{\"version\":3}");
    assert_error(pf_cache_open(e.ring, e.name, span(e.sealed, e.len), NOW,
                               &copy, out, sizeof out, &len),
                 PF_OK);
    assert_int_equal(len, 13);
    assert_memory_equal(out, "{\"version\":3}", 13);
    assert_null(memmem(e.sealed, e.len, "version", 7)); /* unreadable */
    assert_int_equal(pf_cache_seal(&e.key, e.name, &alive,
                                   str("{\"version\":3}"), NOW, again,
                                   sizeof again),
                     e.len);
    assert_memory_not_equal(e.sealed, again, e.len); /* a nonce each */
    pf_keyring_free(e.ring);
}

static void
moved_to_another_key(void **state)
{
    struct entry e;
    char other[PF_CACHE_KEY + 1];

    (void)state;
    entry_make(&e, "alive");
    assert_error(entry_open(&e, e.name, NOW), PF_OK);
    pf_cache_key(str("acme"), str("another"), other);
    assert_error(entry_open(&e, other, NOW), PF_FORGED);
    pf_cache_key(str("umbra"), str("sid"), other);
    assert_error(entry_open(&e, other, NOW), PF_FORGED);
    pf_keyring_free(e.ring);
}

static void
older_than_its_minute(void **state)
{
    static const struct {
        int64_t after;
        pf_error_t e;
    } rows[] = {{0, PF_OK},         {60, PF_OK},  {61, PF_EXPIRED},
                {3600, PF_EXPIRED}, {-60, PF_OK}, {-61, PF_NOT_YET},
                {-3600, PF_NOT_YET}};
    struct entry e;

    (void)state;
    entry_make(&e, "alive");
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_error(entry_open(&e, e.name, NOW + rows[i].after), rows[i].e);
    }
    pf_keyring_free(e.ring);
}

static void
one_bit_anywhere(void **state)
{
    struct entry e;

    (void)state;
    entry_make(&e, "alive");
    for (size_t bit = 0; bit < e.len * 8; bit++) {
        e.sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_not_equal(entry_open(&e, e.name, NOW), PF_OK);
        e.sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_error(entry_open(&e, e.name, NOW), PF_OK);
    pf_keyring_free(e.ring);
    e.ring = NULL; /* no keys at all */
    assert_error(entry_open(&e, e.name, NOW), PF_FORGED);
    e.ring = ring_of(&e.key, 1);
    while (e.len > 0) {
        e.len--;
        assert_row(entry_open(&e, e.name, NOW) != PF_OK, "%zu bytes", e.len);
    }
    pf_keyring_free(e.ring);
}

static void
rotation(void **state)
{
    struct entry e;
    pf_key_t keys[2];
    pf_keyring_t *own;

    (void)state;
    entry_make(&e, "alive");
    own = e.ring;
    pf_key_generate(&keys[0]);
    keys[1] = e.key;
    e.ring = ring_of(keys, 2); /* a fresh first key, the old one behind */
    assert_error(entry_open(&e, e.name, NOW), PF_OK);
    pf_keyring_free(e.ring);
    e.ring = ring_of(keys, 1); /* the old one is gone */
    assert_error(entry_open(&e, e.name, NOW), PF_FORGED);
    pf_keyring_free(e.ring);
    pf_keyring_free(own);
}

static void
sizes(void **state)
{
    static char value[PF_CACHE_VALUE_MAX + 2];
    unsigned char out[PF_CACHE_VALUE_MAX];
    struct entry e;
    pf_copy_t copy;
    size_t len;

    (void)state;
    memset(value, 'x', PF_CACHE_VALUE_MAX + 1);
    entry_make(&e, "alive");
    assert_int_equal(pf_cache_seal(&e.key, e.name, &alive, str(value), NOW,
                                   e.sealed, sizeof e.sealed),
                     0);
    value[PF_CACHE_VALUE_MAX] = '\0';
    assert_int_equal(pf_cache_seal(&e.key, e.name, &alive, str(value), NOW,
                                   e.sealed, SEALED_MAX - 1),
                     0);
    e.len = pf_cache_seal(&e.key, e.name, &alive, str(value), NOW, e.sealed,
                          sizeof e.sealed);
    assert_int_equal(e.len, SEALED_MAX);
    assert_error(entry_open(&e, e.name, NOW), PF_OK);
    assert_error(pf_cache_open(e.ring, e.name, span(e.sealed, e.len), NOW,
                               &copy, out, PF_CACHE_VALUE_MAX - 1, &len),
                 PF_MEMORY);
    e.len = pf_cache_seal(&e.key, e.name, &alive, str(""), NOW, e.sealed,
                          sizeof e.sealed);
    assert_error(entry_open(&e, e.name, NOW), PF_OK);
    pf_keyring_free(e.ring);
}

/* ---- which node ---- */

enum { KEYS = 3000 };

static const pf_str_t three[] = {
    {14, (const unsigned char *)"10.0.0.1:11211"},
    {14, (const unsigned char *)"10.0.0.2:11211"},
    {9, (const unsigned char *)"/run/mc.s"},
};

static void
name_of(int i, char out[PF_CACHE_KEY + 1])
{
    char sid[16];

    snprintf(sid, sizeof sid, "sid-%d", i);
    pf_cache_key(str("acme"), str(sid), out);
}

static void
order_does_not_matter(void **state)
{
    const pf_str_t turned[] = {three[2], three[0], three[1]};

    (void)state;
    for (int i = 0; i < KEYS; i++) {
        char name[PF_CACHE_KEY + 1];

        name_of(i, name);
        assert_true(pf_str_eq(three[pf_cache_node(three, 3, name)],
                              turned[pf_cache_node(turned, 3, name)]));
    }
}

static void
a_lost_node_moves_only_its_keys(void **state)
{
    (void)state;
    for (size_t lost = 0; lost < 3; lost++) {
        pf_str_t left[2];
        int moved = 0;

        for (size_t i = 0, n = 0; i < 3; i++) {
            if (i != lost) {
                left[n++] = three[i];
            }
        }
        for (int i = 0; i < KEYS; i++) {
            char name[PF_CACHE_KEY + 1];
            size_t before;

            name_of(i, name);
            before = pf_cache_node(three, 3, name);
            if (before == lost) {
                moved++;
            } else {
                assert_true(pf_str_eq(three[before],
                                      left[pf_cache_node(left, 2, name)]));
            }
        }
        assert_in_range(moved, KEYS / 3 - 200, KEYS / 3 + 200); /* its share */
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("X1: a cache key names one session of one tenant",
             keys_name_one_session_of_one_tenant),
        cmocka_unit_test(comes_back_as_it_was),
        CASE("X1: an entry moved to another key does not open",
             moved_to_another_key),
        cmocka_unit_test(older_than_its_minute),
        cmocka_unit_test(one_bit_anywhere),
        cmocka_unit_test(rotation),
        cmocka_unit_test(sizes),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(a_lost_node_moves_only_its_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
