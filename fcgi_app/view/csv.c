#include "view/csv.h"

#include <string.h>

/* "-12.34" */
static bool
number(const char *s)
{
    s += *s == '-';
    return *s != '\0' && strspn(s, "0123456789.") == strlen(s);
}

/* Blanks before a sign do not keep it from being one. */
static bool
formula(const char *s)
{
    const char *first = s + strspn(s, " ");

    return *first != '\0' && strchr("=+-@\t\r\n", *first) != NULL && !number(s);
}

void
csv_field(struct buf *out, bool first, const char *text)
{
    if (!first) {
        buf_putc(out, ',');
    }
    buf_putc(out, '"');
    if (formula(text)) {
        buf_putc(out, '\'');
    }
    for (; *text; text++) {
        if (*text == '"') {
            buf_putc(out, '"');
        }
        buf_putc(out, *text);
    }
    buf_putc(out, '"');
}

void
csv_end(struct buf *out)
{
    buf_puts(out, "\r\n");
}
