#include "customer/customer.h"

const char *
customer_name(struct arena *a, const json_t *row)
{
    const char *company = row_text(row, "company_name");

    if (company && company[0]) {
        return company;
    }
    return arena_printf(a, "%s %s", row_text(row, "first_name"),
                        row_text(row, "last_name"));
}
