/* Addresses that merchants name: what may be called has one reading only, and
 * answers of their servers are kept without anything that is not printable. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "callback/callback.h"
#include "callback/callback_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct config strict;
    struct arena *a = arena_new();
    const char *text = arena_strndup(a, (const char *)data, size);
    const char *kept = callback_masked(a, (const char *)data, size);

    if (callback_url_ok(&strict, text) &&
        (strncmp(text, "https://", 8) != 0 || strpbrk(text, " #\\\r\n\t"))) {
        abort();
    }
    for (; *kept; kept++) {
        if (*kept < 0x20 || *kept > 0x7e) {
            abort();
        }
    }
    callback_types_ok(text);
    arena_free(a);
    return 0;
}
