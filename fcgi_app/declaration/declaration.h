/*
 * Declarations: a consumer cancels a contract (section 312k BGB) or withdraws
 * from one (section 356a BGB, directive 2023/2673) without signing in. One is
 * received as it was typed, whether or not there is such a contract, and is
 * never refused for that; staff then do what follows from it.
 */
#ifndef DECLARATION_DECLARATION_H
#define DECLARATION_DECLARATION_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"

struct tenant;

enum { DECLARATION_RECEIPT_MAX = 8000 }; /* bytes, whatever was typed */

/* The public forms. What the law lists is asked for, and no more. */
extern const struct field cancellation_fields[], withdrawal_fields[];
/* How the API and the back office show one, and what staff change. */
extern const struct field declaration_fields[], declaration_page_fields[],
    declaration_query_fields[], declaration_change_fields[],
    declaration_form_fields[];
/* The list of the back office. */
extern const struct field declaration_list_fields[];
enum db_result declaration_list_rows(struct db *db, struct arena *a,
                                     const struct list_query *q,
                                     const char *tenant, const char *pool,
                                     json_t **rows);

struct declaration_desk {
    struct db *db;
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
};

struct declaration_new {
    const char *id;   /* the same of what is sent twice: it is one */
    const char *kind; /* cancellation or withdrawal */
    const char *language;
    const json_t *input; /* typed by the form's fields */
    int64_t received;    /* Unix seconds */
    const char *receipt; /* what its sender is told */
};

/*
 * Receives one, inside the caller's transaction, with its row in the trail and
 * its callback. A contract that has exactly the reference that was typed is
 * taken for the one that is meant; who sent it is not known by that. DB_UNIQUE:
 * it was received before.
 */
enum db_result declaration_receive(const struct declaration_desk *desk,
                                   const struct declaration_new *new);

/* What is wrong beyond single fields, at the fields: a reason is missing, or
 * the day lies behind. */
void declaration_check(const struct tenant *tenant, struct arena *a,
                       const char *kind, const json_t *input,
                       struct field_errors *errors);

/* Rows have the columns of the table; but contract is the reference. */
enum db_result declaration_get(struct db *db, struct arena *a,
                               const char *tenant, const char *id,
                               json_t **row);

struct declaration_filter { /* NULL: any */
    const char *kind, *status;
    const char *contract; /* reference */
    int64_t from, before; /* received; 0 and CLOCK_END: at any time */
    bool on;              /* goes on after: */
    int64_t after_received;
    const char *after_id;
    int limit;
};
/* The newest first. */
enum db_result declaration_find(struct db *db, struct arena *a,
                                const char *tenant,
                                const struct declaration_filter *filter,
                                json_t **rows);

/*
 * Staff or a program say which contract is meant, what was done, and whether it
 * is done with: what is absent of `input` stays (typed by
 * declaration_change_fields or declaration_form_fields). What stays as it was
 * changes nothing. DB_CHECK: errors have what is wrong; DB_NONE: it has changed
 * meanwhile.
 */
enum db_result declaration_change(const struct declaration_desk *desk,
                                  const json_t *row, const json_t *input,
                                  struct field_errors *errors);

#endif
