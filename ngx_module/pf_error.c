#include "pf_error.h"

static const struct {
    const char *word, *text;
} rows[] = {
#define X(name, word, text) {word, text},
    PF_ERRORS(X)
#undef X
};

enum { ROWS = sizeof rows / sizeof *rows };

const char *
pf_error_word(pf_error_t e)
{
    return (unsigned)e < ROWS ? rows[e].word : "unknown";
}

const char *
pf_error_text(pf_error_t e)
{
    return (unsigned)e < ROWS ? rows[e].text : "unknown";
}
