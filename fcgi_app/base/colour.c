#include "base/colour.h"

#include <math.h>
#include <string.h>

static const struct colour black = {0, 0, 0}, white = {255, 255, 255};

static int
digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) % 16 : -1;
}

bool
colour_parse(const char *text, struct colour *out)
{
    unsigned char parts[3];

    if (strlen(text) != 7 || text[0] != '#') {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        int high = digit(text[1 + 2 * i]), low = digit(text[2 + 2 * i]);

        if (high < 0 || low < 0) {
            return false;
        }
        parts[i] = (unsigned char)(high * 16 + low);
    }
    *out = (struct colour){parts[0], parts[1], parts[2]};
    return true;
}

void
colour_format(struct colour c, char out[8])
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char parts[] = {c.red, c.green, c.blue};

    *out++ = '#';
    for (size_t i = 0; i < sizeof parts; i++) {
        *out++ = digits[parts[i] >> 4];
        *out++ = digits[parts[i] & 15];
    }
    *out = '\0';
}

/* Of each of the values that a part can have, worked out once: a page asks for
 * hundreds. */
static double
linear(unsigned char part)
{
    static double table[256];

    for (int i = 0; table[255] == 0 && i < 256; i++) {
        double s = i / 255.0;

        table[i] = s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4);
    }
    return table[part];
}

static double
luminance(struct colour c)
{
    return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) +
           0.0722 * linear(c.blue);
}

int
colour_contrast(struct colour a, struct colour b)
{
    double one = luminance(a) + 0.05, other = luminance(b) + 0.05;

    return (int)(100 * (one > other ? one / other : other / one));
}

struct colour
colour_on(struct colour ground)
{
    return colour_contrast(white, ground) >= colour_contrast(black, ground)
               ? white
               : black;
}

static unsigned char
mix(int one, int other, int percent)
{
    return (unsigned char)((one * (100 - percent) + other * percent + 50) /
                           100);
}

struct colour
colour_mix(struct colour c, struct colour other, int percent)
{
    return (struct colour){mix(c.red, other.red, percent),
                           mix(c.green, other.green, percent),
                           mix(c.blue, other.blue, percent)};
}

struct colour
colour_legible(struct colour c, struct colour ground, int contrast)
{
    struct colour end = colour_on(ground), mixed = c;

    for (int percent = 1;
         percent <= 100 && colour_contrast(mixed, ground) < contrast;
         percent++) {
        mixed = colour_mix(c, end, percent);
    }
    return mixed;
}
