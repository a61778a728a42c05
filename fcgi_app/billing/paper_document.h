/*
 * The paper that documents are drawn on: sender, address field, facts, a table
 * over as many pages as it takes, sums. Whatever is long wraps; nothing is
 * drawn over something else.
 */
#ifndef BILLING_PAPER_DOCUMENT_H
#define BILLING_PAPER_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct paper;

/* The tenant's, as a JPEG; NULL: none. */
struct paper_logo {
    const char *jpeg;
    size_t len;
};

struct paper_new {
    const char *title;    /* "Invoice RE10001": metadata, and further pages */
    const char *language; /* tag */
    const char *currency;
    const json_t *seller; /* see invoice_seller(): name, colour, foot */
    struct paper_logo logo;
};

/* Name of the sender, its address above the address field, and the foot. */
struct paper *paper_new(struct arena *a, const struct paper_new *new);

/* In the paper's language. */
const char *paper_word(const struct paper *p, const char *id);
const char *paper_money(const struct paper *p, int64_t amount);
const char *paper_date(const struct paper *p, const char *date);

/* On the first page, in this order. Lines of the address field; facts beside
 * it; the title below both. */
void paper_recipient(struct paper *p, const char *lines);
void paper_fact(struct paper *p, const char *label, const char *value);
void paper_title(struct paper *p);

/* A paragraph over the whole width, wherever it is called for. */
void paper_text(struct paper *p, const char *text);

enum { PAPER_COLUMNS_MAX = 8 };

struct paper_column {
    const char *label; /* message id */
    double width;      /* points; all together with the gaps: PAPER_WIDTH */
    bool right;        /* aligned */
};

enum { PAPER_WIDTH = 482, PAPER_GAP = 5 };

/* Begins a table, whose head is repeated on each page. */
void paper_table(struct paper *p, const struct paper_column *columns, size_t n);

/*
 * A row of it. detail: small below the first cell, or NULL. amount: what the
 * last cell adds to the sum that is carried to the next page.
 */
void paper_row(struct paper *p, const char *const *cells, const char *detail,
               int64_t amount);

/* Sums below the table, that stay together with it: begin says how many. */
void paper_sums(struct paper *p, size_t n);
void paper_sum(struct paper *p, const char *label, const char *value);
void paper_total(struct paper *p, const char *label, const char *value);

/* The bytes live in the arena; NULL, logged: they could not be made. Equal
 * input makes equal bytes; created is a part of it. */
const char *paper_end(struct paper *p, int64_t created, size_t *len);

#endif
