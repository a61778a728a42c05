/* Services of contracts that staff record, change and remove. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "contract/service.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { TABLE_ROWS = 50 };

static const char list_path[] = "/admin/services";

static struct service_desk
desk_of(const struct request *rq)
{
    return (struct service_desk){rq->db, rq->arena, rq->tenant, rq->actor};
}

static const char *
page_of(struct request *rq, const char *id)
{
    return arena_printf(rq->arena, "%s/%s", list_path,
                        form_escape(rq->arena, id));
}

static const char *
contract_path(struct request *rq, const char *ref)
{
    return arena_printf(rq->arena, "/admin/contracts/%s",
                        form_escape(rq->arena, ref));
}

/* The service that the path names; NULL with the error in the response. */
static json_t *
service_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        service_find(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

/* The same of one that is to change. */
static json_t *
open_one(struct request *rq, struct response *rs)
{
    json_t *row = service_named(rq, rs);

    if (row && strcmp(row_text(row, "status"), "open") != 0) {
        response_error(rs, service_closed(row));
        row = NULL;
    }
    return row;
}

/* ---- pages ---- */

void
contract_services_page(struct request *rq, struct response *rs)
{
    const char *ref = rq->values[0], *path = contract_path(rq, ref);
    json_t *row, *table = NULL, *model, *links = json_array(), *shown;
    enum db_result r =
        contract_by_ref(rq->db, rq->arena, rq->tenant->id, ref, &row);

    if (r == DB_OK) {
        table = office_table(rq, list_path, "contract", ref, TABLE_ROWS);
        r = table ? DB_OK : DB_UNAVAILABLE;
    }
    if (r != DB_OK) {
        json_decref(links);
        office_refuse(rs, r);
        return;
    }
    model = json_pack("{s:s, s:s+, s:s}", "title", row_text(row, "name"),
                      "back_url", rq->prefix, path, "back_label",
                      row_text(row, "ref"));
    shown = json_in_arena(rq->arena, json_copy(row)); /* as in the list */
    json_object_set(shown, "customer", json_object_get(row, "customer_number"));
    json_object_set_new(model, "facts",
                        office_facts(rq, contract_list_fields, shown));
    if (office_may(rq, "contracts.change")) {
        office_add_link(rq, links,
                        arena_printf(rq->arena, "%s/new?contract=%s", list_path,
                                     form_escape(rq->arena, ref)),
                        N_("Record a service"));
    }
    model_list(model, "links", links);
    model_list(model, "tables", json_pack("[o]", table));
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

/* With the price as money of the contract. */
static json_t *
page_row(struct request *rq, const json_t *row)
{
    json_t *shown = service_shown(rq->arena, rq->tenant, row);

    model_text(shown, "unit_price",
               text_price(rq->arena, rq->language, row_int(row, "unit_price"),
                          row_text(row, "currency")));
    return shown;
}

static json_t *
links_of(struct request *rq, const json_t *row)
{
    const char *path = page_of(rq, row_text(row, "id"));
    json_t *links = json_array();

    if (strcmp(row_text(row, "status"), "open") == 0 &&
        office_may(rq, "contracts.change")) {
        office_add_link(rq, links, arena_printf(rq->arena, "%s/change", path),
                        N_("Change"));
        office_add_link(rq, links, arena_printf(rq->arena, "%s/remove", path),
                        N_("Remove"));
    }
    office_add_link(rq, links,
                    arena_printf(rq->arena, "%s/services",
                                 contract_path(rq, row_text(row, "contract"))),
                    N_("Services of this contract"));
    return links;
}

void
office_service_page(struct request *rq, struct response *rs)
{
    json_t *row = service_named(rq, rs), *table, *model;
    const json_t *shown;

    if (!row) {
        return;
    }
    table = office_history(rq, service_trail_fields, row_text(row, "id"));
    if (!table) {
        response_error(rs, ERR_unavailable);
        return;
    }
    shown = page_row(rq, row);
    model = json_pack("{s:s, s:s+}", "title", row_text(row, "description"),
                      "back_url", rq->prefix, list_path);
    json_object_set_new(model, "facts",
                        office_facts(rq, service_page_fields, shown));
    model_flag(model, "warns_", row_text(shown, "warnings"));
    model_list(model, "links", links_of(rq, row));
    model_list(model, "tables", json_pack("[o]", table));
    response_page(rs, "office_service", json_in_arena(rq->arena, model));
}

/* ---- the form ---- */

static json_t *
control_named(json_t *controls, const char *name, size_t *at)
{
    json_t *control;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        if (strcmp(row_text(control, "name"), name) == 0) {
            *at = i;
            return control;
        }
    }
    return NULL;
}

static const struct page_help helps[] = {
    {"contract", N_("The reference code, as it stands in the list of "
                    "contracts.")},
    {"unit_price", N_("Net.")},
    {"bill_from",
     N_("Empty: the next run of the contract bills it, also where the "
        "performance date lies ahead. A day: the first run of that day or "
        "later does.")},
    {NULL, NULL},
};

/* The question whether it is meant like this comes with the warning only, and
 * what it warns of can be read before. */
static void
finish_controls(struct request *rq, json_t *controls)
{
    size_t at;
    json_t *control = control_named(controls, "confirm", &at);

    if (control && !json_object_get(control, "error") &&
        !json_is_true(json_object_get(control, "checked"))) {
        json_array_remove(controls, at);
    }
    page_help(rq, controls, helps);
}

/* row: as it stands, NULL for a new one with the values. */
static void
show_form(struct request *rq, struct response *rs, json_t *row,
          const json_t *values, enum err error)
{
    const char *back = row ? page_of(rq, row_text(row, "id")) : list_path;
    json_t *model =
        json_pack("{s:s, s:s+, s:s++, s:s, s:s, s:n}", "title",
                  i18n(rq->language,
                       row ? N_("Change the service") : N_("Record a service")),
                  "back_url", rq->prefix, back, "action", rq->prefix, back,
                  row ? "/change" : "", "back_label",
                  row ? row_text(row, "description")
                      : i18n(rq->language, N_("All services")),
                  "submit", i18n(rq->language, N_("Save")), "lead");

    model_text(model, "version", row ? page_version(rq, row) : NULL);
    page_form(rq, rs, "office_record_form", model,
              row ? service_form_fields : service_form_new_fields,
              row ? row : values, error);
    finish_controls(rq, json_object_get(rs->model, "controls"));
}

/* The contract that was named; NULL where there is none that can have a new
 * service, with the error at its field, or the database fails. */
static enum db_result
take_contract(struct request *rq, json_t **contract)
{
    const char *ref = request_text(rq, "contract");
    enum db_result r;

    if (!ref) {
        return DB_CHECK; /* said already */
    }
    r = service_contract(rq->db, rq->arena, rq->tenant->id, ref, contract);
    if (r == DB_NONE) {
        field_fail(&rq->errors, "contract", ERR_unknown_contract, 0);
        return DB_CHECK;
    }
    if (r == DB_OK && !service_contract_open(
                          *contract, tenant_today(rq->arena, rq->tenant))) {
        field_fail(&rq->errors, "contract", ERR_contract_ended, 0);
        return DB_CHECK;
    }
    return r;
}

/* DB_CHECK: something is wrong, or is asked for. */
static enum db_result
take(struct request *rq, const json_t *before, struct service_new *new)
{
    struct service_sent sent = {rq->arena, rq->tenant, rq->input, before,
                                &rq->errors};

    if (service_take(&sent, new) &&
        service_warning(tenant_today(rq->arena, rq->tenant),
                        new->performance_date,
                        new->bill_from) == SERVICE_FUTURE_NOW &&
        !request_bool(rq, "confirm", false)) {
        field_fail(&rq->errors, "confirm", ERR_service_billed_next, 0);
    }
    return rq->errors.n > 0 ? DB_CHECK : DB_OK;
}

void
service_new_page(struct request *rq, struct response *rs)
{
    const char *ref = request_argument(rq, "contract");
    json_t *values = json_in_arena(
        rq->arena,
        json_pack("{s:s, s:s}", "contract", ref ? ref : "", "performance_date",
                  tenant_today(rq->arena, rq->tenant)));

    show_form(rq, rs, NULL, values, ERR_NONE);
}

void
service_new_submit(struct request *rq, struct response *rs)
{
    struct service_desk desk = desk_of(rq);
    struct service_new new;
    json_t *contract = NULL;
    const char *id;
    enum db_result r = take_contract(rq, &contract);

    if (r == DB_OK || r == DB_CHECK) {
        r = take(rq, NULL, &new);
    }
    if (r == DB_OK) {
        r = service_create(&desk, contract, &new, &id);
    }
    if (r == DB_UNIQUE) {
        field_fail(&rq->errors, "external_id", ERR_service_exists, 0);
        r = DB_CHECK;
    }
    if (r == DB_CHECK) {
        show_form(rq, rs, NULL, NULL, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, page_of(rq, id));
    }
}

void
service_change_page(struct request *rq, struct response *rs)
{
    json_t *row = open_one(rq, rs);

    if (row) {
        show_form(rq, rs, row, NULL, ERR_NONE);
    }
}

void
service_change_submit(struct request *rq, struct response *rs)
{
    struct service_desk desk = desk_of(rq);
    json_t *row = open_one(rq, rs);
    struct service_new new;
    enum db_result r;

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_form(rq, rs, row, NULL, ERR_changed_meanwhile);
        return;
    }
    if (take(rq, row, &new) != DB_OK) {
        show_form(rq, rs, row, NULL, ERR_NONE);
        return;
    }
    r = service_change(&desk, row, &new);
    if (r == DB_OK) {
        response_redirect(rq, rs, page_of(rq, row_text(row, "id")));
    } else {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    }
}

/* ---- removal ---- */

static void
show_removal(struct request *rq, struct response *rs, json_t *row,
             enum err error)
{
    struct office_removal removal = {
        .question = N_("Remove this service?"),
        .name = row_text(row, "description"),
        .back = page_of(rq, row_text(row, "id")),
        .version = page_version(rq, row),
        .fields = service_page_fields,
        .row = page_row(rq, row),
        .warning = N_("No run bills it then. It stays in the list as deleted, "
                      "with its history.")};

    office_ask_removal(rq, rs, &removal, error);
}

void
service_remove_page(struct request *rq, struct response *rs)
{
    json_t *row = open_one(rq, rs);

    if (row) {
        show_removal(rq, rs, row, ERR_NONE);
    }
}

void
service_remove_submit(struct request *rq, struct response *rs)
{
    struct service_desk desk = desk_of(rq);
    json_t *row = open_one(rq, rs);

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_removal(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    if (service_remove(&desk, row) == DB_OK) {
        response_redirect(rq, rs, page_of(rq, row_text(row, "id")));
    } else {
        response_error(rs, ERR_unavailable);
    }
}
