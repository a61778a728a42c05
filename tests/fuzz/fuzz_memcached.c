/* What a memcached, or somebody in its place, sends. */
#include "pure.h"

#include "pf_memcached.h"

enum { VALUE_MAX = 200 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pf_str_t in = fuzz_span(data, size), value = {0}, again = {0};
    size_t len = 0, less = 0;
    pf_memcached_t is =
        pf_memcached_answer(in, pf_string("key"), VALUE_MAX, &value, &len);

    if (is == PF_MEMCACHED_HIT) {
        must(value.data > in.data && value.len <= VALUE_MAX);
        must(value.data + value.len + 7 == in.data + len);
    }
    if (is == PF_MEMCACHED_HIT || is == PF_MEMCACHED_MISS) {
        must(len >= 5 && len <= in.len);
        must(memcmp(in.data + len - 5, "END\r\n", 5) == 0);
        /* Less than the answer is not enough, more does not change it. */
        must(pf_memcached_answer((pf_str_t){len, in.data}, pf_string("key"),
                                 VALUE_MAX, &again, &less) == is);
        must(less == len && pf_str_eq(value, again));
        must(pf_memcached_answer((pf_str_t){len - 1, in.data}, pf_string("key"),
                                 VALUE_MAX, &again,
                                 &less) == PF_MEMCACHED_MORE);
    }
    return 0;
}
