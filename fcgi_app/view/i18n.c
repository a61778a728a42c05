#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "view/i18n.h"

enum {
    MO_MAGIC = (int)0x950412de,
    MO_HEADER = 28, /* seven words */
    MO_MAX = 16 * 1024 * 1024,
    LANGS_MAX = 64,
    LANG_MAX = 36,
};

/* A catalogue lies in memory as in its file, checked once: every string is
 * inside and ends with NUL, and the ids are in order. */
struct catalogue {
    char lang[LANG_MAX];
    unsigned char *data;
    size_t size;
    uint32_t n, ids, texts; /* number of messages, offsets of their tables */
};

static struct catalogue catalogues[LANGS_MAX];
static size_t n_catalogues;

static uint32_t
word_at(const struct catalogue *c, size_t offset)
{
    uint32_t w;

    memcpy(&w, c->data + offset, sizeof w);
    return w;
}

/* String i of a table: pairs of length and offset. */
static const char *
string_at(const struct catalogue *c, uint32_t table, uint32_t i)
{
    return (const char *)c->data + word_at(c, table + 8 * (size_t)i + 4);
}

static int
string_ok(const struct catalogue *c, uint32_t table, uint32_t i)
{
    uint64_t len = word_at(c, table + 8 * (size_t)i);
    uint64_t at = word_at(c, table + 8 * (size_t)i + 4);

    return at + len < c->size && c->data[at + len] == '\0';
}

/* What is wrong with a catalogue; NULL when nothing is. */
static const char *
check(struct catalogue *c)
{
    if (c->size < MO_HEADER || word_at(c, 0) != (uint32_t)MO_MAGIC) {
        return "no .mo file of this machine's byte order";
    }
    if (word_at(c, 4) >> 16 > 1) {
        return "unknown revision";
    }
    c->n = word_at(c, 8);
    c->ids = word_at(c, 12);
    c->texts = word_at(c, 16);
    if (c->ids + 8 * (uint64_t)c->n > c->size ||
        c->texts + 8 * (uint64_t)c->n > c->size) {
        return "a table is outside of the file";
    }
    for (uint32_t i = 0; i < c->n; i++) {
        if (!string_ok(c, c->ids, i) || !string_ok(c, c->texts, i)) {
            return "a string is outside of the file";
        }
        if (i > 0 &&
            strcmp(string_at(c, c->ids, i - 1), string_at(c, c->ids, i)) >= 0) {
            return "the messages are not in order";
        }
    }
    return NULL;
}

static struct catalogue *
find(const char *lang)
{
    for (size_t i = 0; i < n_catalogues; i++) {
        if (strcmp(catalogues[i].lang, lang) == 0) {
            return &catalogues[i];
        }
    }
    return NULL;
}

/* Takes data, which malloc made; -1 with a log line, and data is freed. */
static int
take(const char *lang, unsigned char *data, size_t size)
{
    struct catalogue c = {.data = data, .size = size};
    const char *why = check(&c);

    if (why == NULL && strlen(lang) >= sizeof c.lang) {
        why = "the language tag is too long";
    }
    struct catalogue *place = find(lang);
    if (place == NULL && n_catalogues == LANGS_MAX) {
        why = "too many languages";
    }
    if (why != NULL) {
        log_error("catalogue %s: %s", lang, why);
        free(data);
        return -1;
    }
    if (place == NULL) {
        place = &catalogues[n_catalogues++];
        place->data = NULL;
    }
    free(place->data);
    *place = c;
    memcpy(place->lang, lang, strlen(lang) + 1);
    return 0;
}

int
i18n_add(const char *lang, const void *data, size_t size)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL) {
        log_error("catalogue %s: out of memory", lang);
        return -1;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return take(lang, copy, size);
}

static int
load(const char *lang, FILE *f)
{
    unsigned char *data = malloc(MO_MAX);

    if (data == NULL) {
        log_error("catalogue %s: out of memory", lang);
        return -1;
    }
    size_t size = fread(data, 1, MO_MAX, f);
    unsigned char *fitted = realloc(data, size > 0 ? size : 1);
    if (fitted != NULL) {
        data = fitted;
    }
    return take(lang, data, size);
}

int
i18n_load(const char *dir, const char *const *langs, size_t n)
{
    char path[4096];
    int result = 0;

    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s.mo", dir, langs[i]);
        FILE *f = fopen(path, "rbe");
        if (f != NULL) {
            result |= load(langs[i], f);
            fclose(f);
        } else if (strcmp(langs[i], "en") != 0) {
            log_error("catalogue %s is missing: %s", langs[i], path);
            result = -1;
        }
    }
    return result;
}

void
i18n_free(void)
{
    for (size_t i = 0; i < n_catalogues; i++) {
        free(catalogues[i].data);
    }
    n_catalogues = 0;
}

const char *
i18n(const char *lang, const char *id)
{
    const struct catalogue *c = find(lang);
    uint32_t low = 0, high = c ? c->n : 0;

    /* The empty id names the catalogue's own header. */
    if (*id == '\0') {
        return id;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(id, string_at(c, c->ids, middle));
        if (order == 0) {
            const char *text = string_at(c, c->texts, middle);
            return *text != '\0' ? text : id;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return id;
}

/* The value for {name}; NULL when the pairs lack it. */
static const char *
pair_value(const char *name, size_t len, va_list pairs)
{
    const char *key;

    while ((key = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);
        if (strlen(key) == len && memcmp(key, name, len) == 0) {
            return value;
        }
    }
    return NULL;
}

char *
i18n_fill(struct arena *a, const char *text, ...)
{
    struct buf out = buf_new(a, strlen(text) + 32);

    while (*text != '\0') {
        size_t plain = strcspn(text, "{");
        buf_add(&out, text, plain);
        text += plain;
        const char *end = *text != '\0' ? strchr(text, '}') : NULL;
        if (end == NULL) {
            buf_puts(&out, text);
            break;
        }
        va_list pairs;
        va_start(pairs, text);
        const char *value =
            pair_value(text + 1, (size_t)(end - text) - 1, pairs);
        va_end(pairs);
        if (value != NULL) {
            buf_puts(&out, value);
            text = end + 1;
        } else {
            buf_putc(&out, *text++);
        }
    }
    return out.data;
}
