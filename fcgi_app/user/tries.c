#include "user/tries.h"

#include "base/clock.h"
#include "base/network.h"
#include "base/text.h"
#include "user/tries_store.h"

enum counter { ACCOUNT, NETWORK, BOTH, DEVICE, N_COUNTERS };

/* How many failures are typing errors. */
static const int64_t free_tries[N_COUNTERS] = {
    [ACCOUNT] = TRIES_ACCOUNT,
    [NETWORK] = TRIES_NETWORK,
    [BOTH] = TRIES_BOTH,
    [DEVICE] = TRIES_BOTH,
};

static bool
counts(const struct tries *t, enum counter counter)
{
    return t->device ? counter == DEVICE : counter != DEVICE;
}

static const char *
text_of(const struct tries *t, enum counter counter)
{
    const char *name = text_fold(t->arena, t->name);
    const char *network = network_neighbourhood(t->arena, t->address);

    switch (counter) {
    case ACCOUNT:
        return name;
    case NETWORK:
        return network;
    case BOTH:
        return arena_printf(t->arena, "%s %s", network, name);
    default:
        return t->device;
    }
}

/* Nobody reads from the table who tried what; a roll of the key forgets it. */
static const char *
id_of(const struct tries *t, enum counter counter)
{
    return keys_mac(t->keys, t->arena, "try", t->tenant,
                    arena_printf(t->arena, "%s %d %s", t->what, (int)counter,
                                 text_of(t, counter)));
}

static int64_t
pause_after(enum counter counter, int64_t failures)
{
    int64_t over = failures - free_tries[counter];

    if (over < 0) {
        return 0;
    }
    return over >= 9 ? TRIES_PAUSE_MAX : INT64_C(2) << over;
}

struct count {
    const struct tries *tries;
    int64_t now, wait;
    const char *ids[N_COUNTERS];
    int64_t failures[N_COUNTERS];
};

static enum db_result
look(struct db *db, struct count *c, enum counter counter)
{
    json_t *row;
    enum db_result r = tries_store_get(db, c->tries->arena, c->tries->tenant,
                                       c->ids[counter], &row);
    int64_t wait;

    c->failures[counter] = 0;
    if (r == DB_OK && row_int(row, "newest") + TRIES_MEMORY > c->now) {
        c->failures[counter] = row_int(row, "failures");
        wait = row_int(row, "retry_at") - c->now;
        c->wait = wait > c->wait ? wait : c->wait;
    }
    return r == DB_NONE ? DB_OK : r;
}

static enum db_result
count_one(struct db *db, const struct count *c, enum counter counter)
{
    int64_t failures = c->failures[counter] + 1;

    return tries_store_put(db, c->tries->tenant, c->ids[counter], failures,
                           c->now + pause_after(counter, failures), c->now);
}

static enum db_result
count_in_transaction(struct db *db, void *data)
{
    struct count *c = data;
    enum db_result r = DB_OK;

    c->wait = 0;
    for (int i = 0; i < N_COUNTERS && r == DB_OK; i++) {
        r = c->ids[i] ? look(db, c, i) : DB_OK;
    }
    for (int i = 0; i < N_COUNTERS && r == DB_OK && c->wait == 0; i++) {
        r = c->ids[i] ? count_one(db, c, i) : DB_OK;
    }
    return r;
}

static enum db_result
forgive_in_transaction(struct db *db, void *data)
{
    const struct count *c = data;
    const char *tenant = c->tries->tenant;
    enum db_result r = DB_OK;

    for (int i = 0; i < N_COUNTERS && r == DB_OK; i++) {
        if (c->ids[i]) {
            r = i == NETWORK ? tries_store_take_back(db, tenant, c->ids[i])
                             : tries_store_remove(db, tenant, c->ids[i]);
        }
    }
    return r;
}

static void
prepare(struct count *c, const struct tries *t)
{
    *c = (struct count){.tries = t, .now = clock_now()};
    for (int i = 0; i < N_COUNTERS; i++) {
        c->ids[i] = counts(t, i) ? id_of(t, i) : NULL;
    }
}

enum db_result
tries_begin(const struct tries *t, int64_t *wait)
{
    struct count c;
    enum db_result r;

    prepare(&c, t);
    r = db_transaction(t->db, false, count_in_transaction, &c);
    *wait = c.wait;
    return r;
}

enum db_result
tries_succeeded(const struct tries *t)
{
    struct count c;

    prepare(&c, t);
    return db_transaction(t->db, false, forgive_in_transaction, &c);
}

enum db_result
tries_forget(struct db *db, int64_t now)
{
    return tries_store_forget(db, now - TRIES_MEMORY);
}
