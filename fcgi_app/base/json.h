/* JSON values that live as long as an arena. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/arena.h"

/* Hangs a new reference on the arena and returns it. NULL (jansson refuses
 * text that is not UTF-8) is logged and stays NULL. */
json_t *json_in_arena(struct arena *a, json_t *value);

/* The value as text, owned by the arena; flags are json_dumps()'s. NULL when it
 * cannot be written. */
const char *json_text(struct arena *a, const json_t *value, size_t flags);

#endif
