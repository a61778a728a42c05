/*
 * Lists of the REST API: pages of `limit` rows, and a cursor for the next one.
 * A cursor is sealed and bound to tenant, address, filters and order: it tells
 * nothing, and cannot be taken elsewhere.
 */
#ifndef HTTP_LIST_H
#define HTTP_LIST_H

#include "http/request.h"
#include "http/response.h"

enum { LIST_ROWS = 50 };

struct list {
    int limit;     /* ask the store for one more */
    json_t *after; /* key columns of the last row seen; NULL at the start */
};

/* What was asked for; false with the error in the response when the cursor is
 * not of this list. */
bool list_begin(struct request *rq, struct response *rs, struct list *list);

/* Text and number of the cursor's row; NULL and 0 at the start. */
const char *list_after_text(const struct list *list, size_t at);
int64_t list_after_number(const struct list *list, size_t at);

/* {"items":[…],"next":…} with a Link header (RFC 8288). keys: the columns that
 * the rows are ordered by, ended by NULL. */
void list_answer(struct request *rq, struct response *rs,
                 const struct list *list, const struct field *fields,
                 const json_t *rows, const char *const *keys);

/* The same of a list that says by itself where it goes on: after an array of
 * key columns, or NULL at its end. A page of it may have fewer rows. */
void list_answer_after(struct request *rq, struct response *rs,
                       const struct list *list, const struct field *fields,
                       const json_t *rows, const json_t *after);

#endif
