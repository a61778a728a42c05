/* JSON values that live as long as an arena. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/arena.h"

/* Hangs a new reference on the arena and returns it. NULL (jansson refuses
 * text that is not UTF-8) is logged and stays NULL. */
json_t *json_in_arena(struct arena *a, json_t *value);

#endif
