/* Dates that recur: what span_index() finds is the last that is not later, and
 * all dates stay within the years 1 to 9999. First day, other day, unit and
 * count come one behind the other. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "contract/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const units[] = {"day", "week", "month", "year", "x"};
    struct arena *a = arena_new();

    if (size >= 22 && size < 60) {
        const char *first = arena_strndup(a, (const char *)data, 10);
        const char *date = arena_strndup(a, (const char *)data + 10, 10);
        const char *unit = units[data[20] % 5];
        int count = data[21] + 1;
        char out[11];
        int64_t n = 0;

        for (size_t i = 22; i < size; i++) {
            n = (int64_t)((uint64_t)n << 8 | data[i]);
        }
        if (span_date(first, n, count, unit, out) && strlen(out) != 10) {
            abort();
        }
        span_days(first, n, out);
        if (span_index(first, date, count, unit, &n)) {
            if (n < 0 || !span_date(first, n, count, unit, out) ||
                strcmp(out, date) > 0 ||
                (span_date(first, n + 1, count, unit, out) &&
                 strcmp(out, date) <= 0)) {
                abort();
            }
        }
    }
    arena_free(a);
    return 0;
}
