/* CSV that people send: reading it ends, within bounds, and what was read reads
 * the same when it is written and read once more. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "view/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Written in quotes; csv_field() would put apostrophes before formulas. */
static void
put(struct buf *out, const char *text)
{
    buf_putc(out, '"');
    for (; *text; text++) {
        buf_puts(out, *text == '"' ? "\"" : "");
        buf_putc(out, *text);
    }
    buf_putc(out, '"');
}

static void
same_again(struct arena *a, const struct csv_reader *r)
{
    struct buf out = buf_new(a, 256);
    struct csv_reader again;

    /* the separator of the first line, whatever its fields hold */
    for (size_t i = 0; i < r->n; i++) {
        buf_puts(&out, i ? "," : "");
        put(&out, r->fields[i]);
    }
    again = csv_begin(out.data);
    again.separator = ',';
    if (csv_next(&again, a) != CSV_RECORD || again.n != r->n) {
        abort();
    }
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(again.fields[i], r->fields[i]) != 0) {
            abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const char *text = arena_strndup(a, (const char *)data, size);
    struct csv_reader r = csv_begin(text);
    enum csv_result result;
    int line = 0;

    while ((result = csv_next(&r, a)) != CSV_END && result != CSV_OPEN) {
        if (r.line <= line || r.next <= r.line - 1 || r.n > CSV_FIELDS_MAX) {
            abort();
        }
        line = r.line;
        if (result == CSV_RECORD) {
            same_again(a, &r);
        }
    }
    arena_free(a);
    return 0;
}
