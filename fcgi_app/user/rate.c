#include "user/rate.h"

#include "base/clock.h"
#include "user/one_time_store.h"

enum db_result
rate_take(const struct one_time_store *st, const struct rate *rate,
          const char *of)
{
    const char *id = keys_mac(st->keys, st->arena, "rate", st->tenant,
                              arena_printf(st->arena, "%s %s", rate->name, of));

    return rate_store_take(st->db, st->tenant, id, rate, clock_now());
}

enum db_result
rate_forget(struct db *db, int64_t before)
{
    return rate_store_forget(db, before);
}
