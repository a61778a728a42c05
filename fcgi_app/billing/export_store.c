/* Which documents go into a file of many. */
#include <stdlib.h>

#include "base/json.h"
#include "billing/billing_store.h"

#define COLUMNS                                                                \
    "SELECT id, id AS after, number, type, customer_number, date, due, "       \
    "period_from,"                                                             \
    " period_to, currency, net, vat, gross, status FROM invoice"               \
    " WHERE tenant = $1"

enum db_result
invoice_export_issued(struct db *db, struct arena *a, const char *tenant,
                      const json_t *filter, const char *after, int limit,
                      json_t **rows)
{
    return db_all(db, a, rows,
                  COLUMNS " AND date >= $2 AND date <= $3"
                          " AND (CAST($4 AS TEXT) IS NULL OR type = $4)"
                          " AND (CAST($5 AS TEXT) IS NULL"
                          " OR customer_number = $5)"
                          " AND id > $6 ORDER BY id LIMIT $7",
                  "tttttti", tenant, row_text(filter, "from"),
                  row_text(filter, "to"), row_text(filter, "type"),
                  row_text(filter, "customer"), after, (int64_t)limit);
}

enum db_result
invoice_export_count(struct db *db, struct arena *a, const char *tenant,
                     const json_t *filter, int64_t *count)
{
    json_t *row;
    enum db_result r = db_one(
        db, a, &row,
        "SELECT COUNT(*) AS n FROM invoice WHERE tenant = $1 AND date >= $2"
        " AND date <= $3 AND (CAST($4 AS TEXT) IS NULL OR type = $4)"
        " AND (CAST($5 AS TEXT) IS NULL OR customer_number = $5)",
        "ttttt", tenant, row_text(filter, "from"), row_text(filter, "to"),
        row_text(filter, "type"), row_text(filter, "customer"));

    *count = r == DB_OK ? row_int(row, "n") : 0;
    return r;
}

enum db_result
invoice_export_picked(struct db *db, struct arena *a, const char *tenant,
                      const json_t *numbers, const char *after, int limit,
                      json_t **rows)
{
    size_t first = (size_t)strtoul(after, NULL, 10), i;
    json_t *row;

    *rows = json_in_arena(a, json_array());
    for (i = first; i < json_array_size(numbers) && i < first + (size_t)limit;
         i++) {
        enum db_result r =
            db_one(db, a, &row, COLUMNS " AND number = $2", "tt", tenant,
                   json_string_value(json_array_get(numbers, i)));

        if (r != DB_OK) {
            return r;
        }
        json_object_set_new(row, "after", json_sprintf("%zu", i + 1));
        json_array_append(*rows, row);
    }
    return DB_OK;
}
