/* A reminder on paper, and its words. */
#include "billing/reminder_document.h"

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/paper_document.h"
#include "view/i18n.h"

static const struct paper_column columns[] = {
    {N_("Invoice"), 105, false}, {N_("Date"), 75, false},
    {N_("Due"), 75, false},      {N_("Level"), 42, true},
    {N_("Amount"), 80, true},    {N_("Open"), 80, true},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

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

static void
draw_head(struct paper *p, const json_t *row)
{
    paper_recipient(p, row_text(row, "recipient"));
    paper_fact(p, paper_word(p, N_("Customer number")),
               row_text(row, "customer_number"));
    paper_fact(p, paper_word(p, N_("Contract")), row_text(row, "contract_ref"));
    paper_fact(p, paper_word(p, N_("Date")),
               paper_date(p, row_text(row, "date")));
    paper_fact(p, paper_word(p, N_("Pay until")),
               paper_date(p, row_text(row, "target")));
    paper_title(p);
}

static void
draw_invoices(struct paper *p, struct arena *a, const json_t *invoices)
{
    const json_t *invoice;
    size_t i;

    paper_table(p, columns, COLUMNS);
    json_array_foreach(invoices, i, invoice)
    {
        const char *cells[COLUMNS] = {
            row_text(invoice, "number"),
            paper_date(p, row_text(invoice, "date")),
            paper_date(p, row_text(invoice, "due")),
            arena_printf(a, "%lld", (long long)row_int(invoice, "level")),
            paper_money(p, row_int(invoice, "gross")),
            paper_money(p, row_int(invoice, "open")),
        };

        paper_row(p, cells, NULL, row_int(invoice, "open"));
    }
}

static void
draw_sums(struct paper *p, const json_t *row)
{
    paper_sums(p, 3);
    paper_sum(p, paper_word(p, N_("Open amount")),
              paper_money(p, row_int(row, "open")));
    if (row_int(row, "fee")) {
        paper_sum(p, paper_word(p, N_("Reminder fee")),
                  paper_money(p, row_int(row, "fee")));
    }
    paper_total(p, paper_word(p, N_("To be paid")),
                paper_money(p, row_int(row, "total")));
}

static void
draw_account(struct paper *p, struct arena *a, const json_t *row,
             const json_t *seller)
{
    const char *iban = row_text(seller, "iban");

    if (iban && iban[0]) {
        paper_text(p, i18n_fill(a,
                                paper_word(p, N_("To IBAN {iban}, reference "
                                                 "{number}.")),
                                "iban", iban, "number", row_text(row, "number"),
                                NULL));
    }
}

static const char *
draw(struct arena *a, const json_t *row, const json_t *invoices,
     const json_t *seller, const struct brand_logo *logo, size_t *len)
{
    struct paper_new new = {
        arena_printf(a, "%s %s", reminder_title(row), row_text(row, "number")),
        row_text(row, "language"),
        row_text(row, "currency"),
        seller,
        {logo->jpeg, logo->jpeg_len}};
    struct paper *p = paper_new(a, &new);

    draw_head(p, row);
    paper_text(p, reminder_text(a, row));
    draw_invoices(p, a, invoices);
    draw_sums(p, row);
    draw_account(p, a, row, seller);
    return paper_end(p, row_int(row, "created"), len);
}

enum db_result
reminder_file(struct db *db, struct arena *a, const struct config *config,
              const json_t *row, const json_t *invoices,
              struct document_bytes *out)
{
    const char *tenant = row_text(row, "tenant"), *hash = row_text(row, "pdf");
    const json_t *seller = document_party(a, row_text(row, "seller_data"));
    struct brand_logo logo;
    enum db_result r;

    if (hash[0] && document_read(a, config, tenant, DOCUMENT_PDF, hash, out)) {
        return DB_OK;
    }
    r = document_logo(db, a, tenant, seller, &logo);
    if (r != DB_OK) {
        return r;
    }
    out->data = draw(a, row, invoices, seller, &logo, &out->len);
    if (!out->data || !document_write(a, config, tenant, DOCUMENT_PDF, out)) {
        return DB_FAILED;
    }
    return reminder_keep(db, tenant, row_text(row, "id"), out->hash);
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
