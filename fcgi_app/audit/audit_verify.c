/* Is the trail as it was sealed? */
#include <stdio.h>
#include <string.h>

#include "audit/audit_chain.h"
#include "audit/audit_store.h"

enum { BATCH = 500 };

struct proof {
    struct db *db;
    struct arena *arena;
    const char *tenant, *public_key;
    struct audit_verdict *verdict;
    const json_t *heads; /* by seq */
    size_t head;         /* the next to come */
};

__attribute__((format(printf, 2, 3))) static void
broken(struct proof *p, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(p->verdict->why, sizeof p->verdict->why, format, args);
    va_end(args);
    p->verdict->whole = false;
}

/* A row that a day's signature ends with. */
static void
check_head(struct proof *p)
{
    const json_t *head = json_array_get(p->heads, p->head);
    const char *day = row_text(head, "day");

    if (strcmp(row_text(head, "hash"), p->verdict->hash) != 0) {
        broken(p, "row %lld is not the one that was signed on %s",
               (long long)p->verdict->sealed, day);
    } else if (p->public_key && row_text(head, "signature")[0] &&
               !audit_signed(p->arena, p->public_key, head)) {
        broken(p, "the signature of %s at row %lld is not by this key", day,
               (long long)p->verdict->sealed);
    } else if (p->public_key && !row_text(head, "signature")[0]) {
        broken(p, "%s ends unsigned at row %lld", day,
               (long long)p->verdict->sealed);
    }
    p->head++;
}

static void
check_row(struct proof *p, const json_t *row)
{
    struct audit_verdict *v = p->verdict;
    char hash[AUDIT_HEX];
    int64_t seq = v->sealed + 1;

    if (row_int(row, "seq") != seq) {
        broken(p, "row %lld is missing; the next is %lld, %s", (long long)seq,
               (long long)row_int(row, "seq"), row_text(row, "id"));
        return;
    }
    audit_hash(row, seq, v->hash, hash);
    if (strcmp(row_text(row, "prev"), v->hash) != 0 ||
        strcmp(row_text(row, "hash"), hash) != 0) {
        broken(p, "row %lld, %s, was changed", (long long)seq,
               row_text(row, "id"));
        return;
    }
    v->sealed = seq;
    memcpy(v->hash, hash, sizeof hash);
    if (row_int(json_array_get(p->heads, p->head), "seq") == seq) {
        check_head(p);
    }
}

/* Up to the end that was known at the start: the job goes on sealing. */
static enum db_result
check_rows(struct proof *p, int64_t end)
{
    struct arena *batch = arena_new();
    enum db_result r = DB_OK;
    json_t *rows, *row;
    size_t i, n = BATCH;

    while (r == DB_OK && p->verdict->whole && p->verdict->sealed < end &&
           n == BATCH) {
        r = audit_store_chain(p->db, batch, p->tenant, p->verdict->sealed,
                              BATCH, &rows);
        n = r == DB_OK ? json_array_size(rows) : 0;
        json_array_foreach(rows, i, row)
        {
            if (p->verdict->whole && p->verdict->sealed < end) {
                check_row(p, row);
            }
        }
        arena_reset(batch);
    }
    arena_free(batch);
    if (r == DB_OK && p->verdict->whole && p->verdict->sealed < end) {
        broken(p, "row %lld is missing: the trail was signed up to %lld",
               (long long)p->verdict->sealed + 1, (long long)end);
    }
    return r;
}

enum db_result
audit_verify(struct db *db, struct arena *a, const char *tenant,
             const char *public_key, struct audit_verdict *verdict)
{
    struct proof p = {db, a, tenant, public_key, verdict, NULL, 0};
    json_t *heads, *row;
    size_t n;
    enum db_result r = audit_store_heads(db, a, tenant, &heads);

    *verdict = (struct audit_verdict){.whole = true};
    p.heads = heads;
    n = json_array_size(heads);
    if (r == DB_OK && n > 0) {
        r = check_rows(&p, row_int(json_array_get(heads, n - 1), "seq"));
    }
    if (r == DB_OK && verdict->whole) {
        r = audit_store_behind(db, a, tenant, &row);
        if (r == DB_OK) {
            broken(&p, "row %lld, %s, stands behind the signed end",
                   (long long)row_int(row, "seq"), row_text(row, "id"));
        }
        r = r == DB_NONE ? DB_OK : r;
    }
    if (r == DB_OK) {
        r = audit_store_count_open(db, a, tenant, &row);
        verdict->open = row_int(row, "n");
    }
    return r;
}
