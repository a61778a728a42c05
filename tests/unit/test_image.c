#include "app.h"

#include <png.h>
#include <time.h>
#include <turbojpeg.h>
#include <zlib.h>

#include "base/buf.h"
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

/* Adds a chunk of a PNG with its checksum. */
static void
add_chunk(struct buf *to, const char *type, const void *data, size_t len)
{
    const unsigned char size[] = {
        (unsigned char)(len >> 24), (unsigned char)(len >> 16),
        (unsigned char)(len >> 8), (unsigned char)len};
    unsigned long sum =
        crc32(crc32(0, (const Bytef *)type, 4), data, (uInt)len);
    const unsigned char crc[] = {(unsigned char)(sum >> 24),
                                 (unsigned char)(sum >> 16),
                                 (unsigned char)(sum >> 8), (unsigned char)sum};

    buf_add(to, (const char *)size, sizeof size);
    buf_add(to, type, 4);
    buf_add(to, data, len);
    buf_add(to, (const char *)crc, sizeof crc);
}

/* "Comment" of `size` zeros, compressed: a thousandth of it. */
static struct buf
packed_comment(size_t size)
{
    static const char head[] = "Comment\0"; /* and the method, 0 */
    unsigned char *zeros = arena_alloc(arena, size);
    uLongf len = compressBound(size);
    unsigned char *packed = arena_alloc(arena, len);
    struct buf out = buf_new(arena, len);

    assert_int_equal(compress2(packed, &len, zeros, size, 9), Z_OK);
    buf_add(&out, head, sizeof head);
    buf_add(&out, (const char *)packed, len);
    return out;
}

/* A file of 1.5 MB whose comments are 1.5 GB takes what its four pixels take.
 */
static void
what_is_packed_beside_the_pixels_stays_so(void **state)
{
    enum { IHDR_END = 8 + 25, COMMENTS = 200, SIZE = 7900000 };
    struct buf comment = packed_comment(SIZE);
    struct image out;
    size_t len;
    const char *png = png_of(2, 2, &len);
    struct buf bomb = buf_new(arena, IMAGE_BYTES_MAX);
    clock_t began, plain, packed;

    (void)state;
    buf_add(&bomb, png, IHDR_END);
    for (int i = 0; i < COMMENTS; i++) {
        add_chunk(&bomb, "zTXt", comment.data, comment.len);
    }
    buf_add(&bomb, png + IHDR_END, len - IHDR_END);
    assert_true(bomb.len < IMAGE_BYTES_MAX);
    began = clock();
    compress2(arena_alloc(arena, compressBound(SIZE)),
              &(uLongf){compressBound(SIZE)}, arena_alloc(arena, SIZE), SIZE,
              9);
    plain = clock() - began;
    began = clock();
    assert_int_equal(image_logo(arena, bomb.data, bomb.len, &out), IMAGE_OK);
    packed = clock() - began;
    assert_int_equal(out.width, 2);
    /* unpacked they take dozens of times what it takes to pack one */
    assert_true(packed < 10 * plain);
}

/* The same with a chunk whose length leads out of the file, or none at all. */
static void
lengths_that_lead_astray_are_damage(void **state)
{
    struct image out;
    size_t len;
    const char *png = png_of(20, 20, &len);

    (void)state;
    for (size_t i = 8; i < len - 12; i++) { /* all but the chunk that ends it */
        char *part = memcpy(malloc(i), png, i);

        assert_int_equal(image_logo(arena, part, i, &out), IMAGE_DAMAGED);
        if (i >= 8 + 4) {
            memset(part + 8, 0xff, 4);
            assert_int_equal(image_logo(arena, part, i, &out), IMAGE_DAMAGED);
        }
        free(part);
    }
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
        TEST(what_is_packed_beside_the_pixels_stays_so),
        TEST(lengths_that_lead_astray_are_damage),
        TEST(others_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
