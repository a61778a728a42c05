/* Services of contracts: what needs no database. */
#include "app.h"

#include "base/json.h"
#include "contract/service.h"
#include "db/backend.h"
#include "tenant/tenant.h"

static void
each_case_of_bill_from_is_told(void **state)
{
    static const struct {
        const char *performed, *from;
        enum service_warning warning;
    } rows[] = {
        {"2026-11-24", NULL, SERVICE_FINE},
        {"2026-11-24", "", SERVICE_FINE},
        {"2026-11-23", NULL, SERVICE_FINE},
        {"2026-11-25", NULL, SERVICE_FUTURE_NOW},
        {"2026-11-25", "", SERVICE_FUTURE_NOW},
        {"2036-11-24", NULL, SERVICE_FUTURE_NOW},
        {"2026-11-25", "2026-11-24", SERVICE_BILLED_FIRST},
        {"2026-11-25", "2026-11-25", SERVICE_FINE},
        {"2026-11-25", "2026-11-26", SERVICE_FINE},
        {"2026-11-20", "2026-11-19", SERVICE_BILLED_FIRST},
        {"2026-11-20", "2026-12-01", SERVICE_FINE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(
            service_warning("2026-11-24", rows[i].performed, rows[i].from),
            rows[i].warning);
    }
}

static void
a_contract_that_has_ended_takes_none(void **state)
{
    static const struct {
        const char *status, *end;
        bool open;
    } rows[] = {
        {"active", NULL, true},
        {"draft", NULL, true},
        {"active", "2026-11-25", true},
        {"cancelled", "2026-11-24", true},
        {"cancelled", "2026-11-23", false},
        {"active", "2026-11-23", false},
        {"ended", NULL, false},
        {"ended", "2027-01-01", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *contract = json_in_arena(
            arena, json_pack("{s:s, s:s?}", "status", rows[i].status,
                             "end_date", rows[i].end));

        assert_int_equal(service_contract_open(contract, "2026-11-24"),
                         rows[i].open);
    }
}

static const struct tenant berlin = {.time_zone = "Europe/Berlin"};

static json_t *
a_row(void)
{
    return json_in_arena(
        arena,
        json_pack("{s:s, s:I, s:I, s:i, s:s, s:s, s:s, s:s, s:s}",
                  "description", "Visit", "quantity", (json_int_t)1500000,
                  "unit_price", (json_int_t)-333333, "vat_rate", 1900,
                  "performance_date", "2020-01-01", "bill_from", "2020-02-01",
                  "external_id", "x-1", "status", "open", "currency", "EUR"));
}

static void
what_was_sent_takes_the_place_of_what_stands(void **state)
{
    struct field_errors errors = {0};
    struct service_sent sent = {arena, &berlin, NULL, a_row(), &errors};
    struct service_new new;

    (void)state;
    sent.input = json_in_arena(arena, json_object());
    assert_true(service_take(&sent, &new));
    assert_string_equal(new.description, "Visit");
    assert_int_equal(new.quantity, 1500000);
    assert_int_equal(new.unit_price, -333333);
    assert_string_equal(new.bill_from, "2020-02-01");
    assert_string_equal(new.external_id, "x-1");
    sent.input = json_in_arena(
        arena, json_pack("{s:i, s:n}", "unit_price", 0, "bill_from"));
    assert_true(service_take(&sent, &new));
    assert_int_equal(new.unit_price, 0);
    assert_int_equal(new.quantity, 1500000);
    assert_null(new.bill_from);
}

/* What was recorded long ago can be changed, but not to another such day. */
static void
days_lie_within_ten_years(void **state)
{
    static const struct {
        const char *name, *day;
        bool ok;
    } rows[] = {
        {"performance_date", "0001-01-01", false},
        {"performance_date", "9999-12-31", false},
        {"bill_from", "1999-12-31", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct field_errors errors = {0};
        struct service_sent sent = {arena, &berlin, NULL, a_row(), &errors};
        struct service_new new;

        sent.input =
            json_in_arena(arena, json_pack("{s:s}", rows[i].name, rows[i].day));
        assert_int_equal(service_take(&sent, &new), rows[i].ok);
        assert_int_equal(errors.n, 1);
        assert_string_equal(errors.list[0].name, rows[i].name);
        assert_int_equal(errors.list[0].code, ERR_value_day_far);
    }
}

static void
a_row_is_shown_with_its_sum(void **state)
{
    json_t *shown = service_shown(arena, &berlin, a_row());

    (void)state;
    assert_int_equal(row_int(shown, "net"), -50);
    assert_string_equal(row_text(shown, "warnings"), "");
    json_object_set_new(shown, "bill_from", json_string("2019-12-31"));
    shown = service_shown(arena, &berlin, shown);
    assert_string_equal(row_text(shown, "warnings"),
                        "bill_from_before_performance");
    json_object_set_new(shown, "status", json_string("billed"));
    shown = service_shown(arena, &berlin, shown);
    assert_string_equal(row_text(shown, "warnings"), "");
    assert_int_equal(service_closed(shown), ERR_service_billed);
    json_object_set_new(shown, "status", json_string("deleted"));
    assert_int_equal(service_closed(shown), ERR_service_deleted);
}

/* ---- a transaction that is tried again ---- */

/* A database that knows contract B from the second try on, is busy when the
 * first writes, and broken when the second does. */
static int tries;

static enum db_result
begin(void *connection, bool durable)
{
    (void)connection;
    (void)durable;
    tries++;
    return DB_OK;
}

static enum db_result
commit(void *connection)
{
    (void)connection;
    return DB_OK;
}

static void
roll_back(void *connection)
{
    (void)connection;
}

static void
add_contract(json_t *rows, const char *ref)
{
    json_array_append_new(
        rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", ref, "contract",
                        ref, "status", "active", "currency", "EUR",
                        "customer_id", "cus_1", "customer", "K1"));
}

static enum db_result
run_rows(void *connection, struct db_query *q, size_t n)
{
    (void)connection;
    (void)n;
    if (!q->rows) {
        return tries == 1 ? DB_BUSY : DB_FAILED;
    }
    add_contract(q->rows, "A");
    if (tries > 1) {
        add_contract(q->rows, "B");
    }
    return DB_OK;
}

static void
a_second_try_is_as_the_first(void **state)
{
    static const struct db_backend backend = {.begin = begin,
                                              .commit = commit,
                                              .rollback = roll_back,
                                              .run_rows = run_rows};
    static const char *const refs[] = {"A", "B", "C", "A"};
    const struct field_error wrong = {.name = "vat_rate",
                                      .code = ERR_value_missing};
    struct db db = {.backend = &backend};
    struct service_desk desk = {&db, arena, &berlin, NULL};
    struct service_line lines[4] = {{0}};

    (void)state;
    tries = 0;
    for (size_t i = 0; i < 4; i++) {
        json_t *input = json_copy(a_row());

        json_object_set_new(input, "contract", json_string(refs[i]));
        json_object_del(input, "external_id");
        lines[i].input = json_in_arena(arena, input);
    }
    lines[3].errors = &wrong;
    lines[3].n_errors = 1;
    assert_int_equal(service_record(&desk, lines, 4, false), DB_FAILED);
    assert_int_equal(tries, 2);
    assert_int_equal(lines[0].outcome, SERVICE_CREATED);
    assert_int_equal(lines[1].outcome, SERVICE_CREATED);
    assert_int_equal(lines[1].n_errors, 0);
    assert_int_equal(lines[2].outcome, SERVICE_REFUSED);
    assert_int_equal(lines[2].n_errors, 1);
    assert_int_equal(lines[2].errors->code, ERR_unknown_contract);
    assert_int_equal(lines[3].outcome, SERVICE_REFUSED);
    assert_int_equal(lines[3].errors->code, ERR_value_missing);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_case_of_bill_from_is_told),
        TEST(a_contract_that_has_ended_takes_none),
        TEST(what_was_sent_takes_the_place_of_what_stands),
        TEST(days_lie_within_ten_years),
        TEST(a_row_is_shown_with_its_sum),
        TEST(a_second_try_is_as_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
