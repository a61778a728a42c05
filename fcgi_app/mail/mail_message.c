#include "mail/mail_message.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"

enum {
    LINE_MAX_CHARACTERS = 76, /* of quoted-printable, soft break included */
    WORD_BYTES =
        39,         /* in an encoded word: the longest line has 76 characters */
    PLAIN_MAX = 66, /* characters of text that is not encoded */
    HEADER_MAX = 200, /* characters of what is never folded */
};

static bool
control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

static bool
printable(const char *s)
{
    for (; *s; s++) {
        if (control((unsigned char)*s) || (unsigned char)*s > 0x7e) {
            return false;
        }
    }
    return true;
}

char *
mail_one_line(struct arena *a, const char *s)
{
    struct buf out = buf_new(a, strlen(s) + 1);

    for (; *s; s++) {
        bool gap = control((unsigned char)*s) || *s == ' ';

        if (!gap) {
            buf_putc(&out, *s);
        } else if (out.len > 0 && out.data[out.len - 1] != ' ') {
            buf_putc(&out, ' ');
        }
    }
    while (out.len > 0 && out.data[out.len - 1] == ' ') {
        out.data[--out.len] = '\0';
    }
    return out.data;
}

/* ---- headers ---- */

/* Nothing to encode, and nothing that looks as if it were. */
static bool
as_it_is(const char *line)
{
    return printable(line) && strlen(line) <= PLAIN_MAX && !strstr(line, "=?");
}

/* Bytes of s that end at a character and fit into one encoded word. */
static size_t
word_length(const char *s)
{
    size_t n = strnlen(s, WORD_BYTES + 1);

    if (n <= WORD_BYTES) {
        return n;
    }
    n = WORD_BYTES;
    while (n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80) {
        n--;
    }
    return n;
}

/* RFC 2047: =?UTF-8?B?…?=, a line each. */
static void
encoded_words(struct buf *out, const char *s)
{
    char text[4 * WORD_BYTES];

    while (*s) {
        size_t n = word_length(s);

        sodium_bin2base64(text, sizeof text, (const unsigned char *)s, n,
                          sodium_base64_VARIANT_ORIGINAL);
        buf_printf(out, "=?UTF-8?B?%s?=", text);
        s += n;
        if (*s) {
            buf_puts(out, "\r\n ");
        }
    }
}

static void
unstructured(struct arena *a, struct buf *out, const char *name,
             const char *value)
{
    const char *line = mail_one_line(a, value);

    buf_printf(out, "%s: ", name);
    if (as_it_is(line)) {
        buf_puts(out, line);
    } else {
        encoded_words(out, line);
    }
    buf_puts(out, "\r\n");
}

/* What programs read: left out unless it is printable ASCII. */
static void
token(struct buf *out, const char *name, const char *value)
{
    if (value[0] && printable(value) && strlen(value) <= HEADER_MAX) {
        buf_printf(out, "%s: %s\r\n", name, value);
    }
}

/* "Acme Telekom" <portal@acme.example> */
static void
mailbox(struct arena *a, struct buf *out, const char *header, const char *name,
        const char *address)
{
    const char *line = mail_one_line(a, name), *gap = "\r\n ";

    buf_printf(out, "%s: ", header);
    if (as_it_is(line)) {
        gap = strlen(line) + strlen(address) < PLAIN_MAX ? " " : gap;
        buf_putc(out, '"');
        for (; *line; line++) {
            if (*line == '"' || *line == '\\') {
                buf_putc(out, '\\');
            }
            buf_putc(out, *line);
        }
        buf_putc(out, '"');
    } else {
        encoded_words(out, line);
    }
    buf_printf(out, "%s<%s>\r\n", gap, address);
}

static void
date(struct buf *out, int64_t at)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
                                       "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)at;
    struct tm t;

    gmtime_r(&seconds, &t);
    buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
               days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900,
               t.tm_hour, t.tm_min, t.tm_sec);
}

/* ---- the text ---- */

static void
quoted(struct buf *out, size_t *column, const char *s, bool line_ends)
{
    unsigned char c = (unsigned char)*s;
    bool blank = c == ' ' || c == '\t';
    bool plain = (c > 0x20 && c < 0x7f && c != '=') || (blank && !line_ends);
    size_t width = plain ? 1 : 3;

    if (*column + width > LINE_MAX_CHARACTERS - 1) {
        buf_puts(out, "=\r\n");
        *column = 0;
    }
    if (plain) {
        buf_putc(out, (char)c);
    } else {
        buf_printf(out, "=%02X", c);
    }
    *column += width;
}

static void
quoted_printable(struct buf *out, const char *s)
{
    size_t column = 0;

    for (; *s; s++) {
        bool crlf = s[0] == '\r' && s[1] == '\n';

        if (*s == '\n') {
            buf_puts(out, "\r\n");
            column = 0;
        } else if (!crlf) {
            quoted(out, &column, s, s[1] == '\n' || s[1] == '\0');
        }
    }
    if (column > 0) {
        buf_puts(out, "\r\n");
    }
}

/* ---- parts ---- */

static void
text_part(struct buf *out, const char *subtype, const char *text)
{
    buf_printf(out,
               "Content-Type: text/%s; charset=UTF-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n"
               "\r\n",
               subtype);
    quoted_printable(out, text);
}

/* RFC 2231: what a header parameter cannot say is in per cent signs; a plain
 * name stands beside it for programs that do not know them. */
static void
file_name(struct buf *out, const char *parameter, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    buf_printf(out, ";\r\n %s*=UTF-8''", parameter);
    for (const char *p = name; *p; p++) {
        if (strchr(plain, *p)) {
            buf_putc(out, *p);
        } else {
            buf_printf(out, "%%%02X", (unsigned char)*p);
        }
    }
}

static void
file_part(struct buf *out, const struct mail_file *file)
{
    size_t left = strlen(file->base64), n;

    buf_printf(out, "Content-Type: %s\r\nContent-Disposition: attachment",
               file->type);
    file_name(out, "filename", file->name);
    buf_puts(out, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    for (const char *p = file->base64; left > 0; p += n, left -= n) {
        n = left < LINE_MAX_CHARACTERS ? left : LINE_MAX_CHARACTERS;
        buf_add(out, p, n);
        buf_puts(out, "\r\n");
    }
}

/* A line that no part can have: quoted-printable has no "=_", base64 no "_".
 */
static void
boundary(struct buf *out, const struct mail_message *m, const char *which,
         bool last)
{
    buf_printf(out, "--=_%s_%s%s\r\n", which, m->id, last ? "--" : "");
}

static void
begin_multipart(struct buf *out, const struct mail_message *m,
                const char *subtype)
{
    buf_printf(out,
               "Content-Type: multipart/%s;\r\n boundary=\"=_%s_%s\"\r\n"
               "\r\n",
               subtype, subtype, m->id);
}

/* The better part comes last (RFC 2046, 5.1.4). */
static void
said(struct buf *out, const struct mail_message *m)
{
    static const char which[] = "alternative";

    if (!m->html || !m->html[0]) {
        text_part(out, "plain", m->text);
        return;
    }
    begin_multipart(out, m, which);
    boundary(out, m, which, false);
    text_part(out, "plain", m->text);
    boundary(out, m, which, false);
    text_part(out, "html", m->html);
    boundary(out, m, which, true);
}

static void
said_with_files(struct buf *out, const struct mail_message *m)
{
    static const char which[] = "mixed";

    if (m->n_files == 0) {
        said(out, m);
        return;
    }
    begin_multipart(out, m, which);
    boundary(out, m, which, false);
    said(out, m);
    for (size_t i = 0; i < m->n_files; i++) {
        boundary(out, m, which, false);
        file_part(out, &m->files[i]);
    }
    boundary(out, m, which, true);
}

char *
mail_message(struct arena *a, const struct mail_message *m, size_t *len)
{
    struct buf out = buf_new(a, strlen(m->text) + 1024);

    date(&out, m->date);
    mailbox(a, &out, "From", m->from_name, m->from);
    token(&out, "To", m->to);
    token(&out, "Reply-To", m->reply_to ? m->reply_to : "");
    unstructured(a, &out, "Subject", m->subject);
    token(&out, "Message-ID", arena_printf(a, "<%s@%s>", m->id, m->host));
    token(&out, "Auto-Submitted", "auto-generated");
    token(&out, "Content-Language", m->language);
    token(&out, "X-Request-Id", m->request_id);
    buf_puts(&out, "MIME-Version: 1.0\r\n");
    said_with_files(&out, m);
    *len = out.len;
    return out.data;
}
