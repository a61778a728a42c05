/* Numbers with a point: what is read is within what fits, and reads the same
 * however its zeros are written. The first byte says how many digits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/field_kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();

    if (size > 0 && size < 40) {
        int digits = data[0] % 7;
        const char *s = arena_strndup(a, (const char *)data + 1, size - 1);
        int64_t n, again;

        if (field_scaled_parse(s, digits, data[0] & 0x80, &n)) {
            const char *sign = n < 0 ? "-" : "";
            int64_t unit = 1, whole = n < 0 ? -n : n;

            for (int i = 0; i < digits; i++) {
                unit *= 10;
            }
            s = digits == 0 ? arena_printf(a, "%s%lld", sign, (long long)whole)
                            : arena_printf(a, "%s%lld.%0*lld", sign,
                                           (long long)(whole / unit), digits,
                                           (long long)(whole % unit));
            if (whole > INT64_C(999999999999999999) ||
                !field_scaled_parse(s, digits, false, &again) || again != n) {
                abort();
            }
        }
    }
    arena_free(a);
    return 0;
}
