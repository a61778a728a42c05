/*
 * What nginx knows of the tenants: edge/<tenant>.json and edge/hosts.json. The
 * formats are those of pf_record.h and pf_hosts.h.
 *
 * It is looked after every few seconds, with thousands of tenants: what has the
 * same revision as last time, and the same file, is left alone. A few tenants
 * are compared all the same each time, by turns, in case that somebody changed
 * rows without the revision.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/keys.h"
#include "base/log.h"
#include "pf_token.h"
#include "tenant/tenant.h"
#include "tenant/tenant_record.h"
#include "tenant/tenant_store.h"

enum { RECORD_MODE = 0640, BY_TURNS = 200 };

/* Which file it is, and which version of it. None: all zero. */
struct version {
    ino_t inode;
    off_t size;
    struct timespec mtime;
};

/* A record as it was found last. */
struct known {
    char id[PF_TENANT_MAX + 1];
    int64_t revision;
    struct version file;
};

struct tenant_edge {
    struct known *known; /* by id */
    size_t n;
    struct version hosts;
    size_t turn; /* the first that is compared next time */
};

struct tenant_edge *
tenant_edge_new(void)
{
    struct tenant_edge *edge = calloc(1, sizeof *edge);

    if (!edge) {
        log_error("no memory for the edge records");
        abort();
    }
    return edge;
}

void
tenant_edge_free(struct tenant_edge *edge)
{
    free(edge->known);
    free(edge);
}

/* ---- files ---- */

static struct version
version_of(const struct stat *st)
{
    return (struct version){st->st_ino, st->st_size, st->st_mtim};
}

static bool
still_there(const char *path, const struct version *file)
{
    struct stat st;

    return file->inode && stat(path, &st) == 0 && st.st_ino == file->inode &&
           st.st_size == file->size &&
           st.st_mtim.tv_sec == file->mtime.tv_sec &&
           st.st_mtim.tv_nsec == file->mtime.tv_nsec;
}

static bool
file_holds(const char *path, const char *text, struct version *file)
{
    size_t len = strlen(text), n;
    char *present = malloc(len + 2);
    FILE *f = fopen(path, "r");
    struct stat st;
    bool same = false;

    if (f && present && fstat(fileno(f), &st) == 0) {
        n = fread(present, 1, len + 1, f);
        same = n == len && memcmp(present, text, len) == 0;
        *file = version_of(&st);
    }
    if (f) {
        fclose(f);
    }
    free(present);
    return same;
}

/*
 * nginx swaps what changes, so a file that would not change stays as it is. One
 * that is written counts as unknown until it was read again: somebody else may
 * be writing it, too.
 */
static int
write_if_changed(const char *path, const char *text, struct version *file)
{
    if (file_holds(path, text, file)) {
        return 0;
    }
    memset(file, 0, sizeof *file);
    return keys_replace_file(path, text, RECORD_MODE);
}

/* ---- one run ---- */

struct run {
    struct db *db;
    const struct config *config;
    const volatile sig_atomic_t *stop;
    struct tenant_edge *edge;
    struct arena *arena; /* of the run */
    struct arena *one;   /* of the tenant in hand */
    struct known *found;
    size_t n;
    bool changed; /* so the host index may have, too */
    int result;
};

static int
by_id(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->id, ((const struct known *)b)->id);
}

static const struct known *
find(const struct known *all, size_t n, const char *id)
{
    struct known key = {.revision = 0};

    return n && pf_str_copy(pf_str_of(id), key.id, sizeof key.id)
               ? bsearch(&key, all, n, sizeof *all, by_id)
               : NULL;
}

/* Sorted by us: databases order texts as they like. */
static bool
read_tenants(struct run *r)
{
    json_t *rows, *row;
    size_t i;

    if (tenant_store_revisions(r->db, r->arena, &rows) != DB_OK) {
        return false;
    }
    r->found = calloc(json_array_size(rows) + 1, sizeof *r->found);
    if (!r->found) {
        log_error("no memory for %zu edge records", json_array_size(rows));
        return false;
    }
    json_array_foreach(rows, i, row)
    {
        struct known *found = &r->found[r->n];

        if (pf_tenant_ok(pf_str_of(row_text(row, "id")))) {
            pf_str_copy(pf_str_of(row_text(row, "id")), found->id,
                        sizeof found->id);
            found->revision = row_int(row, "revision");
            r->n++;
        } else {
            log_error("%s is no name for a tenant", row_text(row, "id"));
        }
    }
    qsort(r->found, r->n, sizeof *r->found, by_id);
    return true;
}

static char *
record_path(struct run *r, const char *id)
{
    return arena_printf(r->one, "%s/edge/%s.json", r->config->state, id);
}

static void
write_record(struct run *r, struct known *found)
{
    char *text = tenant_record_text(r->db, r->one, r->config, found->id,
                                    &found->revision);

    if (!text ||
        write_if_changed(record_path(r, found->id), text, &found->file) != 0) {
        memset(&found->file, 0, sizeof found->file);
        r->result = -1;
    }
    free(text);
}

static bool
has_turn(const struct run *r, size_t i)
{
    return (i + r->n - r->edge->turn % r->n) % r->n < BY_TURNS;
}

static void
look_after(struct run *r, size_t i)
{
    struct known *found = &r->found[i];
    const struct known *before = find(r->edge->known, r->edge->n, found->id);
    bool same = before && before->revision == found->revision;

    r->changed |= !same;
    if (same && !has_turn(r, i) &&
        still_there(record_path(r, found->id), &before->file)) {
        *found = *before;
    } else {
        write_record(r, found);
    }
    arena_reset(r->one);
}

static void
write_hosts(struct run *r)
{
    struct version *file = &r->edge->hosts;
    const char *path =
        arena_printf(r->arena, "%s/edge/hosts.json", r->config->state);
    char *text;

    if (!r->changed && r->edge->turn != 0 && still_there(path, file)) {
        return;
    }
    text = tenant_hosts_text(r->db, r->arena);
    if (!text || write_if_changed(path, text, file) != 0) {
        memset(file, 0, sizeof *file);
        r->result = -1;
    }
    free(text);
}

/* ---- tenants that are gone ---- */

static int
is_record(const struct dirent *entry)
{
    const char *end = strchr(entry->d_name, '.');

    return end && strcmp(end, ".json") == 0 &&
           pf_tenant_ok((pf_str_t){(size_t)(end - entry->d_name),
                                   (const unsigned char *)entry->d_name});
}

static void
remove_record(struct run *r, const char *dir, const char *name)
{
    const char *path = arena_printf(r->one, "%s/%s", dir, name);

    if (unlink(path) == 0) {
        log_info("%s removed: there is no such tenant", path);
    } else if (errno != ENOENT) {
        log_error("%s: %s", path, strerror(errno));
        r->result = -1;
    }
    arena_reset(r->one);
}

static void
remove_others(struct run *r, const char *dir, struct dirent **entries, int n)
{
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        const char *id =
            arena_strndup(r->one, name, strlen(name) - strlen(".json"));

        if (!find(r->found, r->n, id)) {
            remove_record(r, dir, name);
        }
        arena_reset(r->one);
    }
}

/* ---- all of it ---- */

static void
remember(struct run *r)
{
    struct tenant_edge *edge = r->edge;

    free(edge->known);
    edge->known = r->found;
    edge->n = r->n;
    edge->turn = edge->turn + BY_TURNS < r->n ? edge->turn + BY_TURNS : 0;
}

/*
 * The folder is read before the table: whoever makes a tenant writes the row
 * first, so a file without a row is one of a tenant that is gone.
 */
static void
bring_up_to_date(struct run *r, const char *dir)
{
    struct dirent **entries = NULL;
    int n = scandir(dir, &entries, is_record, NULL);

    if (!read_tenants(r)) {
        r->result = -1;
    } else {
        r->changed = r->n != r->edge->n;
        for (size_t i = 0; i < r->n && !*r->stop; i++) {
            look_after(r, i);
        }
        write_hosts(r);
        remove_others(r, dir, entries, n);
        remember(r);
    }
    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    free(entries);
}

int
tenant_edge_follow(struct tenant_edge *edge, struct db *db,
                   const struct config *config,
                   const volatile sig_atomic_t *stop)
{
    struct run r = {.db = db, .config = config, .edge = edge, .stop = stop};
    const char *dir;

    r.arena = arena_new();
    r.one = arena_new();
    dir = arena_printf(r.arena, "%s/edge", config->state);
    if (mkdir(dir, 0750) != 0 && errno != EEXIST) {
        log_error("%s: %s", dir, strerror(errno));
        r.result = -1;
    } else {
        bring_up_to_date(&r, dir);
    }
    arena_free(r.one);
    arena_free(r.arena);
    return r.result;
}

int
tenant_write_edge(struct db *db, const struct config *config)
{
    static const volatile sig_atomic_t never;
    struct tenant_edge *edge = tenant_edge_new();
    int result = tenant_edge_follow(edge, db, config, &never);

    tenant_edge_free(edge);
    return result;
}
