/* The books of a tenant in a database of its own: documents that are issued one
 * by one and by a run, money before and after them, and what does not agree. */
#include "app.h"

#include <string.h>

#include "base/json.h"
#include "billing/billing.h"
#include "billing/ledger.h"
#include "billing/payment.h"
#include "customer/customer.h"
#include "job/job.h"
#include "tenant/tenant.h"

static const struct actor nobody = {"nobody", "", "", NULL, false};

struct books {
    struct db *db;
    const char *customer;
    struct ledger ledger;
};

static struct books
books_new(void)
{
    static const char *const languages[] = {"en", NULL};
    struct tenant_new tenant = {"acme", "Acme", "group",  "people",
                                "en",   "",     languages};
    struct customer_new customer = {.company_name = "A",
                                    .first_name = "",
                                    .last_name = "",
                                    .email = "a@example.com",
                                    .language = "",
                                    .street = "",
                                    .postal_code = "",
                                    .city = "",
                                    .country = "",
                                    .vat_id = ""};
    const char *key;
    char why[200];
    struct books b = {.db = db_open("sqlite::memory:", why, sizeof why)};

    assert_true(db_migrate(b.db) > 0);
    assert_int_equal(tenant_create(b.db, arena, &nobody, &tenant, &key), DB_OK);
    assert_int_equal(
        customer_create(b.db, arena, "acme", &nobody, &customer, &b.customer),
        DB_OK);
    b.ledger = (struct ledger){b.db, arena, "acme", &nobody};
    return b;
}

static const char *
issue(const struct books *b, const char *type, int64_t cents, const char *due)
{
    struct invoice_line_new line = {.description = "L",
                                    .quantity = 1000000,
                                    .unit_price = cents * 10000,
                                    .vat_rate = 0};
    struct invoice_new new = {.type = type,
                              .customer = b->customer,
                              .customer_number = "K1",
                              .recipient = "",
                              .language = "en",
                              .date = "2026-01-01",
                              .due = due,
                              .period_from = "",
                              .period_to = "",
                              .currency = "EUR",
                              .delivery_mode = "none",
                              .lines = &line,
                              .n_lines = 1};
    const char *id;

    assert_int_equal(invoice_create(b->db, arena, "acme", &nobody, &new, &id),
                     DB_OK);
    return id;
}

static const char *
pay(const struct books *b, int64_t amount)
{
    struct payment_new new = {.customer = b->customer,
                              .currency = "EUR",
                              .date = "2026-01-02",
                              .method = "cash",
                              .amount = amount};
    const char *id;

    assert_int_equal(payment_record(b->db, arena, "acme", &nobody, &new, &id),
                     DB_OK);
    return id;
}

static void
is(const struct books *b, const char *document, const char *status,
   int64_t open)
{
    json_t *row;

    assert_int_equal(
        ledger_document_by_id(b->db, arena, "acme", document, &row), DB_OK);
    assert_string_equal(row_text(row, "status"), status);
    assert_int_equal(row_int(row, "open_amount"), open);
}

static void
agrees(const struct books *b)
{
    json_t *faults;

    assert_int_equal(ledger_verify(b->db, arena, "acme", &faults), DB_OK);
    if (json_array_size(faults) > 0) {
        fail_msg("%s", json_text(arena, faults, 0));
    }
}

static void
credit_settles_what_is_issued(void **state)
{
    struct books b = books_new();
    const char *one, *two, *note;

    (void)state;
    pay(&b, 150);
    one = issue(&b, "invoice", 100, "2026-02-01");
    is(&b, one, "paid", 0);
    two = issue(&b, "invoice", 100, "2026-02-01");
    is(&b, two, "open", 50);
    note = issue(&b, "credit_note", -80, "2026-02-01");
    is(&b, two, "paid", 0);
    is(&b, note, "open", -30);
    is(&b, issue(&b, "invoice", 20, "2026-02-01"), "paid", 0);
    is(&b, note, "open", -10);
    is(&b, issue(&b, "invoice", 0, "2026-02-01"), "paid", 0);
    agrees(&b);
    db_close(b.db);
}

/* What a run inserts by SQL of its own: here, a copy without its entry. */
static void
insert_of_run(const struct books *b, const char *id, const char *like)
{
    assert_int_equal(
        db_exec(b->db, NULL,
                "INSERT INTO invoice (tenant, id, number, type, customer,"
                " customer_number, recipient, language, date, due, period_from,"
                " period_to, currency, net, vat, gross, delivery_mode, status,"
                " created, run) SELECT tenant, $1, $1, type, customer,"
                " customer_number, recipient, language, date, due, period_from,"
                " period_to, currency, net, vat, gross, delivery_mode, 'open',"
                " created, 'run_1' FROM invoice WHERE id = $2",
                "tt", id, like),
        DB_OK);
    assert_int_equal(
        db_exec(b->db, NULL,
                "INSERT INTO invoice_line (tenant, invoice, position,"
                " description, quantity, unit_price, vat_rate, net)"
                " SELECT tenant, $1, position, description, quantity,"
                " unit_price, vat_rate, net FROM invoice_line"
                " WHERE invoice = $2",
                "tt", id, like),
        DB_OK);
}

static struct ledger_entry
entry_of(const struct books *b, const char *id, const char *date)
{
    return (struct ledger_entry){.id = id,
                                 .customer = b->customer,
                                 .currency = "EUR",
                                 .date = date,
                                 .kind = "invoice",
                                 .amount = 100,
                                 .document = id};
}

/* The ledger's balances, newest first, read a few at a time. */
static void
balances_are(const struct books *b, const int64_t *balances, size_t n)
{
    const char *before = NULL;
    json_t *rows;

    for (size_t i = 0; i < n; i += 2) {
        assert_int_equal(
            ledger_list(b->db, arena, "acme", b->customer, before, 2, &rows),
            DB_OK);
        assert_int_equal(json_array_size(rows), i + 1 < n ? 2 : 1);
        for (size_t k = 0; k < json_array_size(rows); k++) {
            assert_int_equal(row_int(json_array_get(rows, k), "balance"),
                             balances[i + k]);
        }
        before =
            row_text(json_array_get(rows, json_array_size(rows) - 1), "id");
    }
    assert_int_equal(
        ledger_list(b->db, arena, "acme", b->customer, before, 2, &rows),
        DB_OK);
    assert_int_equal(json_array_size(rows), 0);
}

static void
a_run_writes_its_entries_at_once(void **state)
{
    struct books b = books_new();
    struct ledger_entry entries[3];
    json_t *faults;
    const char *like;

    (void)state;
    like = issue(&b, "invoice", 100, "2026-02-01");
    pay(&b, 250);
    insert_of_run(&b, "inv_r1", like);
    insert_of_run(&b, "inv_r2", like);
    insert_of_run(&b, "inv_r3", like);
    entries[0] = entry_of(&b, "inv_r3", "2026-03-01");
    entries[1] = entry_of(&b, "inv_r1", "2026-03-01");
    entries[2] = entry_of(&b, "inv_r2", "2026-03-01");
    assert_int_equal(ledger_verify(b.db, arena, "acme", &faults), DB_OK);
    assert_true(json_array_size(faults) >= 3);
    assert_int_equal(ledger_add_all(&b.ledger, entries, 3), DB_OK);
    assert_int_equal(ledger_add_all(&b.ledger, entries, 0), DB_OK);
    balances_are(&b, (int64_t[]){150, 50, -50, -150, 100}, 5);
    agrees(&b);
    is(&b, "inv_r1", "open", 100);
    assert_int_equal(ledger_settle_later(&b.ledger), DB_OK);
    assert_int_equal(ledger_settle(&b.ledger, b.customer, "EUR"), DB_OK);
    is(&b, "inv_r1", "paid", 0);
    is(&b, "inv_r2", "open", 50);
    is(&b, "inv_r3", "open", 100);
    agrees(&b);
    db_close(b.db);
}

/* What comes late has its place by its date; those behind it know. */
static void
balances_of_what_is_dated_back(void **state)
{
    struct books b = books_new();
    struct ledger_entry late;
    const char *like = issue(&b, "invoice", 100, "2026-02-01");

    (void)state;
    pay(&b, 30);
    insert_of_run(&b, "inv_r1", like);
    late = entry_of(&b, "inv_r1", "2025-12-31");
    assert_int_equal(ledger_add(&b.ledger, &late), DB_OK);
    balances_are(&b, (int64_t[]){170, 200, 100}, 3);
    agrees(&b);
    db_close(b.db);
}

/* The release before writes no balance: it is reckoned for the pages, and by
 * who writes next. */
static void
balances_of_what_another_release_wrote(void **state)
{
    struct books b = books_new();
    const char *like = issue(&b, "invoice", 100, "2026-02-01");
    json_t *row;

    (void)state;
    pay(&b, 30);
    insert_of_run(&b, "inv_r1", like);
    assert_int_equal(
        db_exec(b.db, NULL,
                "INSERT INTO ledger_entry (tenant, id, customer, currency,"
                " date, kind, amount, document, created) SELECT tenant, id,"
                " customer, currency, '2026-01-01', type, gross, id, 1"
                " FROM invoice WHERE id = 'inv_r1'",
                ""),
        DB_OK);
    balances_are(&b, (int64_t[]){170, 200, 100}, 3);
    agrees(&b);
    pay(&b, 50);
    balances_are(&b, (int64_t[]){120, 170, 200, 100}, 4);
    assert_int_equal(db_one(b.db, arena, &row,
                            "SELECT id FROM ledger_entry"
                            " WHERE balance IS NULL LIMIT 1",
                            ""),
                     DB_NONE);
    agrees(&b);
    db_close(b.db);
}

static void
a_wrong_balance_is_found(void **state)
{
    struct books b = books_new();
    json_t *faults;

    (void)state;
    issue(&b, "invoice", 100, "2026-02-01");
    pay(&b, 30);
    assert_int_equal(db_exec(b.db, NULL,
                             "UPDATE ledger_entry SET balance = 101"
                             " WHERE kind = 'invoice'",
                             ""),
                     DB_OK);
    assert_int_equal(ledger_verify(b.db, arena, "acme", &faults), DB_OK);
    assert_int_equal(json_array_size(faults), 1);
    assert_string_equal(row_text(json_array_get(faults, 0), "what"),
                        "balance after an entry in EUR");
    assert_int_equal(row_int(json_array_get(faults, 0), "should"), 100);
    db_close(b.db);
}

/* As many documents as it takes, and one credit after the other. */
static void
credit_goes_on_until_nothing_is_open(void **state)
{
    struct books b = books_new();
    const char *last = NULL, *invoice;

    (void)state;
    for (int i = 0; i < 70; i++) {
        last = issue(&b, "credit_note", -10, "2026-02-01");
    }
    invoice = issue(&b, "invoice", 655, "2026-02-01");
    is(&b, invoice, "paid", 0);
    is(&b, last, "open", -10);
    issue(&b, "invoice", 45, "2026-02-01");
    is(&b, last, "paid", 0);
    agrees(&b);
    db_close(b.db);
}

static void
more_documents_than_are_read_at_once(void **state)
{
    struct books b = books_new();
    json_t *row;

    (void)state;
    for (int i = 0; i < 230; i++) {
        issue(&b, "invoice", 1, "2026-02-01");
    }
    assert_int_equal(payment_by_id(b.db, arena, "acme", pay(&b, 225), &row),
                     DB_OK);
    assert_int_equal(row_int(row, "credit"), 0);
    assert_int_equal(json_array_size(json_object_get(row, "settlements")), 225);
    agrees(&b);
    db_close(b.db);
}

static void
a_reversal_leaves_no_trace_in_what_is_open(void **state)
{
    struct books b = books_new();
    const char *one = issue(&b, "invoice", 100, "2026-02-01");
    struct payment_reversal reversal = {"2026-01-03", "x"};
    json_t *row;

    (void)state;
    assert_int_equal(payment_by_id(b.db, arena, "acme", pay(&b, 150), &row),
                     DB_OK);
    is(&b, one, "paid", 0);
    assert_int_equal(
        payment_reverse(b.db, arena, "acme", &nobody, row, &reversal), DB_OK);
    is(&b, one, "open", 100);
    assert_int_equal(
        payment_reverse(b.db, arena, "acme", &nobody, row, &reversal), DB_NONE);
    agrees(&b);
    db_close(b.db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(credit_settles_what_is_issued),
        TEST(a_run_writes_its_entries_at_once),
        TEST(balances_of_what_is_dated_back),
        TEST(balances_of_what_another_release_wrote),
        TEST(a_wrong_balance_is_found),
        TEST(credit_goes_on_until_nothing_is_open),
        TEST(more_documents_than_are_read_at_once),
        TEST(a_reversal_leaves_no_trace_in_what_is_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
