/* REST: merchants' mail templates, and the log of mail. */
#include <string.h>

#include "base/json.h"
#include "http/handlers.h"
#include "http/list.h"
#include "mail/mail_places.h"
#include "mail/mail_view.h"
#include "view/i18n.h"

/* ---- templates ---- */

/* The event and the language that the path names; false with the error in the
 * response. */
static bool
named(struct request *rq, struct response *rs)
{
    if (!mail_event_named(rq->values[0])) {
        response_error(rs, ERR_unknown_event);
        return false;
    }
    if (!tenant_speaks(rq->tenant, rq->values[1])) {
        response_error(rs, ERR_not_found);
        return false;
    }
    return true;
}

/* "{CustomerName}" -> "Name of the customer". */
static const char *
placeholders(struct request *rq, const char *event)
{
    json_t *object = json_in_arena(rq->arena, json_object());

    for (size_t i = 0; i < mail_n_places; i++) {
        const struct mail_place *place = &mail_places[i];

        if (mail_place_in(place, event)) {
            json_object_set_new(object,
                                arena_printf(rq->arena, "{%s}", place->name),
                                json_string(i18n(rq->language, place->label)));
        }
    }
    return json_text(rq->arena, object, JSON_COMPACT);
}

/* New reference. */
static json_t *
template_row(struct request *rq, const struct mail_event *event,
             const struct mail_words *words)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "event",
                     event->name, "label", i18n(rq->language, event->label),
                     "language", words->language, "own", words->own, "subject",
                     words->subject, "text", words->text, "html", words->html,
                     "placeholders", placeholders(rq, event->name));
}

/* Where the list goes on: behind the row that the cursor names, or behind its
 * event, when the tenant speaks that language no more. */
static void
begin_at(struct request *rq, const struct list *list, size_t *event,
         size_t *language)
{
    const char *seen = list_after_text(list, 0);
    const char *in = list_after_text(list, 1);

    *event = *language = 0;
    if (!seen || !in) {
        return;
    }
    while (*event < mail_n_events &&
           strcmp(mail_events[*event].name, seen) != 0) {
        ++*event;
    }
    while (*language < rq->tenant->n_languages &&
           strcmp(rq->tenant->languages[*language], in) != 0) {
        ++*language;
    }
    ++*language;
}

/* The rows from there on, at most that many; NULL with the error in the
 * response. */
static json_t *
template_rows(struct request *rq, struct response *rs, size_t event,
              size_t language, size_t limit)
{
    json_t *rows = json_in_arena(rq->arena, json_array());
    const struct tenant *t = rq->tenant;
    struct mail_words words;

    for (; event < mail_n_events; event++, language = 0) {
        const struct mail_event *e = &mail_events[event];

        for (; language < t->n_languages && json_array_size(rows) < limit;
             language++) {
            if (!mail_words_in(rq->db, rq->arena, t, e->name,
                               t->languages[language], &words)) {
                response_error(rs, ERR_unavailable);
                return NULL;
            }
            json_array_append_new(rows, template_row(rq, e, &words));
        }
    }
    return rows;
}

void
mail_templates_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"event", "language", NULL};
    struct list list;
    size_t event, language;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    begin_at(rq, &list, &event, &language);
    rows = template_rows(rq, rs, event, language, (size_t)list.limit + 1);
    if (rows) {
        list_answer(rq, rs, &list, mail_template_fields, rows, keys);
    }
}

static void
answer_template(struct request *rq, struct response *rs,
                const struct mail_words *words)
{
    json_t *row = template_row(rq, mail_event_named(rq->values[0]), words);

    response_json(rs, 200,
                  field_output(rq->arena, mail_template_fields,
                               json_in_arena(rq->arena, row)));
}

void
mail_template_get_one(struct request *rq, struct response *rs)
{
    struct mail_words words;

    if (!named(rq, rs)) {
        return;
    }
    if (!mail_words_in(rq->db, rq->arena, rq->tenant, rq->values[0],
                       rq->values[1], &words)) {
        response_error(rs, ERR_unavailable);
        return;
    }
    answer_template(rq, rs, &words);
}

static const char *
text_or(struct request *rq, const char *field, const char *otherwise)
{
    const char *text = request_text(rq, field);

    return text ? text : otherwise;
}

/* Those sent are good; false with the error in the response. */
static bool
good(struct request *rq, struct response *rs, const struct mail_words *words)
{
    if (mail_words_ok(rq->arena, rq->values[0], words, &rq->errors)) {
        return true;
    }
    response_error(rs, ERR_invalid);
    return false;
}

void
mail_template_put_one(struct request *rq, struct response *rs)
{
    struct mail_words words = {request_text(rq, "subject"),
                               request_text(rq, "text"),
                               text_or(rq, "html", ""), rq->values[1], true};

    if (!named(rq, rs) || !good(rq, rs, &words)) {
        return;
    }
    if (mail_template_put(rq->db, rq->arena, rq->tenant->id, rq->actor,
                          rq->values[0], &words) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    answer_template(rq, rs, &words);
}

void
mail_template_delete_one(struct request *rq, struct response *rs)
{
    if (!named(rq, rs)) {
        return;
    }
    switch (mail_template_delete(rq->db, rq->arena, rq->tenant->id, rq->actor,
                                 rq->values[0], rq->values[1])) {
    case DB_OK:
        response_empty(rs, 204);
        break;
    case DB_NONE:
        response_error(rs, ERR_not_found);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

/* ---- trying them ---- */

/* What a mail would be made of, with the words sent in their places. HTML is
 * left out where a text was sent without one: it would say something else. */
static bool
tried(struct request *rq, struct response *rs, struct mail_words *words)
{
    if (!named(rq, rs)) {
        return false;
    }
    if (!mail_words_for(rq->db, rq->arena, rq->tenant, rq->values[0],
                        rq->values[1], words)) {
        response_error(rs, ERR_unavailable);
        return false;
    }
    words->subject = text_or(rq, "subject", words->subject);
    if (request_text(rq, "text")) {
        words->text = request_text(rq, "text");
        words->html = "";
    }
    words->html = text_or(rq, "html", words->html);
    return good(rq, rs, words);
}

void
mail_template_preview(struct request *rq, struct response *rs)
{
    struct mail_words words;
    json_t *row;

    if (!tried(rq, rs, &words)) {
        return;
    }
    mail_words_fill(rq->arena, rq->tenant, rq->values[0],
                    mail_places_examples(rq->arena, rq->values[0]), &words);
    row =
        json_pack("{s:s, s:s, s:s, s:s}", "language", words.language, "subject",
                  words.subject, "text", words.text, "html", words.html);
    response_json(rs, 200,
                  field_output(rq->arena, mail_preview_answer_fields,
                               json_in_arena(rq->arena, row)));
}

static void
answer_mail(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row;
    enum db_result r = mail_get(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    response_json(rs, status, field_output(rq->arena, mail_log_fields, row));
}

void
mail_template_test(struct request *rq, struct response *rs)
{
    struct mail_words words;
    const char *id;

    if (!tried(rq, rs, &words)) {
        return;
    }
    if (mail_try(rq->db, rq->arena, rq->keys, rq->tenant, rq->actor,
                 rq->values[0], request_text(rq, "to"), &words, &id) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    answer_mail(rq, rs, 201, id);
}

/* ---- the log ---- */

void
mails_get(struct request *rq, struct response *rs)
{
    struct mail_filter filter = {.state = request_text(rq, "state"),
                                 .event = request_text(rq, "event"),
                                 .recipient = request_text(rq, "recipient"),
                                 .customer = request_text(rq, "customer"),
                                 .from = request_number(rq, "from", 0),
                                 .to = request_number(rq, "to", 0)};
    static const char *const keys[] = {"id", NULL};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    if (mail_list(rq->db, rq->arena, rq->tenant->id, &filter,
                  list_after_text(&list, 0), list.limit + 1, &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, mail_log_fields, rows, keys);
}

void
mail_get_one(struct request *rq, struct response *rs)
{
    answer_mail(rq, rs, 200, rq->values[0]);
}

void
mail_resend_post(struct request *rq, struct response *rs)
{
    switch (mail_hurry(rq->db, rq->arena, rq->tenant->id, rq->values[0],
                       rq->actor)) {
    case DB_OK:
        answer_mail(rq, rs, 200, rq->values[0]);
        break;
    case DB_NONE:
        response_error(rs, ERR_not_found);
        break;
    case DB_CHECK:
        response_error(rs, ERR_mail_over);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
