#include "base/err.h"

static const struct err_row rows[] = {
    [ERR_NONE] = {"none", 200, "", ""},
#define ERROR(code, status, title, detail)                                     \
    [ERR_##code] = {#code, status, title, detail},
#include "tables/errors.def"
#undef ERROR
};

const struct err_row *
err_row(enum err e)
{
    return &rows[(unsigned)e < ERR_COUNT ? e : ERR_internal];
}
