/* The command that does the work, or shows it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/jobs.h"
#include "base/log.h"
#include "job/job.h"
#include "pf_time.h"

enum { ROWS = 100 };

static int
usage(void)
{
    fprintf(stderr, "usage: pforte jobs [--once]\n"
                    "       pforte jobs list [--tenant ID]\n"
                    "       pforte jobs retry --tenant ID JOB\n");
    return 2;
}

static const char *
time_text(struct arena *a, int64_t t)
{
    char text[21] = "-";

    if (t > 0) {
        pf_time_format(t, text);
    }
    return arena_strdup(a, text);
}

static bool
list_periods(struct db *db, struct arena *a)
{
    json_t *rows, *row;
    size_t i;

    if (job_period_list(db, a, &rows) != DB_OK) {
        return false;
    }
    printf("%-10s %-20s %-20s %-20s %8s %-6s %s\n", "name", "host", "last run",
           "next run", "ms", "result", "running");
    json_array_foreach(rows, i, row)
    {
        printf("%-10s %-20s %-20s %-20s %8lld %-6s %s\n", row_text(row, "name"),
               row_text(row, "host"), time_text(a, row_int(row, "last_start")),
               time_text(a, row_int(row, "next_at")),
               (long long)row_int(row, "duration_ms"),
               row_int(row, "ok") ? "ok" : "failed",
               row_text(row, "lease_owner"));
    }
    return true;
}

static bool
list_tasks(struct db *db, struct arena *a, const char *tenant)
{
    json_t *rows, *row;
    size_t i;

    if (job_list(db, a, tenant, NULL, NULL, NULL, ROWS, &rows) != DB_OK) {
        return false;
    }
    json_array_foreach(rows, i, row)
    {
        printf("%s %-14s %-7s tries %lld, %lld of %lld, next %s%s%s\n",
               row_text(row, "id"), row_text(row, "kind"),
               row_text(row, "state"), (long long)row_int(row, "attempts"),
               (long long)row_int(row, "done"),
               (long long)row_int(row, "total"),
               strcmp(row_text(row, "state"), "queued") == 0
                   ? time_text(a, row_int(row, "next_at"))
                   : "-",
               row_text(row, "last_error")[0] ? ": " : "",
               row_text(row, "last_error"));
    }
    return true;
}

static bool
retry(struct db *db, struct arena *a, const char *tenant, const char *id)
{
    if (job_retry(db, a, tenant, &command_actor, id) != DB_OK) {
        log_error("tenant %s has no failed job %s", tenant, id);
        return false;
    }
    printf("%s is queued\n", id);
    return true;
}

static int
show(const struct command_line *line)
{
    const char *what = line->argv[0],
               *tenant = command_option(line, "--tenant");
    struct command_line rest = {.argc = line->argc - 1, .argv = line->argv + 1};
    const char *id = command_operand(&rest);
    bool listing = strcmp(what, "list") == 0, ok = false;
    struct db *db;
    struct arena *a;

    if (!listing && (strcmp(what, "retry") != 0 || !tenant || !id)) {
        return usage();
    }
    db = command_database(line->config->database);
    a = arena_new();
    if (db && listing) {
        ok = tenant ? list_tasks(db, a, tenant) : list_periods(db, a);
    } else if (db) {
        ok = retry(db, a, tenant, id);
    }
    arena_free(a);
    db_close(db);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
command_jobs(const struct command_line *line)
{
    bool once = line->argc == 1 && strcmp(line->argv[0], "--once") == 0;

    return line->argc == 0 || once ? jobs(line->config, once) : show(line);
}
