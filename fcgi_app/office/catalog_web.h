/* What the pages of the catalogue in the back office have in common. */
#ifndef OFFICE_CATALOG_WEB_H
#define OFFICE_CATALOG_WEB_H

#include "catalog/catalog.h"
#include "http/request.h"
#include "http/response.h"

/* How many records a form offers to choose from at most. */
enum { CATALOG_CHOICES_MAX = 200 };

/* What is said of each kind; message ids. */
struct catalog_words {
    const char *create, *change, *question, *all;
};
extern const struct catalog_words catalog_words[CATALOG_KINDS];

/* The record of that id; NULL with the error in the response. */
json_t *catalog_named(struct request *rq, struct response *rs,
                      enum catalog_kind kind, const char *id);

/* "/admin/plans", and "/admin/plans/pln_1" with what follows. */
const char *catalog_list_path(struct request *rq, enum catalog_kind kind);
const char *catalog_path(struct request *rq, enum catalog_kind kind,
                         const char *id, const char *below);

/* What staff know a record by: its name, the code of a coupon. */
const char *catalog_name(const json_t *row);

/*
 * What a form offers: the first CATALOG_CHOICES_MAX active records of a kind,
 * by name, of those whose column has that value (NULL: of all), and what `keep`
 * names besides, ids with a blank between them. Rows of lists with "label".
 */
enum db_result catalog_choices(struct request *rq, enum catalog_kind kind,
                               const char *column, const char *value,
                               const char *keep, json_t **rows);

/* The label of one of them; NULL: it is not among them. */
const char *catalog_choice_label(const json_t *rows, const char *id);

/* What its page tells of a record: rows of facts, and their values, owned by
 * the arena. */
extern const struct field *const catalog_facts[CATALOG_KINDS];
json_t *catalog_told(struct request *rq, enum catalog_kind kind,
                     const json_t *row);

/* The tables of its page. New reference; NULL: the database does not answer. */
json_t *catalog_tables(struct request *rq, enum catalog_kind kind,
                       const json_t *row);

/* Adds those lists of what belongs to it; keeping: only what forbids that it is
 * removed, where there is any. False: the database does not answer. */
bool catalog_add_below(struct request *rq, json_t *tables,
                       enum catalog_kind kind, const json_t *row, bool keeping);

/* Adds to the page of a variant, as response_page() made it, what an order of
 * it costs: by the arguments of the address, see templates/office_price.html.
 */
void catalog_price_add(struct request *rq, struct response *rs,
                       const json_t *variant);

/* The path of a variant's order page; NULL: it has none. Row: of
 * catalog_get(), or with its columns id and orderable. */
const char *catalog_order_page(struct request *rq, const json_t *row);

#endif
