/* Text to tree. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "view/i18n.h"
#include "view/template_tree.h"

enum { DELIMITER_MAX = 16 };

struct parser {
    const struct template_source *source;
    const char *text;
    size_t len, at;
    char open[DELIMITER_MAX + 1], close[DELIMITER_MAX + 1];
    const char *translation_of; /* message id, in its text */
    int first_line;             /* of the text in the file */
    bool failed;
};

struct tag {
    char kind;             /* 'v' for a plain variable, else the sign */
    size_t start, end;     /* the whole tag in the text */
    const char *name;      /* trimmed */
    bool alone;            /* on its line */
    size_t line, line_end; /* where that line begins, and the next one */
};

struct list {
    struct node *first, **last;
};

static bool
blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int
line_of(const struct parser *p, size_t at)
{
    int line = p->first_line;

    for (size_t i = 0; i < at && p->translation_of == NULL; i++) {
        line += p->text[i] == '\n';
    }
    return line;
}

__attribute__((format(printf, 3, 4))) static void
fail(struct parser *p, size_t at, const char *format, ...)
{
    char what[256];
    va_list args;

    if (p->failed) {
        return;
    }
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (p->translation_of != NULL) {
        log_error("%s:%d: %s, in the %s translation of \"%s\"", p->source->file,
                  line_of(p, at), what, p->source->lang ? p->source->lang : "",
                  p->translation_of);
    } else {
        log_error("%s:%d: %s", p->source->file, line_of(p, at), what);
    }
    p->failed = true;
}

/* Tags */

/* Blanks alone before the tag on its line, and after it. */
static void
look_around(const struct parser *p, struct tag *t)
{
    size_t line = t->start, end = t->end;

    while (line > 0 &&
           (p->text[line - 1] == ' ' || p->text[line - 1] == '\t')) {
        line--;
    }
    while (end < p->len && (p->text[end] == ' ' || p->text[end] == '\t')) {
        end++;
    }
    if (end + 1 < p->len && p->text[end] == '\r' && p->text[end + 1] == '\n') {
        end++;
    }
    t->alone = (line == 0 || p->text[line - 1] == '\n') &&
               (end == p->len || p->text[end] == '\n');
    t->line = line;
    t->line_end = end < p->len ? end + 1 : end;
}

static const char *
find(const struct parser *p, size_t from, const char *what)
{
    return memmem(p->text + from, p->len - from, what, strlen(what));
}

/* What ends a tag of that kind: "}}}" or "=}}" or the delimiter itself. */
static void
end_mark(const struct parser *p, char kind, char out[DELIMITER_MAX + 2])
{
    const char *extra = kind == '{' ? "}" : kind == '=' ? "=" : "";

    snprintf(out, DELIMITER_MAX + 2, "%s%s", extra, p->close);
}

/* The next tag from p->at on: 1, 0 at the end of the text, -1 on a fault. */
static int
next_tag(struct parser *p, struct tag *t)
{
    char mark[DELIMITER_MAX + 2];
    const char *open = find(p, p->at, p->open);

    if (open == NULL) {
        return 0;
    }
    t->start = (size_t)(open - p->text);
    size_t name = t->start + strlen(p->open);
    while (name < p->len && blank(p->text[name])) {
        name++;
    }
    t->kind = 'v';
    if (name < p->len && strchr("#^/!>={&<$", p->text[name]) != NULL) {
        t->kind = p->text[name++];
    }
    end_mark(p, t->kind, mark);
    const char *close = find(p, name, mark);
    if (close == NULL) {
        fail(p, t->start, "a tag is not closed by %s", mark);
        return -1;
    }
    size_t end = (size_t)(close - p->text);
    t->end = end + strlen(mark);
    while (name < end && blank(p->text[name])) {
        name++;
    }
    while (end > name && blank(p->text[end - 1])) {
        end--;
    }
    t->name = arena_strndup(p->source->arena, p->text + name, end - name);
    look_around(p, t);
    bool message = strcmp(t->name, "_") == 0;
    t->alone = t->alone && strchr("#^/!>=<$", t->kind) != NULL && !message;
    return 1;
}

static void
set_delimiters(struct parser *p, const struct tag *t)
{
    const char *s = t->name;
    size_t open = strcspn(s, " \t\r\n");
    size_t gap = strspn(s + open, " \t\r\n");
    const char *close = s + open + gap;
    size_t close_len = strlen(close);

    if (open == 0 || gap == 0 || close_len == 0 || open > DELIMITER_MAX ||
        close_len > DELIMITER_MAX || strpbrk(close, " \t\r\n") != NULL ||
        strchr(s, '=') != NULL) {
        fail(p, t->start, "bad delimiters \"%s\"", s);
        return;
    }
    snprintf(p->open, sizeof p->open, "%.*s", (int)open, s);
    snprintf(p->close, sizeof p->close, "%s", close);
}

/* Nodes */

static struct node *
append(struct parser *p, struct list *list, enum node_kind kind,
       const char *text)
{
    struct node *n = arena_alloc(p->source->arena, sizeof *n);

    *n = (struct node){.kind = kind, .text = text, .len = strlen(text)};
    *list->last = n;
    list->last = &n->next;
    return n;
}

/* Whether text at that place begins a line of the template. */
static bool
starts_line(const struct parser *p, size_t at)
{
    return at > 0 ? p->text[at - 1] == '\n' : p->translation_of == NULL;
}

static void
append_text(struct parser *p, struct list *list, size_t from, size_t end)
{
    char *text = arena_strndup(p->source->arena, p->text + from, end - from);

    append(p, list, NODE_TEXT, text)->line_start = starts_line(p, from);
}

/* Text from p->at up to a tag or the end. Where a line begins with the tag, an
 * empty text marks the place: an indentation has to be written there. */
static void
append_until(struct parser *p, struct list *list, size_t end, bool tag_follows)
{
    if (end > p->at) {
        append_text(p, list, p->at, end);
    }
    if (tag_follows && starts_line(p, end)) {
        append_text(p, list, end, end);
    }
}

static void
split_name(struct parser *p, struct node *n, const struct tag *t)
{
    const char *s = t->name;
    size_t dots = 0;

    if (strcmp(s, ".") == 0) {
        return;
    }
    for (const char *c = s; *c != '\0'; c++) {
        dots += *c == '.';
    }
    n->keys = arena_alloc(p->source->arena, (dots + 1) * sizeof *n->keys);
    for (;;) {
        size_t len = strcspn(s, ".");
        if (len == 0) {
            fail(p, t->start, "bad name \"%s\"", t->name);
            return;
        }
        n->keys[n->n_keys++] = arena_strndup(p->source->arena, s, len);
        if (s[len] == '\0') {
            return;
        }
        s += len + 1;
    }
}

static struct node *parse_list(struct parser *p, const struct tag *opened,
                               int nesting);

static enum node_kind
kind_of(const struct parser *p, char sign)
{
    switch (sign) {
    case '#':
        return NODE_SECTION;
    case '^':
        return NODE_INVERTED;
    case '>':
        return NODE_PARTIAL;
    case '<':
        return NODE_PARENT;
    case '$':
        return NODE_BLOCK;
    case '{':
    case '&':
        return NODE_RAW;
    default:
        return p->source->plain ? NODE_RAW : NODE_VALUE;
    }
}

static void
append_tag(struct parser *p, struct list *list, const struct tag *t,
           int nesting)
{
    if (*t->name == '\0' || strpbrk(t->name, " \t\r\n") != NULL) {
        fail(p, t->start, "bad name \"%s\"", t->name);
        return;
    }
    struct node *n = append(p, list, kind_of(p, t->kind), t->name);
    if (strchr("v{&#^", t->kind) != NULL) {
        split_name(p, n, t);
    }
    if (t->alone && strchr("><", t->kind) != NULL) {
        n->indent = arena_strndup(p->source->arena, p->text + t->line,
                                  t->start - t->line);
    }
    if (strchr("#^<$", t->kind) != NULL) {
        n->children = parse_list(p, t, nesting + 1);
    }
}

/* Messages */

/* White space folded to single spaces, and none at the ends. */
static const char *
fold(struct arena *a, const char *s, size_t len)
{
    char *out = arena_alloc(a, len + 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (!blank(s[i])) {
            out[n++] = s[i];
        } else if (n > 0 && out[n - 1] != ' ') {
            out[n++] = ' ';
        }
    }
    while (n > 0 && out[n - 1] == ' ') {
        n--;
    }
    out[n] = '\0';
    return out;
}

/* Parses a message's text as a template of its own and adds its nodes. */
static void
append_message(struct parser *p, struct list *list, const char *id, int line,
               int nesting)
{
    const struct template_source *source = p->source;
    const char *text = source->lang != NULL ? i18n(source->lang, id) : id;
    struct parser inner = *p;

    if (source->message != NULL) {
        source->message(id, source->file, source->data);
    }
    inner.text = text;
    inner.len = strlen(text);
    inner.at = 0;
    inner.translation_of = id;
    inner.first_line = line;
    *list->last = parse_list(&inner, NULL, nesting + 1);
    while (*list->last != NULL) {
        list->last = &(*list->last)->next;
    }
    p->failed = inner.failed;
}

static void
parse_message(struct parser *p, struct list *list, const struct tag *opened,
              int nesting)
{
    size_t start = opened->end;
    struct tag t;
    int found;

    p->at = start;
    while ((found = next_tag(p, &t)) == 1) {
        p->at = t.end;
        if (strcmp(t.name, "_") != 0) {
            continue;
        }
        if (t.kind != '/') {
            fail(p, t.start, "a message inside a message");
            return;
        }
        const char *id =
            fold(p->source->arena, p->text + start, t.start - start);
        if (*id == '\0') {
            fail(p, opened->start, "an empty message");
            return;
        }
        append_message(p, list, id, line_of(p, opened->start), nesting);
        return;
    }
    if (found == 0) {
        fail(p, opened->start, "section _ is not closed");
    }
}

/* The whole */

static bool
closes(struct parser *p, const struct tag *t, const struct tag *opened)
{
    if (opened == NULL) {
        fail(p, t->start, "%s is closed and was not opened", t->name);
    } else if (strcmp(t->name, opened->name) != 0) {
        fail(p, t->start, "%s is closed where %s is open", t->name,
             opened->name);
    }
    return !p->failed;
}

static void
parse_tag(struct parser *p, struct list *list, const struct tag *t, int nesting)
{
    if (t->kind == '!') {
        return;
    }
    if (t->kind == '=') {
        set_delimiters(p, t);
    } else if (t->kind == '#' && strcmp(t->name, "_") == 0) {
        parse_message(p, list, t, nesting);
    } else {
        append_tag(p, list, t, nesting);
    }
}

/* Nodes up to the tag that closes `opened`, or to the end. */
static struct node *
parse_list(struct parser *p, const struct tag *opened, int nesting)
{
    struct list list = {.last = &list.first};
    struct tag t;
    int found = 0;

    if (nesting > TEMPLATE_NESTING_MAX) {
        fail(p, p->at, "sections are nested too deeply");
    }
    while (!p->failed && (found = next_tag(p, &t)) == 1) {
        append_until(p, &list, t.alone ? t.line : t.start, !t.alone);
        p->at = t.alone ? t.line_end : t.end;
        if (t.kind == '/') {
            closes(p, &t, opened);
            return list.first;
        }
        parse_tag(p, &list, &t, nesting);
    }
    if (!p->failed && opened != NULL) {
        fail(p, opened->start, "section %s is not closed", opened->name);
    }
    if (!p->failed) {
        append_until(p, &list, p->len, false);
        p->at = p->len;
    }
    return list.first;
}

struct template *
template_parse(const struct template_source *source)
{
    struct parser p = {.source = source,
                       .text = source->text,
                       .len = source->len,
                       .open = "{{",
                       .close = "}}",
                       .first_line = 1};
    struct template *t = arena_alloc(source->arena, sizeof *t);

    t->name = arena_strdup(source->arena, source->name);
    t->file = arena_strdup(source->arena, source->file);
    if (memchr(source->text, '\0', source->len) != NULL) {
        fail(&p, 0, "a NUL byte");
    }
    t->root = parse_list(&p, NULL, 0);
    return p.failed ? NULL : t;
}
