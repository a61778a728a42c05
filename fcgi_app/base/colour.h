/*
 * Colours of sRGB, and how well one can be read on another (WCAG 2.2, relative
 * luminance and contrast ratio).
 */
#ifndef BASE_COLOUR_H
#define BASE_COLOUR_H

#include <stdbool.h>

struct colour {
    unsigned char red, green, blue;
};

enum {
    COLOUR_TEXT = 450, /* WCAG 1.4.3, AA: text that is not large */
    COLOUR_SIGN = 300, /* WCAG 1.4.11: what marks a control */
};

/* "#1b4f8f", in either case; false for anything else. */
bool colour_parse(const char *text, struct colour *out);

/* "#1b4f8f" */
void colour_format(struct colour c, char out[8]);

/* The contrast ratio times hundred, rounded down: 100 to 2100. */
int colour_contrast(struct colour a, struct colour b);

/* White or black: what can be read on that ground; never below 4.5:1. */
struct colour colour_on(struct colour ground);

/* The colour, mixed with as many per cent of the other. */
struct colour colour_mix(struct colour c, struct colour other, int percent);

/* The colour itself, or the nearest on its way to black or white, whichever the
 * ground asks for, that has the contrast. */
struct colour colour_legible(struct colour c, struct colour ground,
                             int contrast);

#endif
