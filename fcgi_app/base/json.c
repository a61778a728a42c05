#include "base/json.h"
#include "base/log.h"

static void
release(void *p)
{
    json_decref(p);
}

json_t *
json_in_arena(struct arena *a, json_t *value)
{
    if (value == NULL) {
        log_error("a JSON value could not be made");
        return NULL;
    }
    arena_defer(a, release, value);
    return value;
}
