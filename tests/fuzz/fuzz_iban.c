/* What people type as the IBAN of their account: one that is taken has one
 * reading, whatever blanks it is written with. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/iban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const char *plain =
        iban_plain(a, arena_strndup(a, (const char *)data, size));

    if (iban_ok(plain) &&
        (strlen(plain) > IBAN_MAX ||
         strcmp(iban_plain(a, iban_grouped(a, plain)), plain) != 0)) {
        abort();
    }
    if (iban_creditor_ok(plain) && strlen(plain) > CREDITOR_ID_MAX) {
        abort();
    }
    iban_in_sepa(plain);
    arena_free(a);
    return 0;
}
