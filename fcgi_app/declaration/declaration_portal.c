/*
 * The public pages of consumers' declarations: one page with the form, without
 * a sign-in, and its receipt (sections 312k and 356a BGB). What is sent is
 * received whether or not it fits anything here, and the answer does not tell.
 */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "declaration/declaration_web.h"
#include "http/handlers.h"
#include "page/page_web.h"
#include "session/person_web.h"
#include "session/session_web.h"
#include "tenant/tenant.h"
#include "user/rate.h"
#include "view/i18n.h"

struct kind {
    const char *name, *flag, *path;
    const struct field *fields;
};

static const struct kind cancellation = {"cancellation", "is_cancellation",
                                         "/cancel", cancellation_fields},
                         withdrawal = {"withdrawal", "is_withdrawal",
                                       "/withdraw", withdrawal_fields};

static const char purpose[] = "declaration";
enum { FORM_BYTES = 16, ID_LEN = 26 };

/* ---- the form ---- */

/* Who is signed in need not type what is known; a link from a contract's page
 * names it. */
static json_t *
known(struct request *rq)
{
    json_t *values = json_in_arena(rq->arena, json_object());
    const struct session *s = rq->session;

    if (s && session_of_person(s)) {
        model_text(values, "name", s->membership->customer_name);
        model_text(values, "customer_number", s->membership->customer_number);
    }
    model_text(values, "contract", request_argument(rq, "contract"));
    return values;
}

static const struct page_help helps[] = {
    {"end", N_("Left empty: at the earliest day possible.")},
    {NULL, NULL},
};

static void
show_form(struct request *rq, struct response *rs, const struct kind *kind)
{
    const char *flow = request_text(rq, "flow");
    json_t *model = json_pack("{s:b, s:s+}", kind->flag, 1, "action",
                              rq->prefix, kind->path);

    model_text(model, "flow", flow ? flow : id_secret(rq->arena, FORM_BYTES));
    model_text(model, "form_token", form_token(rq, rs));
    page_form(rq, rs, "declare", model, kind->fields, known(rq), ERR_NONE);
    page_help(rq, json_object_get(rs->model, "controls"), helps);
}

/* ---- what is sent ---- */

/* It follows from form, browser and text, however long the form was open: the
 * same sent twice is one declaration, and what was corrected another. */
static const char *
id_of(struct request *rq, const struct declaration_new *new)
{
    const char *flow = request_text(rq, "flow");
    const char *all = arena_printf(rq->arena, "%s\n%s\n%s\n%s", form_cookie(rq),
                                   flow ? flow : "", new->kind, new->receipt);

    return arena_printf(rq->arena, "dec_%.*s", ID_LEN, id_hash(rq->arena, all));
}

static void
receive(struct request *rq, struct response *rs, const struct kind *kind)
{
    struct declaration_new new = {
        .kind = kind->name,
        .language = rq->language,
        .input = rq->input,
        .received = clock_now(),
        .receipt = declaration_receipt(rq, kind->fields, rq->input)};
    enum db_result r;

    new.id = id_of(rq, &new);
    r = declaration_take_in(rq, &new);

    if (r != DB_OK && r != DB_UNIQUE) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs,
                      arena_printf(rq->arena, "%s/received?flow=%s", kind->path,
                                   flow_make(rq, rs, purpose, new.id)));
}

static void
submit(struct request *rq, struct response *rs, const struct kind *kind)
{
    /* so many that nobody who means it meets the limit */
    static const struct rate rate = {"declarations", 60, 10};

    declaration_check(rq->tenant, rq->arena, kind->name, rq->input,
                      &rq->errors);
    if (rq->errors.n > 0) {
        show_form(rq, rs, kind);
    } else if (person_may(rq, rs, &rate)) {
        receive(rq, rs, kind);
    }
}

/* ---- the receipt ---- */

static void
show_receipt(struct request *rq, struct response *rs, const struct kind *kind)
{
    const char *id = flow_open(rq, purpose, flow_sent(rq));
    json_t *row = NULL, *model = json_pack("{s:b}", kind->flag, 1);
    enum db_result r =
        id ? declaration_get(rq->db, rq->arena, rq->tenant->id, id, &row)
           : DB_NONE;

    if (r != DB_OK && r != DB_NONE) {
        json_decref(model);
        response_error(rs, ERR_unavailable);
        return;
    }
    json_object_set_new(model, "is_over", json_boolean(r == DB_NONE));
    if (r == DB_OK) {
        model_text(model, "received_text",
                   text_moment(rq->arena, rq->language,
                               row_int(row, "received"),
                               rq->tenant->time_zone));
        model_list(model, "lines", model_lines(row_text(row, "receipt")));
    }
    response_page(rs, "declared", json_in_arena(rq->arena, model));
    if (r == DB_NONE) {
        rs->status = 410;
    }
}

/* ---- both ---- */

void
cancellation_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs, &cancellation);
}

void
cancellation_submit(struct request *rq, struct response *rs)
{
    submit(rq, rs, &cancellation);
}

void
cancellation_received_page(struct request *rq, struct response *rs)
{
    show_receipt(rq, rs, &cancellation);
}

void
withdrawal_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs, &withdrawal);
}

void
withdrawal_submit(struct request *rq, struct response *rs)
{
    submit(rq, rs, &withdrawal);
}

void
withdrawal_received_page(struct request *rq, struct response *rs)
{
    show_receipt(rq, rs, &withdrawal);
}
