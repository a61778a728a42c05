#include "mail/mail_places.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

const struct mail_event mail_events[] = {
#define EVENT(event, label) {#event, label},
#define PLACE(event, name, kind, key, example, label)
#include "tables/events.def"
};

const struct mail_place mail_places[] = {
#define EVENT(event, label)
#define PLACE(event, name, kind, key, example, label)                          \
    {#event, #name, MAIL_##kind, key, example, label},
#include "tables/events.def"
};

const size_t mail_n_events = sizeof mail_events / sizeof *mail_events;
const size_t mail_n_places = sizeof mail_places / sizeof *mail_places;

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_";

const struct mail_event *
mail_event_named(const char *name)
{
    for (size_t i = 0; i < mail_n_events; i++) {
        if (strcmp(mail_events[i].name, name) == 0) {
            return &mail_events[i];
        }
    }
    return NULL;
}

bool
mail_place_in(const struct mail_place *place, const char *event)
{
    return strcmp(place->event, "every") == 0 ||
           strcmp(place->event, event) == 0;
}

/* ---- a text in pieces ---- */

enum piece {
    PIECE_END,
    PIECE_TEXT,
    PIECE_BRACE, /* written twice; at[0] is it */
    PIECE_PLACE, /* at[len] with its braces */
    PIECE_ALONE, /* a brace that is neither */
};

struct scan {
    const char *at;
    size_t len; /* of what stands at `at` */
};

static enum piece
next(struct scan *s)
{
    const char *p = s->at += s->len;
    size_t name;

    s->len = 1;
    switch (*p) {
    case '\0':
        s->len = 0;
        return PIECE_END;
    case '{':
    case '}':
        if (p[1] == p[0]) {
            s->len = 2;
            return PIECE_BRACE;
        }
        name = *p == '{' ? strspn(p + 1, name_characters) : 0;
        if (name == 0 || p[1 + name] != '}') {
            return PIECE_ALONE;
        }
        s->len = name + 2;
        return PIECE_PLACE;
    default:
        s->len = strcspn(p, "{}");
        return PIECE_TEXT;
    }
}

static const struct mail_place *
place_at(const struct scan *s, const char *event)
{
    for (size_t i = 0; i < mail_n_places; i++) {
        const struct mail_place *place = &mail_places[i];

        if (mail_place_in(place, event) && strlen(place->name) == s->len - 2 &&
            strncmp(place->name, s->at + 1, s->len - 2) == 0) {
            return place;
        }
    }
    return NULL;
}

/* ---- judging ---- */

static enum err
judge(const struct scan *s, enum piece piece, const char *event,
      enum mail_part part)
{
    const struct mail_place *place;

    if (piece == PIECE_ALONE) {
        return ERR_value_brace;
    }
    if (piece != PIECE_PLACE) {
        return ERR_NONE;
    }
    place = place_at(s, event);
    if (!place) {
        return ERR_value_placeholder;
    }
    return (place->kind == MAIL_SECRET || place->kind == MAIL_LINKS) &&
                   part == MAIL_IN_SUBJECT
               ? ERR_value_secret_place
               : ERR_NONE;
}

bool
mail_places_ok(struct arena *a, const char *event, enum mail_part part,
               const char *text, struct mail_fault *fault)
{
    struct scan s = {text, 0};
    enum piece piece;

    while ((piece = next(&s)) != PIECE_END) {
        fault->code = judge(&s, piece, event, part);
        if (fault->code != ERR_NONE) {
            char *before = arena_strndup(a, text, (size_t)(s.at - text));

            fault->at = (long)text_length(before) + 1;
            fault->word = arena_strndup(a, s.at, s.len);
            return false;
        }
    }
    return true;
}

/* ---- filling ---- */

static void
put(struct buf *out, enum mail_part part, const char *value)
{
    if (part == MAIL_IN_HTML) {
        buf_html(out, value, strlen(value));
    } else {
        buf_puts(out, value);
    }
}

static void
put_value(struct buf *out, enum mail_part part, const json_t *value)
{
    static const char *const ends[] = {", ", "\n", "<br>\n"};
    const json_t *line;
    size_t i;

    if (!json_is_array(value)) {
        put(out, part, json_is_string(value) ? json_string_value(value) : "");
        return;
    }
    json_array_foreach(value, i, line)
    {
        buf_puts(out, i > 0 ? ends[part] : "");
        put_value(out, part, line);
    }
}

/* Lines, of which those that are addresses lead there. */
static void
put_links(struct buf *out, const json_t *lines)
{
    const json_t *line;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(line);
        bool address = text && strncmp(text, "http", 4) == 0;

        buf_puts(out, i > 0 ? "<br>\n" : "");
        if (address) {
            buf_puts(out, "<a href=\"");
            buf_html(out, text, strlen(text));
            buf_puts(out, "\">");
        }
        put(out, MAIL_IN_HTML, text ? text : "");
        buf_puts(out, address ? "</a>" : "");
    }
}

/* "https://portal.example/?a=1" and then "?language=en". */
static void
go_on_with_query(struct buf *out, struct scan *s, enum mail_part part,
                 const json_t *address)
{
    const char *text = json_string_value(address);

    if (text && strchr(text, '?') && s->at[s->len] == '?') {
        put(out, part, "&");
        s->len++;
    }
}

static void
put_place(struct buf *out, struct scan *s, const char *event,
          enum mail_part part, const json_t *values)
{
    const struct mail_place *place = place_at(s, event);
    const json_t *value = place ? json_object_get(values, place->key) : NULL;

    if (place && place->kind == MAIL_LINKS && part == MAIL_IN_HTML) {
        put_links(out, value);
        return;
    }
    put_value(out, part, value);
    if (place && place->kind == MAIL_URL) {
        go_on_with_query(out, s, part, value);
    }
}

char *
mail_places_fill(struct arena *a, const char *event, enum mail_part part,
                 const char *text, const json_t *values)
{
    struct buf out = buf_new(a, strlen(text) + 256);
    struct scan s = {text, 0};
    enum piece piece;

    while ((piece = next(&s)) != PIECE_END) {
        if (piece == PIECE_PLACE) {
            put_place(&out, &s, event, part, values);
        } else {
            buf_add(&out, s.at, piece == PIECE_BRACE ? 1 : s.len);
        }
    }
    return out.data;
}

/* ---- values that are none ---- */

static json_t *
values_of(struct arena *a, const char *event,
          const char *(*value)(struct arena *, const struct mail_place *))
{
    json_t *values = json_in_arena(a, json_object());

    for (size_t i = 0; i < mail_n_places; i++) {
        const struct mail_place *place = &mail_places[i];

        if (mail_place_in(place, event)) {
            json_t *text = json_string(value(a, place));

            json_object_set_new(values, place->key,
                                place->kind == MAIL_LINES ||
                                        place->kind == MAIL_LINKS
                                    ? json_pack("[o]", text)
                                    : text);
        }
    }
    return values;
}

static const char *
name_of(struct arena *a, const struct mail_place *place)
{
    return arena_printf(a, "{%s}", place->name);
}

json_t *
mail_places_names(struct arena *a, const char *event)
{
    return values_of(a, event, name_of);
}

static const char *
example_of(struct arena *a, const struct mail_place *place)
{
    (void)a;
    return place->example;
}

json_t *
mail_places_examples(struct arena *a, const char *event)
{
    return values_of(a, event, example_of);
}
