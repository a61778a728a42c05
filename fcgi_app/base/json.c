#include "base/json.h"

#include <stdlib.h>

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

static void
release_text(void *p)
{
    free(p);
}

const char *
json_text(struct arena *a, const json_t *value, size_t flags)
{
    char *text = json_dumps(value, flags);

    if (text != NULL) {
        arena_defer(a, release_text, text);
    }
    return text;
}
