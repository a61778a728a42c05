#include "order/pay_web.h"

#include <string.h>

#include "base/iban.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "payer/attempt_web.h"
#include "session/session.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static bool
is(const struct order_pay *pay, const char *kind)
{
    return strcmp(pay->kind, kind) == 0;
}

/* ---- what there is ---- */

static bool
offers(struct request *rq, const char *name)
{
    return setting_bool(rq->db, rq->arena, rq->tenant->id, name);
}

static void
load_ways(struct request *rq, struct order_pay *pay)
{
    pay->creditor = payer_creditor(rq->db, rq->arena, rq->tenant);
    pay->provider = payer_provider(rq);
    if (offers(rq, "on_account") || (!pay->creditor && !pay->provider)) {
        pay->ways[pay->n_ways++] = PAYER_ON_ACCOUNT;
    }
    if (pay->creditor) {
        pay->ways[pay->n_ways++] = PAYER_DIRECT_DEBIT;
    }
    if (pay->provider) {
        pay->ways[pay->n_ways++] = PAYER_CARD;
    }
    pay->kind = pay->ways[0];
}

bool
order_pay_load(struct response *rs, struct order_form *f)
{
    json_t *row;

    f->pay = (struct order_pay){.kind = PAYER_ON_ACCOUNT};
    if (f->fields->name) {
        load_ways(f->rq, &f->pay);
        return true;
    }
    if (!payer_in_use(f->rq, rs, &row)) {
        return false;
    }
    f->pay.in_use = row;
    return true;
}

/* ---- what was chosen ---- */

bool
order_pay_choose(struct order_pay *pay, const char *kind)
{
    for (size_t i = 0; i < pay->n_ways; i++) {
        if (strcmp(pay->ways[i], kind) == 0) {
            pay->kind = pay->ways[i];
            return true;
        }
    }
    return false;
}

/* The customer to be, as far as they said who they are. */
static json_t *
debtor(const struct order_form *f)
{
    static const char *const columns[] = {
        "company_name",  "first_name",  "last_name", "street",
        "address_extra", "postal_code", "city",      "country"};
    struct field_errors ignored = {0};
    const json_t *typed =
        field_parse(f->rq->arena, f->fields, f->typed, FIELD_FORM, &ignored);
    json_t *row = json_in_arena(f->rq->arena, json_object());

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const char *text = row_text(typed, columns[i]);

        model_text(row, columns[i], text ? text : "");
    }
    return row;
}

static struct payer_new
mandate_of(const struct order_form *f)
{
    struct request *rq = f->rq;

    return (struct payer_new){.id = id_new(rq->arena, "pm"),
                              .before = "",
                              .iban = f->pay.iban ? f->pay.iban : "",
                              .holder = f->pay.holder ? f->pay.holder : "",
                              .reference = f->pay.reference,
                              .creditor = f->pay.creditor,
                              .signed_on = tenant_today(rq->arena, rq->tenant),
                              .words = f->pay.words ? f->pay.words : "",
                              .language = rq->language,
                              .url = arena_printf(rq->arena, "%s/order/%s",
                                                  rq->tenant->url,
                                                  row_text(f->variant, "id"))};
}

void
order_pay_read(struct order_form *f, const char *id,
               struct field_errors *errors)
{
    struct request *rq = f->rq;
    struct order_pay *pay = &f->pay;
    const char *kind = row_text(f->typed, "pay");
    const json_t *account;
    struct payer_new new;

    if (kind && pay->n_ways > 0 && !order_pay_choose(pay, kind)) {
        field_fail(errors, "pay", ERR_value_choice, 0);
    }
    if (!is(pay, PAYER_DIRECT_DEBIT)) {
        return;
    }
    account = field_parse(rq->arena, payer_account_fields, f->typed, FIELD_FORM,
                          errors);
    pay->holder = row_text(account, "account_holder");
    pay->iban =
        payer_take_iban(rq->arena, row_text(account, "iban"), "iban", errors);
    pay->reference = payer_reference_of(rq->arena, id);
    new = mandate_of(f);
    pay->words = payer_words(rq, debtor(f), &new);
}

/* The IBAN as people read it, or where it will stand. */
static const char *
iban_text(const struct order_form *f)
{
    return f->pay.iban ? iban_grouped(f->rq->arena, f->pay.iban) : "…";
}

const char *
order_pay_shown(const struct order_form *f)
{
    return f->pay.words ? arena_printf(f->rq->arena, "%s\n%s", iban_text(f),
                                       f->pay.words)
                        : NULL;
}

/* ---- showing it ---- */

static const struct {
    const char *kind, *label;
} labels[] = {
    {PAYER_ON_ACCOUNT, N_("On account, by transfer")},
    {PAYER_DIRECT_DEBIT, N_("Direct debit (SEPA)")},
    {PAYER_CARD, N_("Card")},
};

static const char *
label_of(const char *kind)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (strcmp(labels[i].kind, kind) == 0) {
            return labels[i].label;
        }
    }
    return kind;
}

json_t *
order_pay_ways(const struct order_form *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->pay.n_ways; i++) {
        if (strcmp(f->pay.ways[i], PAYER_DIRECT_DEBIT) != 0) {
            json_array_append_new(
                list,
                json_pack("{s:s, s:s}", "kind", f->pay.ways[i], "label",
                          i18n(f->rq->language, label_of(f->pay.ways[i]))));
        }
    }
    return list;
}

static json_t *
way_models(const struct order_form *f)
{
    const struct order_pay *pay = &f->pay;
    json_t *list = json_array();

    for (size_t i = 0; i < pay->n_ways; i++) {
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:b, s:b}", "kind", pay->ways[i], "label",
                      i18n(f->rq->language, label_of(pay->ways[i])), "checked",
                      is(pay, pay->ways[i]), "is_card",
                      strcmp(pay->ways[i], PAYER_CARD) == 0));
    }
    return list;
}

static void
add_account(const struct order_form *f, json_t *model)
{
    struct request *rq = f->rq;

    model_list(model, "pay_controls",
               f->pay.creditor ? json_incref(field_controls(
                                     rq->arena, payer_account_fields, f->typed,
                                     &rq->errors, i18n, rq->language))
                               : json_array());
    model_list(model, "mandate",
               f->pay.words ? payer_lines(rq, f->pay.words, iban_text(f))
                            : json_array());
}

/* Of the choice itself. */
static const char *
error_of(struct request *rq)
{
    for (size_t i = 0; i < rq->errors.n; i++) {
        if (strcmp(rq->errors.list[i].name, "pay") == 0) {
            return i18n(rq->language, err_row(rq->errors.list[i].code)->title);
        }
    }
    return NULL;
}

void
order_pay_model(const struct order_form *f, json_t *model)
{
    struct request *rq = f->rq;
    const struct order_pay *pay = &f->pay;

    model_list(model, "ways", pay->n_ways > 1 ? way_models(f) : json_array());
    model_text(model, "only_way",
               pay->n_ways == 1 ? i18n(rq->language, label_of(pay->kind))
                                : NULL);
    model_text(model, "pay_kind", pay->kind);
    add_account(f, model);
    model_list(model, "pay_facts",
               pay->in_use ? payer_facts(rq, pay->in_use) : json_array());
    model_text(model, "pay_error", error_of(rq));
}

/* ---- doing it ---- */

static enum db_result
give(const struct order_sending *s, const json_t *customer)
{
    struct payer_told told = {customer, "", "", s->form->rq->language};
    struct payer_new new = mandate_of(s->form);

    new.customer = s->placed.customer;
    return payer_give(s->form->rq, &new, &told);
}

static enum db_result
ask_for_card(const struct order_sending *s)
{
    struct request *rq = s->form->rq;
    struct payer_desk desk = payer_desk_of(rq);
    struct attempt_new new = {
        .id = id_new(rq->arena, "pat"),
        .provider = s->form->pay.provider->name,
        .customer = s->placed.customer,
        .user = "",
        .order = s->order.id,
        .next = arena_printf(rq->arena, "/order/%s/done",
                             row_text(s->form->variant, "id")),
        .language = rq->language};

    return attempt_begin(&desk, &new);
}

enum db_result
order_pay_do(const struct order_sending *s)
{
    const struct order_pay *pay = &s->form->pay;
    struct request *rq = s->form->rq;
    json_t *customer;
    enum db_result r;

    if (pay->n_ways == 0 || is(pay, PAYER_ON_ACCOUNT)) {
        return DB_OK;
    }
    if (is(pay, PAYER_CARD)) {
        return ask_for_card(s);
    }
    r = customer_by_id(rq->db, rq->arena, rq->tenant->id, s->placed.customer,
                       &customer);
    return r == DB_OK ? give(s, customer) : r;
}
