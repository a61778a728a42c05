#include "user/asked.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "user/one_time_store.h"

static const char purpose[] = "asked";

enum db_result
asked_put(const struct one_time_store *st, const struct asked_new *new)
{
    struct arena *a = st->arena;
    const char *id = id_new(a, "ask");
    struct asked_new row = *new;
    struct audit audit = {st->actor, "",
                          arena_printf(a, "%s.requested", new->kind), id, ""};
    enum db_result r;

    row.sealed = keys_seal(st->keys, a, purpose, st->tenant, id,
                           json_text(a, new->data, JSON_COMPACT));
    if (!row.sealed) {
        return DB_UNAVAILABLE;
    }
    r = asked_store_insert(st->db, st->tenant, id, &row, st->actor,
                           clock_now());
    return r == DB_OK ? audit_write(st->db, a, st->tenant, &audit) : r;
}

json_t *
asked_data(struct arena *a, struct keys *keys, const json_t *row)
{
    const char *text = keys_unseal(keys, a, purpose, row_text(row, "tenant"),
                                   row_text(row, "id"), row_text(row, "data"));
    json_t *data = text ? json_in_arena(a, json_loads(text, 0, NULL)) : NULL;

    if (!data) {
        log_error("what %s asks for cannot be read", row_text(row, "id"));
    }
    return data;
}
