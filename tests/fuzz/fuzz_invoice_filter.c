/* What people ask of lists of invoices, as a query string: it is refused, or it
 * has an order that fits. The first byte chooses API, office or portal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "billing/invoice_query.h"
#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tenant tenant = {.time_zone = "Europe/Berlin"};
    const struct field *fields[] = {invoice_query_fields, invoice_filter_fields,
                                    invoice_portal_fields};
    struct arena *a = arena_new();
    json_t *form;

    if (size > 0 &&
        form_parse(a, (const char *)data + 1, size - 1, &form) == ERR_NONE) {
        struct field_errors errors = {0};
        struct invoice_filter f = {0};
        unsigned kind = data[0] % 3;
        json_t *typed =
            field_parse(a, fields[kind], form,
                        kind == 0 ? FIELD_QUERY : FIELD_FORM, &errors);

        if (errors.n == 0 &&
            invoice_filter_take(a, typed, &tenant, &errors, &f) &&
            (f.sort == INVOICES_AS_FITS || !invoice_order_fits(&f, f.sort) ||
             invoice_sort_named(invoice_sort_name(f.sort)) != f.sort)) {
            abort();
        }
    }
    arena_free(a);
    return 0;
}
