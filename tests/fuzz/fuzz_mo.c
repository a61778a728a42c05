/* Catalogues of any bytes: refused, or every look-up stays inside. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "view/i18n.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ids[] = {"", "a", "Bill", "Pay {{amount}} now",
                                      "\xff"};

    log_set_level(LOG_ERROR + 1);
    if (i18n_add("de", data, size) == 0) {
        for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
            if (strlen(i18n("de", ids[i])) > size + 32) {
                abort();
            }
        }
    }
    i18n_free();
    return 0;
}
