#include "app/demo_custom.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "contract/contract.h"
#include "custom/custom.h"
#include "customer/customer.h"
#include "tenant/tenant.h"

static const char tenant_id[] = "acme";

static const struct {
    const char *record, *name, *type, *choices, *portal;
    const char *de, *en, *fr;
} fields[] = {
    {"customer", "adviser", "text", "", "read", "Ihr Ansprechpartner",
     "Your adviser", "Votre conseiller"},
    {"customer", "cost_center", "text", "", "write", "Kostenstelle",
     "Cost center", "Centre de coûts"},
    {"customer", "rating", "choice", "A\nB\nC", "none", "Bonität", "Rating",
     "Solvabilité"},
    {"contract", "installed", "date", "", "read", "Installiert am",
     "Installed on", "Installé le"},
    {"contract", "location", "text", "", "write", "Raum des Anschlusses",
     "Room of the line", "Local de la ligne"},
};

static const char customer_values[][2][32] = {
    {"adviser", "Nora Petersen"}, {"cost_center", "4711"}, {"rating", "A"}};
static const char contract_values[][2][32] = {{"installed", "2025-03-14"},
                                              {"location", "Backstube, links"}};

static bool
make_fields(const struct custom_desk *desk)
{
    struct field_errors errors = {0};
    const char *id;

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        json_t *input =
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "record",
                      fields[i].record, "name", fields[i].name, "type",
                      fields[i].type, "choices", fields[i].choices, "portal",
                      fields[i].portal, "place", (json_int_t)i + 1);
        json_t *labels =
            json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "language", "de",
                      "label", fields[i].de, "language", "en", "label",
                      fields[i].en, "language", "fr", "label", fields[i].fr);

        if (custom_create(desk, json_in_arena(desk->arena, input),
                          json_in_arena(desk->arena, labels), &errors,
                          &id) != DB_OK) {
            log_error("demo: a custom field cannot be made");
            return false;
        }
    }
    return true;
}

static bool
fill(const struct custom_desk *desk, const struct custom_record *record,
     const char (*values)[2][32], size_t n)
{
    struct field_errors errors = {0};
    json_t *set, *value, *new = json_in_arena(desk->arena, json_object());
    size_t i;

    if (custom_answer(desk->arena,
                      custom_ask(desk->db, desk->arena, tenant_id, record),
                      record, &set) != DB_OK) {
        return false;
    }
    json_array_foreach(json_object_get(set, "values"), i, value)
    {
        for (size_t k = 0; k < n; k++) {
            if (strcmp(values[k][0], row_text(value, "name")) == 0) {
                json_object_set_new(new, row_text(value, "id"),
                                    json_string(values[k][1]));
            }
        }
    }
    return custom_set(desk, record, set, new, &errors) == DB_OK;
}

static bool
fill_both(const struct custom_desk *desk)
{
    json_t *customer, *contract;

    return customer_by_number(desk->db, desk->arena, tenant_id, "K2000",
                              &customer) == DB_OK &&
           contract_by_ref(desk->db, desk->arena, tenant_id, "VT-7KQ2-ZHXM",
                           &contract) == DB_OK &&
           fill(desk,
                &(struct custom_record){"customer", row_text(customer, "id"),
                                        row_text(customer, "id")},
                customer_values,
                sizeof customer_values / sizeof *customer_values) &&
           fill(desk,
                &(struct custom_record){"contract", row_text(contract, "id"),
                                        row_text(customer, "id")},
                contract_values,
                sizeof contract_values / sizeof *contract_values);
}

/* The section is shown, as whoever has fields may want it. */
static bool
show_section(const struct custom_desk *desk)
{
    struct setting_change change = {.tab = "portal"};
    struct field_errors errors = {0};
    json_t *values;

    if (setting_values(desk->db, desk->arena, tenant_id, change.tab, &values,
                       &change.version) != DB_OK) {
        return false;
    }
    json_object_set_new(values, "portal_additional", json_string("1"));
    change.values = field_parse(desk->arena, setting_fields(change.tab), values,
                                FIELD_FORM, &errors);
    return setting_save(desk->db, desk->arena, tenant_id, desk->actor, &change,
                        &errors) == DB_OK;
}

bool
demo_custom(struct db *db, struct arena *a, const struct config *config,
            const struct actor *actor)
{
    struct tenant *tenant;
    struct custom_desk desk = {db, a, NULL, actor};

    if (tenant_load(db, a, config, tenant_id, &tenant) != DB_OK) {
        return false;
    }
    desk.tenant = tenant;
    if (!make_fields(&desk) || !fill_both(&desk) || !show_section(&desk)) {
        log_error("demo: custom fields cannot be made");
        return false;
    }
    return true;
}
