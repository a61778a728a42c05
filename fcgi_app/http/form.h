/* application/x-www-form-urlencoded (WHATWG URL, 5.1), strictly bounded. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

enum { FORM_PAIRS_MAX = 512 };

/*
 * Decodes into an object name -> string owned by the arena. Refused: more than
 * FORM_PAIRS_MAX pairs, bad escapes, NUL, ill-formed UTF-8: ERR_malformed, and
 * *out is empty; a name twice: ERR_value_twice, and *out has that name alone.
 */
enum err form_parse(struct arena *a, const char *text, size_t len,
                    json_t **out);

/* s with everything but unreserved characters (RFC 3986, 2.3) escaped. */
char *form_escape(struct arena *a, const char *s);

/* A decoded path as it stands in an address: the same, but for the slashes. */
char *form_escape_path(struct arena *a, const char *s);

#endif
