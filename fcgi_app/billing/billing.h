/* Invoices and credit notes: documents that never change once issued. */
#ifndef BILLING_BILLING_H
#define BILLING_BILLING_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"
#include "tenant/tenant.h"

/* Where a page of a list begins: after this row. NULL date: at the top. */
struct invoice_cursor {
    const char *date, *number;
};

/* Asks for rows: columns of table invoice, newest first. contract: id, or NULL
 * for all. */
struct db_answer *invoice_list(struct db *db, struct arena *a,
                               const char *tenant, const char *customer,
                               const char *contract,
                               const struct invoice_cursor *after, int limit);
enum db_result invoice_get(struct db *db, struct arena *a, const char *tenant,
                           const char *customer, const char *contract,
                           const char *number, json_t **row);

/* One of any customer; customer has its number. */
enum db_result invoice_by_number(struct db *db, struct arena *a,
                                 const char *tenant, const char *number,
                                 json_t **row);

/* The same with all columns: customer is the id, and beside the row's own are
 * contract_ref and corrects_number, null where there is none. */
enum db_result invoice_whole(struct db *db, struct arena *a, const char *tenant,
                             const char *number, json_t **row);

/* Asks for the documents that correct an invoice (its id), the oldest first, as
 * rows of invoice_list_fields. */
struct db_answer *invoice_corrections(struct db *db, struct arena *a,
                                      const char *tenant, const char *invoice);

/* Columns of the list of all; and the newest of it, for parts of other pages:
 * of one customer (number), contract (reference) or run. */
extern const struct field invoice_list_fields[], invoice_csv_fields[];

/* A row of the API's list, and one with all that belongs to it. */
extern const struct field invoice_fields[], invoice_record_fields[];

/* One of them, and its lines, for pages that show facts and tables. */
extern const struct field invoice_fact_fields[], invoice_line_fields[];
enum db_result invoice_list_rows(struct db *db, struct arena *a,
                                 const struct list_query *q, const char *tenant,
                                 const char *pool, json_t **rows);

/* Open invoices whose day of payment lies before today (tenant_today()) are
 * overdue: what the customer has to pay, no credit. */
bool invoice_overdue(const json_t *row, const char *today);

/* What is still to be paid of it, in minor units. */
int64_t invoice_open_amount(const json_t *row);

/* Columns of table invoice_line, by position. */
enum db_result invoice_lines(struct db *db, struct arena *a, const char *tenant,
                             const char *invoice, json_t **rows);

/* What is sent to send one by mail, and what is answered. */
extern const struct field invoice_send_fields[], invoice_sent_fields[],
    delivery_again_fields[];

/*
 * Documents for a file of many, so many after one with that "after" ("": from
 * the first): those of an array of numbers, in its order (DB_NONE: one is not
 * there), or those that a filter has, an object with from and to (days), type
 * and customer (number) or not. Rows: id, after, and invoice_export_fields.
 */
extern const struct field invoice_export_fields[], invoice_zip_fields[];
enum db_result invoice_export_picked(struct db *db, struct arena *a,
                                     const char *tenant, const json_t *numbers,
                                     const char *after, int limit,
                                     json_t **rows);
enum db_result invoice_export_issued(struct db *db, struct arena *a,
                                     const char *tenant, const json_t *filter,
                                     const char *after, int limit,
                                     json_t **rows);
enum db_result invoice_export_count(struct db *db, struct arena *a,
                                    const char *tenant, const json_t *filter,
                                    int64_t *count);

/* Asks for a row for each currency, that of which the most is open first:
 * amount (minor units) that is open of so many (count) invoices, and credit
 * that is left. No row when there is nothing of it. */
struct db_answer *invoice_open_sum(struct db *db, struct arena *a,
                                   const char *tenant, const char *customer);

/*
 * Net and VAT per rate, highest rate first: an array of {rate, net, vat}. VAT
 * is computed on the sum of a rate, half away from zero (the rule printed on
 * every document: per rate, not per line).
 */
json_t *invoice_taxes(struct arena *a, const json_t *lines);

struct invoice_line_new {
    const char *description;
    int64_t quantity, unit_price; /* scaled by 10^6 */
    int vat_rate;                 /* basis points */
    const char *service;   /* id of the service entry that it bills, or NULL */
    const char *performed; /* its day, or NULL */
    int64_t vat_extra; /* cents by which the VAT of its rate differs: 0, but of
                          corrections, see correction.h */
};

struct invoice_new {
    const char *number; /* NULL: the next of its type's series */
    const char *type, *customer, *contract; /* ids; contract or NULL */
    const char *run;                        /* id of the invoice run, or NULL */
    const char *corrects; /* id of the invoice that it corrects, or NULL */
    const char *note;     /* why; printed; or NULL */
    const char *buyer, *seller; /* see invoice_buyer() and invoice_seller() */
    const char *customer_number, *recipient, *language;
    const char *date, *due, *period_from, *period_to, *currency;
    const char *billed_from, *billed_to; /* of contract periods; or NULL */
    const char *delivery_mode;
    bool deliver; /* is sent, where the delivery mode is e-mail */
    bool test;    /* but not by a key of test mode */
    const struct invoice_line_new *lines;
    size_t n_lines;
};

/*
 * The parties as they are now, as JSON text, for what is drawn of a document
 * and must not change with them: name, street, postal_code, city, country,
 * vat_id, email. The seller also has brand, address (lines), accent,
 * tax_number, contact, phone, iban, bic, vat_exemption. It is the same for many
 * documents, and kept once: they have its name.
 */
const char *invoice_buyer(struct arena *a, const json_t *customer);
enum db_result invoice_seller(struct db *db, struct arena *a,
                              const struct tenant *tenant, const char **name);

/* The lines of the address field. */
const char *invoice_recipient(struct arena *a, const json_t *customer);

/* Sums up, and stores document and lines, its row of the ledger, and what it
 * settles or is settled by (ledger.h). It is open then, or paid at once. *id,
 * where not NULL, is the new one's. */
enum db_result invoice_create(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const struct invoice_new *new, const char **id);

#endif
