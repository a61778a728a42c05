#include "billing/paper_document.h"

#include <string.h>

#include "base/buf.h"
#include "base/colour.h"
#include "base/text.h"
#include "db/db.h"
#include "view/i18n.h"
#include "view/pdf.h"

/* A4 in points, and where things stand on it (DIN 5008 form B, roughly). */
enum {
    LEFT = 57,
    RIGHT = LEFT + PAPER_WIDTH,
    LOGO_TOP = 36,
    LOGO_WIDTH = 170, /* at most, as the height */
    LOGO_HEIGHT = 62,
    ADDRESS_TOP = 128,
    ADDRESS_WIDTH = 234,
    FACTS_LEFT = 298,
    FACTS_LABEL = 110,
    TITLE_TOP = 268,
    BOTTOM = 745, /* of what is drawn above the foot */
    NEXT_PAGE_TOP = 80,
    FOOT = 768,
    FOOT_WIDTH = 410,
    SUMS_LEFT = 272,
    SUMS_LABEL = 165,
    ROW_GAP = 4,
    CARRIED = 20, /* room for the sum that goes on */
    INK = 0x1a1a1a,
};

static const struct pdf_style plain = {9.5, 0, PDF_LEFT, INK, 0};
static const struct pdf_style bold = {9.5, 1, PDF_LEFT, INK, 0};
static const struct pdf_style right = {9.5, 0, PDF_RIGHT, INK, 0};
static const struct pdf_style right_bold = {9.5, 1, PDF_RIGHT, INK, 0};
static const struct pdf_style quiet = {7.5, 0, PDF_LEFT, 0x5a5a5a, 0};
static const struct pdf_style foot = {7.5, 0, PDF_LEFT, 0x5a5a5a, 2};
static const struct pdf_style page_number = {7.5, 0, PDF_RIGHT, 0x5a5a5a, 1};
static const struct pdf_style address = {9.5, 0, PDF_LEFT, INK, 3};
static const struct pdf_style window = {7.5, 0, PDF_LEFT, 0x5a5a5a, 2};
static const struct pdf_style page_title = {9.5, 0, PDF_LEFT, INK, 1};

struct paper {
    struct arena *arena;
    struct pdf *pdf;
    struct paper_new is;
    unsigned accent;
    const char *foot;
    double y;
    const struct paper_column *columns;
    size_t n_columns;
    int64_t carried;
    bool in_table, has_rows;
};

/* ---- words ---- */

const char *
paper_word(const struct paper *p, const char *id)
{
    return i18n(p->is.language, id);
}

const char *
paper_money(const struct paper *p, int64_t amount)
{
    return text_money(p->arena, p->is.language, amount, p->is.currency);
}

const char *
paper_date(const struct paper *p, const char *date)
{
    return text_date(p->arena, p->is.language, date, false);
}

static const char *
part(const json_t *party, const char *key)
{
    const char *text = row_text(party, key);

    return text ? text : "";
}

/* Lines with dots between them. */
static void
join(struct buf *out, const char *lines)
{
    for (; *lines; lines++) {
        if (*lines != '\n') {
            buf_putc(out, *lines);
        } else if (lines[1]) {
            buf_puts(out, " · ");
        }
    }
}

static void
add_foot(struct paper *p, struct buf *out, const char *label, const char *key)
{
    const char *value = part(p->is.seller, key);

    if (value[0]) {
        buf_puts(out,
                 out->len == 0 || out->data[out->len - 1] == '\n' ? "" : " · ");
        if (label) {
            buf_printf(out, "%s ", paper_word(p, label));
        }
        buf_puts(out, value);
    }
}

static const char *
foot_of(struct paper *p)
{
    struct buf out = buf_new(p->arena, 256);
    const char *lines = part(p->is.seller, "address");

    join(&out, lines[0] ? lines : part(p->is.seller, "name"));
    buf_putc(&out, '\n');
    add_foot(p, &out, NULL, "contact");
    add_foot(p, &out, NULL, "phone");
    add_foot(p, &out, NULL, "email");
    buf_putc(&out, '\n');
    add_foot(p, &out, N_("VAT number"), "vat_id");
    add_foot(p, &out, N_("Tax number"), "tax_number");
    add_foot(p, &out, N_("IBAN"), "iban");
    add_foot(p, &out, N_("BIC"), "bic");
    return out.data;
}

/* The tenant's colour, as dark as it takes to be read on white. */
static unsigned
accent_of(const json_t *seller)
{
    static const struct colour white = {255, 255, 255};
    struct colour c;

    if (!colour_parse(part(seller, "accent"), &c)) {
        return INK;
    }
    c = colour_legible(c, white, COLOUR_TEXT);
    return (unsigned)c.red << 16 | (unsigned)c.green << 8 | c.blue;
}

/* ---- a page ---- */

static void
draw_foot(struct paper *p)
{
    const char *number = arena_printf(p->arena, "%d", pdf_pages(p->pdf));

    pdf_line(p->pdf, LEFT, FOOT - 6, RIGHT, FOOT - 6, 0.75, p->accent);
    pdf_text(p->pdf, LEFT, FOOT, FOOT_WIDTH, &foot, p->foot);
    pdf_text(p->pdf, LEFT + FOOT_WIDTH, FOOT, PAPER_WIDTH - FOOT_WIDTH,
             &page_number,
             i18n_fill(p->arena, paper_word(p, N_("Page {number}")), "number",
                       number, NULL));
}

static void
draw_table_head(struct paper *p)
{
    double x = LEFT, tallest = 0;

    for (size_t i = 0; i < p->n_columns; i++) {
        const struct paper_column *c = &p->columns[i];
        double height =
            pdf_text(p->pdf, x, p->y, c->width, c->right ? &right_bold : &bold,
                     paper_word(p, c->label));

        tallest = height > tallest ? height : tallest;
        x += c->width + PAPER_GAP;
    }
    p->y += tallest + 3;
    pdf_line(p->pdf, LEFT, p->y, RIGHT, p->y, 0.75, p->accent);
    p->y += ROW_GAP + 1;
}

/* The sum so far, at the end of a page and at the top of the next. */
static void
draw_carried(struct paper *p, const char *label)
{
    pdf_text(p->pdf, LEFT, p->y, 280, &plain, paper_word(p, label));
    p->y += pdf_text(p->pdf, RIGHT - 180, p->y, 180, &right,
                     paper_money(p, p->carried)) +
            ROW_GAP;
}

static void
next_page(struct paper *p)
{
    bool carries = p->in_table && p->has_rows;

    if (carries) {
        draw_carried(p, N_("Carried forward"));
    }
    draw_foot(p);
    pdf_page(p->pdf);
    pdf_text(p->pdf, LEFT, 50, PAPER_WIDTH, &page_title, p->is.title);
    p->y = NEXT_PAGE_TOP;
    if (p->in_table) {
        draw_table_head(p);
    }
    if (carries) {
        draw_carried(p, N_("Brought forward"));
    }
}

/* Room for `height` more, on a new page if need be; of a table the sum that is
 * carried has its room besides. */
static void
make_room(struct paper *p, double height)
{
    if (p->y + height > BOTTOM - (p->in_table ? CARRIED : 0)) {
        next_page(p);
    }
}

/* ---- head ---- */

/* At the right of the name, above the facts. */
static void
draw_logo(struct paper *p)
{
    const json_t *seller = p->is.seller;
    struct pdf_picture logo = {p->is.logo.jpeg, p->is.logo.len,
                               (int)row_int(seller, "logo_width"),
                               (int)row_int(seller, "logo_height")};
    double width = LOGO_WIDTH;

    if (!logo.jpeg || logo.width < 1 || logo.height < 1) {
        return;
    }
    /* its right edge stands at the paper's */
    if (width * logo.height > (double)LOGO_HEIGHT * logo.width) {
        width = (double)LOGO_HEIGHT * logo.width / logo.height;
    }
    pdf_image(p->pdf, RIGHT - width, LOGO_TOP, width, LOGO_HEIGHT, &logo);
}

static void
draw_sender(struct paper *p)
{
    struct pdf_style name = {13, 1, PDF_LEFT, p->accent, 3};
    struct buf line = buf_new(p->arena, 128);
    const char *lines = part(p->is.seller, "address");
    const char *brand = part(p->is.seller, "brand");
    double height;

    draw_logo(p);
    pdf_text(p->pdf, LEFT, 42, 300, &name,
             brand[0] ? brand : part(p->is.seller, "name"));
    join(&line, lines);
    height = pdf_measure(p->pdf, ADDRESS_WIDTH, &window, line.data);
    pdf_text(p->pdf, LEFT, ADDRESS_TOP - 4 - height, ADDRESS_WIDTH, &window,
             line.data);
}

struct paper *
paper_new(struct arena *a, const struct paper_new *new)
{
    struct paper *p = arena_alloc(a, sizeof *p);
    const char *brand = part(new->seller, "brand");

    p->arena = a;
    p->is = *new;
    p->pdf =
        pdf_new(a, new->title, brand[0] ? brand : part(new->seller, "name"),
                new->language);
    p->accent = accent_of(new->seller);
    p->foot = foot_of(p);
    p->y = ADDRESS_TOP;
    draw_sender(p);
    return p;
}

void
paper_recipient(struct paper *p, const char *lines)
{
    pdf_text(p->pdf, LEFT, ADDRESS_TOP, ADDRESS_WIDTH, &address, lines);
}

void
paper_fact(struct paper *p, const char *label, const char *value)
{
    double first, second;

    if (!value || !value[0]) {
        return;
    }
    first = pdf_text(p->pdf, FACTS_LEFT, p->y, FACTS_LABEL, &plain, label);
    second =
        pdf_text(p->pdf, FACTS_LEFT + FACTS_LABEL + PAPER_GAP, p->y,
                 RIGHT - FACTS_LEFT - FACTS_LABEL - PAPER_GAP, &right, value);
    p->y += first > second ? first : second;
}

void
paper_title(struct paper *p)
{
    struct pdf_style title = {16, 1, PDF_LEFT, p->accent, 0};

    p->y = p->y + 16 > TITLE_TOP ? p->y + 16 : TITLE_TOP;
    p->y += pdf_text(p->pdf, LEFT, p->y, PAPER_WIDTH, &title, p->is.title) + 8;
}

/* ---- text ---- */

static void
draw_text(struct paper *p, const struct pdf_style *style, const char *text)
{
    make_room(p, pdf_measure(p->pdf, PAPER_WIDTH, style, text));
    p->y += pdf_text(p->pdf, LEFT, p->y, PAPER_WIDTH, style, text) + 6;
}

/* Line by line, so that a page may end between them. */
static void
draw_lines(struct paper *p, const struct pdf_style *style, const char *text)
{
    size_t len;

    for (; *text; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        draw_text(p, style, arena_strndup(p->arena, text, len));
    }
}

void
paper_text(struct paper *p, const char *text)
{
    draw_lines(p, &plain, text);
}

/* ---- table ---- */

void
paper_table(struct paper *p, const struct paper_column *columns, size_t n)
{
    p->columns = columns;
    p->n_columns = n;
    p->y += 8;
    make_room(p, 60);
    p->in_table = true;
    p->has_rows = false;
    p->carried = 0;
    draw_table_head(p);
}

/* What a text takes at most: no letter is wider than twelve points, no line
 * higher. Shaping it to know better costs as much as drawing it. */
static double
at_most(const char *text, double width)
{
    double lines = 2 + (double)strlen(text) * 12 / width;

    for (; *text; text++) {
        lines += *text == '\n' ? 1 : 0;
    }
    return lines * 12;
}

/* How high a row is; not exactly: or less. */
static double
height_of(struct paper *p, const char *const *cells, const char *detail,
          bool exactly)
{
    double tallest = 0;

    for (size_t i = 0; i < p->n_columns; i++) {
        double width = p->columns[i].width;
        double height = exactly ? pdf_measure(p->pdf, width, &plain, cells[i])
                                : at_most(cells[i], width);

        if (i == 0 && detail) {
            height += exactly ? pdf_measure(p->pdf, width, &quiet, detail)
                              : at_most(detail, width);
        }
        tallest = height > tallest ? height : tallest;
    }
    return tallest;
}

static double
draw_cells(struct paper *p, const char *const *cells, const char *detail)
{
    double x = LEFT, tallest = 0;

    for (size_t i = 0; i < p->n_columns; i++) {
        const struct paper_column *c = &p->columns[i];
        double used = pdf_text(p->pdf, x, p->y, c->width,
                               c->right ? &right : &plain, cells[i]);

        if (i == 0 && detail) {
            used += pdf_text(p->pdf, x, p->y + used, c->width, &quiet, detail);
        }
        tallest = used > tallest ? used : tallest;
        x += c->width + PAPER_GAP;
    }
    return tallest;
}

void
paper_row(struct paper *p, const char *const *cells, const char *detail,
          int64_t amount)
{
    if (p->y + height_of(p, cells, detail, false) + 2 * ROW_GAP >
        BOTTOM - CARRIED) {
        make_room(p, height_of(p, cells, detail, true) + 2 * ROW_GAP);
    }
    p->y += draw_cells(p, cells, detail) + ROW_GAP;
    pdf_line(p->pdf, LEFT, p->y, RIGHT, p->y, 0.25, 0xb0b0b0);
    p->y += ROW_GAP;
    p->carried += amount;
    p->has_rows = true;
}

/* ---- sums ---- */

void
paper_sums(struct paper *p, size_t n)
{
    make_room(p, 18.0 * (double)n + 12);
    p->in_table = false;
    p->y += 6;
}

static void
draw_sum(struct paper *p, const char *label, const char *value,
         const struct pdf_style *left, const struct pdf_style *style)
{
    double x = SUMS_LEFT + SUMS_LABEL + PAPER_GAP;
    double first = pdf_measure(p->pdf, SUMS_LABEL, left, label);
    double second = pdf_measure(p->pdf, RIGHT - x, style, value);
    double height = first > second ? first : second;

    make_room(p, height);
    pdf_text(p->pdf, SUMS_LEFT, p->y, SUMS_LABEL, left, label);
    pdf_text(p->pdf, x, p->y, RIGHT - x, style, value);
    p->y += height + 3;
}

void
paper_sum(struct paper *p, const char *label, const char *value)
{
    draw_sum(p, label, value, &plain, &right);
}

void
paper_total(struct paper *p, const char *label, const char *value)
{
    pdf_line(p->pdf, SUMS_LEFT, p->y, RIGHT, p->y, 0.75, p->accent);
    p->y += 4;
    draw_sum(p, label, value, &bold, &right_bold);
    p->y += 10;
}

const char *
paper_end(struct paper *p, int64_t created, size_t *len)
{
    draw_foot(p);
    return pdf_end(p->pdf, created, len);
}
