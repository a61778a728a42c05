#include "payer/payer_web.h"

#include <string.h>

#include "base/buf.h"
#include "base/iban.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/form.h"
#include "mail/mail_view.h"
#include "session/session.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

struct payer_desk
payer_desk_of(const struct request *rq)
{
    return (struct payer_desk){rq->db, rq->arena, rq->keys, rq->tenant,
                               rq->actor};
}

static const char *
masked(struct request *rq, const json_t *row)
{
    return iban_masked(rq->arena, row_text(row, "country"),
                       row_text(row, "last4"));
}

/* ---- facts ---- */

void
payer_add_fact(struct request *rq, json_t *list, const char *label,
               const char *text)
{
    json_array_append_new(list,
                          json_pack("{s:s, s:s}", "label",
                                    i18n(rq->language, label), "text", text));
}

static void
add_mandate(struct request *rq, json_t *list, const json_t *row)
{
    payer_add_fact(rq, list, N_("IBAN"), masked(rq, row));
    payer_add_fact(rq, list, N_("Account holder"), row_text(row, "holder"));
    payer_add_fact(rq, list, N_("Mandate reference"),
                   row_text(row, "reference"));
    payer_add_fact(
        rq, list, N_("Mandate of"),
        text_date(rq->arena, rq->language, row_text(row, "signed_on"), true));
}

static void
add_card(struct request *rq, json_t *list, const json_t *row)
{
    payer_add_fact(rq, list, N_("Card"), payer_card_name(rq->arena, row));
    payer_add_fact(rq, list, N_("Valid until"),
                   text_date(rq->arena, rq->language,
                             payer_card_end(rq->arena, row), false));
}

json_t *
payer_facts(struct request *rq, const json_t *row)
{
    json_t *list = json_array();
    bool card = row && payer_is_card(row);

    payer_add_fact(rq, list, N_("Way of payment"),
                   i18n(rq->language, card  ? N_("Card")
                                      : row ? N_("Direct debit (SEPA)")
                                            : N_("On account, by transfer")));
    if (card) {
        add_card(rq, list, row);
    } else if (row) {
        add_mandate(rq, list, row);
    }
    return list;
}

const struct provider *
payer_provider(struct request *rq)
{
    return provider_named(
        rq->config,
        setting_text(rq->db, rq->arena, rq->tenant->id, "card_provider"));
}

/* ---- the mandate ---- */

/* The parts that there are, with a comma between them. */
static const char *
joined(struct arena *a, const char *const *parts, size_t n)
{
    const char *out = "";

    for (size_t i = 0; i < n; i++) {
        if (parts[i] && parts[i][0]) {
            out = arena_printf(a, "%s%s%s", out, out[0] ? ", " : "", parts[i]);
        }
    }
    return out;
}

static const char *
town(struct arena *a, const char *postal_code, const char *city)
{
    return text_trim(a, arena_printf(a, "%s %s", postal_code, city));
}

static const char *
setting(struct request *rq, const char *name)
{
    return setting_text(rq->db, rq->arena, rq->tenant->id, name);
}

static const char *
creditor_name(struct request *rq)
{
    const char *name = setting(rq, "seller_name");

    return name[0] ? name : rq->tenant->name;
}

/* As documents have it. */
static const char *
creditor_address(struct request *rq)
{
    const char *const parts[] = {setting(rq, "seller_street"),
                                 town(rq->arena,
                                      setting(rq, "seller_postal_code"),
                                      setting(rq, "seller_city")),
                                 setting(rq, "seller_country")};
    struct buf lines = buf_new(rq->arena, 128);

    if (parts[0][0]) {
        return joined(rq->arena, parts, 3);
    }
    for (const char *c = rq->tenant->address; *c; c++) {
        buf_puts(&lines, *c == '\n' ? ", " : (char[]){*c, '\0'});
    }
    return lines.data;
}

static const char *
debtor_address(struct request *rq, const json_t *customer)
{
    const char *const parts[] = {
        row_text(customer, "street"), row_text(customer, "address_extra"),
        town(rq->arena, row_text(customer, "postal_code"),
             row_text(customer, "city")),
        row_text(customer, "country")};

    return joined(rq->arena, parts, 4);
}

static void
add_line(struct request *rq, struct buf *out, const char *label,
         const char *text)
{
    if (text[0]) {
        buf_printf(out, "%s\n",
                   i18n_fill(rq->arena,
                             i18n(rq->language, N_("{label}: {text}")), "label",
                             i18n(rq->language, label), "text", text, NULL));
    }
}

/* The words of EPC130-08, core scheme. */
static const char
    authorisation[] = N_(
        "By giving this mandate, I authorise (A) {creditor} to send "
        "instructions to my bank to debit my account and (B) my bank to debit "
        "my account in accordance with the instructions from {creditor}."),
    refund[] = N_(
        "As part of my rights, I am entitled to a refund from my bank under "
        "the terms and conditions of my agreement with my bank. A refund must "
        "be claimed within eight weeks starting from the date on which my "
        "account was debited.");

const char *
payer_words(struct request *rq, const json_t *customer,
            const struct payer_new *new)
{
    struct buf out = buf_new(rq->arena, 1500);
    const char *creditor = creditor_name(rq);

    add_line(rq, &out, N_("Creditor"), creditor);
    add_line(rq, &out, N_("Address of the creditor"), creditor_address(rq));
    add_line(rq, &out, N_("Creditor identifier"), new->creditor);
    add_line(rq, &out, N_("Mandate reference"), new->reference);
    add_line(rq, &out, N_("Kind of payment"),
             i18n(rq->language, N_("recurrent")));
    add_line(rq, &out, N_("IBAN"), PAYER_IBAN);
    add_line(rq, &out, N_("Account holder"), new->holder);
    add_line(rq, &out, N_("Customer"), customer_name(rq->arena, customer));
    add_line(rq, &out, N_("Address of the customer"),
             debtor_address(rq, customer));
    add_line(rq, &out, N_("Date"),
             text_date(rq->arena, rq->language, new->signed_on, true));
    buf_printf(&out, "%s\n%s",
               i18n_fill(rq->arena, i18n(rq->language, authorisation),
                         "creditor", creditor, NULL),
               i18n(rq->language, refund));
    return out.data;
}

json_t *
payer_lines(struct request *rq, const char *words, const char *iban)
{
    const char *place = strstr(words, PAYER_IBAN);

    if (!words[0]) {
        return json_array();
    }
    return model_lines(place ? arena_printf(rq->arena, "%.*s%s%s",
                                            (int)(place - words), words, iban,
                                            place + strlen(PAYER_IBAN))
                             : words);
}

json_t *
payer_row_lines(struct request *rq, const json_t *row)
{
    return payer_lines(rq, row_text(row, "words"), masked(rq, row));
}

/* ---- of who is signed in ---- */

bool
payer_in_use(struct request *rq, struct response *rs, json_t **row)
{
    enum db_result r = payer_current(rq->db, rq->arena, rq->tenant->id,
                                     rq->session->customer, row);

    if (r == DB_NONE) {
        *row = NULL;
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK || r == DB_NONE;
}

const char *
payer_mandate_path(struct request *rq, const char *id)
{
    return arena_printf(rq->arena, "/payment/mandates/%s",
                        form_escape(rq->arena, id));
}

/* ---- mails ---- */

enum db_result
payer_tell(struct request *rq, const struct payer_told *told, const char *event,
           json_t *values)
{
    const char *address = row_text(told->customer, "email");
    struct mail mail = {.event = event,
                        .customer = row_text(told->customer, "id"),
                        .user = told->user,
                        .recipient =
                            field_email_ok(address) ? address : told->email,
                        .request_id = rq->id,
                        .language = told->language};

    if (!field_email_ok(mail.recipient)) {
        return DB_OK; /* the page has told it, and nothing else can */
    }
    model_text(values, "customer_name",
               customer_name(rq->arena, told->customer));
    return mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, &mail, values)
               ? mail_queue(rq->db, rq->arena, rq->tenant->id, &mail)
               : DB_FAILED;
}

enum db_result
payer_give(struct request *rq, const struct payer_new *new,
           const struct payer_told *told)
{
    struct payer_desk desk = payer_desk_of(rq);
    json_t *values = json_in_arena(rq->arena, json_object()), *row;
    enum db_result r = payer_set(&desk, new);

    if (r == DB_OK) {
        r = payer_get(rq->db, rq->arena, rq->tenant->id, new->customer, new->id,
                      &row);
    }
    if (r != DB_OK) {
        return r;
    }
    json_object_set_new(values, "mandate", payer_row_lines(rq, row));
    model_text(values, "given_at",
               text_moment(rq->arena, rq->language, row_int(row, "given"),
                           rq->tenant->time_zone));
    return payer_tell(rq, told, "mandate_given", values);
}
