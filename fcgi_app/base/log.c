#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { LINE_MAX_BYTES = 4096, ID_MAX = 64 };

static enum log_level lowest = LOG_INFO;
static char request[ID_MAX + 1];

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

/* Adds bytes as they may stand in a log: what could end the line, move a
 * terminal's cursor or forge a second line is written as \n or \x1b. */
static void
add(struct line *line, const char *s)
{
    static const char hex[] = "0123456789abcdef";

    for (; *s != '\0' && line->len + 8 < sizeof line->text; s++) {
        unsigned char c = (unsigned char)*s;
        if (c >= 0x20 && c != 0x7f) {
            line->text[line->len++] = (char)c;
            continue;
        }
        line->text[line->len++] = '\\';
        if (c == '\n') {
            line->text[line->len++] = 'n';
            continue;
        }
        line->text[line->len++] = 'x';
        line->text[line->len++] = hex[c >> 4];
        line->text[line->len++] = hex[c & 15];
    }
}

static void
begin(struct line *line, enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    int64_t ms = clock_real_ms();
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    char head[96], date[32];

    gmtime_r(&seconds, &t);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(head, sizeof head, "%s.%03dZ %s %ld ", date, (int)(ms % 1000),
             names[level], (long)getpid());
    add(line, head);
    add(line, request[0] != '\0' ? request : "-");
    add(line, " ");
}

void
log_set_level(enum log_level level)
{
    lowest = level;
}

void
log_set_request(const char *request_id)
{
    snprintf(request, sizeof request, "%s", request_id ? request_id : "");
}

void
log_at(enum log_level level, const char *format, ...)
{
    struct line line = {.len = 0};
    char message[LINE_MAX_BYTES];
    va_list args;

    if (level < lowest) {
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    begin(&line, level);
    add(&line, message);
    line.text[line.len++] = '\n';

    /* One write a line: lines of several processes do not mix. */
    if (write(STDERR_FILENO, line.text, line.len) < 0) {
        return; /* there is nowhere left to say so */
    }
}
