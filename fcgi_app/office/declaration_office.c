/* Consumers' cancellations and withdrawals, and what staff do about them. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "declaration/declaration.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char list_path[] = "/admin/declarations";

static const char *
page_of(struct request *rq, const json_t *row)
{
    return arena_printf(rq->arena, "%s/%s", list_path,
                        form_escape(rq->arena, row_text(row, "id")));
}

/* The one that the path names; NULL with the error in the response. */
static json_t *
named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        declaration_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

static const char *
title_of(const struct request *rq, const json_t *row)
{
    return i18n(rq->language, strcmp(row_text(row, "kind"), "cancellation") == 0
                                  ? N_("Cancellation by a consumer")
                                  : N_("Withdrawal by a consumer"));
}

/* What it leads to is done where contracts are. */
static json_t *
links_of(struct request *rq, const json_t *row)
{
    json_t *links = json_array();
    const char *contract = row_text(row, "contract");
    bool cancels = strcmp(row_text(row, "kind"), "cancellation") == 0;

    if (office_may(rq, "contracts.change")) {
        office_add_link(rq, links,
                        arena_printf(rq->arena, "%s/change", page_of(rq, row)),
                        N_("Note what was done"));
    }
    if (contract) {
        contract = arena_printf(rq->arena, "/admin/contracts/%s",
                                form_escape(rq->arena, contract));
        if (cancels && office_may(rq, "contracts.change")) {
            office_add_link(rq, links,
                            arena_printf(rq->arena, "%s/cancel", contract),
                            N_("Cancel this contract"));
        }
        office_add_link(rq, links, contract, N_("Open the contract"));
    }
    return links;
}

void
office_declaration_page(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs), *table, *model;

    if (!row) {
        return;
    }
    table = office_history(rq, declaration_fields, row_text(row, "id"));
    if (!table) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model = json_pack("{s:s, s:s+, s:s}", "title", title_of(rq, row),
                      "back_url", rq->prefix, list_path, "back_label",
                      i18n(rq->language, N_("Declarations of consumers")));
    json_object_set_new(model, "facts",
                        office_facts(rq, declaration_page_fields, row));
    model_list(model, "links", links_of(rq, row));
    model_list(model, "tables", json_pack("[o]", table));
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

static void
show_form(struct request *rq, struct response *rs, const json_t *row,
          enum err error)
{
    const char *page = page_of(rq, row);
    json_t *model = json_pack(
        "{s:s, s:s, s:s+, s:s++, s:s, s:s}", "title",
        i18n(rq->language, N_("Note what was done")), "lead",
        i18n(rq->language,
             N_("Nobody has checked who sent it: compare the name and the "
                "e-mail address with those of the customer first.")),
        "back_url", rq->prefix, page, "action", rq->prefix, page, "/change",
        "back_label", title_of(rq, row), "submit",
        i18n(rq->language, N_("Save")));

    model_text(model, "version", page_version(rq, row));
    page_form(rq, rs, "office_record_form", model, declaration_form_fields, row,
              error);
}

void
declaration_change_page(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs);

    if (row) {
        show_form(rq, rs, row, ERR_NONE);
    }
}

void
declaration_change_submit(struct request *rq, struct response *rs)
{
    struct declaration_desk desk = {rq->db, rq->arena, rq->tenant, rq->actor};
    json_t *row = named(rq, rs);
    enum db_result r;

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_form(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    r = rq->errors.n > 0
            ? DB_CHECK
            : declaration_change(&desk, row, rq->input, &rq->errors);
    if (r == DB_CHECK) {
        show_form(rq, rs, row, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    } else {
        response_redirect(rq, rs, page_of(rq, row));
    }
}
