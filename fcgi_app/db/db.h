/*
 * The database: one SQL text for SQLite and PostgreSQL.
 *
 * Parameters are written $1, $2, … and given with a signature, one letter each:
 *   t const char * (NULL = NULL)   i int64_t   b const void *, size_t
 * Rows come back as JSON objects (column name -> string, integer or null; bytes
 * as lower-case hex), so that a store's result is at once the model of a page
 * and the input of field_output(). Statements are prepared once per connection
 * and text.
 *
 * Only *_store.c, migrations and db/ itself call this.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct db;

enum db_result {
    DB_OK,
    DB_NONE,        /* no row */
    DB_UNIQUE,      /* a unique constraint refused it */
    DB_FOREIGN,     /* a foreign key refused it */
    DB_CHECK,       /* a check or not-null constraint refused it */
    DB_BUSY,        /* locked or serialisation failure: try the whole again */
    DB_UNAVAILABLE, /* no connection, disk full, I/O error */
    DB_FAILED,      /* anything else: a bug; logged with the SQL text */
};

/* What whoever asked is told of a result other than DB_OK, where DB_NONE means
 * that what they named is not there: not_found, or else unavailable. */
enum err db_error(enum db_result r);

/* Whether it is something of the rows, and not of the database: others are
 * done while these are not. */
bool db_of_rows(enum db_result r);

/* "sqlite:/path/to/file" or "sqlite::memory:", with "?busy_timeout=<ms>" for
 * another time than three seconds. NULL and why[size] when it cannot be opened.
 * A connection does not survive fork(). */
struct db *db_open(const char *url, char *why, size_t size);
void db_close(struct db *db);

/* Runs a statement; *changed, where not NULL, gets the number of rows. */
enum db_result db_exec(struct db *db, int64_t *changed, const char *sql,
                       const char *signature, ...);

/* The same for what can be left undone, outside of a transaction: DB_BUSY at
 * once while somebody else holds the lock, and not a word in the log; it may be
 * lost when the machine fails. */
enum db_result db_exec_at_once(struct db *db, int64_t *changed, const char *sql,
                               const char *signature, ...);

/* First row as an object owned by the arena, or DB_NONE. */
enum db_result db_one(struct db *db, struct arena *a, json_t **row,
                      const char *sql, const char *signature, ...);

/* All rows as an array owned by the arena; an empty one is DB_OK. */
enum db_result db_all(struct db *db, struct arena *a, json_t **rows,
                      const char *sql, const char *signature, ...);

/*
 * Questions that do not depend on each other, each like a db_all() that only
 * reads: db_ask() takes note of one, and the first answer that is wanted asks
 * all that were noted. PostgreSQL has them on one way there and back. What the
 * parameters point to must live until then; answer and rows are the arena's.
 */
struct db_answer;
struct db_answer *db_ask(struct db *db, struct arena *a, const char *sql,
                         const char *signature, ...);

/* All rows, as of db_all(); or the first, as of db_one(). */
enum db_result db_rows(struct db_answer *answer, json_t **rows);
enum db_result db_row(struct db_answer *answer, json_t **row);

/*
 * A statement for many rows at once, of the columns given: "id:t n:i", names
 * and letters of a signature. "{values}" in its text stands for all of them
 * behind an "INSERT INTO t (id, n) "; "{rows}" for a table of them, named r:
 * "UPDATE t SET n = r.n FROM {rows} WHERE t.id = r.id", or "SELECT r.n AS n,
 * t.a FROM {rows}, t WHERE t.id = r.id". There r names nothing else. What
 * changes something is to be run inside a transaction; without any row nothing
 * happens. What a row points to must live until then.
 */
struct db_bulk;
struct db_bulk *db_bulk(struct arena *a, const char *columns);
void db_bulk_add(struct db_bulk *bulk, ...);
size_t db_bulk_rows(const struct db_bulk *bulk);
enum db_result db_bulk_exec(struct db *db, const struct db_bulk *bulk,
                            int64_t *changed, const char *sql);

/* The same for a SELECT, inside a transaction or not: one state of the database
 * answers all rows. SQLite's rows come in the order of those added, and an
 * ORDER BY sorts those of one; so that it begins with their order. */
enum db_result db_bulk_all(struct db *db, struct arena *a,
                           const struct db_bulk *bulk, json_t **rows,
                           const char *sql);

/*
 * Runs work() inside one write transaction (BEGIN IMMEDIATE): commits on DB_OK,
 * else rolls back; on DB_BUSY the whole is tried again, up to 12 times with
 * growing pauses, and not any more after five seconds. So work() may run
 * several times, each as if it was the first. What a statement or a part inside
 * says of the database, DB_BUSY or DB_UNAVAILABLE, is the result of the whole,
 * whatever work() makes of it. durable: committed only when on the disk
 * (synchronous FULL). Inside another one it is a part of that (a savepoint):
 * undone by itself, and done when the whole is.
 */
enum db_result db_transaction(struct db *db, bool durable,
                              enum db_result (*work)(struct db *, void *),
                              void *data);

/* For what may only be told others once it stands: at once, or after the commit
 * of the transaction that is open, and never without it. data must live as
 * long. */
void db_when_committed(struct db *db, void (*tell)(void *), void *data);

/*
 * From true to false, for the time of a request: what is read between two
 * changes may be one state of the database, so that SQLite locks and looks for
 * news once and not for each statement. Changes see and make what they always
 * do. Between requests it must be false: a state that is held is not tidied up.
 */
void db_reads_together(struct db *db, bool together);

/* Applies the embedded migrations that are missing, each in one transaction;
 * safe to run twice and from two processes. -1 on failure (logged), else how
 * many were applied. */
int db_migrate(struct db *db);

/*
 * Copies all rows into a database that has none, and compares them. Both have
 * the schema of this program. Told: each table that is done with its rows, and
 * meanwhile how many rows there are in all. The number of rows, or -1 (logged):
 * then what came has to be thrown away.
 */
typedef void db_copy_progress(const char *table, int64_t rows, void *data);
int64_t db_copy(struct db *from, struct db *to, db_copy_progress *progress,
                void *data);

/* Number of the newest embedded migration, and of the newest applied one. */
int db_schema_wanted(void);
int db_schema_present(struct db *db);

/* Columns of a row by name; text is NULL and integer 0 when null or absent. */
const char *row_text(const json_t *row, const char *column);
int64_t row_int(const json_t *row, const char *column);

#endif
