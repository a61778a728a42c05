#include "tenant/tenant_record.h"

#include <stdlib.h>

#include "base/log.h"
#include "pf_hosts.h"
#include "pf_record.h"
#include "tenant/tenant_store.h"

/* One that the module would not take must not keep it from all the others. */
static bool
host_usable(const json_t *row)
{
    const char *host = row_text(row, "host");

    if (!pf_host_ok(pf_str_of(host))) {
        log_error("host %s of tenant %s is no host name in lower case", host,
                  row_text(row, "tenant"));
        return false;
    }
    return true;
}

static json_t *
hosts_list(const json_t *rows)
{
    json_t *list = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (host_usable(row)) {
            json_array_append_new(list, json_string(row_text(row, "host")));
        }
    }
    return list;
}

static json_t *
languages_list(const struct tenant *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->n_languages; i++) {
        json_array_append_new(list, json_string(t->languages[i]));
    }
    return list;
}

/* Takes origins and keys. */
static char *
text_of(const struct tenant *t, const json_t *hosts, json_t *origins,
        json_t *keys)
{
    json_t *record = json_pack(
        "{s:s, s:I, s:s, s:o, s:o, s:s, s:s, s:s, s:b, s:o, s:o}", "tenant",
        t->id, "revision", (json_int_t)t->revision, "name", t->name, "hosts",
        hosts_list(hosts), "languages", languages_list(t), "default_language",
        t->default_language, "login_path", "/login", "cookie_mode",
        t->cookie == PF_COOKIE_EMBEDDED ? "embed" : "lax", "secure", t->secure,
        "frame_ancestors", origins, "sso_keys", keys);
    char *text = json_dumps(record, JSON_INDENT(1) | JSON_SORT_KEYS);

    json_decref(record);
    return text;
}

/* The module's own parser has the last word before anything is written. */
static bool
would_be_taken(const char *id, const char *text)
{
    char why[200] = "";
    pf_record_t *record =
        pf_record_parse(pf_str_of(text), pf_str_of(id), why, sizeof why);

    if (!record) {
        log_error("edge record of tenant %s: %s", id, why);
    }
    pf_record_free(record);
    return record != NULL;
}

char *
tenant_record_text(struct db *db, struct arena *a, const struct config *config,
                   const char *id, int64_t *revision)
{
    json_t *hosts, *origins, *keys;
    struct tenant *t;
    char *text;

    if (tenant_load(db, a, config, id, &t) != DB_OK ||
        tenant_store_hosts_of(db, a, id, &hosts) != DB_OK ||
        !(keys = tenant_sso_keys_json(db, a, id))) {
        return NULL;
    }
    origins = tenant_ancestors(db, a, id);
    if (!origins) {
        json_decref(keys);
        return NULL;
    }
    *revision = t->revision;
    text = text_of(t, hosts, origins, keys);
    if (text && !would_be_taken(id, text)) {
        free(text);
        return NULL;
    }
    return text;
}

char *
tenant_hosts_text(struct db *db, struct arena *a)
{
    json_t *rows, *row, *index;
    char *text;
    size_t i;

    if (tenant_store_hosts(db, a, &rows) != DB_OK) {
        return NULL;
    }
    index = json_object();
    json_array_foreach(rows, i, row)
    {
        if (host_usable(row)) {
            json_object_set_new(index, row_text(row, "host"),
                                json_string(row_text(row, "tenant")));
        }
    }
    text = json_dumps(index, JSON_INDENT(1) | JSON_SORT_KEYS);
    json_decref(index);
    return text;
}
