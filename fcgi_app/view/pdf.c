#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
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
    const char *lang;
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoContext *pango; /* of the language: all documents of it share it */
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
new_context(PangoLanguage *lang)
{
    PangoContext *context =
        pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();

    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, lang);
    return context;
}

/* One for each language that this process has drawn in; of more than there is
 * room for, the last one. */
static PangoContext *
context_of(const char *lang)
{
    enum { CONTEXTS = 8 };
    static PangoContext *kept[CONTEXTS];
    PangoLanguage *language = pango_language_from_string(lang);
    size_t i = 0;

    while (i < CONTEXTS && kept[i] &&
           pango_context_get_language(kept[i]) != language) {
        i++;
    }
    if (i == CONTEXTS) {
        g_object_unref(kept[--i]);
        kept[i] = NULL;
    }
    if (!kept[i]) {
        kept[i] = new_context(language);
    }
    return kept[i];
}

struct pdf *
pdf_new(struct arena *a, const char *title, const char *author,
        const char *lang)
{
    struct pdf *p = arena_alloc(a, sizeof *p);

    p->out = buf_new(a, 64 * 1024);
    p->pages = 1;
    p->lang = arena_strdup(a, lang);
    p->surface = cairo_pdf_surface_create_for_stream(write_bytes, &p->out,
                                                     PAGE_WIDTH, PAGE_HEIGHT);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_AUTHOR,
                                   author);
    p->cairo = cairo_create(p->surface);
    p->pango = g_object_ref(context_of(lang));
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
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_alignment(layout, alignment(style->align));
    pango_layout_set_ellipsize(layout, style->lines ? PANGO_ELLIPSIZE_END
                                                    : PANGO_ELLIPSIZE_NONE);
    pango_layout_set_height(layout, style->lines ? -style->lines : -1);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

/*
 * Most of what a document says the next one says, too: labels, the foot, what
 * is sold and for how much. To lay texts out takes two fifths of a document, so
 * those that are short are kept, each in the one place that its hash says,
 * until another text takes it: 18 MB, were all as long as they may be.
 */
enum { PLACES = 256, SHORT = 500 };

struct laid {
    PangoLayout *layout;
    double width, size;
    int bold, lines;
    enum pdf_align align;
};

static bool
is_that(const struct laid *l, const struct laid *asked, PangoContext *context,
        const char *text)
{
    return l->layout && l->width == asked->width && l->size == asked->size &&
           l->bold == asked->bold && l->lines == asked->lines &&
           l->align == asked->align &&
           pango_layout_get_context(l->layout) == context &&
           strcmp(pango_layout_get_text(l->layout), text) == 0;
}

static struct laid *
place_of(const char *text)
{
    static struct laid places[PLACES];

    return &places[g_str_hash(text) % PLACES];
}

/* The layout is the caller's to unref. */
static PangoLayout *
lay_out(struct pdf *p, double width, const struct pdf_style *style,
        const char *text)
{
    struct laid asked = {NULL,        width,        style->size,
                         style->bold, style->lines, style->align};
    struct laid *place = place_of(text);

    if (strlen(text) > SHORT) {
        return new_layout(p, width, style, text);
    }
    if (!is_that(place, &asked, p->pango, text)) {
        g_clear_object(&place->layout);
        *place = asked;
        place->layout = new_layout(p, width, style, text);
    }
    return g_object_ref(place->layout);
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
    PangoLayout *layout = lay_out(p, width, style, text);
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
    PangoLayout *layout = lay_out(p, width, style, text);
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

double
pdf_image(struct pdf *p, double x, double y, double width, double height,
          const struct pdf_picture *picture)
{
    double w = picture->width, h = picture->height;
    double scale = width / w < height / h ? width / w : height / h;
    cairo_surface_t *image = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, picture->width, picture->height);

    /* the pixels of the surface are not looked at */
    cairo_surface_set_mime_data(image, CAIRO_MIME_TYPE_JPEG,
                                (const unsigned char *)picture->jpeg,
                                picture->len, NULL, NULL);
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

/* ---- the end ---- */

/* What follows a word in the last part of the file, "/Root 13 0 R": 13. */
static long
number_after(const char *tail, const char *word)
{
    const char *at = strstr(tail, word);

    return at ? strtol(at + strlen(word), NULL, 10) : -1;
}

/*
 * cairo 1.16 cannot say in which language a document is, nor that its title is
 * what a window shall be named by: its catalogue is written once more, with
 * both, behind its end (ISO 32000-1, 7.5.6, incremental updates).
 */
static void
add_language(struct pdf *p)
{
    static const char end[] = "\n>>\nendobj";
    struct buf *out = &p->out;
    const char *tail = out->len > 512 ? out->data + out->len - 512 : out->data;
    long root = number_after(tail, "/Root "),
         info = number_after(tail, "/Info ");
    long size = number_after(tail, "/Size ");
    long xref = number_after(tail, "startxref\n");
    char head[32];
    const char *from, *to;
    size_t at, table;

    snprintf(head, sizeof head, "\n%ld 0 obj\n", root);
    from = memmem(out->data, out->len, head, strlen(head));
    to = from ? strstr(from, end) : NULL;
    if (root < 0 || info < 0 || size < 0 || xref < 0 || !to) {
        log_warn("pdf: no catalogue of a known form, so no language in it");
        return;
    }
    from = arena_strndup(out->arena, from + 1, (size_t)(to - from) - 1);
    at = out->len;
    buf_printf(out,
               "%s\n   /Lang (%s)\n   /ViewerPreferences << /DisplayDocTitle"
               " true >>%s\n",
               from, p->lang, end);
    table = out->len;
    buf_printf(out,
               "xref\n0 1\n0000000000 65535 f \n%ld 1\n%010zu 00000 n \n"
               "trailer\n<< /Size %ld\n   /Root %ld 0 R\n   /Info %ld 0 R\n"
               "   /Prev %ld\n>>\nstartxref\n%zu\n%%%%EOF\n",
               root, at, size, root, info, xref, table);
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
        *len = 0;
        return NULL;
    }
    add_language(p);
    *len = p->out.len;
    return p->out.data;
}
