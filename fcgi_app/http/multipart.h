/* multipart/form-data (RFC 7578), strictly bounded: forms with a file. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

enum {
    MULTIPART_PARTS_MAX = 64,
    MULTIPART_HEAD_MAX = 4096, /* bytes of one part's headers */
};

/*
 * Decodes a body of that content type into an object name -> string owned by
 * the arena. What a file holds is the string of its part, or null where it is
 * no UTF-8 text; its name and type are not kept, they say nothing that can be
 * relied on. Refused: what is no such body, more parts or longer headers than
 * above, a name or a value of no file that is no UTF-8 text: ERR_malformed, and
 * *out is empty; a name twice: ERR_value_twice, and *out has that name alone.
 */
enum err multipart_parse(struct arena *a, const char *content_type,
                         const char *body, size_t len, json_t **out);

/* The bytes of a file of a body that multipart_parse() took: of text or not.
 * NULL: there is none of that name, or it is empty. */
const char *multipart_file(struct arena *a, const char *content_type,
                           const char *body, size_t len, const char *name,
                           size_t *size);

#endif
