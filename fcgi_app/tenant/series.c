#include "tenant/series.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
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

enum { N_ROWS = sizeof rows / sizeof *rows };

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

const char *
series_example(struct db *db, struct arena *a, const char *tenant,
               enum series series, int *digits)
{
    static const char some[] = "123456789012";

    *digits = (int)setting_number(db, a, tenant, rows[series].digits);
    return arena_printf(a, "%s%.*s",
                        setting_text(db, a, tenant, rows[series].prefix),
                        *digits, some);
}

enum db_result
series_skip(struct db *db, const char *tenant, enum series series,
            int64_t count)
{
    return series_store_skip(db, tenant, rows[series].name, count);
}

/* ---- prefixes ---- */

bool
series_prefixes_meet(const char *one, const char *other)
{
    size_t len = strlen(one) < strlen(other) ? strlen(one) : strlen(other);
    const char *rest = strlen(one) > len ? one + len : other + len;

    return strncasecmp(one, other, len) == 0 &&
           rest[strspn(rest, "0123456789")] == '\0';
}

static bool
prefix_ok(const char *prefix)
{
    return prefix[strspn(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789.-")] ==
           '\0';
}

static const char *
sent(const json_t *values, enum series series)
{
    const char *text = row_text(values, rows[series].prefix);

    return text ? text : "";
}

static enum series
series_of(const char *name)
{
    int s = SERIES_CUSTOMER;

    while (s < N_ROWS - 1 && strcmp(rows[s].name, name) != 0) {
        s++;
    }
    return (enum series)s;
}

/* The prefix that this one meets: of another kind, or of numbers that were
 * given out before. NULL: none. The series itself may have its own again, as
 * it never goes back. */
static const char *
met(const json_t *values, const json_t *past, enum series series)
{
    const char *prefix = sent(values, series);
    json_t *row;
    size_t i;

    for (int s = SERIES_INVOICE; s < N_ROWS; s++) {
        if (s != (int)series && series_prefixes_meet(prefix, sent(values, s))) {
            return sent(values, s);
        }
    }
    json_array_foreach(past, i, row)
    {
        const char *old = row_text(row, "prefix");
        bool same = series_of(row_text(row, "series")) == series &&
                    strcmp(old, prefix) == 0;

        if (!same && series_prefixes_meet(prefix, old)) {
            return old;
        }
    }
    return NULL;
}

enum db_result
series_check(struct db *db, struct arena *a, const char *tenant,
             const json_t *values, struct field_errors *errors)
{
    json_t *past;
    enum db_result r = series_store_prefixes(db, a, tenant, &past);

    for (int s = SERIES_CUSTOMER; r == DB_OK && s < N_ROWS; s++) {
        const char *other = s == SERIES_CUSTOMER ? NULL : met(values, past, s);

        if (!prefix_ok(sent(values, s))) {
            field_fail(errors, rows[s].prefix, ERR_value_prefix, 0);
        } else if (other) {
            field_fail_word(errors, rows[s].prefix, ERR_value_prefix_taken, 0,
                            other);
        }
    }
    return r;
}

enum db_result
series_prefix_changes(struct db *db, const char *tenant, const char *setting,
                      const char *old)
{
    for (int s = SERIES_INVOICE; s < N_ROWS; s++) {
        if (strcmp(rows[s].prefix, setting) == 0) {
            return series_store_keep_prefix(db, tenant, rows[s].name, old);
        }
    }
    return DB_OK;
}
