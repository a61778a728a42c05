/* The command line: one function a sub-command, one row each in main.c. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include "audit/audit.h"
#include "base/config.h"

struct command_line {
    const char *argv0;
    const struct config *config; /* NULL for commands that need none */
    int argc;                    /* of what follows the command's name */
    char **argv;
};

/* Each returns the exit status. */
typedef int command(const struct command_line *line);

command command_serve, command_worker, command_jobs, command_migrate,
    command_copy, command_check, command_routes, command_request, command_key,
    command_token, command_sso_link, command_link, command_tenant,
    command_staff, command_demo, command_audit, command_ledger;

/* Who changed it, in the audit trail. */
extern const struct actor command_actor;

/* The value after "--name" in the arguments, or NULL. */
const char *command_option(const struct command_line *line, const char *name);

/* The first argument that is no option; NULL when there is none. */
const char *command_operand(const struct command_line *line);

/* The database; NULL, logged, when it cannot be opened. */
struct db *command_database(const char *url);

#endif
