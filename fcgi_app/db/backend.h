/*
 * What a kind of database can do. A backend is one record of this type in one
 * file, and one row of the list in db.c; a connection is its own business.
 */
#ifndef DB_BACKEND_H
#define DB_BACKEND_H

#include <stdarg.h>

#include "db/db.h"
#include "db/migrations.h"

enum {
    DB_PARAMS_MAX = 64,
    DB_TOLD_MAX = 8,   /* what one transaction tells others */
    DB_ASKED_MAX = 16, /* what waits to be asked together */
};

struct db_param {
    char type;        /* t, i or b, as in a signature */
    const void *data; /* t: C string, b: bytes; NULL is NULL */
    size_t len;       /* b */
    int64_t number;   /* i */
};

/* One statement and what is wanted of it. */
struct db_query {
    const char *sql;
    const struct db_param *params;
    size_t n_params;
    json_t *rows;    /* array to add rows to; NULL: rows are not wanted */
    size_t max_rows; /* of a statement that only reads */
    bool at_once;    /* DB_BUSY, not logged, rather than waiting for a lock */

    /* out */
    int64_t changed;
    enum db_result result; /* of run_all() */
};

struct db_backend {
    const char *scheme; /* "sqlite" */

    /* where: the URL after "scheme:". NULL and why[size] on failure. */
    void *(*open)(const char *where, char *why, size_t size);
    void (*close)(void *connection);

    /* Failures are logged inside, with the SQL text. */
    enum db_result (*run)(void *connection, struct db_query *query);

    /* Up to DB_ASKED_MAX that only read, each with a result of its own. NULL
     * where that is no better than one after the other. */
    void (*run_all)(void *connection, struct db_query *const *queries,
                    size_t n);

    /* Several statements in one text, without parameters. */
    enum db_result (*script)(void *connection, const char *sql);

    enum db_result (*begin)(void *connection, bool durable);
    enum db_result (*commit)(void *connection);
    void (*rollback)(void *connection);

    /* db_reads_together(); NULL where it would cost more than it saves. */
    void (*together)(void *connection, bool together);

    /* The statement for n rows of parameters, one behind the other, which its
     * text names in their order; NULL where a parameter can be an array of all
     * rows' values instead ("{1,2}" as text). */
    enum db_result (*run_rows)(void *connection, struct db_query *query,
                               size_t n);

    /* Lets statements take long, and locks be long in coming; or not any more.
     */
    void (*patient)(void *connection, bool patient);

    /*
     * Lists what there is: table_name, name, type ("t" or "i") and place in the
     * primary key (0: none) of each column, tables in the order of creation.
     */
    const char *catalogue;

    /* 1, 0, or -1 when the database does not say. */
    int (*has_table)(void *connection, const char *name);
};

struct db {
    const struct db_backend *backend;
    void *connection;
    bool in_transaction;
    enum db_result ended; /* why the transaction cannot go on, or DB_OK */
    size_t n_asked;       /* what waits to be asked, see db_ask() */
    struct db_answer *asked[DB_ASKED_MAX];
    size_t n_told; /* what waits for the commit, see db_when_committed() */
    struct {
        void (*tell)(void *);
        void *data;
    } told[DB_TOLD_MAX];
};

extern const struct db_backend db_sqlite, db_postgresql;

/* Of a statement's text, to find it among those that were prepared. */
unsigned db_hash(const char *sql);

/* Runs a statement whose parameters are there already. */
enum db_result db_run(struct db *db, struct db_query *query);

/* Keeps in mind what a transaction cannot go on after, and gives it back. */
enum db_result db_noted(struct db *db, enum db_result r);

/* Reads the arguments that a signature describes into params[DB_PARAMS_MAX]:
 * how many, or -1 for a bad signature. */
int db_collect(struct db_param *params, const char *signature, va_list args);

/* As db_migrate() and db_schema_wanted(), for a list of one's own. */
int db_migrate_list(struct db *db, const struct db_migration *list);

#endif
