/* A document for programs: EN 16931-1 in UBL 2.1, profile XRechnung 3.0. */
#include <string.h>

#include "base/buf.h"
#include "base/iban.h"
#include "base/text.h"
#include "billing/pdf_document.h"
#include "view/i18n.h"

#define CUSTOMISATION                                                          \
    "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
#define PROFILE "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
#define UBL     "urn:oasis:names:specification:ubl:schema:xsd:"

/* UNTDID 4461: how it is paid. */
#define SEPA_TRANSFER "58"
#define NOT_DEFINED   "1"
#define CLEARING      "97"

struct writing {
    struct buf out;
    struct arena *arena;
    const struct document *document;
    const json_t *row;
    const char *currency;
    bool credit; /* a CreditNote, in which what the customer gets is positive */
};

/* ---- XML ---- */

/* Text without what XML 1.0 cannot hold (2.2, Char): U+FFFE and U+FFFF among
 * the rest. */
static void
put_text(struct writing *w, const char *text)
{
    const char *from = text;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool bad = c < 0x20 && !strchr("\t\n\r", c);
        bool not_one = strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
                       strncmp(text, "\xef\xbf\xbf", 3) == 0;

        if (bad || not_one) {
            buf_html(&w->out, from, (size_t)(text - from));
            text += not_one ? 2 : 0;
            from = text + 1;
        }
    }
    buf_html(&w->out, from, (size_t)(text - from));
}

static void
begin(struct writing *w, const char *tag)
{
    buf_printf(&w->out, "<%s>", tag);
}

static void
end(struct writing *w, const char *tag)
{
    buf_printf(&w->out, "</%s>\n", tag);
}

/* Nothing for NULL and "": an element must not be empty. */
static void
put(struct writing *w, const char *tag, const char *value)
{
    if (value && value[0]) {
        begin(w, tag);
        put_text(w, value);
        end(w, tag);
    }
}

static void
put_with(struct writing *w, const char *tag, const char *attribute,
         const char *is, const char *value)
{
    buf_printf(&w->out, "<%s %s=\"%s\">", tag, attribute, is);
    put_text(w, value);
    end(w, tag);
}

/* An amount in minor units, with the document's sign. */
static void
put_amount(struct writing *w, const char *tag, int64_t minor)
{
    put_with(w, tag, "currencyID", w->currency,
             text_amount(w->arena, minor * document_sign(w->row), w->currency));
}

static const char *
part(const json_t *party, const char *key)
{
    const char *text = row_text(party, key);

    return text ? text : "";
}

static const char *
word(const struct writing *w, const char *id)
{
    return i18n(row_text(w->row, "language"), id);
}

/* ---- head ---- */

static bool
is_a(const struct writing *w, const char *type)
{
    return strcmp(row_text(w->row, "type"), type) == 0;
}

static void
put_reference(struct writing *w)
{
    if (row_text(w->row, "corrects_number")) {
        begin(w, "cac:BillingReference");
        begin(w, "cac:InvoiceDocumentReference");
        put(w, "cbc:ID", row_text(w->row, "corrects_number"));
        put(w, "cbc:IssueDate", row_text(w->row, "corrects_date"));
        end(w, "cac:InvoiceDocumentReference");
        end(w, "cac:BillingReference");
    }
    if (row_text(w->row, "contract_ref")) {
        begin(w, "cac:ContractDocumentReference");
        put(w, "cbc:ID", row_text(w->row, "contract_ref"));
        end(w, "cac:ContractDocumentReference");
    }
}

static void
put_period(struct writing *w, const char *from, const char *to)
{
    begin(w, "cac:InvoicePeriod");
    put(w, "cbc:StartDate", from);
    put(w, "cbc:EndDate", to);
    end(w, "cac:InvoicePeriod");
}

static void
put_head(struct writing *w)
{
    const json_t *row = w->row;

    put(w, "cbc:CustomizationID", CUSTOMISATION);
    put(w, "cbc:ProfileID", PROFILE);
    put(w, "cbc:ID", row_text(row, "number"));
    put(w, "cbc:IssueDate", row_text(row, "date"));
    if (w->credit) {
        put(w, "cbc:CreditNoteTypeCode", "381");
    } else {
        put(w, "cbc:DueDate", row_text(row, "due"));
        put(w, "cbc:InvoiceTypeCode", is_a(w, "correction") ? "384" : "380");
    }
    put(w, "cbc:Note", row_text(row, "note"));
    put(w, "cbc:DocumentCurrencyCode", w->currency);
    put(w, "cbc:BuyerReference", row_text(row, "customer_number"));
    if (row_text(row, "period_from")[0]) {
        put_period(w, row_text(row, "period_from"), row_text(row, "period_to"));
    }
    put_reference(w);
}

/* ---- parties ---- */

static void
put_address(struct writing *w, const json_t *party)
{
    begin(w, "cac:PostalAddress");
    put(w, "cbc:StreetName", part(party, "street"));
    put(w, "cbc:AdditionalStreetName", part(party, "address_extra"));
    put(w, "cbc:CityName", part(party, "city"));
    put(w, "cbc:PostalZone", part(party, "postal_code"));
    begin(w, "cac:Country");
    put(w, "cbc:IdentificationCode", part(party, "country"));
    end(w, "cac:Country");
    end(w, "cac:PostalAddress");
}

static void
put_tax_scheme(struct writing *w, const char *id, const char *scheme)
{
    if (id[0]) {
        begin(w, "cac:PartyTaxScheme");
        put(w, "cbc:CompanyID", id);
        begin(w, "cac:TaxScheme");
        put(w, "cbc:ID", scheme);
        end(w, "cac:TaxScheme");
        end(w, "cac:PartyTaxScheme");
    }
}

static const char *
vat_id(const json_t *party)
{
    const char *id = part(party, "vat_id");

    return document_vat_id_ok(id) ? id : "";
}

static void
put_seller(struct writing *w)
{
    const json_t *seller = w->document->seller;
    const char *brand = part(seller, "brand");

    begin(w, "cac:AccountingSupplierParty");
    begin(w, "cac:Party");
    put_with(w, "cbc:EndpointID", "schemeID", "EM", part(seller, "email"));
    if (brand[0] && strcmp(brand, part(seller, "name")) != 0) {
        begin(w, "cac:PartyName");
        put(w, "cbc:Name", brand);
        end(w, "cac:PartyName");
    }
    put_address(w, seller);
    put_tax_scheme(w, vat_id(seller), "VAT");
    put_tax_scheme(w, part(seller, "tax_number"), "FC");
    begin(w, "cac:PartyLegalEntity");
    put(w, "cbc:RegistrationName", part(seller, "name"));
    end(w, "cac:PartyLegalEntity");
    begin(w, "cac:Contact");
    put(w, "cbc:Name", part(seller, "contact"));
    put(w, "cbc:Telephone", part(seller, "phone"));
    put(w, "cbc:ElectronicMail", part(seller, "email"));
    end(w, "cac:Contact");
    end(w, "cac:Party");
    end(w, "cac:AccountingSupplierParty");
}

static void
put_buyer(struct writing *w)
{
    const json_t *buyer = w->document->buyer;

    begin(w, "cac:AccountingCustomerParty");
    begin(w, "cac:Party");
    put_with(w, "cbc:EndpointID", "schemeID", "EM", part(buyer, "email"));
    begin(w, "cac:PartyIdentification");
    put(w, "cbc:ID", row_text(w->row, "customer_number"));
    end(w, "cac:PartyIdentification");
    put_address(w, buyer);
    put_tax_scheme(w, vat_id(buyer), "VAT");
    begin(w, "cac:PartyLegalEntity");
    put(w, "cbc:RegistrationName", part(buyer, "name"));
    end(w, "cac:PartyLegalEntity");
    end(w, "cac:Party");
    end(w, "cac:AccountingCustomerParty");
}

/* ---- payment ---- */

static void
put_payment(struct writing *w)
{
    const json_t *seller = w->document->seller;
    const char *iban = part(seller, "iban"), *bic = part(seller, "bic");
    bool paid = is_a(w, "invoice");

    begin(w, "cac:PaymentMeans");
    put(w, "cbc:PaymentMeansCode",
        !paid     ? CLEARING
        : iban[0] ? SEPA_TRANSFER
                  : NOT_DEFINED);
    put(w, "cbc:PaymentID", row_text(w->row, "number"));
    if (paid && iban[0]) {
        begin(w, "cac:PayeeFinancialAccount");
        put(w, "cbc:ID", iban_plain(w->arena, iban));
        put(w, "cbc:Name", part(seller, "name"));
        if (bic[0]) {
            begin(w, "cac:FinancialInstitutionBranch");
            put(w, "cbc:ID", bic);
            end(w, "cac:FinancialInstitutionBranch");
        }
        end(w, "cac:PayeeFinancialAccount");
    }
    end(w, "cac:PaymentMeans");
    if (w->credit) { /* BR-CO-25: when, or by which terms */
        begin(w, "cac:PaymentTerms");
        put(w, "cbc:Note", word(w, N_("We credit this amount to you.")));
        end(w, "cac:PaymentTerms");
    }
}

/* ---- VAT and sums ---- */

static void
put_category(struct writing *w, const char *tag, int64_t rate, bool with_reason)
{
    struct document_vat vat = document_vat(w->document, rate);

    begin(w, tag);
    put(w, "cbc:ID", vat.category);
    put(w, "cbc:Percent", text_scaled(w->arena, rate, 2));
    if (with_reason && vat.reason) {
        put(w, "cbc:TaxExemptionReasonCode", vat.code);
        put(w, "cbc:TaxExemptionReason", word(w, vat.reason));
    }
    begin(w, "cac:TaxScheme");
    put(w, "cbc:ID", "VAT");
    end(w, "cac:TaxScheme");
    end(w, tag);
}

static void
put_taxes(struct writing *w)
{
    const json_t *tax;
    size_t i;

    begin(w, "cac:TaxTotal");
    put_amount(w, "cbc:TaxAmount", row_int(w->row, "vat"));
    json_array_foreach(w->document->taxes, i, tax)
    {
        begin(w, "cac:TaxSubtotal");
        put_amount(w, "cbc:TaxableAmount", row_int(tax, "net"));
        put_amount(w, "cbc:TaxAmount", row_int(tax, "vat"));
        put_category(w, "cac:TaxCategory", row_int(tax, "rate"), true);
        end(w, "cac:TaxSubtotal");
    }
    end(w, "cac:TaxTotal");
}

static void
put_sums(struct writing *w)
{
    begin(w, "cac:LegalMonetaryTotal");
    put_amount(w, "cbc:LineExtensionAmount", row_int(w->row, "net"));
    put_amount(w, "cbc:TaxExclusiveAmount", row_int(w->row, "net"));
    put_amount(w, "cbc:TaxInclusiveAmount", row_int(w->row, "gross"));
    put_amount(w, "cbc:PayableAmount", row_int(w->row, "gross"));
    end(w, "cac:LegalMonetaryTotal");
}

/* ---- lines ---- */

/* The day on which it was performed; as a period only within the document's
 * own, as the profile wants it. */
static void
put_performed(struct writing *w, const char *day)
{
    const char *from = row_text(w->row, "period_from");

    if (day && from[0] && strcmp(day, from) >= 0 &&
        strcmp(day, row_text(w->row, "period_to")) <= 0) {
        put_period(w, day, day);
    }
}

static void
put_item(struct writing *w, const json_t *line)
{
    const char *day = row_text(line, "performed");
    const char *lang = row_text(w->row, "language");

    begin(w, "cac:Item");
    if (day && day[0]) {
        put(w, "cbc:Description",
            i18n_fill(w->arena, word(w, N_("Performed on {date}")), "date",
                      text_date(w->arena, lang, day, false), NULL));
    }
    put(w, "cbc:Name", row_text(line, "description"));
    put_category(w, "cac:ClassifiedTaxCategory", row_int(line, "vat_rate"),
                 false);
    end(w, "cac:Item");
}

static void
put_line(struct writing *w, const json_t *line)
{
    const char *tag = w->credit ? "cac:CreditNoteLine" : "cac:InvoiceLine";
    struct document_line is = document_line(w->row, line);

    begin(w, tag);
    put(w, "cbc:ID",
        arena_printf(w->arena, "%lld", (long long)row_int(line, "position")));
    put_with(w, w->credit ? "cbc:CreditedQuantity" : "cbc:InvoicedQuantity",
             "unitCode", "C62", text_scaled(w->arena, is.quantity, 6));
    put_amount(w, "cbc:LineExtensionAmount", row_int(line, "net"));
    put_performed(w, row_text(line, "performed"));
    put_item(w, line);
    begin(w, "cac:Price");
    put_with(w, "cbc:PriceAmount", "currencyID", w->currency,
             text_scaled(w->arena, is.unit_price, 6));
    end(w, "cac:Price");
    end(w, tag);
}

/* ---- whole ---- */

/* What the profile wants to be there; message ids for the office. */
static const char *
lacks(const json_t *party, const char *const keys[][2])
{
    for (; (*keys)[0]; keys++) {
        if (part(party, (*keys)[0])[0] == '\0') {
            return (*keys)[1];
        }
    }
    return NULL;
}

const char *
document_xml_lacks(const struct document *d)
{
    static const char *const of_seller[][2] = {
        {"name", N_("Legal name on documents")},
        {"postal_code", N_("Postal code on documents")},
        {"city", N_("Town on documents")},
        {"country", N_("Your country")},
        {"contact", N_("Who answers questions about invoices")},
        {"phone", N_("Telephone for questions about invoices")},
        {"email", N_("E-mail address for questions about invoices")},
        {NULL, NULL}};
    static const char *const of_buyer[][2] = {
        {"name", N_("Name of the customer")},
        {"postal_code", N_("Postal code")},
        {"city", N_("Town")},
        {"country", N_("Country")},
        {"email", N_("E-mail address")},
        {NULL, NULL}};
    const char *missing = lacks(d->seller, of_seller);

    if (!missing && !vat_id(d->seller)[0] &&
        !part(d->seller, "tax_number")[0]) {
        missing = N_("Your VAT number");
    }
    if (!missing) {
        missing = lacks(d->buyer, of_buyer);
    }
    /* BR-DEC: amounts have two digits at most. */
    if (!missing && text_currency_digits(row_text(d->row, "currency")) > 2) {
        missing = N_("A currency of two digits");
    }
    return missing;
}

const char *
document_xml(struct arena *a, const struct document *d, size_t *len)
{
    const char *root = document_sign(d->row) < 0 ? "CreditNote" : "Invoice";
    struct writing w = {.out = buf_new(a, 8192),
                        .arena = a,
                        .document = d,
                        .row = d->row,
                        .currency = row_text(d->row, "currency"),
                        .credit = document_sign(d->row) < 0};
    const json_t *line;
    size_t i;

    if (document_xml_lacks(d)) {
        return NULL;
    }
    buf_printf(&w.out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"" UBL
               "%s-2\" xmlns:cac=\"" UBL
               "CommonAggregateComponents-2\" xmlns:cbc=\"" UBL
               "CommonBasicComponents-2\">\n",
               root, root);
    put_head(&w);
    put_seller(&w);
    put_buyer(&w);
    put_payment(&w);
    put_taxes(&w);
    put_sums(&w);
    json_array_foreach(d->lines, i, line)
    {
        put_line(&w, line);
    }
    end(&w, root);
    *len = w.out.len;
    return w.out.data;
}
