/* pforte: the application's only program. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/clock.h"
#include "base/log.h"

static const struct row {
    const char *name, *usage, *help;
    command *run;
    bool needs_config;
} commands[] = {
    {"serve", "", "answer requests from nginx until SIGTERM", command_serve,
     true},
    {"worker", "POOL FD [READY]", NULL, command_worker, true},
    {"jobs", "[--once]",
     "work in the background until SIGTERM: mail, key sets, edge records",
     command_jobs, true},
    {"jobs", "list [--tenant ID]",
     "show when periodic work ran, or the jobs of a tenant", command_jobs,
     true},
    {"jobs", "retry --tenant ID JOB", "let a failed job be tried again",
     command_jobs, true},
    {"audit", "verify [--tenant ID] [--key k4.public.…]",
     "prove the audit trail's chain, or name its first broken row",
     command_audit, true},
    {"ledger", "verify [--tenant ID]",
     "recompute what customers owe, and say what does not agree",
     command_ledger, true},
    {"migrate", "", "bring the database to this program's schema",
     command_migrate, true},
    {"copy", "--from URL --to URL",
     "copy a database into an empty one, of another kind or the same, and "
     "compare",
     command_copy, false},
    {"check", "",
     "validate configuration, database, templates, catalogues and tables",
     command_check, true},
    {"routes", "", "list every address with its door, right and help",
     command_routes, false},
    {"request", "", "answer one HTTP request from standard input",
     command_request, true},
    {"key", "rotate", "put a fresh key before the others of the key ring",
     command_key, true},
    {"token", "inspect [--key KEY] [--assertion TEXT] TOKEN",
     "print the verified claims of a token, or why it is refused",
     command_token, false},
    {"sso-link", "--tenant ID --user NAME [--to PATH]",
     "print a single-use link that signs a user in", command_sso_link, true},
    {"link", "--tenant ID --contract REF [--minutes N]",
     "print a self-service link that opens a contract", command_link, true},
    {"tenant",
     "add --tenant ID --name NAME [--languages \"de en\"] [--like TENANT]",
     "make a tenant, in the organisation of another one or in its own",
     command_tenant, true},
    {"tenant", "jwks --tenant ID [--url URL|none]",
     "say where a merchant's keys are published (a JWK set), or show it",
     command_tenant, true},
    {"tenant",
     "frame --tenant ID [--cookies lax|embed] [--ancestors \"ORIGIN …\"]",
     "show or change which sites may show a portal in a frame", command_tenant,
     true},
    {"staff",
     "add|reset --tenant ID --username NAME [--email E] [--role ROLE]"
     " [--password made]",
     "let somebody into the back office; the password comes from standard "
     "input, or is made and printed",
     command_staff, true},
    {"tenant", "brand --tenant ID [--accent #RRGGBB|none]",
     "show or change the colour of a portal", command_tenant, true},
    {"demo",
     "--state DIR --base-url URL [--share DIR] [--database URL] [--smtp URL]",
     "fill a state directory with two merchants and their customers",
     command_demo, false},
};

static void
usage(FILE *out)
{
    fprintf(out, "usage: pforte [--config FILE] COMMAND [ARGUMENTS]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].help) {
            fprintf(out, "  %s %s\n      %s\n", commands[i].name,
                    commands[i].usage, commands[i].help);
        }
    }
    fprintf(out, "\nThe configuration is %s unless --config names another.\n",
            PFORTE_CONF);
}

static const struct row *
find(const char *name)
{
    for (size_t i = 0; name && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* For tests; the line in the log keeps it from going unseen. */
static void
follow_clock(const struct config *config)
{
    char path[4096];

    if (config->test_clock) {
        snprintf(path, sizeof path, "%s/clock", config->state);
        clock_follow(path);
        log_warn("test_clock: %s moves the time", path);
    }
}

static int
run(const struct row *row, const char *file, struct command_line *line)
{
    struct config *config = NULL;
    int status;

    if (row->needs_config) {
        config = config_read(file);
        if (!config) {
            return EXIT_FAILURE;
        }
        log_set_level((enum log_level)config->log_level);
        follow_clock(config);
    }
    line->config = config;
    status = row->run(line);
    config_free(config);
    return status;
}

int
main(int argc, char **argv)
{
    struct command_line line = {.argv0 = argv[0]};
    const char *file = PFORTE_CONF;
    const struct row *row;
    int at = 1;

    if (sodium_init() < 0) {
        fprintf(stderr, "pforte: libsodium cannot start\n");
        return EXIT_FAILURE;
    }
    if (argc > 2 && strcmp(argv[1], "--config") == 0) {
        file = argv[2];
        at = 3;
    }
    if (at < argc && strcmp(argv[at], "--help") == 0) {
        usage(stdout);
        return EXIT_SUCCESS;
    }
    row = find(argv[at]);
    if (!row) {
        usage(stderr);
        return 2;
    }
    line.argc = argc - at - 1;
    line.argv = argv + at + 1;
    return run(row, file, &line);
}
