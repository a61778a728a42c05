/* Key sets of identity providers: where they are, and fetching what is due. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/job.h"
#include "base/json.h"
#include "base/log.h"
#include "net/http.h"
#include "tenant/jwks.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

enum {
    BATCH = 50,    /* asked at the same time */
    CLAIM_S = 60,  /* longer than asking takes */
    AGE_S = 3600,  /* when the server does not say */
    AGE_MIN = 300, /* whatever it says */
    AGE_MAX = 86400,
    PAUSE_S = 60, /* after a failure; doubled by each further one */
    PAUSE_MAX = 6 * 3600,
};

static const struct actor by_jobs = {"jobs", "", "", NULL, false};

/* ---- the address ---- */

struct setting {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *url;
};

/* The address that stands, as the trail has it; NULL without one. */
static enum db_result
address_now(struct db *db, const struct setting *s, json_t **address)
{
    json_t *row;
    enum db_result r = tenant_store_jwks(db, s->arena, s->tenant, &row);

    *address = r == DB_OK
                   ? json_in_arena(s->arena, json_pack("{s:s}", "url",
                                                       row_text(row, "url")))
                   : NULL;
    return r == DB_NONE ? DB_OK : r;
}

static enum db_result
set_in_transaction(struct db *db, void *data)
{
    struct setting *s = data;
    struct audit row = {s->actor, "", "jwks.set", s->url, ""};
    json_t *before,
        *after = json_in_arena(s->arena, json_pack("{s:s}", "url", s->url));
    enum db_result r = address_now(db, s, &before);

    if (r == DB_OK) {
        r = tenant_store_jwks_set(db, s->tenant, s->url);
    }
    return r == DB_OK ? audit_write_objects(db, s->arena, s->tenant, &row,
                                            before, after)
                      : r;
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    struct setting *s = data;
    struct audit row = {s->actor, "", "jwks.removed", "", ""};
    int64_t removed = 0;
    json_t *before;
    enum db_result r = address_now(db, s, &before);

    if (r == DB_OK) {
        r = tenant_store_jwks_remove(db, s->tenant, &removed);
    }
    if (r == DB_OK && removed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = tenant_store_raise(db, s->tenant);
    }
    return r == DB_OK ? audit_write_objects(db, s->arena, s->tenant, &row,
                                            before, NULL)
                      : r;
}

enum db_result
tenant_jwks_set(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const char *url)
{
    struct setting s = {a, actor, tenant, url};

    if (!url) {
        return db_transaction(db, true, remove_in_transaction, &s);
    }
    return http_url_ok(url) ? db_transaction(db, true, set_in_transaction, &s)
                            : DB_CHECK;
}

enum db_result
tenant_jwks(struct db *db, struct arena *a, const char *tenant, json_t **row)
{
    return tenant_store_jwks(db, a, tenant, row);
}

/* ---- what changed ---- */

/* The kids of `keys` that are not in `others`, or there with another key. */
static json_t *
kids(const json_t *keys, const json_t *others, bool in_both)
{
    json_t *list = json_array(), *key;
    size_t i;

    json_array_foreach(keys, i, key)
    {
        const json_t *other = jwks_find(others, row_text(key, "kid"));

        if (in_both ? other && !json_equal(key, other) : !other) {
            json_array_append(list, json_object_get(key, "kid"));
        }
    }
    return list;
}

static const char *
text_of(struct arena *a, json_t *json)
{
    return json_text(a, json, JSON_COMPACT | JSON_SORT_KEYS);
}

static const char *
difference(struct arena *a, const char *before, const json_t *now)
{
    json_t *old = json_loads(before, 0, NULL);
    json_t *detail =
        json_pack("{s:o, s:o, s:o}", "added", kids(now, old, false), "changed",
                  kids(now, old, true), "removed", kids(old, now, false));
    const char *text = text_of(a, detail);

    json_decref(old);
    json_decref(detail);
    return text;
}

/* ---- one answer ---- */

struct answer {
    struct job *job;
    const char *tenant, *url;
    json_t *keys;
    int64_t next_at;
};

/* The URL may be another by now, and then these keys are nobody's. */
static enum db_result
keep_in_transaction(struct db *db, void *data)
{
    struct answer *x = data;
    struct arena *a = x->job->arena;
    const char *keys = text_of(a, x->keys);
    struct audit audit = {&by_jobs, "", "jwks.changed", x->url, ""};
    json_t *row;
    enum db_result r = tenant_store_jwks(db, a, x->tenant, &row);

    if (r != DB_OK || strcmp(row_text(row, "url"), x->url) != 0) {
        return r == DB_NONE ? DB_OK : r;
    }
    r = tenant_store_jwks_keep(db, x->tenant, keys, clock_now(), x->next_at);
    if (r != DB_OK || strcmp(row_text(row, "keys"), keys) == 0) {
        return r;
    }
    audit.detail = difference(a, row_text(row, "keys"), x->keys);
    log_info("keys of tenant %s changed: %s", x->tenant, audit.detail);
    r = tenant_store_raise(db, x->tenant);
    return r == DB_OK ? audit_write(db, a, x->tenant, &audit) : r;
}

/* A tenth less at most: what was fetched together comes apart. */
static int64_t
spread(int64_t seconds)
{
    return seconds - randombytes_uniform((uint32_t)seconds / 10 + 1);
}

static int64_t
between(int64_t least, int64_t n, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

static int64_t
pause_after(int64_t failures)
{
    int64_t pause = PAUSE_S << between(0, failures, 10);

    return spread(pause < PAUSE_MAX ? pause : PAUSE_MAX);
}

static json_t *
keys_of(const struct http_call *get, char *why, size_t size)
{
    if (get->status == 0) {
        snprintf(why, size, "%s", get->why);
        return NULL;
    }
    if (get->status != 200) {
        snprintf(why, size, "the answer is %d", get->status);
        return NULL;
    }
    return jwks_read((pf_str_t){get->len, (const unsigned char *)get->body},
                     why, size);
}

static bool
settle(struct job *job, const json_t *row, const struct http_call *get)
{
    char why[HTTP_WHY];
    struct answer x = {job, row_text(row, "tenant"), row_text(row, "url"),
                       keys_of(get, why, sizeof why), 0};
    int64_t age = get->max_age < 0 ? AGE_S : get->max_age;
    enum db_result r;

    if (x.keys) {
        age = spread(between(AGE_MIN, age, AGE_MAX));
        x.next_at = clock_now() + between(AGE_MIN, age, AGE_MAX);
        r = db_transaction(job->db, false, keep_in_transaction, &x);
        json_decref(x.keys);
        return r == DB_OK;
    }
    log_warn("keys of tenant %s: %s", x.tenant, why);
    return tenant_store_jwks_failed(
               job->db, x.tenant, x.url, why,
               clock_now() + pause_after(row_int(row, "failures"))) == DB_OK;
}

/* ---- all that is due ---- */

/* The rows that nobody else is asking about. */
static size_t
claim(struct job *job, const json_t *rows, const json_t **ours)
{
    int64_t now = clock_now();
    size_t i, n = 0;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        int64_t changed = 0;

        if (tenant_store_jwks_claim(job->db, row_text(row, "tenant"),
                                    row_int(row, "next_at"), now + CLAIM_S,
                                    &changed) == DB_OK &&
            changed) {
            ours[n++] = row;
        }
    }
    return n;
}

bool
tenant_fetch_keys(struct job *job)
{
    struct http_call gets[BATCH];
    const json_t *ours[BATCH];
    bool ok = true;
    json_t *rows;
    size_t n;

    if (tenant_store_jwks_due(job->db, job->arena, clock_now(), BATCH, &rows) !=
        DB_OK) {
        return false;
    }
    n = claim(job, rows, ours);
    for (size_t i = 0; i < n; i++) {
        gets[i] = (struct http_call){.url = row_text(ours[i], "url"),
                                     .max = JWKS_BYTES_MAX,
                                     .whole_ms = HTTP_GET_MS};
    }
    http_call_all(job->arena, job->config, gets, n);
    for (size_t i = 0; i < n; i++) {
        ok = settle(job, ours[i], &gets[i]) && ok;
    }
    return ok;
}
