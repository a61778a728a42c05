/* Customers: the billed parties of a tenant. */
#ifndef CUSTOMER_CUSTOMER_H
#define CUSTOMER_CUSTOMER_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"

/* How the API shows a customer. */
extern const struct field customer_fields[];

/* Rows have the columns of table customer. DB_NONE: not there. */
enum db_result customer_by_number(struct db *db, struct arena *a,
                                  const char *tenant, const char *number,
                                  json_t **row);
enum db_result customer_by_id(struct db *db, struct arena *a,
                              const char *tenant, const char *id, json_t **row);

/* What a person calls the customer: company, else first and last name. */
const char *customer_name(struct arena *a, const json_t *row);

/* The list of all. */
extern const struct field customer_list_fields[];
enum db_result customer_list_rows(struct db *db, struct arena *a,
                                  const struct list_query *q,
                                  const char *tenant, const char *pool,
                                  json_t **rows);

struct customer_new {
    const char *number, *company_name, *first_name, *last_name, *email;
    const char *language, *street, *postal_code, *city, *country, *vat_id;
    int64_t created; /* 0: now */
};

/* *id gets the new customer's id. DB_UNIQUE: the number is taken. */
enum db_result customer_create(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const struct customer_new *new, const char **id);

#endif
