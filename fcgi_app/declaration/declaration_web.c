#include "declaration/declaration_web.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "mail/mail_view.h"
#include "session/person_web.h"
#include "tenant/tenant.h"
#include "user/rate.h"
#include "view/i18n.h"

static const char *
value_text(struct request *rq, const struct field *f, const json_t *input)
{
    const char *text = row_text(input, f->name);

    if (!text || !text[0]) {
        return NULL;
    }
    return f->type == FIELD_ENUM
               ? i18n(rq->language, field_choice_word(rq->arena, f, text))
           : f->type == FIELD_DATE
               ? text_date(rq->arena, rq->language, text, true)
               : text;
}

const char *
declaration_receipt(struct request *rq, const struct field *fields,
                    const json_t *input)
{
    const char *lines = "";

    for (; fields->name; fields++) {
        const char *text = fields->label ? value_text(rq, fields, input) : NULL;

        if (text) {
            lines = arena_printf(rq->arena, "%s%s%s: %s", lines,
                                 lines[0] ? "\n" : "",
                                 i18n(rq->language, fields->label), text);
        }
    }
    return lines;
}

/* ---- mails ---- */

struct taking {
    struct request *rq;
    const struct declaration_new *new;
};

static enum db_result
send(const struct taking *t, struct mail *mail, json_t *values)
{
    struct request *rq = t->rq;

    mail->customer = mail->user = "";
    mail->request_id = rq->id;
    json_object_set_new(values, "declaration", model_lines(t->new->receipt));
    return mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, mail, values)
               ? mail_queue(rq->db, rq->arena, rq->tenant->id, mail)
               : DB_FAILED;
}

/* The page has shown the receipt as well: whoever types a stranger's address
 * over and over does not fill their inbox. */
static enum db_result
send_receipt(const struct taking *t)
{
    static const struct rate rate = {"declaration mail", 5, 15 * 60};
    struct request *rq = t->rq;
    const struct declaration_new *new = t->new;
    struct one_time_store tokens = tokens_of(rq);
    struct mail mail = {.event = strcmp(new->kind, "cancellation") == 0
                                     ? "cancellation_received"
                                     : "withdrawal_received",
                        .recipient = row_text(new->input, "email"),
                        .language = rq->language};
    json_t *values = json_in_arena(rq->arena, json_object());
    enum db_result r;

    if (!mail.recipient[0]) {
        return DB_OK; /* an account without an address has the page alone */
    }
    r = rate_take(&tokens, &rate, text_fold(rq->arena, mail.recipient));

    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    model_text(values, "received_at",
               text_moment(rq->arena, rq->language, new->received,
                           rq->tenant->time_zone));
    return send(t, &mail, values);
}

static enum db_result
send_to_merchant(const struct taking *t)
{
    struct request *rq = t->rq;
    struct mail mail = {.event = "declaration_arrived",
                        .recipient = setting_text(
                            rq->db, rq->arena, rq->tenant->id, "support_email"),
                        .language = rq->tenant->default_language};
    json_t *values = json_in_arena(rq->arena, json_object());

    if (!field_email_ok(mail.recipient)) {
        return DB_OK;
    }
    model_text(values, "declaration_url",
               arena_printf(rq->arena, "%s/admin/declarations/%s",
                            rq->tenant->url, t->new->id));
    return send(t, &mail, values);
}

static enum db_result
take_in_transaction(struct db *db, void *data)
{
    const struct taking *t = data;
    struct declaration_desk desk = {db, t->rq->arena, t->rq->tenant,
                                    t->rq->actor};
    enum db_result r = declaration_receive(&desk, t->new);

    if (r == DB_OK) {
        r = send_receipt(t);
    }
    return r == DB_OK ? send_to_merchant(t) : r;
}

enum db_result
declaration_take_in(struct request *rq, const struct declaration_new *new)
{
    struct taking taking = {rq, new};

    return db_transaction(rq->db, true, take_in_transaction, &taking);
}
