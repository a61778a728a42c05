/*
 * The style of a tenant's hosted pages, the order page and the portal: colours,
 * borders and corners that the merchant chose, and what follows from them so
 * that everything can be read in the light and in the dark, whatever was
 * chosen.
 */
#ifndef TENANT_STYLE_H
#define TENANT_STYLE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/colour.h"

/* The colours of portal.css (tables/palette.def). */
enum palette {
#define PALETTE(name, light, dark) PALETTE_##name,
#include "tables/palette.def"
#undef PALETTE
    N_PALETTE
};
struct colour palette(enum palette name, bool dark);

/*
 * A style is kept as one text, words of name=value with a blank between them:
 * "title=#1b4f8f border_width=2". What is not named is ours. Names are those of
 * the settings style_* without that prefix.
 */
enum style_colour {
    STYLE_TITLE,
    STYLE_GROUND,
    STYLE_HEAD, /* ground of a section's heading */
    STYLE_HEAD_TEXT,
    STYLE_CONTENT, /* ground of what stands below it */
    STYLE_DISCOUNT,
    STYLE_BUTTON,
    STYLE_BUTTON_TEXT,
    STYLE_ACTION, /* ground of the button that a page is about */
    STYLE_ACTION_TEXT,
    STYLE_BORDER,
    N_STYLE_COLOURS
};

struct style {
    struct colour colours[N_STYLE_COLOURS];
    bool set[N_STYLE_COLOURS];
    int width, radius; /* of borders, pixels */
};

/* False for a text that is no style; it may be anybody's. */
bool style_parse(const char *text, struct style *out);

/* The text with another value of that name, which has neither blanks nor '=';
 * "": without it. */
const char *style_with(struct arena *a, const char *text, const char *name,
                       const char *value);
/* What a text says of a name; NULL: nothing. */
const char *style_value(struct arena *a, const char *text, const char *name);

/*
 * The style sheet in front of which portal.css stands: all of its colours, in
 * the light and the dark. accent: "#1b4f8f", or "" for the portal's own. There
 * is nothing in it but numbers and names of ours.
 */
const char *style_sheet(struct arena *a, const struct style *style,
                        const char *accent);

/* The same for the parts .sample-light and .sample-dark of a page, whatever its
 * reader prefers. */
const char *style_sample(struct arena *a, const struct style *style,
                         const char *accent);

/*
 * What cannot be read, or seen, as it was chosen, and is therefore shown as
 * another colour, in the light: rows of {name, contrast, shown}: the name as in
 * the text, the contrast ratio times hundred, "#1b4f8f". New reference.
 */
json_t *style_faults(const struct style *style, const char *accent);

#endif
