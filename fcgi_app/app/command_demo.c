/*
 * pforte demo: everything a state directory needs to be served, and demo.json
 * with the keys and passwords of it. Run again on a directory that has its
 * demo, it only brings base_url up to date.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.h"
#include "app/demo.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/keys.h"
#include "base/log.h"
#include "tenant/tenant.h"

struct place {
    const char *state, *base_url;
    const char *share, *database,
        *smtp; /* NULL: as the program's own configuration has it */
    char conf[4096], ring[4096], json[4096], pending[4096];
};

static bool
name_files(struct place *p)
{
    size_t room = sizeof p->conf - 32;

    snprintf(p->conf, sizeof p->conf, "%s/pforte.conf", p->state);
    keys_path(p->state, p->ring, sizeof p->ring);
    snprintf(p->json, sizeof p->json, "%s/demo.json", p->state);
    snprintf(p->pending, sizeof p->pending, "%s/demo.json.new", p->state);
    return strlen(p->state) < room;
}

/* A configuration of its own, unless somebody wrote one. The sender's address
 * is nobody's: two merchants share it. */
static int
write_config(const struct place *p)
{
    struct arena *a = arena_new();
    struct buf text = buf_new(a, 1024);
    int result;

    buf_printf(&text,
               "state = \"%s\"\n"
               "database = \"%s%s\"\n"
               "base_url = \"%s\"\n"
               "memcached = {\"%s/run/memcached.sock\"}\n"
               "mail_from = \"portal@mail.example\"\n",
               p->state, p->database ? p->database : "sqlite:",
               p->database ? "" : arena_printf(a, "%s/pforte.db", p->state),
               p->base_url, p->state);
    if (strncmp(p->base_url, "https://", 8) != 0) {
        buf_puts(&text, "development = true\n");
        buf_printf(&text, "sandbox_provider = \"%s\"\n", id_base62(a, 40));
    }
    if (p->share) {
        buf_printf(&text, "share = \"%s\"\n", p->share);
    }
    if (p->smtp) {
        buf_printf(&text, "smtp = \"%s\"\n", p->smtp);
    }
    result = keys_replace_file(p->conf, text.data, 0640);
    arena_free(a);
    return result;
}

/* What an earlier run made, with today's address. */
static json_t *
earlier(const struct place *p)
{
    json_t *demo = json_load_file(p->json, 0, NULL);

    if (!demo) {
        demo = json_load_file(p->pending, 0, NULL);
    }
    if (demo) {
        json_object_set_new(demo, "base_url", json_string(p->base_url));
    }
    return demo;
}

/* demo.json itself appears when everything answers: whoever started this
 * renames it then. */
static int
write_pending(const struct place *p, const json_t *demo)
{
    char *text = json_dumps(demo, JSON_INDENT(2));
    int result = keys_replace_file(p->pending, text, 0600);

    free(text);
    if (result == 0 && unlink(p->json) != 0 && errno != ENOENT) {
        log_error("%s: %s", p->json, strerror(errno));
        result = -1;
    }
    return result;
}

static int
fill(const struct place *p, const struct config *config)
{
    struct db *db = command_database(config->database);
    json_t *demo = NULL;
    int result = -1;

    if (!db) {
        return -1;
    }
    if (db_migrate(db) >= 0) {
        demo = earlier(p);
        demo = demo ? demo : demo_fill(db, config);
    }
    if (demo && tenant_write_edge(db, config) == 0) {
        result = write_pending(p, demo);
    }
    json_decref(demo);
    db_close(db);
    return result;
}

static int
make(struct place *p)
{
    struct config *config;
    int result;

    if ((mkdir(p->state, 0750) != 0 && errno != EEXIST) || !name_files(p)) {
        log_error("%s: %s", p->state, strerror(errno));
        return -1;
    }
    if ((access(p->ring, F_OK) != 0 && keys_rotate(p->ring) != 0) ||
        write_config(p) != 0 || !(config = config_read(p->conf))) {
        return -1;
    }
    result = fill(p, config);
    config_free(config);
    return result;
}

int
command_demo(const struct command_line *line)
{
    const char *state = command_option(line, "--state");
    char *real;
    struct place p = {.base_url = command_option(line, "--base-url"),
                      .share = command_option(line, "--share"),
                      .database = command_option(line, "--database"),
                      .smtp = command_option(line, "--smtp")};
    int result;

    if (!state || !p.base_url) {
        fprintf(stderr, "usage: pforte demo --state DIR --base-url URL "
                        "[--share DIR] [--database URL] [--smtp URL]\n");
        return 2;
    }
    mkdir(state, 0750);
    real = realpath(state, NULL); /* workers may start elsewhere */
    p.state = real ? real : state;
    result = make(&p);
    free(real);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
