#include "app.h"

#include <png.h>
#include <turbojpeg.h>

#include "view/image.h"

/* A PNG of one colour, half seen through; *len its bytes. */
static const char *
png_of(int width, int height, size_t *len)
{
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)width,
                     .height = (png_uint_32)height,
                     .format = PNG_FORMAT_RGBA};
    png_alloc_size_t size = 0;
    unsigned char *pixels =
        arena_alloc(arena, (size_t)width * (size_t)height * 4);
    char *out;

    for (int i = 0; i < width * height; i++) {
        memcpy(pixels + 4 * i, "\xc0\x40\x20\x80", 4);
    }
    assert_true(
        png_image_write_to_memory(&png, NULL, &size, 0, pixels, 0, NULL));
    out = arena_alloc(arena, size);
    assert_true(
        png_image_write_to_memory(&png, out, &size, 0, pixels, 0, NULL));
    *len = size;
    return out;
}

static const char *
jpeg_of(int width, int height, size_t *len)
{
    tjhandle jpeg = tjInitCompress();
    unsigned char *pixels = arena_alloc(arena, (size_t)(width * height * 3));
    unsigned char *out = NULL;
    unsigned long size = 0;
    const char *copy;

    memset(pixels, 0x60, (size_t)(width * height * 3));
    assert_int_equal(tjCompress2(jpeg, pixels, width, 0, height, TJPF_RGB, &out,
                                 &size, TJSAMP_444, 90, 0),
                     0);
    copy = memcpy(arena_alloc(arena, size), out, size);
    tjFree(out);
    tjDestroy(jpeg);
    *len = size;
    return copy;
}

static void
first_pixel(const struct image *image, unsigned char rgba[4])
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    unsigned char *pixels =
        arena_alloc(arena, (size_t)image->width * (size_t)image->height * 4);

    assert_true(
        png_image_begin_read_from_memory(&png, image->png, image->png_len));
    assert_int_equal(png.width, image->width);
    assert_int_equal(png.height, image->height);
    png.format = PNG_FORMAT_RGBA;
    assert_true(png_image_finish_read(&png, NULL, pixels, 0, NULL));
    memcpy(rgba, pixels, 4);
}

static void
small_ones_stay_large_ones_shrink(void **state)
{
    static const struct {
        int width, height, out_width, out_height;
    } rows[] = {
        {1, 1, 1, 1},         {600, 200, 600, 200}, {1200, 100, 600, 50},
        {300, 400, 150, 200}, {4000, 1, 600, 1},    {2000, 2000, 200, 200},
    };
    unsigned char rgba[4];
    struct image out;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *png = png_of(rows[i].width, rows[i].height, &len);

        assert_int_equal(image_logo(arena, png, len, &out), IMAGE_OK);
        assert_int_equal(out.width, rows[i].out_width);
        assert_int_equal(out.height, rows[i].out_height);
        first_pixel(&out, rgba);
        assert_in_range(rgba[0], 0xbe, 0xc2);
        assert_in_range(rgba[3], 0x7e, 0x82);
    }
}

static void
photographs_are_taken(void **state)
{
    unsigned char rgba[4];
    struct image out;
    size_t len;
    const char *jpeg = jpeg_of(900, 300, &len);

    (void)state;
    assert_int_equal(image_logo(arena, jpeg, len, &out), IMAGE_OK);
    assert_int_equal(out.width, 600);
    assert_int_equal(out.height, 200);
    first_pixel(&out, rgba);
    assert_in_range(rgba[0], 0x5d, 0x63);
    assert_int_equal(rgba[3], 0xff);
    assert_int_equal(image_logo(arena, jpeg, len / 2, &out), IMAGE_DAMAGED);
    assert_int_equal(image_logo(arena, jpeg, 3, &out), IMAGE_DAMAGED);
}

/* What stands behind the pixels of a file does not go on. */
static void
nothing_but_pixels_goes_on(void **state)
{
    static const char more[] = "<script>alert(1)</script>";
    struct image out;
    size_t len;
    const char *png = png_of(8, 8, &len);
    char *file = arena_alloc(arena, len + sizeof more);

    (void)state;
    memcpy(file, png, len);
    memcpy(file + len, more, sizeof more);
    assert_int_equal(image_logo(arena, file, len + sizeof more, &out),
                     IMAGE_OK);
    assert_null(memmem(out.png, out.png_len, "script", 6));
}

static void
others_are_refused(void **state)
{
    static const char svg[] = "<svg xmlns='http://www.w3.org/2000/svg'/>";
    struct image out;
    size_t len;
    const char *png = png_of(20, 20, &len);
    char *broken = memcpy(arena_alloc(arena, len), png, len);

    (void)state;
    assert_int_equal(image_logo(arena, svg, sizeof svg, &out), IMAGE_UNKNOWN);
    assert_int_equal(image_logo(arena, "", 0, &out), IMAGE_UNKNOWN);
    assert_int_equal(image_logo(arena, png, len / 2, &out), IMAGE_DAMAGED);
    /* IHDR says 65,536 pixels a side, and its checksum is wrong or right */
    memcpy(broken + 16, "\0\1\0\0\0\1\0\0", 8);
    assert_true(image_logo(arena, broken, len, &out) != IMAGE_OK);
    png = png_of(4001, 1, &len);
    assert_int_equal(image_logo(arena, png, len, &out), IMAGE_LARGE);
    png = png_of(2001, 2000, &len);
    assert_int_equal(image_logo(arena, png, len, &out), IMAGE_LARGE);
    assert_int_equal(image_logo(arena, png, IMAGE_BYTES_MAX + 1, &out),
                     IMAGE_LARGE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(small_ones_stay_large_ones_shrink),
        TEST(photographs_are_taken),
        TEST(nothing_but_pixels_goes_on),
        TEST(others_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
