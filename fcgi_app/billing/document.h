/*
 * Documents as they were issued: what is drawn of one is read from its row and
 * its lines alone, so that it is the same at any time; files of them, named by
 * the hash of what they hold, lie below <state>/documents/<tenant>/.
 */
#ifndef BILLING_DOCUMENT_H
#define BILLING_DOCUMENT_H

#include "base/config.h"
#include "billing/billing.h"

struct document {
    const json_t
        *row; /* of invoice, with corrects_number, corrects_date, corrects_type,
                 contract_ref, customer_email (as it is now) */
    const json_t *lines, *taxes;
    const json_t *seller, *buyer; /* objects, perhaps empty */
    struct brand_logo logo;       /* the seller's, perhaps none */
};

/*
 * Reads one by its id; DB_NONE: not there. A document of before its seller was
 * kept has the tenant as it is now from then on.
 */
enum db_result document_load(struct db *db, struct arena *a,
                             const struct tenant *tenant, const char *id,
                             struct document *out);

/* What is kept of a seller or buyer, an object; text: JSON, or NULL. */
const json_t *document_party(struct arena *a, const char *text);

/* The logo that a seller had when it was kept; without bytes: none. */
enum db_result document_logo(struct db *db, struct arena *a, const char *tenant,
                             const json_t *seller, struct brand_logo *out);

/*
 * The sign rule. Amounts are what the customer owes, so those of credit notes
 * and corrections are negative. A credit note is printed turned round: what the
 * customer gets is positive there. A correction is printed as it is, since it
 * takes back what its invoice says. -1 or 1, to multiply amounts with.
 */
int document_sign(const json_t *row);

/* Quantity and price of a line as printed: turned round with the sign, and the
 * price never negative. */
struct document_line {
    int64_t quantity, unit_price, net;
};
struct document_line document_line(const json_t *row, const json_t *line);

/* A VAT number as EN 16931 has it (BR-CO-9): letters of the country in front.
 */
bool document_vat_id_ok(const char *id);

/* The category of VAT (EN 16931, BT-118; UNTDID 5305) of a rate, and why none
 * is charged: docs/decisions/0039. */
struct document_vat {
    const char *category; /* S, Z, E, AE */
    const char *reason;   /* message id, or the tenant's words; NULL for S, Z */
    const char *code;     /* of the reason (VATEX), or NULL */
};
struct document_vat document_vat(const struct document *d, int64_t rate);

/* ---- files ---- */

enum document_kind { DOCUMENT_PDF, DOCUMENT_XML };

struct document_bytes {
    const char *data;
    size_t len;
    const char *hash; /* hex */
};

const char *document_type(enum document_kind kind);   /* "application/pdf" */
const char *document_ending(enum document_kind kind); /* "pdf" */

/* The file of that hash, when it is there and holds what it should. */
bool document_read(struct arena *a, const struct config *config,
                   const char *tenant, enum document_kind kind,
                   const char *hash, struct document_bytes *out);

/* Names the bytes, and writes them unless they are there. False, logged. */
bool document_write(struct arena *a, const struct config *config,
                    const char *tenant, enum document_kind kind,
                    struct document_bytes *bytes);

/*
 * Keeps the hash of a file that was made: it becomes that of the document,
 * where it has none. DB_UNIQUE: it has another, which is told in a row of the
 * audit, and replaced (the bytes that were issued are gone, and this program
 * draws the same otherwise).
 */
enum db_result document_keep(struct db *db, struct arena *a, const char *tenant,
                             const struct actor *actor,
                             const struct document *d, enum document_kind kind,
                             const char *hash);

#endif
