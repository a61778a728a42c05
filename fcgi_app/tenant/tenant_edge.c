/*
 * What nginx knows of the tenants: edge/<tenant>.json and edge/hosts.json. The
 * format is that of pf_record.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/keys.h"
#include "base/log.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

enum { RECORD_MODE = 0640 };

static json_t *
hosts_of(const json_t *hosts, const char *tenant)
{
    json_t *list = json_array(), *row;
    size_t i;

    json_array_foreach(hosts, i, row)
    {
        if (strcmp(row_text(row, "tenant"), tenant) == 0) {
            json_array_append_new(list, json_string(row_text(row, "host")));
        }
    }
    return list;
}

static json_t *
languages_of(const struct tenant *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->n_languages; i++) {
        json_array_append_new(list, json_string(t->languages[i]));
    }
    return list;
}

/* The record as text for the caller to free; NULL when keys cannot be read. */
static char *
record_text(struct db *db, struct arena *a, const struct tenant *t,
            const json_t *hosts)
{
    json_t *keys = tenant_sso_keys_json(db, a, t->id), *record;
    json_t *ancestors = tenant_ancestors(db, a, t->id);
    char *text;

    if (!keys || !ancestors) {
        json_decref(keys);
        json_decref(ancestors);
        return NULL;
    }
    record = json_pack(
        "{s:s, s:I, s:s, s:o, s:o, s:s, s:s, s:s, s:b, s:o, s:o}", "tenant",
        t->id, "revision", (json_int_t)t->revision, "name", t->name, "hosts",
        hosts_of(hosts, t->id), "languages", languages_of(t),
        "default_language", t->default_language, "login_path", "/login",
        "cookie_mode", t->cookie == PF_COOKIE_EMBEDDED ? "embed" : "lax",
        "secure", t->secure, "frame_ancestors", ancestors, "sso_keys", keys);
    text = json_dumps(record, JSON_INDENT(1) | JSON_SORT_KEYS);
    json_decref(record);
    return text;
}

static bool
file_holds(const char *path, const char *text)
{
    size_t len = strlen(text), n;
    char *present = malloc(len + 2);
    FILE *f = fopen(path, "r");
    bool same = false;

    if (f && present) {
        n = fread(present, 1, len + 1, f);
        same = n == len && memcmp(present, text, len) == 0;
    }
    if (f) {
        fclose(f);
    }
    free(present);
    return same;
}

/* nginx swaps what changes, so a file that would not change stays as it is. */
static int
write_if_changed(const char *path, const char *text)
{
    return file_holds(path, text) ? 0
                                  : keys_replace_file(path, text, RECORD_MODE);
}

static int
write_record(struct db *db, struct arena *a, const struct config *config,
             const char *id, const json_t *hosts)
{
    const char *path = arena_printf(a, "%s/edge/%s.json", config->state, id);
    struct tenant *t;
    char *text;
    int result;

    if (tenant_load(db, a, config, id, &t) != DB_OK) {
        return -1;
    }
    text = record_text(db, a, t, hosts);
    result = text ? write_if_changed(path, text) : -1;
    free(text);
    return result;
}

static int
write_hosts(struct arena *a, const struct config *config, const json_t *hosts)
{
    json_t *index = json_object(), *row;
    char *text;
    size_t i;
    int result;

    json_array_foreach(hosts, i, row)
    {
        json_object_set_new(index, row_text(row, "host"),
                            json_string(row_text(row, "tenant")));
    }
    text = json_dumps(index, JSON_INDENT(1) | JSON_SORT_KEYS);
    result = write_if_changed(
        arena_printf(a, "%s/edge/hosts.json", config->state), text);
    free(text);
    json_decref(index);
    return result;
}

int
tenant_write_edge(struct db *db, const struct config *config)
{
    struct arena *a = arena_new();
    const char *dir = arena_printf(a, "%s/edge", config->state);
    json_t *ids, *hosts, *row;
    size_t i;
    int result = 0;

    if (mkdir(dir, 0750) != 0 && errno != EEXIST) {
        log_error("%s: %s", dir, strerror(errno));
        result = -1;
    } else if (tenant_ids(db, a, &ids) != DB_OK ||
               tenant_store_hosts(db, a, &hosts) != DB_OK) {
        result = -1;
    } else {
        json_array_foreach(ids, i, row)
        {
            result |= write_record(db, a, config, row_text(row, "id"), hosts);
        }
        result |= write_hosts(a, config, hosts);
    }
    arena_free(a);
    return result;
}
