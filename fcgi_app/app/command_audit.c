/* The command that proves the audit trail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "audit/audit.h"
#include "base/log.h"
#include "tenant/tenant.h"

static int
usage(void)
{
    fprintf(stderr,
            "usage: pforte audit verify [--tenant ID] [--key k4.public.…]\n");
    return 2;
}

static bool
verify(struct db *db, struct arena *a, const char *tenant, const char *key)
{
    struct audit_verdict v;

    if (audit_verify(db, a, tenant, key, &v) != DB_OK) {
        log_error("the trail of %s cannot be read", tenant);
        return false;
    }
    if (v.whole) {
        printf("%s: %lld rows are whole, the last is %s; %lld not sealed yet\n",
               tenant, (long long)v.sealed, v.sealed ? v.hash : "-",
               (long long)v.open);
    } else {
        printf("%s: BROKEN: %s\n", tenant, v.why);
    }
    return v.whole;
}

static bool
verify_all(struct db *db, struct arena *a, const char *key)
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
        ok = verify(db, a, row_text(row, "id"), key) && ok;
    }
    return ok;
}

int
command_audit(const struct command_line *line)
{
    const char *tenant = command_option(line, "--tenant");
    const char *key = command_option(line, "--key");
    struct arena *a;
    struct db *db;
    bool ok = false;

    if (line->argc < 1 || strcmp(line->argv[0], "verify") != 0) {
        return usage();
    }
    a = arena_new();
    key = key ? key : audit_public_key(a, line->config->state);
    db = key ? command_database(line->config->database) : NULL;
    if (db) {
        printf("key: %s\n", key);
        ok = tenant ? verify(db, a, tenant, key) : verify_all(db, a, key);
        db_close(db);
    }
    arena_free(a);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
