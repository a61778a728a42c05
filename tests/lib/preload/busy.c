/*
 * A database that is busy the first time: of every two transactions that change
 * something in SQLite the first one fails, at a statement that is chosen by
 * chance or at its end, as on PostgreSQL any statement may. Loaded into what
 * runs as a server; PFORTE_BUSY names a file that gets a byte each time.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY = 5, ROW = 100, AT_MOST = 25 };

typedef struct sqlite3_stmt statement;

static int is_server;

__attribute__((constructor)) static void
look_at_command(void)
{
    char text[4096];
    int fd = open("/proc/self/cmdline", O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    text[n > 0 ? n : 0] = '\0';
    for (char *word = text; word < text + n; word += strlen(word) + 1) {
        is_server |= strcmp(word, "worker") == 0 || strcmp(word, "jobs") == 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    srandom((unsigned)getpid());
}

static int
begins(const char *sql, const char *word)
{
    return strncmp(sql, word, strlen(word)) == 0;
}

/* What the program steps through by itself, and can be refused. */
static int
may_fail(const char *sql)
{
    return !begins(sql, "PRAGMA") && !begins(sql, "ROLLBACK") &&
           !begins(sql, "SAVEPOINT") && !begins(sql, "RELEASE");
}

static void
note(void)
{
    const char *path = getenv("PFORTE_BUSY");
    int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;

    if (fd >= 0) {
        (void)!write(fd, "x", 1);
        close(fd);
    }
}

/* Whether this statement is the one. */
static int
has_come(const char *sql)
{
    static int tries, left = -1; /* statements until then; -1: none comes */

    if (begins(sql, "BEGIN IMMEDIATE")) {
        left = ++tries % 2 ? (int)(random() % AT_MOST) : -1;
        return 0;
    }
    if (left < 0 || !may_fail(sql)) {
        return 0;
    }
    if (left > 0 && strcmp(sql, "COMMIT") != 0) {
        left--;
        return 0;
    }
    left = -1;
    return 1;
}

int
sqlite3_step(statement *s)
{
    static int (*next)(statement *);
    static const char *(*sql_of)(statement *);
    static statement *in_rows; /* more of these were had before */
    const char *sql;
    int code;

    if (!next) {
        next = (int (*)(statement *))dlsym(RTLD_NEXT, "sqlite3_step");
        sql_of = (const char *(*)(statement *))dlsym(RTLD_NEXT, "sqlite3_sql");
    }
    sql = is_server && s && s != in_rows ? sql_of(s) : NULL;
    if (sql && has_come(sql)) {
        note();
        return BUSY;
    }
    code = next(s);
    in_rows = code == ROW ? s : NULL;
    return code;
}
