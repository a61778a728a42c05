#include "base/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "pf_paseto.h"

enum { RING_FILE_MAX = 16 * 1024, MAC_SIZE = 32 };

struct keys {
    char *path;
    pf_keyring_t *ring;
    struct timespec modified;
    ino_t inode;
    int64_t looked; /* second of the last look */
};

/* The whole file in locked memory, or NULL with errno. */
static char *
read_secret_file(const char *path, size_t *len, struct stat *st)
{
    char *text = NULL;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, st) == 0 && st->st_size <= RING_FILE_MAX) {
        text = sodium_malloc(RING_FILE_MAX);
    } else {
        errno = EFBIG;
    }
    if (text) {
        n = read(fd, text, RING_FILE_MAX);
        *len = n > 0 ? (size_t)n : 0;
        if (n < 0) {
            sodium_free(text);
            text = NULL;
        }
    }
    close(fd);
    return text;
}

struct secret {
    size_t len;
    char text[];
};

static void
wipe(void *p)
{
    struct secret *secret = p;

    sodium_memzero(secret->text, secret->len);
}

char *
keys_read_secret(struct arena *a, const char *path)
{
    struct stat st;
    struct secret *secret;
    size_t len = 0;
    char *text = read_secret_file(path, &len, &st);

    if (!text) {
        log_error("%s: %s", path, strerror(errno));
        return NULL;
    }
    secret = arena_alloc(a, sizeof *secret + len + 1);
    secret->len = len;
    memcpy(secret->text, text, len);
    secret->text[strcspn(secret->text, "\r\n")] = '\0';
    arena_defer(a, wipe, secret);
    sodium_free(text);
    return secret->text;
}

static pf_keyring_t *
ring_load(const char *path, struct stat *st)
{
    char why[200] = "";
    size_t len = 0;
    pf_keyring_t *ring;
    char *text = read_secret_file(path, &len, st);

    if (!text) {
        log_error("key ring %s: %s", path, strerror(errno));
        return NULL;
    }
    ring = pf_keyring_parse((pf_str_t){len, (unsigned char *)text}, why,
                            sizeof why);
    sodium_free(text);
    if (!ring) {
        log_error("key ring %s: %s", path, why);
    }
    return ring;
}

static void
keys_look(struct keys *k)
{
    struct stat st;
    pf_keyring_t *ring;

    if (stat(k->path, &st) != 0 ||
        (st.st_ino == k->inode && st.st_mtim.tv_sec == k->modified.tv_sec &&
         st.st_mtim.tv_nsec == k->modified.tv_nsec)) {
        return;
    }
    k->inode = st.st_ino; /* a broken file is reported once */
    k->modified = st.st_mtim;
    ring = ring_load(k->path, &st);
    if (ring) {
        pf_keyring_free(k->ring);
        k->ring = ring;
    }
}

void
keys_path(const char *state, char *out, size_t size)
{
    snprintf(out, size, "%s/keyring", state);
}

struct keys *
keys_open(const char *path)
{
    struct stat st;
    pf_keyring_t *ring = ring_load(path, &st);
    struct keys *k;

    if (!ring) {
        return NULL;
    }
    k = calloc(1, sizeof *k);
    k->path = strdup(path);
    k->ring = ring;
    k->inode = st.st_ino;
    k->modified = st.st_mtim;
    k->looked = clock_now();
    return k;
}

void
keys_close(struct keys *k)
{
    if (k) {
        pf_keyring_free(k->ring);
        free(k->path);
        free(k);
    }
}

const pf_keyring_t *
keys_ring(struct keys *k)
{
    int64_t now = clock_now();

    if (now != k->looked) {
        k->looked = now;
        keys_look(k);
    }
    return k->ring;
}

const pf_keyring_t *
keys_ring_now(struct keys *k)
{
    keys_look(k);
    return k->ring;
}

static void
mac(const pf_key_t *key, const char *purpose, const char *tenant,
    const char *text, char out[2 * MAC_SIZE + 1])
{
    crypto_generichash_state state;
    unsigned char hash[MAC_SIZE];

    crypto_generichash_init(&state, key->bytes, PF_LOCAL_KEY, MAC_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)purpose,
                              strlen(purpose) + 1);
    crypto_generichash_update(&state, (const unsigned char *)tenant,
                              strlen(tenant) + 1);
    crypto_generichash_update(&state, (const unsigned char *)text,
                              strlen(text));
    crypto_generichash_final(&state, hash, MAC_SIZE);
    sodium_bin2hex(out, 2 * MAC_SIZE + 1, hash, MAC_SIZE);
}

char *
keys_mac(struct keys *k, struct arena *a, const char *purpose,
         const char *tenant, const char *text)
{
    char *out = arena_alloc(a, 2 * MAC_SIZE + 1);

    mac(&keys_ring(k)->keys[0], purpose, tenant, text, out);
    return out;
}

bool
keys_mac_ok(struct keys *k, const char *purpose, const char *tenant,
            const char *text, const char *sent)
{
    const pf_keyring_t *ring = keys_ring(k);
    char want[2 * MAC_SIZE + 1];
    bool ok = false;

    if (!sent || strlen(sent) != 2 * MAC_SIZE) {
        return false;
    }
    for (size_t i = 0; i < ring->n; i++) {
        mac(&ring->keys[i], purpose, tenant, text, want);
        ok |= sodium_memcmp(want, sent, 2 * MAC_SIZE) == 0;
    }
    sodium_memzero(want, sizeof want);
    return ok;
}

int
keys_replace_file(const char *path, const char *text, int mode)
{
    char temporary[4096];
    size_t len = strlen(text);
    int fd, ok;

    snprintf(temporary, sizeof temporary, "%s.%d.new", path, (int)getpid());
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) {
        log_error("%s: %s", temporary, strerror(errno));
        return -1;
    }
    ok = fchmod(fd, (mode_t)mode) == 0 &&
         write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    ok &= close(fd) == 0;
    if (!ok || rename(temporary, path) != 0) {
        log_error("%s: %s", path, strerror(errno));
        unlink(temporary);
        return -1;
    }
    return 0;
}

/* A line a key; the text is wiped by the caller. */
static int
ring_line(const pf_key_t *key, char *out, size_t size)
{
    char paserk[128];
    int n = -1;

    if (pf_paserk_format(key, paserk, sizeof paserk) == PF_OK) {
        n = snprintf(out, size, "%s\n", paserk);
    }
    sodium_memzero(paserk, sizeof paserk);
    return n;
}

int
keys_rotate(const char *path)
{
    char text[RING_FILE_MAX];
    struct stat st;
    pf_keyring_t *old = NULL;
    pf_key_t fresh;
    size_t len;
    int result;

    if (access(path, F_OK) == 0 && !(old = ring_load(path, &st))) {
        return -1;
    }
    pf_key_generate(&fresh);
    len = (size_t)ring_line(&fresh, text, sizeof text);
    for (size_t i = 0; old && i < old->n && i < PF_KEYRING_MAX - 1; i++) {
        len += (size_t)ring_line(&old->keys[i], text + len, sizeof text - len);
    }
    result = keys_replace_file(path, text, 0640);
    sodium_memzero(text, sizeof text);
    sodium_memzero(&fresh, sizeof fresh);
    pf_keyring_free(old);
    return result;
}
