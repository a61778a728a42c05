/* Customer pages: what the tenant noted of account and contracts in fields of
 * its own, as far as it shows them. */
#include "base/json.h"
#include "base/model.h"
#include "contract/contract.h"
#include "contract/contract_view.h"
#include "custom/custom_web.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/session.h"
#include "tenant/section_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static struct custom_record
own(const struct request *rq)
{
    return (struct custom_record){"customer", rq->session->customer,
                                  rq->session->customer};
}

void *
section_ask_additional(struct request *rq)
{
    struct custom_record *record = arena_alloc(rq->arena, sizeof *record);

    *record = own(rq);
    return custom_ask(rq->db, rq->arena, rq->tenant->id, record);
}

bool
section_show_additional(struct request *rq, void *asked, json_t *model)
{
    struct custom_record record = own(rq);
    json_t *set;

    if (custom_answer(rq->arena, asked, &record, &set) != DB_OK) {
        return false;
    }
    model_list(model, "facts", custom_facts(rq, set, true));
    json_object_set_new(
        model, "may_change",
        json_boolean(membership_allows(rq->session->membership,
                                       "system.additional.change") &&
                     custom_may_change(set)));
    return true;
}

void
additional_page(struct request *rq, struct response *rs)
{
    json_t *model = json_in_arena(rq->arena, json_object());

    if (section_show_additional(rq, section_ask_additional(rq), model)) {
        response_page(rs, "additional", model);
    } else {
        response_error(rs, ERR_unavailable);
    }
}

static struct custom_form
own_form(struct request *rq)
{
    const char *language;
    const char *words = section_words(rq, "additional", &language);

    return (struct custom_form){
        .record = own(rq),
        .member = true,
        .path = "/additional/change",
        .back = "/additional",
        .back_label =
            words ? words : i18n(rq->language, N_("Additional data"))};
}

void
additional_change_page(struct request *rq, struct response *rs)
{
    struct custom_form form = own_form(rq);

    custom_form_show(rq, rs, &form);
}

void
additional_change_submit(struct request *rq, struct response *rs)
{
    struct custom_form form = own_form(rq);

    custom_form_submit(rq, rs, &form);
}

/* ---- of a contract, whose page shows them ---- */

static bool
contract_form(struct request *rq, struct response *rs, struct custom_form *form)
{
    json_t *row = contract_named_here(rq, rs);

    if (!row) {
        return false;
    }
    *form = (struct custom_form){
        .record = {"contract", row_text(row, "id"), rq->session->customer},
        .member = true,
        .back_label = row_text(row, "name"),
        .back = arena_printf(rq->arena, "/contracts/%s",
                             form_escape(rq->arena, row_text(row, "ref")))};
    form->path = arena_printf(rq->arena, "%s/additional", form->back);
    return true;
}

void
contract_additional_page(struct request *rq, struct response *rs)
{
    struct custom_form form;

    if (contract_form(rq, rs, &form)) {
        custom_form_show(rq, rs, &form);
    }
}

void
contract_additional_submit(struct request *rq, struct response *rs)
{
    struct custom_form form;

    if (contract_form(rq, rs, &form)) {
        custom_form_submit(rq, rs, &form);
    }
}
