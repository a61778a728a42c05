/*
 * Pictures that others send. Only their pixels go on: what comes in is decoded
 * within limits, made smaller and written anew, so that nothing else of a file
 * (programs, places, profiles, second pictures) reaches anybody.
 */
#ifndef VIEW_IMAGE_H
#define VIEW_IMAGE_H

#include <stddef.h>

#include "base/arena.h"

enum {
    IMAGE_BYTES_MAX = 2 * 1024 * 1024, /* of a file */
    IMAGE_SIDE_MAX = 4000,             /* pixels, before anything is decoded */
    IMAGE_PIXELS_MAX = 4000000,        /* the same */
    LOGO_WIDTH_MAX = 600,              /* pixels of what comes out */
    LOGO_HEIGHT_MAX = 200,
};

struct image {
    const char *png; /* the arena's */
    size_t png_len;
    const char *jpeg; /* the same on white, which paper is drawn from */
    size_t jpeg_len;
    int width, height;
};

enum image_fault {
    IMAGE_OK,
    IMAGE_UNKNOWN, /* neither PNG nor JPEG (SVG is a program) */
    IMAGE_LARGE,   /* beyond the limits above */
    IMAGE_DAMAGED, /* begins like one, but cannot be decoded */
};

/* A logo out of a PNG or JPEG file: a PNG of at most that width and height. */
enum image_fault image_logo(struct arena *a, const void *bytes, size_t len,
                            struct image *out);

#endif
