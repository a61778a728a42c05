/*
 * Paper: A4 pages by cairo and pango. Lengths are points (1/72 inch), origin
 * top left. Text is shaped by pango, so every script and right-to-left work.
 */
#ifndef VIEW_PDF_H
#define VIEW_PDF_H

#include <stdint.h>

#include "base/buf.h"

struct pdf;

enum pdf_align { PDF_LEFT, PDF_RIGHT, PDF_CENTER };

struct pdf_style {
    double size; /* points */
    int bold;
    enum pdf_align align;
    unsigned colour; /* 0xRRGGBB */
    int lines;       /* of a paragraph, no more; the last one ends with dots.
                        0: all */
};

/* title, author and lang, the language's tag, go to the document's metadata;
 * lang also chooses among the forms of letters. */
struct pdf *pdf_new(struct arena *a, const char *title, const char *author,
                    const char *lang);

/* Draws text in a box of that width, wrapping; returns the height used.
 * measure: draws nothing. */
double pdf_text(struct pdf *p, double x, double y, double width,
                const struct pdf_style *style, const char *text);
double pdf_measure(struct pdf *p, double width, const struct pdf_style *style,
                   const char *text);
void pdf_line(struct pdf *p, double x1, double y1, double x2, double y2,
              double thickness, unsigned colour);
void pdf_box(struct pdf *p, double x, double y, double w, double h,
             unsigned colour);
void pdf_page(struct pdf *p); /* ends this page, begins the next */
int pdf_pages(const struct pdf *p);

/* Finishes; the bytes live in the arena. NULL, logged, when it could not be
 * drawn. Deterministic for equal input: the
 * creation date is the one given (Unix seconds). */
const char *pdf_end(struct pdf *p, int64_t created, size_t *len);

#endif
