#include "billing/pdf_document.h"

#include <string.h>

#include "base/text.h"
#include "billing/paper_document.h"
#include "view/i18n.h"

static const struct paper_column columns[] = {
    {N_("Description"), 193, false}, {N_("Quantity"), 56, true},
    {N_("Unit price"), 84, true},    {N_("VAT"), 42, true},
    {N_("Net"), 87, true},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

struct drawing {
    struct arena *arena;
    struct paper *paper;
    const struct document *document;
    const json_t *row;
    const char *lang;
};

static const char *
word(const struct drawing *d, const char *id)
{
    return paper_word(d->paper, id);
}

/* An amount of the document as it is printed. */
static const char *
money(const struct drawing *d, int64_t amount)
{
    return paper_money(d->paper, document_sign(d->row) * amount);
}

static bool
is_a(const json_t *row, const char *type)
{
    return strcmp(row_text(row, "type"), type) == 0;
}

/* An invoice, or the correction of a credit note. */
static bool
asks_for_money(const json_t *row)
{
    return is_a(row, "invoice") || row_int(row, "gross") > 0;
}

const char *
document_title(struct arena *a, const json_t *row)
{
    const char *kind = is_a(row, "credit_note")  ? N_("Credit note")
                       : is_a(row, "correction") ? N_("Correction")
                                                 : N_("Invoice");

    return arena_printf(a, "%s %s", i18n(row_text(row, "language"), kind),
                        row_text(row, "number"));
}

/* ---- head ---- */

static const char *
period(const struct drawing *d)
{
    const char *from = row_text(d->row, "period_from");
    const char *to = row_text(d->row, "period_to");

    return !from[0]
               ? NULL
               : arena_printf(d->arena, "%s – %s", paper_date(d->paper, from),
                              paper_date(d->paper, to));
}

static void
draw_facts(const struct drawing *d)
{
    struct paper *p = d->paper;

    paper_fact(p, word(d, N_("Customer number")),
               row_text(d->row, "customer_number"));
    paper_fact(p, word(d, N_("Contract")), row_text(d->row, "contract_ref"));
    paper_fact(p, word(d, N_("Date")), paper_date(p, row_text(d->row, "date")));
    if (asks_for_money(d->row)) {
        paper_fact(p, word(d, N_("Due")),
                   paper_date(p, row_text(d->row, "due")));
    }
    paper_fact(p, word(d, N_("Billing period")), period(d));
    paper_fact(p, word(d, N_("Your VAT number")),
               row_text(d->document->buyer, "vat_id"));
}

/* Which document it is about (section 31 (5) of the German ordinance: number
 * and date), and why. */
static void
draw_note(const struct drawing *d)
{
    const char *number = row_text(d->row, "corrects_number");
    const char *note = row_text(d->row, "note");
    const char *type = row_text(d->row, "corrects_type");
    bool of_note = type && strcmp(type, "credit_note") == 0;

    if (number) {
        paper_text(
            d->paper,
            i18n_fill(d->arena,
                      word(d, of_note ? N_("To credit note {number} of {date}.")
                                      : N_("To invoice {number} of {date}.")),
                      "number", number, "date",
                      paper_date(d->paper, row_text(d->row, "corrects_date")),
                      NULL));
    }
    if (note[0]) {
        paper_text(d->paper,
                   is_a(d->row, "invoice")
                       ? note
                       : i18n_fill(d->arena, word(d, N_("Reason: {reason}")),
                                   "reason", note, NULL));
    }
}

/* ---- table ---- */

static const char *
performed(const struct drawing *d, const json_t *line)
{
    const char *day = row_text(line, "performed");

    return day && day[0]
               ? i18n_fill(d->arena, word(d, N_("Performed on {date}")), "date",
                           paper_date(d->paper, day), NULL)
               : NULL;
}

static void
draw_line(const struct drawing *d, const json_t *line)
{
    struct document_line is = document_line(d->row, line);
    const char *cells[COLUMNS] = {
        row_text(line, "description"),
        text_decimal(d->arena, d->lang, is.quantity),
        text_price(d->arena, d->lang, is.unit_price,
                   row_text(d->row, "currency")),
        text_percent(d->arena, d->lang, row_int(line, "vat_rate")),
        paper_money(d->paper, is.net),
    };

    paper_row(d->paper, cells, performed(d, line), is.net);
}

static void
draw_table(const struct drawing *d)
{
    const json_t *line;
    size_t i;

    paper_table(d->paper, columns, COLUMNS);
    json_array_foreach(d->document->lines, i, line)
    {
        draw_line(d, line);
    }
}

/* ---- sums ---- */

static void
draw_sums(const struct drawing *d)
{
    const json_t *tax;
    size_t i;

    paper_sums(d->paper, json_array_size(d->document->taxes) + 2);
    paper_sum(d->paper, word(d, N_("Net amount")),
              money(d, row_int(d->row, "net")));
    json_array_foreach(d->document->taxes, i, tax)
    {
        paper_sum(
            d->paper,
            i18n_fill(d->arena, word(d, N_("{rate} VAT on {net}")), "rate",
                      text_percent(d->arena, d->lang, row_int(tax, "rate")),
                      "net", money(d, row_int(tax, "net")), NULL),
            money(d, row_int(tax, "vat")));
    }
    paper_total(d->paper,
                is_a(d->row, "credit_note") ? word(d, N_("Amount credited"))
                                            : word(d, N_("Total")),
                money(d, row_int(d->row, "gross")));
}

/* Why a rate is 0 %. */
static void
draw_exemption(const struct drawing *d)
{
    const json_t *tax;
    size_t i;

    json_array_foreach(d->document->taxes, i, tax)
    {
        struct document_vat vat =
            document_vat(d->document, row_int(tax, "rate"));

        if (vat.reason) {
            paper_text(d->paper, word(d, vat.reason));
        }
    }
}

static void
draw_payment(const struct drawing *d)
{
    const char *iban = row_text(d->document->seller, "iban");
    const char *number = row_text(d->row, "number");

    if (is_a(d->row, "credit_note")) {
        paper_text(d->paper, word(d, N_("We credit this amount to you.")));
    }
    if (row_int(d->row, "gross") <= 0) {
        return;
    }
    paper_text(
        d->paper,
        i18n_fill(d->arena,
                  word(d, is_a(d->row, "invoice")
                              ? N_("Please pay {amount} by {date}.")
                              : N_("What is left of the credit note settles "
                                   "this. Please pay the rest by {date}.")),
                  "amount", money(d, row_int(d->row, "gross")), "date",
                  paper_date(d->paper, row_text(d->row, "due")), NULL));
    if (iban && iban[0]) {
        paper_text(d->paper,
                   i18n_fill(d->arena,
                             word(d, N_("To IBAN {iban}, reference {number}.")),
                             "iban", iban, "number", number, NULL));
    }
}

const char *
document_pdf(struct arena *a, const struct document *document, size_t *len)
{
    const json_t *row = document->row;
    struct paper_new new = {document_title(a, row),
                            row_text(row, "language"),
                            row_text(row, "currency"),
                            document->seller,
                            {document->logo.jpeg, document->logo.jpeg_len}};
    struct drawing d = {a, paper_new(a, &new), document, row, new.language};

    paper_recipient(d.paper, row_text(row, "recipient"));
    draw_facts(&d);
    paper_title(d.paper);
    draw_note(&d);
    draw_table(&d);
    draw_sums(&d);
    draw_exemption(&d);
    draw_payment(&d);
    return paper_end(d.paper, row_int(row, "created"), len);
}

/* ---- files ---- */

enum db_result
document_file(struct db *db, struct arena *a, const struct config *config,
              const struct tenant *tenant, const struct actor *actor,
              const struct document *d, enum document_kind kind,
              struct document_bytes *out)
{
    const char *hash = row_text(d->row, document_ending(kind));

    if (kind == DOCUMENT_XML && document_xml_lacks(d)) {
        return DB_NONE;
    }
    if (hash[0] && document_read(a, config, tenant->id, kind, hash, out)) {
        return DB_OK;
    }
    out->data = kind == DOCUMENT_PDF ? document_pdf(a, d, &out->len)
                                     : document_xml(a, d, &out->len);
    if (!out->data || !document_write(a, config, tenant->id, kind, out)) {
        return DB_FAILED;
    }
    return document_keep(db, a, tenant->id, actor, d, kind, out->hash);
}
