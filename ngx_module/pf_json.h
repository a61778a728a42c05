/*
 * JSON from outside: capped in size and depth, without duplicate names. For
 * files, keys and the command line; what a token says is read by pf_claims.
 */
#ifndef PF_JSON_H
#define PF_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "pf_str.h"

enum { PF_JSON_DEPTH = 8 };

/*
 * An object, as a new reference. NULL for anything else: more than max bytes or
 * PF_JSON_DEPTH levels, a name that stands twice, a NUL (also as \u0000), bad
 * UTF-8, text after the end.
 */
json_t *pf_json_object(pf_str_t text, size_t max);

/*
 * Copies a string member into out[size]. False when it is there but no string,
 * too long, or has control characters (C0, DEL, C1). An absent one leaves out
 * empty and is true.
 */
bool pf_json_text(const json_t *object, const char *name, char *out,
                  size_t size);

/* An integer member of 0 and more; absent is 0 and true. */
bool pf_json_natural(const json_t *object, const char *name, int64_t *out);

/*
 * Overwrites every string inside and gives the reference back: for trees that
 * hold key material. jansson's own read buffer is freed before that, unwiped.
 */
void pf_json_wipe(json_t *value);

#endif
