/* Who works in a back office: the first of them has nobody else to ask. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "db/db.h"
#include "session/session.h"
#include "staff/staff.h"
#include "tenant/tenant.h"
#include "user/user.h"

enum { MADE_PASSWORD = 20 };

static int
usage(void)
{
    fprintf(stderr,
            "usage: pforte staff add --tenant ID --username NAME --email E"
            " [--role ROLE] [--password made]\n"
            "       pforte staff reset --tenant ID --username NAME"
            " [--password made]\n"
            "The password is the first line of standard input, or made and"
            " printed.\n");
    return 2;
}

/* The first line of standard input; NULL when there is none. */
static char *
read_password(struct arena *a)
{
    char *line = arena_alloc(a, PASSWORD_MAX + 2);

    if (!fgets(line, PASSWORD_MAX + 2, stdin)) {
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return text_utf8_ok(line, strlen(line)) ? line : NULL;
}

/* As asked for, and good enough; NULL, told, when it is not. */
static const char *
choose_password(const struct command_line *line, struct arena *a,
                const struct staff_new *new, bool *made)
{
    const char *how = command_option(line, "--password");
    const char *password;

    *made = how && strcmp(how, "made") == 0;
    password = *made ? id_base62(a, MADE_PASSWORD) : read_password(a);
    if (!password ||
        staff_password_check(a, password, new->username,
                             new->email ? new->email : "") != ERR_NONE) {
        log_error("the password needs %d characters or more, and not a common "
                  "word or the name alone",
                  STAFF_PASSWORD_MIN);
        return NULL;
    }
    return password;
}

static int
say(enum db_result r, const struct staff_new *new, bool made)
{
    switch (r) {
    case DB_OK:
        if (made) {
            printf("%s\n", new->password);
        }
        return EXIT_SUCCESS;
    case DB_UNIQUE:
        log_error("%s works here already; see: pforte staff reset",
                  new->username);
        break;
    case DB_NONE:
        log_error("nobody of the name %s works here", new->username);
        break;
    case DB_CHECK:
        log_error("%s is no role", new->role);
        break;
    default:
        log_error("the database could not take it");
    }
    return EXIT_FAILURE;
}

/* Their sessions end with the copies in memcached, within a minute. */
static enum db_result
reset(const struct staff_desk *desk, const struct staff_new *new)
{
    struct session_store store = {.db = desk->db,
                                  .arena = desk->arena,
                                  .tenant = desk->tenant,
                                  .actor = desk->actor};
    json_t *ended;
    const char *id;
    enum db_result r = staff_reset(desk, new->username, new->password, &id);

    return r == DB_OK ? session_end_of_staff(&store, id, "", &ended) : r;
}

static int
run(const struct command_line *line, const struct staff_desk *desk, bool add)
{
    const char *role = command_option(line, "--role");
    struct staff_new new = {.username = command_option(line, "--username"),
                            .email = command_option(line, "--email"),
                            .role = role ? role : "owner"};
    bool made;

    if (!field_name_ok(new.username) ||
        (add && (!new.email || !field_email_ok(new.email)))) {
        log_error("name or e-mail address is none");
        return EXIT_FAILURE;
    }
    new.password = choose_password(line, desk->arena, &new, &made);
    if (!new.password) {
        return EXIT_FAILURE;
    }
    return say(add ? staff_create(desk, &new) : reset(desk, &new), &new, made);
}

int
command_staff(const struct command_line *line)
{
    const char *what = command_operand(line);
    const char *id = command_option(line, "--tenant");
    bool add = what && strcmp(what, "add") == 0;
    struct staff_desk desk = {.actor = &command_actor};
    struct tenant *tenant;
    int status = EXIT_FAILURE;

    if (!id || !command_option(line, "--username") ||
        (!add && (!what || strcmp(what, "reset") != 0))) {
        return usage();
    }
    desk.db = command_database(line->config->database);
    if (!desk.db) {
        return EXIT_FAILURE;
    }
    desk.arena = arena_new();
    if (tenant_load(desk.db, desk.arena, line->config, id, &tenant) == DB_OK) {
        desk.tenant = tenant;
        status = run(line, &desk, add);
    } else {
        log_error("there is no tenant %s", id);
    }
    arena_free(desk.arena);
    db_close(desk.db);
    return status;
}
