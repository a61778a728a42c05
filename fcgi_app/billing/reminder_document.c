/* A reminder on paper, and its words. */
#include "billing/reminder_document.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "view/i18n.h"
#include "view/pdf.h"

/* A4 in points, and where things stand on it (DIN 5008 form B, roughly). */
enum {
    LEFT = 57,
    RIGHT = 539,
    WIDTH = RIGHT - LEFT,
    ADDRESS_TOP = 128,
    FACTS_LEFT = 350,
    TITLE_TOP = 268,
    TEXT_TOP = 300,
    BOTTOM = 740,
    NEXT_PAGE_TOP = 80,
    FOOT = 790,
};

enum { NUMBER, DATE, DUE, LEVEL, AMOUNT, OPEN, COLUMNS };
static const struct {
    int x, width;
    bool right;
    const char *label;
} columns[COLUMNS] = {
    {LEFT, 110, false, N_("Invoice")}, {172, 75, false, N_("Date")},
    {252, 75, false, N_("Due")},       {332, 50, true, N_("Level")},
    {387, 73, true, N_("Amount")},     {465, 74, true, N_("Open")},
};

static const struct pdf_style plain = {9.5, 0, PDF_LEFT, 0x1a1a1a};
static const struct pdf_style bold = {9.5, 1, PDF_LEFT, 0x1a1a1a};
static const struct pdf_style right = {9.5, 0, PDF_RIGHT, 0x1a1a1a};
static const struct pdf_style right_bold = {9.5, 1, PDF_RIGHT, 0x1a1a1a};
static const struct pdf_style quiet = {7.5, 0, PDF_LEFT, 0x5a5a5a};
static const struct pdf_style title = {16, 1, PDF_LEFT, 0x1a1a1a};
static const struct pdf_style sender = {13, 1, PDF_LEFT, 0x1a1a1a};

/* ---- words ---- */

enum tone { FRIENDLY, FIRM, LAST };

static enum tone
tone_of(const json_t *row)
{
    int64_t level = row_int(row, "level");

    if (level <= 1) {
        return FRIENDLY;
    }
    return level >= row_int(row, "levels") ? LAST : FIRM;
}

const char *
reminder_title(const json_t *row)
{
    static const char *const titles[] = {
        [FRIENDLY] = N_("Friendly reminder"),
        [FIRM] = N_("Reminder"),
        [LAST] = N_("Last reminder"),
    };

    return i18n(row_text(row, "language"), titles[tone_of(row)]);
}

const char *
reminder_text(struct arena *a, const json_t *row)
{
    static const char *const texts[] = {
        [FRIENDLY] = N_(
            "Perhaps it has escaped your attention: the invoices below are "
            "due, and we have not received all of the payment yet. Please pay "
            "what is open until {date}. If you have paid in the meantime, "
            "there is nothing left to do for you."),
        [FIRM] = N_(
            "We have reminded you of invoices below before, and they are still "
            "open. Please pay what is open until {date}. If you have paid in "
            "the meantime, there is nothing left to do for you."),
        [LAST] = N_(
            "In spite of our reminders invoices below are still open. This is "
            "our last reminder: please pay what is open until {date}. After "
            "that day we may take further steps, whose costs you would have to "
            "bear. If you have paid in the meantime, there is nothing left to "
            "do for you."),
    };
    const char *lang = row_text(row, "language");

    return i18n_fill(a, i18n(lang, texts[tone_of(row)]), "date",
                     text_date(a, lang, row_text(row, "target"), false), NULL);
}

/* ---- the paper ---- */

struct paper {
    struct arena *arena;
    struct pdf *pdf;
    const json_t *row, *seller;
    const char *lang;
    double y;
};

static const char *
word(const struct paper *p, const char *id)
{
    return i18n(p->lang, id);
}

static const char *
money(const struct paper *p, int64_t amount)
{
    return text_money(p->arena, p->lang, amount, row_text(p->row, "currency"));
}

static const char *
date(const struct paper *p, const json_t *row, const char *column)
{
    return text_date(p->arena, p->lang, row_text(row, column), false);
}

static const char *
name(const struct paper *p)
{
    return arena_printf(p->arena, "%s %s", reminder_title(p->row),
                        row_text(p->row, "number"));
}

static void
draw_fact(struct paper *p, const char *label, const char *value)
{
    if (value && value[0]) {
        pdf_text(p->pdf, FACTS_LEFT, p->y, 90, &plain, label);
        p->y += pdf_text(p->pdf, FACTS_LEFT + 90, p->y, RIGHT - FACTS_LEFT - 90,
                         &right, value);
    }
}

/* The sender's address in the window of an envelope: in one line. */
static const char *
one_line(struct arena *a, const char *lines)
{
    struct buf out = buf_new(a, 128);

    for (; *lines; lines++) {
        if (*lines == '\n') {
            buf_puts(&out, " · ");
        } else {
            buf_putc(&out, *lines);
        }
    }
    return out.data ? out.data : "";
}

static void
draw_head(struct paper *p)
{
    const char *address = row_text(p->seller, "address");

    pdf_text(p->pdf, LEFT, 50, WIDTH, &sender, row_text(p->seller, "name"));
    pdf_text(p->pdf, LEFT, ADDRESS_TOP - 14, 280, &quiet,
             one_line(p->arena, address));
    pdf_text(p->pdf, LEFT, ADDRESS_TOP, 240, &plain,
             row_text(p->row, "recipient"));
    p->y = ADDRESS_TOP;
    draw_fact(p, word(p, N_("Customer number")),
              row_text(p->row, "customer_number"));
    draw_fact(p, word(p, N_("Contract")), row_text(p->row, "contract_ref"));
    draw_fact(p, word(p, N_("Date")), date(p, p->row, "date"));
    draw_fact(p, word(p, N_("Pay until")), date(p, p->row, "target"));
    pdf_text(p->pdf, LEFT, TITLE_TOP, WIDTH, &title, name(p));
    p->y = TEXT_TOP;
    p->y += pdf_text(p->pdf, LEFT, p->y, WIDTH, &plain,
                     reminder_text(p->arena, p->row)) +
            16;
}

/* ---- table ---- */

static double
draw_cell(struct paper *p, int column, bool heavy, const char *text)
{
    const struct pdf_style *style = columns[column].right
                                        ? (heavy ? &right_bold : &right)
                                        : (heavy ? &bold : &plain);

    return pdf_text(p->pdf, columns[column].x, p->y, columns[column].width,
                    style, text);
}

static void
draw_cells(struct paper *p, bool heavy, const char *const *cells)
{
    double tallest = 0;

    for (int i = 0; i < COLUMNS; i++) {
        double height = draw_cell(p, i, heavy, cells[i]);

        tallest = height > tallest ? height : tallest;
    }
    p->y += tallest;
}

static void
draw_table_head(struct paper *p)
{
    const char *cells[COLUMNS];

    for (int i = 0; i < COLUMNS; i++) {
        cells[i] = word(p, columns[i].label);
    }
    draw_cells(p, true, cells);
    p->y += 3;
    pdf_line(p->pdf, LEFT, p->y, RIGHT, p->y, 0.75, 0x1a1a1a);
    p->y += 5;
}

/* Room for `height` more, on a new page if need be. */
static bool
make_room(struct paper *p, double height)
{
    if (p->y + height <= BOTTOM) {
        return false;
    }
    pdf_page(p->pdf);
    pdf_text(p->pdf, LEFT, 50, WIDTH, &plain, name(p));
    p->y = NEXT_PAGE_TOP;
    return true;
}

static void
draw_invoice(struct paper *p, const json_t *invoice)
{
    const char *cells[COLUMNS] = {
        [NUMBER] = row_text(invoice, "number"),
        [DATE] = date(p, invoice, "date"),
        [DUE] = date(p, invoice, "due"),
        [LEVEL] = arena_printf(p->arena, "%lld",
                               (long long)row_int(invoice, "level")),
        [AMOUNT] = money(p, row_int(invoice, "gross")),
        [OPEN] = money(p, row_int(invoice, "open")),
    };

    if (make_room(p, 40)) {
        draw_table_head(p);
    }
    draw_cells(p, false, cells);
    p->y += 4;
    pdf_line(p->pdf, LEFT, p->y, RIGHT, p->y, 0.25, 0xb0b0b0);
    p->y += 4;
}

/* ---- sums ---- */

static void
draw_sum(struct paper *p, const char *label, int64_t amount, bool heavy)
{
    pdf_text(p->pdf, 272, p->y, 180, heavy ? &bold : &plain, label);
    p->y += pdf_text(p->pdf, 452, p->y, RIGHT - 452,
                     heavy ? &right_bold : &right, money(p, amount)) +
            3;
}

static void
draw_sums(struct paper *p)
{
    make_room(p, 70);
    p->y += 6;
    draw_sum(p, word(p, N_("Open amount")), row_int(p->row, "open"), false);
    if (row_int(p->row, "fee")) {
        draw_sum(p, word(p, N_("Reminder fee")), row_int(p->row, "fee"), false);
    }
    pdf_line(p->pdf, 272, p->y, RIGHT, p->y, 0.75, 0x1a1a1a);
    p->y += 4;
    draw_sum(p, word(p, N_("To be paid")), row_int(p->row, "total"), true);
}

const char *
reminder_document(struct arena *a, const json_t *row, const json_t *invoices,
                  size_t *len)
{
    json_t *seller =
        json_in_arena(a, json_loads(row_text(row, "seller"), 0, NULL));
    struct paper p = {a, NULL, row, seller, row_text(row, "language"), 0};
    json_t *invoice;
    size_t i;

    p.pdf = pdf_new(a, name(&p), row_text(seller, "name"), p.lang);
    draw_head(&p);
    draw_table_head(&p);
    json_array_foreach(invoices, i, invoice)
    {
        draw_invoice(&p, invoice);
    }
    draw_sums(&p);
    pdf_text(p.pdf, LEFT, FOOT, WIDTH, &quiet, row_text(seller, "address"));
    return pdf_end(p.pdf, row_int(row, "created"), len);
}

/* ---- the mail ---- */

static const char *
line_of(struct arena *a, const json_t *row, const json_t *invoice)
{
    const char *lang = row_text(row, "language");

    return i18n_fill(a, i18n(lang, N_("{number}, due {date}: {amount}")),
                     "number", row_text(invoice, "number"), "date",
                     text_date(a, lang, row_text(invoice, "due"), false),
                     "amount",
                     text_money(a, lang, row_int(invoice, "open"),
                                row_text(row, "currency")),
                     NULL);
}

json_t *
reminder_values(struct arena *a, const json_t *row, const json_t *invoices)
{
    const char *lang = row_text(row, "language");
    json_t *values = json_in_arena(
        a, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "customer_name",
                     row_text(row, "customer_name"), "reminder_number",
                     row_text(row, "number"), "reminder_title",
                     reminder_title(row), "reminder_text",
                     reminder_text(a, row), "reminder_total",
                     text_money(a, lang, row_int(row, "total"),
                                row_text(row, "currency")),
                     "reminder_target",
                     text_date(a, lang, row_text(row, "target"), false)));
    json_t *lines = json_array(), *invoice;
    size_t i;

    json_array_foreach(invoices, i, invoice)
    {
        json_array_append_new(lines, json_string(line_of(a, row, invoice)));
    }
    model_list(values, "reminder_invoices", lines);
    return values;
}
