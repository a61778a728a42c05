/* Commands about tenants. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/log.h"
#include "db/db.h"
#include "tenant/brand.h"
#include "tenant/tenant.h"
#include "view/image.h"

/* Changes what the options say, and prints what stands; an exit status. */
typedef int do_fn(const struct command_line *line, struct db *db,
                  struct arena *a, const char *tenant);

/* ---- tenant jwks ---- */

static int
show_jwks(struct db *db, struct arena *a, const char *tenant)
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
change_jwks(struct db *db, struct arena *a, const char *tenant, const char *url)
{
    bool none = strcmp(url, "none") == 0;

    switch (tenant_jwks_set(db, a, tenant, &command_actor, none ? NULL : url)) {
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

static int
jwks(const struct command_line *line, struct db *db, struct arena *a,
     const char *tenant)
{
    const char *url = command_option(line, "--url");

    return url ? change_jwks(db, a, tenant, url) : show_jwks(db, a, tenant);
}

/* ---- tenant frame ---- */

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
    const char *ancestors = command_option(line, "--ancestors"), *why;
    struct tenant_framing f = {.cookie_mode =
                                   command_option(line, "--cookies")};

    if (ancestors) {
        f.origins = words(a, ancestors, &f.n_origins);
    }
    if (!f.cookie_mode && !f.origins) {
        return true;
    }
    if (tenant_set_framing(db, a, tenant, &command_actor, &f, &why) != DB_OK) {
        log_error("tenant %s: %s", tenant,
                  why ? why : "the database took no change");
        return false;
    }
    return tenant_write_edge(db, line->config) == 0;
}

static int
frame(const struct command_line *line, struct db *db, struct arena *a,
      const char *id)
{
    struct tenant *tenant;
    json_t *origins;

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

/* ---- tenant add ---- */

static int
add(const struct command_line *line, struct db *db, struct arena *a,
    const char *id)
{
    const char *languages = command_option(line, "--languages");
    struct tenant_order order = {id, command_option(line, "--name"),
                                 languages ? languages : "en",
                                 command_option(line, "--like")};
    const char *wrong = "";

    if (!order.name) {
        log_error("a tenant needs a --name");
        return EXIT_FAILURE;
    }
    switch (tenant_add(db, a, &command_actor, &order, &wrong)) {
    case DB_OK:
        break;
    case DB_CHECK:
        log_error("this cannot be its %s", wrong);
        return EXIT_FAILURE;
    case DB_UNIQUE:
        log_error("there is a tenant %s already", id);
        return EXIT_FAILURE;
    case DB_NONE:
        log_error("there is no tenant %s", order.like);
        return EXIT_FAILURE;
    default:
        log_error("the database could not take it");
        return EXIT_FAILURE;
    }
    printf("made; its first owner: pforte staff add --tenant %s …\n", id);
    return tenant_write_edge(db, line->config) == 0 ? EXIT_SUCCESS
                                                    : EXIT_FAILURE;
}

/* ---- tenant brand ---- */

static void
print_brand(const char *accent)
{
    struct brand_report report;

    if (!brand_judge(accent, &report)) {
        printf("accent: the portal's own\n");
        return;
    }
    printf("accent: %s\ncontrast: %d.%02d on light pages, %d.%02d on dark "
           "ones%s\n",
           accent, report.on_light / 100, report.on_light % 100,
           report.on_dark / 100, report.on_dark % 100,
           report.link_differs
               ? "; below 4.5, links are a shade that can be read"
               : "");
}

/* The file's bytes, as far as a logo may have; NULL, logged. */
static const char *
read_picture(struct arena *a, const char *path, size_t *len)
{
    char *bytes = arena_alloc(a, IMAGE_BYTES_MAX + 1);
    FILE *file = fopen(path, "rb");

    if (!file) {
        log_error("%s cannot be read", path);
        return NULL;
    }
    *len = fread(bytes, 1, IMAGE_BYTES_MAX + 1, file);
    fclose(file);
    return bytes;
}

/* DB_CHECK, logged: it is no picture that can be one. */
static enum db_result
set_logo(struct db *db, struct arena *a, const char *id, const char *path)
{
    static const char *const faults[] = {
        [IMAGE_UNKNOWN] = "neither PNG nor JPEG",
        [IMAGE_LARGE] = "larger than 2 MB, 4000 pixels a side or 4 million",
        [IMAGE_DAMAGED] = "damaged",
    };
    struct image logo = {0};
    enum image_fault fault = IMAGE_OK;
    const char *bytes;
    size_t len;

    if (strcmp(path, "none") != 0) {
        bytes = read_picture(a, path, &len);
        if (!bytes) {
            return DB_CHECK;
        }
        fault = image_logo(a, bytes, len, &logo);
    }
    if (fault != IMAGE_OK) {
        log_error("%s is %s", path, faults[fault]);
        return DB_CHECK;
    }
    return brand_set_logo(db, a, id, &command_actor,
                          &(struct brand_logo){logo.png, logo.jpeg,
                                               logo.png_len, logo.jpeg_len,
                                               logo.width, logo.height});
}

static enum db_result
set_accent(struct db *db, struct arena *a, const char *id, const char *accent)
{
    enum db_result r =
        accent[0] == '\0'
            ? DB_CHECK
            : brand_set(db, a, id, &command_actor,
                        strcmp(accent, "none") == 0 ? "" : accent);

    if (r == DB_CHECK) {
        log_error("%s is no colour: it looks like #1b4f8f", accent);
    }
    return r;
}

static int
brand(const struct command_line *line, struct db *db, struct arena *a,
      const char *id)
{
    const char *logo = command_option(line, "--logo");
    const char *accent = command_option(line, "--accent");
    struct tenant *tenant;
    enum db_result r = DB_OK;

    if (accent) {
        r = set_accent(db, a, id, accent);
    }
    if (r == DB_OK && logo) {
        r = set_logo(db, a, id, logo);
    }
    if (r == DB_CHECK) {
        return EXIT_FAILURE;
    }
    if (r == DB_OK) {
        r = tenant_load(db, a, line->config, id, &tenant);
    }
    if (r != DB_OK) {
        log_error(r == DB_NONE ? "there is no tenant %s"
                               : "tenant %s: the database could not take it",
                  id);
        return EXIT_FAILURE;
    }
    print_brand(tenant->accent);
    printf("logo: %s\n", tenant->logo[0] ? tenant->logo : "none");
    return EXIT_SUCCESS;
}

/* ---- all of them ---- */

static const struct {
    const char *name, *options;
    do_fn *run;
} rows[] = {
    {"add", "--name NAME [--languages \"de en\"] [--like TENANT]", add},
    {"jwks", "[--url URL|none]", jwks},
    {"frame", "[--cookies lax|embed] [--ancestors \"ORIGIN …\"]", frame},
    {"brand", "[--accent #RRGGBB|none] [--logo FILE|none]", brand},
};

static do_fn *
wanted(const char *name)
{
    for (size_t i = 0; name && i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].run;
        }
    }
    return NULL;
}

static int
usage(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fprintf(stderr, "%s pforte tenant %s --tenant ID %s\n",
                i == 0 ? "usage:" : "      ", rows[i].name, rows[i].options);
    }
    return 2;
}

int
command_tenant(const struct command_line *line)
{
    do_fn *run = wanted(command_operand(line));
    const char *tenant = command_option(line, "--tenant");
    struct arena *a;
    struct db *db;
    int status;

    if (!run || !tenant) {
        return usage();
    }
    db = command_database(line->config->database);
    if (!db) {
        return EXIT_FAILURE;
    }
    a = arena_new();
    status = run(line, db, a, tenant);
    arena_free(a);
    db_close(db);
    return status;
}
