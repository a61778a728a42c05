/* A document on paper, and its files: made once, kept by their hash. */
#ifndef BILLING_PDF_DOCUMENT_H
#define BILLING_PDF_DOCUMENT_H

#include "billing/document.h"

/* "Invoice RE10001" in the document's language. */
const char *document_title(struct arena *a, const json_t *row);

/* The bytes, owned by the arena; NULL, logged: they cannot be drawn. */
const char *document_pdf(struct arena *a, const struct document *d,
                         size_t *len);

/* EN 16931 in UBL 2.1, profile XRechnung 3.0; NULL: not all that one needs is
 * known of seller and buyer (document_xml_lacks() says what). */
const char *document_xml(struct arena *a, const struct document *d,
                         size_t *len);
const char *document_xml_lacks(const struct document *d);

/*
 * The file of a document: as it was made, or made now. DB_NONE: there is none
 * of that kind. The hash is kept; one that was issued is compared, see
 * document_keep().
 */
enum db_result document_file(struct db *db, struct arena *a,
                             const struct config *config,
                             const struct tenant *tenant,
                             const struct actor *actor,
                             const struct document *d, enum document_kind kind,
                             struct document_bytes *out);

#endif
