/* Forms: whatever comes in, names and values are UTF-8 and can go out again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    json_t *form, *again, *value;
    const char *name;

    if (form_parse(a, (const char *)data, size, &form) == ERR_NONE) {
        json_object_foreach(form, name, value)
        {
            const char *s = json_string_value(value);
            const char *pair = arena_printf(a, "%s=%s", form_escape(a, name),
                                            form_escape(a, s));
            if (form_parse(a, pair, strlen(pair), &again) != ERR_NONE ||
                !json_equal(json_object_get(again, name), value)) {
                abort();
            }
        }
    }
    arena_free(a);
    return 0;
}
