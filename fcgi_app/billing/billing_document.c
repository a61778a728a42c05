/* An invoice on paper. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "billing/billing.h"
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
    TABLE_TOP = 312,
    TABLE_BOTTOM = 740,
    NEXT_PAGE_TOP = 80,
    FOOT = 790,
};

/* Columns: where their boxes begin and how wide they are. */
enum { DESCRIPTION, QUANTITY, PRICE, RATE, NET, COLUMNS };
static const struct {
    int x, width;
} columns[COLUMNS] = {
    {LEFT, 210}, {272, 60}, {337, 80}, {422, 45}, {472, 67},
};

static const struct pdf_style plain = {9.5, 0, PDF_LEFT, 0x1a1a1a};
static const struct pdf_style bold = {9.5, 1, PDF_LEFT, 0x1a1a1a};
static const struct pdf_style right = {9.5, 0, PDF_RIGHT, 0x1a1a1a};
static const struct pdf_style right_bold = {9.5, 1, PDF_RIGHT, 0x1a1a1a};
static const struct pdf_style quiet = {7.5, 0, PDF_LEFT, 0x5a5a5a};
static const struct pdf_style title = {16, 1, PDF_LEFT, 0x1a1a1a};
static const struct pdf_style sender = {13, 1, PDF_LEFT, 0x1a1a1a};

struct paper {
    struct arena *arena;
    struct pdf *pdf;
    const struct tenant *tenant;
    const json_t *invoice;
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
    return text_money(p->arena, p->lang, amount,
                      row_text(p->invoice, "currency"));
}

static const char *
date(const struct paper *p, const char *column)
{
    return text_date(p->arena, p->lang, row_text(p->invoice, column), false);
}

static bool
is_credit(const struct paper *p)
{
    return strcmp(row_text(p->invoice, "type"), "credit_note") == 0;
}

static const char *
name(const struct paper *p)
{
    return arena_printf(
        p->arena, "%s %s",
        word(p, is_credit(p) ? N_("Credit note") : N_("Invoice")),
        row_text(p->invoice, "number"));
}

/* ---- head ---- */

static void
draw_fact(struct paper *p, const char *label, const char *value)
{
    pdf_text(p->pdf, FACTS_LEFT, p->y, 90, &plain, label);
    p->y += pdf_text(p->pdf, FACTS_LEFT + 90, p->y, RIGHT - FACTS_LEFT - 90,
                     &right, value);
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
    return out.data;
}

static void
draw_head(struct paper *p)
{
    pdf_text(p->pdf, LEFT, 50, WIDTH, &sender, p->tenant->name);
    pdf_text(p->pdf, LEFT, ADDRESS_TOP - 14, 280, &quiet,
             one_line(p->arena, p->tenant->address));
    pdf_text(p->pdf, LEFT, ADDRESS_TOP, 240, &plain,
             row_text(p->invoice, "recipient"));
    p->y = ADDRESS_TOP;
    draw_fact(p, word(p, N_("Customer number")),
              row_text(p->invoice, "customer_number"));
    draw_fact(p, word(p, N_("Date")), date(p, "date"));
    if (!is_credit(p)) {
        draw_fact(p, word(p, N_("Due")), date(p, "due"));
    }
    draw_fact(p, word(p, N_("From")), date(p, "period_from"));
    draw_fact(p, word(p, N_("To")), date(p, "period_to"));
    pdf_text(p->pdf, LEFT, TITLE_TOP, WIDTH, &title, name(p));
}

/* ---- table ---- */

static double
draw_cell(struct paper *p, int column, const struct pdf_style *style,
          const char *text)
{
    return pdf_text(p->pdf, columns[column].x, p->y, columns[column].width,
                    style, text);
}

static void
draw_table_head(struct paper *p)
{
    draw_cell(p, DESCRIPTION, &bold, word(p, N_("Description")));
    draw_cell(p, QUANTITY, &right_bold, word(p, N_("Quantity")));
    draw_cell(p, PRICE, &right_bold, word(p, N_("Unit price")));
    draw_cell(p, RATE, &right_bold, word(p, N_("VAT")));
    p->y += draw_cell(p, NET, &right_bold, word(p, N_("Net"))) + 3;
    pdf_line(p->pdf, LEFT, p->y, RIGHT, p->y, 0.75, 0x1a1a1a);
    p->y += 5;
}

/* Room for `height` more, on a new page if need be. */
static void
make_room(struct paper *p, double height)
{
    if (p->y + height <= TABLE_BOTTOM) {
        return;
    }
    pdf_page(p->pdf);
    pdf_text(p->pdf, LEFT, 50, WIDTH, &plain, name(p));
    p->y = NEXT_PAGE_TOP;
    draw_table_head(p);
}

static void
draw_line(struct paper *p, const json_t *line)
{
    const char *currency = row_text(p->invoice, "currency");
    const char *text = row_text(line, "description");
    double height =
        pdf_measure(p->pdf, columns[DESCRIPTION].width, &plain, text);

    make_room(p, height + 10);
    draw_cell(p, DESCRIPTION, &plain, text);
    draw_cell(p, QUANTITY, &right,
              text_decimal(p->arena, p->lang, row_int(line, "quantity")));
    draw_cell(
        p, PRICE, &right,
        text_price(p->arena, p->lang, row_int(line, "unit_price"), currency));
    draw_cell(p, RATE, &right,
              text_percent(p->arena, p->lang, row_int(line, "vat_rate")));
    draw_cell(p, NET, &right, money(p, row_int(line, "net")));
    p->y += height + 4;
    pdf_line(p->pdf, LEFT, p->y, RIGHT, p->y, 0.25, 0xb0b0b0);
    p->y += 4;
}

/* ---- sums ---- */

static void
draw_sum(struct paper *p, const char *label, const char *value,
         const struct pdf_style *style)
{
    pdf_text(p->pdf, 272, p->y, 180, style == &right_bold ? &bold : &plain,
             label);
    p->y += pdf_text(p->pdf, 452, p->y, RIGHT - 452, style, value) + 3;
}

static void
draw_sums(struct paper *p, const json_t *lines)
{
    json_t *taxes = invoice_taxes(p->arena, lines), *tax;
    size_t i;

    make_room(p, 20.0 * (double)(json_array_size(taxes) + 2));
    p->y += 6;
    draw_sum(p, word(p, N_("Net amount")), money(p, row_int(p->invoice, "net")),
             &right);
    json_array_foreach(taxes, i, tax)
    {
        draw_sum(
            p,
            i18n_fill(p->arena, word(p, N_("{rate} VAT on {net}")), "rate",
                      text_percent(p->arena, p->lang, row_int(tax, "rate")),
                      "net", money(p, row_int(tax, "net")), NULL),
            money(p, row_int(tax, "vat")), &right);
    }
    pdf_line(p->pdf, 272, p->y, RIGHT, p->y, 0.75, 0x1a1a1a);
    p->y += 4;
    draw_sum(p, word(p, N_("Total")), money(p, row_int(p->invoice, "gross")),
             &right_bold);
}

const char *
invoice_document(struct arena *a, const struct tenant *tenant,
                 const json_t *invoice, const json_t *lines, size_t *len)
{
    const char *lang = row_text(invoice, "language");
    struct paper p = {a, NULL, tenant, invoice, lang, 0};
    json_t *line;
    size_t i;

    p.pdf = pdf_new(a, name(&p), tenant->name, lang);
    draw_head(&p);
    p.y = TABLE_TOP;
    draw_table_head(&p);
    json_array_foreach(lines, i, line)
    {
        draw_line(&p, line);
    }
    draw_sums(&p, lines);
    pdf_text(p.pdf, LEFT, FOOT, WIDTH, &quiet, tenant->address);
    return pdf_end(p.pdf, row_int(invoice, "created"), len);
}
