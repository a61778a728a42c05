/* The command that recomputes what customers owe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/log.h"
#include "billing/ledger.h"
#include "tenant/tenant.h"

static int
usage(void)
{
    fprintf(stderr, "usage: pforte ledger verify [--tenant ID]\n");
    return 2;
}

static void
print_faults(const char *tenant, const json_t *faults)
{
    json_t *row;
    size_t i;

    json_array_foreach(faults, i, row)
    {
        printf("%s: WRONG: %s (%s): %lld, and %lld are due\n", tenant,
               row_text(row, "what"), row_text(row, "id"),
               (long long)row_int(row, "is_"),
               (long long)row_int(row, "should"));
    }
}

static bool
verify(struct db *db, struct arena *a, const char *tenant)
{
    json_t *faults, *counts;

    if (ledger_verify(db, a, tenant, &faults) != DB_OK ||
        ledger_counts(db, a, tenant, &counts) != DB_OK) {
        log_error("the ledger of %s cannot be read", tenant);
        return false;
    }
    print_faults(tenant, faults);
    if (json_array_size(faults) == 0) {
        printf("%s: all agrees: %lld documents, %lld payments, %lld "
               "settlements, %lld entries of the ledger\n",
               tenant, (long long)row_int(counts, "documents"),
               (long long)row_int(counts, "payments"),
               (long long)row_int(counts, "settlements"),
               (long long)row_int(counts, "entries"));
    }
    return json_array_size(faults) == 0;
}

static bool
verify_all(struct db *db, struct arena *a)
{
    json_t *rows, *row;
    size_t i;
    bool ok = true;

    if (tenant_ids(db, a, &rows) != DB_OK) {
        log_error("the tenants cannot be read");
        return false;
    }
    json_array_foreach(rows, i, row)
    {
        ok = verify(db, a, row_text(row, "id")) && ok;
    }
    return ok;
}

int
command_ledger(const struct command_line *line)
{
    const char *tenant = command_option(line, "--tenant");
    struct arena *a;
    struct db *db;
    bool ok = false;

    if (line->argc < 1 || strcmp(line->argv[0], "verify") != 0) {
        return usage();
    }
    a = arena_new();
    db = command_database(line->config->database);
    if (db) {
        ok = tenant ? verify(db, a, tenant) : verify_all(db, a);
        db_close(db);
    }
    arena_free(a);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
