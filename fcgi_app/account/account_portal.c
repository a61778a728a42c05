/* Customer pages about the account itself: what was sent to it, and whom to
 * ask. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "http/handlers.h"
#include "mail/mail.h"
#include "session/session.h"

enum { MAILS = 20 };

/* ---- mails ---- */

static json_t *
mail_model(struct request *rq, const json_t *row)
{
    json_t *model =
        json_pack("{s:s, s:s, s:s}", "subject", row_text(row, "subject"),
                  "recipient", row_text(row, "recipient"), "created_text",
                  text_time(rq->arena, rq->language, row_int(row, "created"),
                            rq->tenant->time_zone));

    model_flag(model, "is_", row_text(row, "state"));
    return model;
}

static const char *
mails_url(struct request *rq)
{
    return arena_printf(rq->arena, "%s/mails", rq->prefix);
}

/* What was sent to others is for who may see that they are there. */
static const char *
reader(const struct request *rq)
{
    return membership_allows(rq->session->membership, "security.members.view")
               ? NULL
               : rq->session->user;
}

void
mails_page(struct request *rq, struct response *rs)
{
    const char *before = request_argument(rq, "before");
    json_t *rows, *row, *models = json_array();
    json_t *model = json_in_arena(rq->arena, json_object());
    size_t i;

    if (mail_of_customer(rq->db, rq->arena, rq->tenant->id,
                         rq->session->customer, reader(rq), before, MAILS + 1,
                         &rows) != DB_OK) {
        json_decref(models);
        response_error(rs, ERR_unavailable);
        return;
    }
    if (json_array_size(rows) > MAILS) {
        json_array_remove(rows, MAILS);
        row = json_array_get(rows, MAILS - 1);
        model_text(model, "next_url",
                   arena_printf(rq->arena, "%s?before=%s", mails_url(rq),
                                form_escape(rq->arena, row_text(row, "id"))));
    }
    if (before) {
        model_text(model, "first_url", mails_url(rq));
    }
    json_array_foreach(rows, i, row)
    {
        json_array_append_new(models, mail_model(rq, row));
    }
    model_list(model, "mails", models);
    response_page(rs, "mails", model);
}

/* ---- help and support ---- */

/* Null where the merchant said nothing. */
static void
add_setting(struct request *rq, json_t *model, const char *name)
{
    const char *value = setting_text(rq->db, rq->arena, rq->tenant->id, name);

    model_text(model, name, value[0] ? value : NULL);
}

/* "+49 40 / 123" -> "+4940123": what a telephone dials. */
static const char *
dialled(struct arena *a, const char *phone)
{
    char *out = arena_strdup(a, phone), *end = out;

    for (const char *p = phone; *p; p++) {
        if (strchr("+0123456789", *p)) {
            *end++ = *p;
        }
    }
    *end = '\0';
    return out;
}

void
support_page(struct request *rq, struct response *rs)
{
    static const char *const names[] = {"support_email", "support_phone",
                                        "support_url"};
    json_t *model = json_in_arena(rq->arena, json_object());
    const char *text =
        setting_text(rq->db, rq->arena, rq->tenant->id, "support_text");
    const char *phone;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add_setting(rq, model, names[i]);
    }
    phone = json_string_value(json_object_get(model, "support_phone"));
    model_text(model, "support_tel", phone ? dialled(rq->arena, phone) : NULL);
    model_list(model, "texts", text[0] ? model_lines(text) : json_array());
    model_list(model, "address", model_lines(rq->tenant->address));
    response_page(rs, "support", model);
}
