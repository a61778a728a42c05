#include "tenant/series.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

/* More are a name that has digits, no number. */
enum { DIGITS_MAX = 12 };

static const struct {
    const char *name, *prefix, *digits; /* settings */
    int64_t first;
} rows[] = {
    [SERIES_CUSTOMER] = {"customer", "customer_prefix", "customer_digits",
                         1000},
    [SERIES_INVOICE] = {"invoice", "invoice_prefix", "document_digits", 1},
    [SERIES_CREDIT_NOTE] = {"credit_note", "credit_note_prefix",
                            "document_digits", 1},
    [SERIES_CORRECTION] = {"correction", "correction_prefix", "document_digits",
                           1},
    [SERIES_REMINDER] = {"reminder", "reminder_prefix", "document_digits", 1},
};

enum db_result
series_take(struct db *db, struct arena *a, const char *tenant,
            enum series series, int64_t n, struct series_block *block)
{
    json_t *row;
    enum db_result r = series_store_next(db, a, tenant, rows[series].name,
                                         rows[series].first, n, &row);

    if (r == DB_OK) {
        block->prefix = setting_text(db, a, tenant, rows[series].prefix);
        block->digits = (int)setting_number(db, a, tenant, rows[series].digits);
        block->next = row_int(row, "number");
    }
    return r;
}

const char *
series_number(struct arena *a, struct series_block *block)
{
    return arena_printf(a, "%s%0*" PRId64, block->prefix, block->digits,
                        block->next++);
}

enum db_result
series_next(struct db *db, struct arena *a, const char *tenant,
            enum series series, const char **number)
{
    struct series_block block;
    enum db_result r = series_take(db, a, tenant, series, 1, &block);

    if (r == DB_OK) {
        *number = series_number(a, &block);
    }
    return r;
}

/* What follows the prefix, if it is a number of the series; else NULL. */
static const char *
digits_of(struct db *db, struct arena *a, const char *tenant,
          enum series series, const char *number)
{
    const char *prefix = setting_text(db, a, tenant, rows[series].prefix);
    size_t least = (size_t)setting_number(db, a, tenant, rows[series].digits);
    const char *digits = number + strlen(prefix);
    size_t n;

    if (strncmp(number, prefix, strlen(prefix)) != 0) {
        return NULL;
    }
    n = strspn(digits, "0123456789");
    /* zeros in front only as far as the format has them */
    return n >= least && n > 0 && n <= DIGITS_MAX && digits[n] == '\0' &&
                   (n == least || digits[0] != '0')
               ? digits
               : NULL;
}

bool
series_has(struct db *db, struct arena *a, const char *tenant,
           enum series series, const char *number)
{
    return digits_of(db, a, tenant, series, number) != NULL;
}

enum db_result
series_given(struct db *db, struct arena *a, const char *tenant,
             enum series series, const char *number)
{
    const char *digits = digits_of(db, a, tenant, series, number);

    return digits ? series_store_beyond(db, tenant, rows[series].name,
                                        rows[series].first,
                                        strtoll(digits, NULL, 10))
                  : DB_OK;
}
