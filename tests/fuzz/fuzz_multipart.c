/* Forms with a file: whatever comes in, what comes out is text, and
 * is bounded. The first line is the content type. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\n', size) : NULL;
    json_t *form, *value;
    const char *name;

    if (end && !memchr(text, '\0', (size_t)(end - text)) &&
        multipart_parse(a, arena_strndup(a, text, (size_t)(end - text)),
                        end + 1, size - (size_t)(end + 1 - text),
                        &form) == ERR_NONE) {
        if (json_object_size(form) > MULTIPART_PARTS_MAX) {
            abort();
        }
        json_object_foreach(form, name, value)
        {
            if (!text_utf8_ok(name, strlen(name)) ||
                (!json_is_null(value) &&
                 !text_utf8_ok(json_string_value(value),
                               json_string_length(value)))) {
                abort();
            }
        }
    }
    arena_free(a);
    return 0;
}
