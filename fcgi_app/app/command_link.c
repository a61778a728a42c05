/* The command that prints self-service links. */
#include <stdio.h>
#include <stdlib.h>

#include "app/command.h"
#include "base/log.h"
#include "contract/contract.h"
#include "contract/link.h"

static int
usage(void)
{
    fprintf(stderr,
            "usage: pforte link --tenant ID --contract REF"
            " [--minutes 1..%d]\n",
            LINK_MINUTES_MAX);
    return 2;
}

static int
print_link(const struct session_store *st, const char *ref, long minutes)
{
    struct link_made link;
    json_t *contract;

    if (contract_by_ref(st->db, st->arena, st->tenant->id, ref, &contract) !=
        DB_OK) {
        log_error("tenant %s has no contract %s", st->tenant->id, ref);
        return EXIT_FAILURE;
    }
    if (link_mint(st, contract, minutes, &link) != DB_OK) {
        log_error("no link could be made");
        return EXIT_FAILURE;
    }
    printf("%s\n", link.url);
    return EXIT_SUCCESS;
}

static int
link_for(const struct command_line *line, struct session_store *st)
{
    const char *tenant_id = command_option(line, "--tenant");
    const char *ref = command_option(line, "--contract");
    const char *text = command_option(line, "--minutes");
    char *end = "";
    long minutes = text ? strtol(text, &end, 10) : 1;
    struct tenant *tenant;

    if (!tenant_id || !ref || *end || minutes < 1 ||
        minutes > LINK_MINUTES_MAX) {
        return usage();
    }
    if (tenant_load(st->db, st->arena, line->config, tenant_id, &tenant) !=
        DB_OK) {
        log_error("there is no tenant %s", tenant_id);
        return EXIT_FAILURE;
    }
    st->tenant = tenant;
    if (!text) {
        minutes =
            (long)setting_number(st->db, st->arena, tenant_id, "link_minutes");
    }
    return print_link(st, ref, minutes);
}

int
command_link(const struct command_line *line)
{
    struct session_store st = {.arena = arena_new(), .actor = &command_actor};
    char path[4096];
    int status = EXIT_FAILURE;

    keys_path(line->config->state, path, sizeof path);
    st.db = command_database(line->config->database);
    if (st.db && (st.keys = keys_open(path))) {
        status = link_for(line, &st);
        keys_close(st.keys);
    }
    db_close(st.db);
    arena_free(st.arena);
    return status;
}
