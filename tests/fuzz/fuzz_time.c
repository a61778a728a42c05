/* RFC 3339: what is read can be written, and reads the same again. */
#include "pure.h"

#include "pf_token.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t t, again;
    char text[21];

    if (pf_time_parse(fuzz_span(data, size), &t)) {
        must(t >= INT64_C(-62167305600) && t <= INT64_C(253402387200));
        if (t >= INT64_C(-62167219200) && t < INT64_C(253402300800)) {
            pf_time_format(t, text);
            must(strlen(text) == 20);
            must(pf_time_parse(fuzz_text(text), &again) && again == t);
        }
    }
    if (size == sizeof t) { /* any number at all can be written */
        memcpy(&t, data, sizeof t);
        pf_time_format(t, text);
        must(strlen(text) == 20);
    }
    return 0;
}
