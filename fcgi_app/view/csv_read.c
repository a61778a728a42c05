#include <string.h>

#include "view/csv.h"

static const char separators[] = ",;\t";

/* Behind an end of line, if one is here. */
static bool
take_line_end(struct csv_reader *r)
{
    if (*r->at != '\n' && *r->at != '\r') {
        return false;
    }
    r->at += r->at[0] == '\r' && r->at[1] == '\n' ? 2 : 1;
    r->next++;
    return true;
}

/* Of the first line, outside of quotes. */
static char
separator_of(const char *text)
{
    size_t counts[sizeof separators - 1] = {0}, best = 0;
    bool quoted = false;

    for (; *text && (quoted || !strchr("\r\n", *text)); text++) {
        const char *found = strchr(separators, *text);

        quoted = quoted != (*text == '"');
        if (found && !quoted) {
            counts[found - separators]++;
        }
    }
    for (size_t i = 1; i < sizeof counts / sizeof *counts; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return separators[best];
}

struct csv_reader
csv_begin(const char *text)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (strncmp(text, mark, sizeof mark - 1) == 0) {
        text += sizeof mark - 1;
    }
    return (struct csv_reader){
        .at = text, .separator = separator_of(text), .next = 1};
}

/* What stands in quotes, behind the first of them; false: nothing ends it. */
static bool
quoted(struct csv_reader *r, struct buf *out)
{
    while (*r->at) {
        if (r->at[0] == '"' && r->at[1] != '"') {
            r->at++;
            return true;
        }
        if (take_line_end(r)) {
            buf_putc(out, '\n');
            continue;
        }
        r->at += *r->at == '"';
        buf_putc(out, *r->at++);
    }
    return false;
}

static bool
at_field_end(const struct csv_reader *r)
{
    return *r->at == '\0' || *r->at == r->separator || *r->at == '\r' ||
           *r->at == '\n';
}

/* One field, up to what ends it. Empty ones take no memory, of which a file can
 * have millions. */
static bool
field(struct csv_reader *r, struct arena *a, char **out)
{
    static char nothing[] = "";
    struct buf text;

    if (at_field_end(r)) {
        *out = nothing;
        return true;
    }
    text = buf_new(a, 32);
    if (*r->at == '"') {
        r->at++;
        if (!quoted(r, &text)) {
            return false;
        }
    }
    while (!at_field_end(r)) {
        buf_putc(&text, *r->at++);
    }
    *out = text.data;
    return true;
}

static enum csv_result
record(struct csv_reader *r, struct arena *a)
{
    size_t n = 0;
    char *one;

    r->line = r->next;
    do {
        if (!field(r, a, &one)) {
            return CSV_OPEN;
        }
        if (n < CSV_FIELDS_MAX) {
            r->fields[n] = one;
        }
        n++;
    } while (*r->at == r->separator && r->at++);
    take_line_end(r);
    r->n = n < CSV_FIELDS_MAX ? n : CSV_FIELDS_MAX;
    return n > CSV_FIELDS_MAX ? CSV_TOO_WIDE : CSV_RECORD;
}

static bool
has_something(const struct csv_reader *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->fields[i][strspn(r->fields[i], " ")]) {
            return true;
        }
    }
    return false;
}

enum csv_result
csv_next(struct csv_reader *r, struct arena *a)
{
    enum csv_result result;

    while (*r->at) {
        result = record(r, a);
        if (result != CSV_RECORD || has_something(r)) {
            return result;
        }
    }
    return CSV_END;
}
