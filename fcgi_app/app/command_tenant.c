/* Commands about tenants. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/log.h"
#include "db/db.h"
#include "tenant/tenant.h"

/* ---- tenant jwks ---- */

static int
show(struct db *db, struct arena *a, const char *tenant)
{
    json_t *row;

    switch (tenant_jwks(db, a, tenant, &row)) {
    case DB_OK:
        json_dumpf(row, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
        printf("\n");
        return EXIT_SUCCESS;
    case DB_NONE:
        printf("tenant %s has no key set\n", tenant);
        return EXIT_FAILURE;
    default:
        return EXIT_FAILURE;
    }
}

static int
change(struct db *db, struct arena *a, const char *tenant, const char *url)
{
    const struct actor actor = {"command", "", ""};
    bool none = strcmp(url, "none") == 0;

    switch (tenant_jwks_set(db, a, tenant, &actor, none ? NULL : url)) {
    case DB_OK:
        printf(none ? "its keys are nobody's any more\n"
                    : "the jobs fetch it within seconds\n");
        return EXIT_SUCCESS;
    case DB_CHECK:
        log_error("%s is no https address without user and fragment", url);
        return EXIT_FAILURE;
    case DB_FOREIGN:
        log_error("there is no tenant %s", tenant);
        return EXIT_FAILURE;
    case DB_NONE:
        log_error("tenant %s has no key set", tenant);
        return EXIT_FAILURE;
    default:
        log_error("the database could not take it");
        return EXIT_FAILURE;
    }
}

int
command_tenant(const struct command_line *line)
{
    const char *what = command_operand(line);
    const char *tenant = command_option(line, "--tenant");
    const char *url = command_option(line, "--url");
    char why[400] = "";
    int status = EXIT_FAILURE;
    struct arena *a;
    struct db *db;

    if (!what || strcmp(what, "jwks") != 0 || !tenant) {
        fprintf(stderr,
                "usage: pforte tenant jwks --tenant ID [--url URL|none]\n");
        return 2;
    }
    db = db_open(line->config->database, why, sizeof why);
    if (!db) {
        log_error("database: %s", why);
        return EXIT_FAILURE;
    }
    a = arena_new();
    status = url ? change(db, a, tenant, url) : show(db, a, tenant);
    arena_free(a);
    db_close(db);
    return status;
}
