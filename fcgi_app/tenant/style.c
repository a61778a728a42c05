#include "tenant/style.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum {
    DARK = 700,   /* contrast with white of a ground that stays in the dark */
    PALE = 0xc0,  /* least part of a colour that is hardly one */
    TINT = 6,     /* per cent of a light ground that the dark one has */
    SHADE = 7,    /* per cent of its text that the second ground has */
    STRONG = 25,  /* per cent further on, where the mouse is */
    RADIUS = 22,  /* px: what is as high as a button is round with that */
    WORD_MAX = 32 /* bytes of a name and its value */
};

static const struct colour black = {0, 0, 0}, white = {0xff, 0xff, 0xff};

struct colour
palette(enum palette name, bool dark)
{
    static const struct {
        const char *light, *dark;
    } rows[] = {
#define PALETTE(name, light, dark) {light, dark},
#include "tables/palette.def"
#undef PALETTE
    };
    struct colour c = {0};

    colour_parse(dark ? rows[name].dark : rows[name].light, &c);
    return c;
}

/* ---- as text ---- */

static const char *const colour_names[] = {
    [STYLE_TITLE] = "title",     [STYLE_GROUND] = "ground",
    [STYLE_HEAD] = "head",       [STYLE_HEAD_TEXT] = "head_text",
    [STYLE_CONTENT] = "content", [STYLE_DISCOUNT] = "discount",
    [STYLE_BUTTON] = "button",   [STYLE_BUTTON_TEXT] = "button_text",
    [STYLE_ACTION] = "action",   [STYLE_ACTION_TEXT] = "action_text",
    [STYLE_BORDER] = "border",
};

static bool
take_pixels(const char *value, int *out)
{
    size_t len = strlen(value);

    if (len < 1 || len > 2 || strspn(value, "0123456789") != len) {
        return false;
    }
    *out = atoi(value);
    return true;
}

static bool
take(const char *name, const char *value, struct style *out)
{
    if (strcmp(name, "border_width") == 0) {
        return take_pixels(value, &out->width);
    }
    if (strcmp(name, "border_radius") == 0) {
        return take_pixels(value, &out->radius);
    }
    for (size_t i = 0; i < N_STYLE_COLOURS; i++) {
        if (strcmp(name, colour_names[i]) == 0) {
            out->set[i] = true;
            return colour_parse(value, &out->colours[i]);
        }
    }
    return false;
}

bool
style_parse(const char *text, struct style *out)
{
    char word[WORD_MAX];
    size_t len;

    *out = (struct style){.width = 1, .radius = 10};
    for (; *text; text += len + (text[len] == ' ')) {
        char *value;

        len = strcspn(text, " ");
        if (len >= sizeof word) {
            return false;
        }
        memcpy(word, text, len);
        word[len] = '\0';
        value = strchr(word, '=');
        if (!value) {
            return false;
        }
        *value++ = '\0';
        if (!take(word, value, out)) {
            return false;
        }
    }
    return true;
}

/* Where the word of a name begins, and its length; NULL: there is none. */
static const char *
word_of(const char *text, const char *name, size_t *len)
{
    size_t n = strlen(name);

    for (; *text; text += *len + (text[*len] == ' ')) {
        *len = strcspn(text, " ");
        if (strncmp(text, name, n) == 0 && text[n] == '=') {
            return text;
        }
    }
    return NULL;
}

const char *
style_value(struct arena *a, const char *text, const char *name)
{
    size_t len, n = strlen(name) + 1;
    const char *word = word_of(text, name, &len);

    return word ? arena_strndup(a, word + n, len - n) : NULL;
}

const char *
style_with(struct arena *a, const char *text, const char *name,
           const char *value)
{
    size_t len;
    const char *word = word_of(text, name, &len);

    if (word) { /* without it, and the blank beside it */
        size_t before = (size_t)(word - text);
        const char *after = word + len + (word[len] == ' ');

        before -= before > 0 && *after == '\0';
        text = arena_printf(a, "%.*s%s", (int)before, text, after);
    }
    return value[0] ? arena_printf(a, "%s%s%s=%s", text, text[0] ? " " : "",
                                   name, value)
                    : text;
}

/* ---- what follows ---- */

/* Variables of portal.css. Those of SURFACE, in the order of the others, are
 * for what stands on content: portal.css puts them in their place there. */
#define VARIABLES(_)                                                           \
    _(GROUND, "ground")                                                        \
    _(TEXT, "text")                                                            \
    _(MUTED, "muted")                                                          \
    _(LINK, "link")                                                            \
    _(LINK_STRONG, "link-strong")                                              \
    _(BAD, "bad")                                                              \
    _(CONTROL, "control")                                                      \
    _(FOCUS, "focus")                                                          \
    _(TITLE, "title")                                                          \
    _(SURFACE, "surface")                                                      \
    _(SURFACE_TEXT, "surface-text")                                            \
    _(SURFACE_MUTED, "surface-muted")                                          \
    _(SURFACE_LINK, "surface-link")                                            \
    _(SURFACE_LINK_STRONG, "surface-link-strong")                              \
    _(SURFACE_BAD, "surface-bad")                                              \
    _(SURFACE_CONTROL, "surface-control")                                      \
    _(SURFACE_FOCUS, "surface-focus")                                          \
    _(SURFACE_TITLE, "surface-title")                                          \
    _(OFF_GROUND, "off-ground")                                                \
    _(OFF, "off")                                                              \
    _(GOOD_GROUND, "good-ground")                                              \
    _(GOOD, "good")                                                            \
    _(WAIT_GROUND, "wait-ground")                                              \
    _(WAIT, "wait")                                                            \
    _(BAD_GROUND, "bad-ground")                                                \
    _(TAG_BAD, "tag-bad")                                                      \
    _(DISCOUNT, "discount")                                                    \
    _(HEAD_GROUND, "head-ground")                                              \
    _(HEAD_TEXT, "head-text")                                                  \
    _(HEAD_MUTED, "head-muted")                                                \
    _(LINE, "line")                                                            \
    _(ACCENT, "accent")                                                        \
    _(ACCENT_STRONG, "accent-strong")                                          \
    _(ON_ACCENT, "on-accent")                                                  \
    _(BUTTON, "button")                                                        \
    _(BUTTON_STRONG, "button-strong")                                          \
    _(ON_BUTTON, "on-button")                                                  \
    _(ACTION, "action")                                                        \
    _(ACTION_STRONG, "action-strong")                                          \
    _(ON_ACTION, "on-action")

enum variable {
#define VARIABLE(name, css) V_##name,
    VARIABLES(VARIABLE)
#undef VARIABLE
        N_VARIABLES
};

static const char *const variable_names[] = {
#define VARIABLE(name, css) css,
    VARIABLES(VARIABLE)
#undef VARIABLE
};

/* All of them in one scheme. */
struct look {
    const struct style *style;
    const struct colour *accent; /* NULL: the portal's own */
    bool dark;
    struct colour v[N_VARIABLES];
};

static bool
is_dark(struct colour ground)
{
    return colour_on(ground).red > 0;
}

/* The portal's colour for that ground, as it is in the light or in the dark. */
static struct colour
tone(enum palette name, struct colour ground)
{
    return palette(name, is_dark(ground));
}

/* A text that is read even better. */
static struct colour
stronger(struct colour text, struct colour ground)
{
    return colour_mix(text, colour_on(ground), STRONG);
}

/* A ground under the mouse: on it the same text is read even better. */
static struct colour
deeper(struct colour ground, struct colour text)
{
    bool lighter =
        colour_contrast(text, black) > colour_contrast(ground, black);

    return colour_mix(ground, lighter ? black : white, STRONG);
}

static bool
is_pale(struct colour c)
{
    return c.red >= PALE && c.green >= PALE && c.blue >= PALE;
}

static bool
is_set(const struct look *l, enum style_colour name)
{
    return l->style->set[name];
}

/* A ground that covers much: what is light turns dark with the rest. */
static struct colour
wide_ground(const struct look *l, enum style_colour name, enum palette ours)
{
    struct colour c = l->style->colours[name], base = palette(ours, l->dark);

    if (!is_set(l, name)) {
        return base;
    }
    return l->dark && colour_contrast(c, white) < DARK
               ? colour_mix(base, c, TINT)
               : c;
}

/* A ground of its own text: a strong colour is itself in the dark, too. */
static struct colour
small_ground(const struct look *l, enum style_colour name, struct colour dark)
{
    struct colour c = l->style->colours[name];

    return l->dark && is_pale(c) ? colour_mix(dark, c, TINT) : c;
}

/* The chosen text or ours, so that it can be read on both. */
static struct colour
text_on(const struct look *l, enum style_colour name, struct colour ours,
        struct colour ground)
{
    return colour_legible(is_set(l, name) ? l->style->colours[name] : ours,
                          ground, COLOUR_TEXT);
}

/* The colours of what stands on a ground; `off` is a second one, on which the
 * same words stand now and then. `first`: V_TEXT or V_SURFACE_TEXT. */
static void
add_words(struct look *l, enum variable first, struct colour ground,
          struct colour off)
{
    static const struct {
        enum palette name;
        int offset, contrast;
    } rows[] = {
        {PALETTE_text, V_TEXT, COLOUR_TEXT},
        {PALETTE_muted, V_MUTED, COLOUR_TEXT},
        {PALETTE_accent, V_LINK, COLOUR_TEXT},
        {PALETTE_bad, V_BAD, COLOUR_TEXT},
        {PALETTE_control, V_CONTROL, COLOUR_SIGN},
        {PALETTE_focus, V_FOCUS, COLOUR_SIGN},
    };
    struct colour *words = &l->v[first] - V_TEXT;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct colour c = tone(rows[i].name, ground);

        if (rows[i].name == PALETTE_accent && l->accent) {
            c = *l->accent;
        }
        c = colour_legible(c, ground, rows[i].contrast);
        words[rows[i].offset] = colour_legible(c, off, rows[i].contrast);
    }
    words[V_LINK_STRONG] = stronger(words[V_LINK], ground);
    words[V_TITLE] = text_on(l, STYLE_TITLE, words[V_TEXT], ground);
}

/* What is coloured by its meaning, on grounds of its own. */
static void
add_tags(struct look *l)
{
    struct colour surface = l->v[V_SURFACE];

    l->v[V_OFF] = colour_legible(tone(PALETTE_off, surface), l->v[V_OFF_GROUND],
                                 COLOUR_TEXT);
    l->v[V_GOOD_GROUND] = tone(PALETTE_good_ground, surface);
    l->v[V_GOOD] = tone(PALETTE_good, surface);
    l->v[V_WAIT_GROUND] = tone(PALETTE_wait_ground, surface);
    l->v[V_WAIT] = tone(PALETTE_wait, surface);
    l->v[V_BAD_GROUND] = tone(PALETTE_bad_ground, surface);
    l->v[V_TAG_BAD] = tone(PALETTE_bad, surface);
    l->v[V_DISCOUNT] =
        text_on(l, STYLE_DISCOUNT, tone(PALETTE_good, surface), surface);
}

static void
add_head(struct look *l)
{
    bool named = is_set(l, STYLE_HEAD);
    struct colour ground = named
                               ? small_ground(l, STYLE_HEAD, l->v[V_OFF_GROUND])
                               : l->v[V_SURFACE];

    l->v[V_HEAD_GROUND] = ground;
    l->v[V_HEAD_TEXT] =
        text_on(l, STYLE_HEAD_TEXT, tone(PALETTE_text, ground), ground);
    l->v[V_HEAD_MUTED] = named || is_set(l, STYLE_HEAD_TEXT)
                             ? l->v[V_HEAD_TEXT]
                             : l->v[V_SURFACE_MUTED];
}

/* A colour that can be told from the content, and from the page where it can be
 * both. */
static struct colour
told(const struct look *l, struct colour c)
{
    struct colour on_surface = colour_legible(c, l->v[V_SURFACE], COLOUR_SIGN);
    struct colour both =
        colour_legible(on_surface, l->v[V_GROUND], COLOUR_SIGN);

    return colour_contrast(both, l->v[V_SURFACE]) >= COLOUR_SIGN ? both
                                                                 : on_surface;
}

static void
add_accent(struct look *l)
{
    struct colour c =
        l->accent ? *l->accent : tone(PALETTE_accent, l->v[V_SURFACE]);

    l->v[V_ACCENT] = told(l, c);
    l->v[V_ON_ACCENT] = colour_on(l->v[V_ACCENT]);
    l->v[V_ACCENT_STRONG] = deeper(l->v[V_ACCENT], l->v[V_ON_ACCENT]);
}

static void
add_action(struct look *l)
{
    struct colour c =
        is_set(l, STYLE_ACTION)
            ? told(l, small_ground(l, STYLE_ACTION, l->v[V_OFF_GROUND]))
            : l->v[V_ACCENT];

    l->v[V_ACTION] = c;
    l->v[V_ON_ACTION] = text_on(l, STYLE_ACTION_TEXT, colour_on(c), c);
    l->v[V_ACTION_STRONG] = deeper(c, l->v[V_ON_ACTION]);
}

/* The other buttons have a border that tells where they are. */
static void
add_button(struct look *l)
{
    bool named = is_set(l, STYLE_BUTTON);
    struct colour c = named ? small_ground(l, STYLE_BUTTON, l->v[V_OFF_GROUND])
                            : l->v[V_SURFACE];
    struct colour on = named ? colour_on(c) : l->v[V_SURFACE_TEXT];

    on = text_on(l, STYLE_BUTTON_TEXT, on, c);
    l->v[V_BUTTON] = c;
    l->v[V_BUTTON_STRONG] = named ? deeper(c, on) : l->v[V_OFF_GROUND];
    l->v[V_ON_BUTTON] = colour_legible(on, l->v[V_BUTTON_STRONG], COLOUR_TEXT);
}

/* A little beside the content, on the side on which the same text is read. */
static struct colour
second_ground(const struct look *l)
{
    struct colour surface = l->v[V_SURFACE], on = colour_on(surface);
    struct colour second = colour_mix(surface, on, SHADE);

    if (!is_set(l, STYLE_CONTENT)) {
        return palette(PALETTE_off_ground, l->dark);
    }
    return is_dark(second) == is_dark(surface)
               ? second
               : colour_mix(surface, colour_on(on), SHADE);
}

static void
work_out(struct look *l)
{
    struct colour ground, surface;

    l->v[V_GROUND] = ground = wide_ground(l, STYLE_GROUND, PALETTE_ground);
    l->v[V_SURFACE] = surface = wide_ground(l, STYLE_CONTENT, PALETTE_surface);
    l->v[V_OFF_GROUND] = second_ground(l);
    l->v[V_LINE] =
        is_set(l, STYLE_BORDER)
            ? small_ground(l, STYLE_BORDER, palette(PALETTE_line, l->dark))
            : tone(PALETTE_line, surface);
    add_words(l, V_TEXT, ground, ground);
    add_words(l, V_SURFACE_TEXT, surface, l->v[V_OFF_GROUND]);
    add_tags(l);
    add_head(l);
    add_accent(l);
    add_action(l);
    add_button(l);
}

/* ---- the sheets ---- */

static void
add_rule(struct buf *out, struct look *l, const char *selector)
{
    const struct style *s = l->style;
    char text[8];

    work_out(l);
    buf_printf(out, "%s{color-scheme:%s", selector,
               is_dark(l->v[V_GROUND]) ? "dark" : "light");
    for (size_t i = 0; i < N_VARIABLES; i++) {
        colour_format(l->v[i], text);
        buf_puts(out, ";--");
        buf_puts(out, variable_names[i]);
        buf_putc(out, ':');
        buf_puts(out, text);
    }
    buf_printf(out,
               ";--head:%d;--line-width:%dpx;--radius:%dpx;--radius-small:%dpx"
               "}",
               is_set(l, STYLE_HEAD), s->width, s->radius,
               s->radius < RADIUS ? s->radius : RADIUS);
}

static struct look
look_of(const struct style *style, const char *accent, struct colour *parsed)
{
    return (struct look){
        .style = style, .accent = colour_parse(accent, parsed) ? parsed : NULL};
}

static const char *
sheet(struct arena *a, const struct style *style, const char *accent,
      const char *const parts[4])
{
    struct colour parsed;
    struct look l = look_of(style, accent, &parsed);
    struct buf out = buf_new(a, 4096);

    buf_puts(&out, parts[0]);
    add_rule(&out, &l, parts[1]);
    buf_puts(&out, parts[2]);
    l.dark = true;
    add_rule(&out, &l, parts[3]);
    buf_puts(&out, "}\n");
    return out.data;
}

const char *
style_sheet(struct arena *a, const struct style *style, const char *accent)
{
    static const char *const parts[] = {
        "@media screen{", ":root",
        "}\n@media screen and (prefers-color-scheme:dark){", ":root"};

    return sheet(a, style, accent, parts);
}

const char *
style_sample(struct arena *a, const struct style *style, const char *accent)
{
    static const char *const parts[] = {"@media screen{", ".sample-light", "",
                                        ".sample-dark"};

    return sheet(a, style, accent, parts);
}

/* ---- what a merchant should know ---- */

json_t *
style_faults(const struct style *style, const char *accent)
{
    static const struct {
        enum style_colour name;
        enum variable shown, ground;
    } rows[] = {
        {STYLE_TITLE, V_TITLE, V_GROUND},
        {STYLE_HEAD_TEXT, V_HEAD_TEXT, V_HEAD_GROUND},
        {STYLE_DISCOUNT, V_DISCOUNT, V_SURFACE},
        {STYLE_BUTTON_TEXT, V_ON_BUTTON, V_BUTTON},
        {STYLE_ACTION, V_ACTION, V_SURFACE},
        {STYLE_ACTION_TEXT, V_ON_ACTION, V_ACTION},
    };
    struct colour parsed;
    struct look l = look_of(style, accent, &parsed);
    json_t *list = json_array();
    char chosen[8], shown[8];

    work_out(&l);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct colour c = style->colours[rows[i].name];

        colour_format(c, chosen);
        colour_format(l.v[rows[i].shown], shown);
        if (style->set[rows[i].name] && strcmp(chosen, shown) != 0) {
            json_array_append_new(
                list,
                json_pack("{s:s, s:i, s:s}", "name", colour_names[rows[i].name],
                          "contrast", colour_contrast(c, l.v[rows[i].ground]),
                          "shown", shown));
        }
    }
    return list;
}
