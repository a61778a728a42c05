/* Accept-Language headers, and single tags. */
#include "pure.h"

#include "pf_language.h"

static const pf_str_t supported[] = {
    {2, (const unsigned char *)"de"},
    {5, (const unsigned char *)"en-GB"},
    {2, (const unsigned char *)"fr"},
    {7, (const unsigned char *)"zh-Hant"},
};

enum { SUPPORTED = sizeof supported / sizeof *supported };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pf_str_t text = fuzz_span(data, size);
    int picked = pf_language_pick(text, supported, SUPPORTED);
    int matched = pf_language_match(text, supported, SUPPORTED);

    must(picked >= -1 && picked < SUPPORTED);
    must(matched >= -1 && matched < SUPPORTED);
    must(matched < 0 || pf_language_ok(text));
    must(pf_language_pick(text, supported, 0) == -1);
    /* A lone tag is the simplest header. */
    must(!pf_language_ok(text) || picked == matched);
    return 0;
}
