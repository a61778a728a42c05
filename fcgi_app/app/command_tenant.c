/* Commands about tenants. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/log.h"
#include "db/db.h"
#include "tenant/tenant.h"

static const char usage[] =
    "usage: pforte tenant frame --tenant ID [--cookies lax|embed]\n"
    "                           [--ancestors \"https://… https://…\"]\n";

/* The words of a text. */
static const char *const *
words(struct arena *a, const char *text, size_t *n)
{
    const char **list = arena_alloc(a, (strlen(text) + 1) * sizeof *list);
    size_t len;

    for (*n = 0; text += strspn(text, " \t\n,"), *text; text += len) {
        len = strcspn(text, " \t\n,");
        list[(*n)++] = arena_strndup(a, text, len);
    }
    return list;
}

/* Browsers keep embed's cookies only if they are Secure. */
static void
print_framing(const struct tenant *t, json_t *origins)
{
    json_t *origin;
    size_t i;

    printf("cookies: %s\nframe ancestors:",
           t->cookie == PF_COOKIE_EMBEDDED ? "embed" : "lax");
    json_array_foreach(origins, i, origin)
    {
        printf(" %s", json_string_value(origin));
    }
    printf("%s\n", json_array_size(origins) == 0 ? " none" : "");
    if (t->cookie == PF_COOKIE_EMBEDDED && !t->secure) {
        log_warn("cookies of other sites' frames need https, and base_url has "
                 "none: they stay lax");
    }
}

static bool
change_framing(const struct command_line *line, struct db *db, struct arena *a,
               const char *tenant)
{
    static const struct actor actor = {"system", "", "command line"};
    const char *ancestors = command_option(line, "--ancestors"), *why;
    struct tenant_framing f = {.cookie_mode =
                                   command_option(line, "--cookies")};

    if (ancestors) {
        f.origins = words(a, ancestors, &f.n_origins);
    }
    if (!f.cookie_mode && !f.origins) {
        return true;
    }
    if (tenant_set_framing(db, a, tenant, &actor, &f, &why) != DB_OK) {
        log_error("tenant %s: %s", tenant,
                  why ? why : "the database took no change");
        return false;
    }
    return tenant_write_edge(db, line->config) == 0;
}

static int
frame(const struct command_line *line, struct db *db, struct arena *a)
{
    const char *id = command_option(line, "--tenant");
    struct tenant *tenant;
    json_t *origins;

    if (!id) {
        fputs(usage, stderr);
        return 2;
    }
    if (tenant_load(db, a, line->config, id, &tenant) != DB_OK) {
        log_error("there is no tenant %s", id);
        return EXIT_FAILURE;
    }
    if (!change_framing(line, db, a, id) ||
        tenant_load(db, a, line->config, id, &tenant) != DB_OK ||
        !(origins = tenant_ancestors(db, a, id))) {
        return EXIT_FAILURE;
    }
    print_framing(tenant, origins);
    json_decref(origins);
    return EXIT_SUCCESS;
}

int
command_tenant(const struct command_line *line)
{
    const char *what = command_operand(line);
    struct command_line rest = *line;
    char why[400] = "";
    struct arena *a;
    struct db *db;
    int status;

    if (!what || what != line->argv[0] || strcmp(what, "frame") != 0) {
        fputs(usage, stderr);
        return 2;
    }
    rest.argc--;
    rest.argv++;
    db = db_open(line->config->database, why, sizeof why);
    if (!db) {
        log_error("database: %s", why);
        return EXIT_FAILURE;
    }
    a = arena_new();
    status = frame(&rest, db, a);
    arena_free(a);
    db_close(db);
    return status;
}
