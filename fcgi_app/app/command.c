#include "app/command.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/routes.h"
#include "app/serve.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "mail/mail_places.h"
#include "mail/mail_view.h"
#include "office/office_web.h"
#include "staff/staff.h"
#include "view/i18n.h"
#include "view/template.h"

const struct actor command_actor = {"system", "", "command line", NULL, false};

const char *
command_option(const struct command_line *line, const char *name)
{
    for (int i = 0; i + 1 < line->argc; i++) {
        if (strcmp(line->argv[i], name) == 0) {
            return line->argv[i + 1];
        }
    }
    return NULL;
}

const char *
command_operand(const struct command_line *line)
{
    for (int i = 0; i < line->argc; i++) {
        if (strncmp(line->argv[i], "--", 2) == 0) {
            i++; /* every option has a value */
        } else {
            return line->argv[i];
        }
    }
    return NULL;
}

int
command_serve(const struct command_line *line)
{
    return serve(line->config, line->argv0);
}

int
command_worker(const struct command_line *line)
{
    if (line->argc != 2 && line->argc != 3) {
        return 2;
    }
    return worker(line->config, atoi(line->argv[1]),
                  line->argc == 3 ? atoi(line->argv[2]) : -1);
}

struct db *
command_database(const char *url)
{
    char why[400] = "";
    struct db *db = db_open(url, why, sizeof why);

    if (!db) {
        log_error("database: %s", why);
    }
    return db;
}

int
command_migrate(const struct command_line *line)
{
    struct db *db = command_database(line->config->database);
    int n;

    if (!db) {
        return EXIT_FAILURE;
    }
    n = db_migrate(db);
    db_close(db);
    if (n < 0) {
        return EXIT_FAILURE;
    }
    printf("%d applied, schema %d\n", n, db_schema_wanted());
    return EXIT_SUCCESS;
}

/* ---- copy ---- */

static void
say_copied(const char *table, int64_t rows, void *data)
{
    (void)data;
    printf("%-24s %lld\n", table, (long long)rows);
    fflush(stdout);
}

static int
copy_between(struct db *from, struct db *to)
{
    int64_t rows = from && to && db_migrate(to) >= 0
                       ? db_copy(from, to, say_copied, NULL)
                       : -1;

    if (rows >= 0) {
        printf("%lld rows, the same on both sides\n", (long long)rows);
    }
    return rows >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
command_copy(const struct command_line *line)
{
    const char *from = command_option(line, "--from");
    const char *to = command_option(line, "--to");
    struct db *source, *target;
    int status;

    if (!from || !to) {
        fprintf(stderr, "usage: pforte copy --from URL --to URL\n");
        return 2;
    }
    source = command_database(from);
    target = command_database(to);
    status = copy_between(source, target);
    db_close(source);
    db_close(target);
    return status;
}

/* ---- check ---- */

struct missing {
    const char *lang;
    int n;
};

static void
look_up(const char *id, const char *file, void *data)
{
    struct missing *missing = data;

    if (i18n(missing->lang, id) == id) {
        printf("%s: no text in %s for: %s\n", file, missing->lang, id);
        missing->n++;
    }
}

static int
missing_messages(void)
{
    int n = 0;

    for (size_t i = 0; i < text_n_languages; i++) {
        struct missing missing = {text_languages[i], 0};

        if (strcmp(missing.lang, "en") != 0) {
            template_messages(look_up, &missing);
        }
        n += missing.n;
    }
    return n;
}

static const struct route *
find_route(const char *path)
{
    for (size_t i = 0; i < n_routes; i++) {
        if (strcmp(routes[i].path, path) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

/* The tables against each other: what a list names is there. */
static int
table_faults(void)
{
    int n = 0;

    for (const struct list *l = office_lists; l->path; l++) {
        const char *fault = office_list_fault(l);
        const struct route *route = find_route(l->path);

        if (!route || route->door != OFFICE || !route->right) {
            fault = "has no row of the door OFFICE with a right in routes.def";
        }
        if (fault) {
            printf("lists.def: %s %s\n", l->path, fault);
            n++;
        }
    }
    for (size_t i = 0; i < n_routes; i++) {
        if (route_in_office(&routes[i]) && routes[i].right &&
            !staff_permission_ok(routes[i].right)) {
            printf("routes.def: %s wants %s, which staff_permissions.def does "
                   "not have\n",
                   routes[i].path, routes[i].right);
            n++;
        }
    }
    for (const char *const *scope = api_key_scopes(); *scope; scope++) {
        const char *permission = api_key_scope_permission(*scope);

        if (!permission || !staff_permission_ok(permission)) {
            printf("scopes.def: %s has no permission of "
                   "staff_permissions.def\n",
                   *scope);
            n++;
        }
    }
    return n + staff_role_faults() + rights_faults();
}

static bool
schema_good(struct db *db)
{
    int present = db_schema_present(db), wanted = db_schema_wanted();

    if (present < wanted) {
        printf("database: schema %d, this program wants %d: pforte migrate\n",
               present, wanted);
    }
    return present >= wanted;
}

/* Of each mail and language: the platform's words have the placeholders that
 * tables/events.def gives them. */
static int
bad_words(void)
{
    struct arena *a = arena_new();
    int n = 0;

    for (size_t i = 0; i < mail_n_events * text_n_languages; i++) {
        const char *event = mail_events[i / text_n_languages].name;
        const char *language = text_languages[i % text_n_languages];
        struct field_errors errors = {0};
        struct mail_words words;

        if (!mail_platform_words(a, event, language, &words) ||
            !mail_words_ok(a, event, &words, &errors)) {
            printf("mail %s in %s: %s\n", event, language,
                   errors.n ? errors.list[0].word : "no template");
            n++;
        }
    }
    arena_free(a);
    return n;
}

int
command_check(const struct command_line *line)
{
    struct app app;
    bool ok = app_open(&app, line->config);

    ok = (!app.db || schema_good(app.db)) && ok;
    ok = missing_messages() == 0 && ok;
    ok = table_faults() == 0 && ok;
    ok = bad_words() == 0 && ok;
    app_close(&app);
    if (ok) {
        printf("configuration, key ring, database, catalogues, templates and "
               "tables are good\n");
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- routes ---- */

int
command_routes(const struct command_line *line)
{
    static const char *const doors[] = {
        "public", "portal", "contract", "person",  "signed_in",
        "office", "proven", "proof",    "handoff", "api",
        "signed", "system", "internal"};

    (void)line;
    for (size_t i = 0; i < n_routes; i++) {
        const struct route *row = &routes[i];

        printf("%-6s %-44s %-8s %-9s %-22s %s\n", row->method, row->path,
               doors[row->door], row->pool == PASSWORDS ? "passwords" : "pages",
               row->right ? row->right : "-", row->help);
    }
    return EXIT_SUCCESS;
}

/* ---- request ---- */

enum { REQUEST_LINES = 100, REQUEST_TEXT = 1024 * 1024 };

/* "Accept-Language: fr" -> "HTTP_ACCEPT_LANGUAGE=fr"; Content-* without HTTP_.
 * Pforte-Tenant and the like become what nginx would tell. */
static char *
header_param(struct arena *a, const char *line, size_t len)
{
    size_t name = strcspn(line, ":");
    const char *value = line + name + 1;
    struct buf param = buf_new(a, len + 8);

    if (name >= len) {
        return NULL;
    }
    if (strncasecmp(line, "content-", 8) != 0 &&
        strncasecmp(line, "pforte-", 7) != 0) {
        buf_puts(&param, "HTTP_");
    }
    for (size_t i = 0; i < name; i++) {
        buf_putc(&param,
                 line[i] == '-' ? '_' : (char)toupper((unsigned char)line[i]));
    }
    value += strspn(value, " \t");
    buf_putc(&param, '=');
    buf_add(&param, value, len - (size_t)(value - line));
    return param.data;
}

/* Splits the text of a request; false when it is none. */
static bool
read_request(struct arena *a, char *text, size_t len, struct request *rq)
{
    char **params = arena_alloc(a, (REQUEST_LINES + 1) * sizeof *params);
    char *end = text + len, *line = text, *next;
    char method[16], target[2000];
    size_t n = 0;

    if (sscanf(text, "%15s %1999s", method, target) != 2) {
        return false;
    }
    line += strcspn(line, "\n") + 1;
    while (line < end && *line != '\n' && *line != '\r' && n < REQUEST_LINES) {
        next = line + strcspn(line, "\n");
        params[n] = header_param(
            a, line, (size_t)(next - line) - (next > line && next[-1] == '\r'));
        n += params[n] != NULL;
        line = next + 1;
    }
    line += line < end && *line == '\r';
    line += line < end && *line == '\n';
    rq->arena = a;
    rq->params = params;
    rq->method = arena_strdup(a, method);
    rq->query =
        strchr(target, '?') ? arena_strdup(a, strchr(target, '?') + 1) : "";
    rq->path = arena_strndup(a, target, strcspn(target, "?"));
    rq->content_type = request_param(rq, "CONTENT_TYPE");
    rq->body = line < end ? line : "";
    rq->body_len = line < end ? (size_t)(end - line) : 0;
    rq->remote_addr = "127.0.0.1";
    rq->id = "request";
    return true;
}

static void
print_response(const struct response *rs, const char *body, size_t len)
{
    printf("Status: %d\n", rs->status);
    for (size_t i = 0; i < rs->n_headers; i++) {
        printf("%s: %s\n", rs->headers[i].name, rs->headers[i].value);
    }
    if (len) {
        printf("Content-Type: %s\n", rs->type);
    }
    printf("\n");
    fwrite(body, 1, len, stdout);
}

int
command_request(const struct command_line *line)
{
    struct arena *a = arena_new();
    char *text = arena_alloc(a, REQUEST_TEXT + 1);
    size_t len = fread(text, 1, REQUEST_TEXT, stdin);
    struct response rs = {0};
    struct request rq = {0};
    const char *body;
    struct app app;
    bool ok = app_open(&app, line->config);

    if (ok && !read_request(a, text, len, &rq)) {
        fprintf(stderr, "pforte: standard input is no HTTP request\n");
        ok = false;
    }
    if (ok) {
        app_answer(&app, &rq, &rs, &body, &len);
        print_response(&rs, body, len);
    }
    arena_free(a);
    app_close(&app);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
