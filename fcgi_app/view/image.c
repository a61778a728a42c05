#include "view/image.h"

#include <cairo.h>
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <turbojpeg.h>

#include "base/buf.h"

enum { QUALITY = 92 }; /* of a JPEG: nobody sees a difference */

/* Rows of pixels as cairo has them: a word of alpha, red, green, blue, the
 * colours multiplied by alpha. */
struct pixels {
    unsigned char *data;
    int width, height, stride;
};

static bool
sides_ok(long width, long height)
{
    return width > 0 && height > 0 && width <= IMAGE_SIDE_MAX &&
           height <= IMAGE_SIDE_MAX && width * height <= IMAGE_PIXELS_MAX;
}

static void
pixels_new(struct arena *a, struct pixels *p, int width, int height)
{
    p->width = width;
    p->height = height;
    p->stride = cairo_format_stride_for_width(CAIRO_FORMAT_ARGB32, width);
    p->data = arena_alloc(a, (size_t)p->stride * (size_t)height);
}

/* Four bytes of each pixel, blue first, into a word of cairo's. */
static void
premultiply(struct pixels *p)
{
    for (int y = 0; y < p->height; y++) {
        unsigned char *at = p->data + (size_t)y * (size_t)p->stride;

        for (int x = 0; x < p->width; x++, at += 4) {
            uint32_t alpha = at[3], word = alpha << 24;

            for (int i = 0; i < 3; i++) {
                word |= (at[i] * alpha + 127) / 255 << 8 * i;
            }
            memcpy(at, &word, sizeof word);
        }
    }
}

/* ---- what comes in ---- */

/* Whether pixels depend on a chunk: all critical ones, and what is seen through
 * or says what the colours are. */
static bool
chunk_needed(const unsigned char *type)
{
    static const char named[][5] = {"tRNS", "gAMA", "sRGB", "cHRM"};

    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (memcmp(type, named[i], 4) == 0) {
            return true;
        }
    }
    return (type[0] & 0x20) == 0;
}

/* The file without the rest. Texts and profiles are compressed, and libpng
 * unpacks them wherever they are: 2 MB of them are seconds of work. */
static struct buf
png_needed(struct arena *a, const unsigned char *bytes, size_t len)
{
    enum { SIGNATURE = 8, AROUND = 12 }; /* length, type; checksum */
    struct buf out = buf_new(a, len);
    size_t at = SIGNATURE;

    buf_add(&out, bytes, SIGNATURE);
    while (len - at >= AROUND) {
        const unsigned char *head = bytes + at;
        size_t size = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
                      (size_t)head[2] << 8 | head[3];

        if (size > len - at - AROUND) {
            break;
        }
        if (chunk_needed(head + 4)) {
            buf_add(&out, head, size + AROUND);
        }
        at += size + AROUND;
    }
    return out;
}

static enum image_fault
read_png(struct arena *a, const void *bytes, size_t len, struct pixels *out)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    enum image_fault fault = IMAGE_DAMAGED;
    struct buf needed = png_needed(a, bytes, len);

    if (png_image_begin_read_from_memory(&png, needed.data, needed.len)) {
        if (!sides_ok(png.width, png.height)) {
            fault = IMAGE_LARGE;
        } else {
            pixels_new(a, out, (int)png.width, (int)png.height);
            png.format = PNG_FORMAT_BGRA;
            if (png_image_finish_read(&png, NULL, out->data, out->stride,
                                      NULL)) {
                premultiply(out);
                fault = IMAGE_OK;
            }
        }
    }
    png_image_free(&png);
    return fault;
}

static enum image_fault
read_jpeg(struct arena *a, const void *bytes, size_t len, struct pixels *out)
{
    tjhandle jpeg = tjInitDecompress();
    int width, height, sub, space;
    enum image_fault fault = IMAGE_DAMAGED;

    if (jpeg && tjDecompressHeader3(jpeg, bytes, len, &width, &height, &sub,
                                    &space) == 0) {
        if (!sides_ok(width, height)) {
            fault = IMAGE_LARGE;
        } else {
            pixels_new(a, out, width, height);
            /* a warning is a damaged file, too */
            if (tjDecompress2(jpeg, bytes, len, out->data, width, out->stride,
                              height, TJPF_BGRA,
                              TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) == 0) {
                premultiply(out);
                fault = IMAGE_OK;
            }
        }
    }
    if (jpeg) {
        tjDestroy(jpeg);
    }
    return fault;
}

/* ---- smaller, and out again ---- */

static cairo_status_t
write_bytes(void *closure, const unsigned char *data, unsigned len)
{
    buf_add(closure, data, len);
    return CAIRO_STATUS_SUCCESS;
}

/* How much of its size is left; never more than all of it. */
static double
scale_of(const struct pixels *p)
{
    double x = (double)LOGO_WIDTH_MAX / p->width;
    double y = (double)LOGO_HEIGHT_MAX / p->height;
    double least = x < y ? x : y;

    return least < 1 ? least : 1;
}

static int
side(int pixels, double scale)
{
    int n = (int)(pixels * scale + 0.5);

    return n < 1 ? 1 : n;
}

static void
draw(cairo_surface_t *to, cairo_surface_t *from, double x, double y,
     bool on_white)
{
    cairo_t *cairo = cairo_create(to);

    if (on_white) {
        cairo_set_source_rgb(cairo, 1, 1, 1);
        cairo_paint(cairo);
    }
    cairo_scale(cairo, x, y);
    cairo_set_source_surface(cairo, from, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_BEST);
    cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_paint(cairo);
    cairo_destroy(cairo);
}

/* `from` at the size of `out`. */
static cairo_surface_t *
drawn(const struct pixels *from, const struct image *out, bool on_white)
{
    cairo_surface_t *old = cairo_image_surface_create_for_data(
        from->data, CAIRO_FORMAT_ARGB32, from->width, from->height,
        from->stride);
    cairo_surface_t *new = cairo_image_surface_create(CAIRO_FORMAT_ARGB32,
                                                      out->width, out->height);

    draw(new, old, (double)out->width / from->width,
         (double)out->height / from->height, on_white);
    cairo_surface_destroy(old);
    cairo_surface_flush(new);
    return new;
}

static bool
write_png(struct arena *a, cairo_surface_t *surface, struct image *out)
{
    struct buf png = buf_new(a, 64 * 1024);
    cairo_status_t status =
        cairo_surface_write_to_png_stream(surface, write_bytes, &png);

    out->png = png.data;
    out->png_len = png.len;
    return status == CAIRO_STATUS_SUCCESS;
}

static bool
write_jpeg(struct arena *a, cairo_surface_t *surface, struct image *out)
{
    tjhandle jpeg = tjInitCompress();
    unsigned char *bytes = NULL;
    unsigned long len = 0;
    bool ok =
        jpeg &&
        tjCompress2(jpeg, cairo_image_surface_get_data(surface), out->width,
                    cairo_image_surface_get_stride(surface), out->height,
                    TJPF_BGRX, &bytes, &len, TJSAMP_444, QUALITY, 0) == 0;

    if (ok) {
        out->jpeg = memcpy(arena_alloc(a, len), bytes, len);
        out->jpeg_len = len;
    }
    tjFree(bytes);
    if (jpeg) {
        tjDestroy(jpeg);
    }
    return ok;
}

static enum image_fault
write_both(struct arena *a, const struct pixels *p, struct image *out)
{
    double scale = scale_of(p);
    cairo_surface_t *clear, *white;
    bool ok;

    out->width = side(p->width, scale);
    out->height = side(p->height, scale);
    clear = drawn(p, out, false);
    white = drawn(p, out, true);
    ok = write_png(a, clear, out) && write_jpeg(a, white, out);
    cairo_surface_destroy(clear);
    cairo_surface_destroy(white);
    return ok ? IMAGE_OK : IMAGE_DAMAGED;
}

enum image_fault
image_logo(struct arena *a, const void *bytes, size_t len, struct image *out)
{
    static const unsigned char jpeg[] = {0xff, 0xd8, 0xff};
    const unsigned char *head = bytes;
    struct pixels pixels;
    enum image_fault fault = IMAGE_UNKNOWN;

    if (len > IMAGE_BYTES_MAX) {
        return IMAGE_LARGE;
    }
    if (len >= 8 && png_sig_cmp(head, 0, 8) == 0) {
        fault = read_png(a, bytes, len, &pixels);
    } else if (len >= sizeof jpeg && memcmp(head, jpeg, sizeof jpeg) == 0) {
        fault = read_jpeg(a, bytes, len, &pixels);
    }
    return fault == IMAGE_OK ? write_both(a, &pixels, out) : fault;
}
