#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "base/log.h"
#include "pf_token.h"
#include "view/pdf.h"

/* A4 (ISO 216): 210 mm by 297 mm in points. */
#define PAGE_WIDTH  (210.0 / 25.4 * 72.0)
#define PAGE_HEIGHT (297.0 / 25.4 * 72.0)

#ifdef __SANITIZE_ADDRESS__
/* fontconfig and pango keep their caches until the process ends. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\n";
}

const char *__lsan_default_options(void);
const char *
__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

struct pdf {
    struct buf out;
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoContext *pango;
    int pages;
};

static cairo_status_t
write_bytes(void *closure, const unsigned char *data, unsigned len)
{
    buf_add(closure, data, len);
    return CAIRO_STATUS_SUCCESS;
}

static void
release(void *p)
{
    struct pdf *pdf = p;

    g_object_unref(pdf->pango);
    cairo_destroy(pdf->cairo);
    cairo_surface_destroy(pdf->surface);
}

/* Paper has no pixels: glyphs stay where the font puts them, so that lines
 * break alike whatever the machine. */
static PangoContext *
new_context(cairo_t *cairo, const char *lang)
{
    PangoContext *context = pango_cairo_create_context(cairo);
    cairo_font_options_t *options = cairo_font_options_create();

    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string(lang));
    return context;
}

struct pdf *
pdf_new(struct arena *a, const char *title, const char *author,
        const char *lang)
{
    struct pdf *p = arena_alloc(a, sizeof *p);

    p->out = buf_new(a, 64 * 1024);
    p->pages = 1;
    p->surface = cairo_pdf_surface_create_for_stream(write_bytes, &p->out,
                                                     PAGE_WIDTH, PAGE_HEIGHT);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_AUTHOR,
                                   author);
    p->cairo = cairo_create(p->surface);
    p->pango = new_context(p->cairo, lang);
    arena_defer(a, release, p);
    return p;
}

static void
set_colour(struct pdf *p, unsigned colour)
{
    cairo_set_source_rgb(p->cairo, (colour >> 16 & 255) / 255.0,
                         (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0);
}

static PangoAlignment
alignment(enum pdf_align align)
{
    return align == PDF_RIGHT    ? PANGO_ALIGN_RIGHT
           : align == PDF_CENTER ? PANGO_ALIGN_CENTER
                                 : PANGO_ALIGN_LEFT;
}

static PangoLayout *
new_layout(struct pdf *p, double width, const struct pdf_style *style,
           const char *text)
{
    PangoLayout *layout = pango_layout_new(p->pango);
    PangoFontDescription *font =
        pango_font_description_from_string("DejaVu Sans, Sans");

    pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD
                                                        : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, alignment(style->align));
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static double
height(PangoLayout *layout)
{
    PangoRectangle box;

    pango_layout_get_extents(layout, NULL, &box);
    return (double)box.height / PANGO_SCALE;
}

double
pdf_text(struct pdf *p, double x, double y, double width,
         const struct pdf_style *style, const char *text)
{
    PangoLayout *layout = new_layout(p, width, style, text);
    double used = height(layout);

    set_colour(p, style->colour);
    cairo_move_to(p->cairo, x, y);
    pango_cairo_show_layout(p->cairo, layout);
    g_object_unref(layout);
    return used;
}

double
pdf_measure(struct pdf *p, double width, const struct pdf_style *style,
            const char *text)
{
    PangoLayout *layout = new_layout(p, width, style, text);
    double used = height(layout);

    g_object_unref(layout);
    return used;
}

void
pdf_line(struct pdf *p, double x1, double y1, double x2, double y2,
         double thickness, unsigned colour)
{
    set_colour(p, colour);
    cairo_set_line_width(p->cairo, thickness);
    cairo_move_to(p->cairo, x1, y1);
    cairo_line_to(p->cairo, x2, y2);
    cairo_stroke(p->cairo);
}

void
pdf_box(struct pdf *p, double x, double y, double w, double h, unsigned colour)
{
    set_colour(p, colour);
    cairo_rectangle(p->cairo, x, y, w, h);
    cairo_fill(p->cairo);
}

/* What is left of a file that is read. */
struct bytes {
    const char *data;
    size_t len;
};

static cairo_status_t
read_bytes(void *closure, unsigned char *data, unsigned len)
{
    struct bytes *from = closure;

    if (len > from->len) {
        return CAIRO_STATUS_READ_ERROR;
    }
    memcpy(data, from->data, len);
    from->data += len;
    from->len -= len;
    return CAIRO_STATUS_SUCCESS;
}

double
pdf_image(struct pdf *p, double x, double y, double width, double height,
          const char *png, size_t len)
{
    struct bytes from = {png, len};
    cairo_surface_t *image =
        cairo_image_surface_create_from_png_stream(read_bytes, &from);
    double w = cairo_image_surface_get_width(image);
    double h = cairo_image_surface_get_height(image), scale;

    if (cairo_surface_status(image) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(image);
        return 0;
    }
    scale = width / w < height / h ? width / w : height / h;
    cairo_save(p->cairo);
    cairo_translate(p->cairo, x, y);
    cairo_scale(p->cairo, scale, scale);
    cairo_set_source_surface(p->cairo, image, 0, 0);
    cairo_paint(p->cairo);
    cairo_restore(p->cairo);
    cairo_surface_destroy(image);
    return h * scale;
}

void
pdf_page(struct pdf *p)
{
    cairo_show_page(p->cairo);
    p->pages++;
}

int
pdf_pages(const struct pdf *p)
{
    return p->pages;
}

const char *
pdf_end(struct pdf *p, int64_t created, size_t *len)
{
    char date[21];

    pf_time_format(created, date);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   date);
    cairo_show_page(p->cairo);
    cairo_surface_finish(p->surface);
    cairo_status_t status = cairo_surface_status(p->surface);
    if (status != CAIRO_STATUS_SUCCESS) {
        log_error("pdf: %s", cairo_status_to_string(status));
        p->out.len = 0;
    }
    *len = p->out.len;
    return p->out.data;
}
