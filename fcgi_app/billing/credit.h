/* Credit notes, and corrections of invoices. */
#ifndef BILLING_CREDIT_H
#define BILLING_CREDIT_H

#include "billing/billing.h"

/* What is given back by hand, or of an invoice. */
struct credit_line {
    const char *description;
    int64_t quantity, unit_price; /* scaled by 10^6, more than nothing */
    int vat_rate;
};

enum { CREDIT_LINES = 100 };

struct credit_note_new {
    const struct tenant *tenant;
    const json_t *customer, *contract; /* rows; contract or NULL */
    const char *currency, *reason, *delivery_mode;
    const struct credit_line *lines;
    size_t n_lines;
};

/*
 * What was sent (typed by credit_note_create_fields) as a credit note. lines
 * have room for CREDIT_LINES. DB_CHECK: errors have what is wrong.
 */
struct credit_sent {
    struct arena *arena;
    const struct tenant *tenant;
    const json_t *input;
    struct field_errors *errors;
};
enum db_result credit_note_take(struct db *db, const struct credit_sent *sent,
                                struct credit_line *lines,
                                struct credit_note_new *new);

/* Issued today. *id gets its id. */
enum db_result credit_note_create(struct db *db, struct arena *a,
                                  const struct actor *actor,
                                  const struct credit_note_new *new,
                                  const char **id);

enum correction_fault {
    CORRECTION_FINE,
    CORRECTION_NOT_OF, /* it is a correction itself */
    CORRECTION_VOID,   /* nothing is left of it */
    CORRECTION_BEYOND, /* more than is left, by VAT rate */
    CORRECTION_PART,   /* only what is corrected as a whole is billed again */
    CORRECTION_LATER,  /* a later period is billed already */
};

struct correction_new {
    const struct tenant *tenant;
    const char *number;   /* of the invoice or credit note */
    const char *currency; /* its */
    const char *reason;
    bool rebill;                     /* its period */
    bool reopen_services;            /* its services */
    const struct credit_line *lines; /* what is taken back */
    size_t n_lines;                  /* 0: all that is left */
    struct invoice_line_new *issued; /* or these, as they are issued */
    size_t n_issued;
};

/* At which of its fields CORRECTION_PART is. */
const char *correction_part_field(const struct correction_new *new);

/* Lines of what was sent (correction_create_fields); new has number and
 * currency. false: errors have what is wrong. */
bool correction_take(const struct credit_sent *sent, struct credit_line *lines,
                     struct correction_new *new);

/*
 * Issues a correction: it lessens the invoice, or the credit note, never by
 * more than is left of it, neither net nor VAT of any rate. What it takes back
 * of a credit note is owed again: what the note has left settles that first,
 * the rest is open (docs/decisions/0047). Nothing left: an invoice is
 * cancelled,
 * and with rebill its period, with reopen_services its services are billed by
 * the next run; without, services stay billed, and are never billed again.
 * DB_NONE: no such document; DB_CHECK: *fault says why not.
 */
enum db_result correction_create(struct db *db, struct arena *a,
                                 const struct actor *actor,
                                 const struct correction_new *new,
                                 const char **id, enum correction_fault *fault);

/* What is left of an invoice per VAT rate: rate, net, vat; rates of which
 * nothing is left are there, too. */
enum db_result correction_left(struct db *db, struct arena *a,
                               const char *tenant, const char *invoice,
                               json_t **rows);

extern const struct field credit_note_create_fields[],
    correction_create_fields[], credit_note_form_fields[],
    correction_form_fields[], credit_line_fields[];

#endif
