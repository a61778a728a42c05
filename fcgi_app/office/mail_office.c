/* The log of mail, and the merchant's own words for mails. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "http/handlers.h"
#include "mail/mail_places.h"
#include "mail/mail_view.h"
#include "office/office_web.h"
#include "view/i18n.h"

/* ---- the log ---- */

/* What it says is kept while it waits, so only then can it be sent again. */
static json_t *
mail_buttons(struct request *rq, const json_t *row)
{
    json_t *buttons = json_array();

    if (strcmp(row_text(row, "state"), "queued") == 0 &&
        office_may(rq, "mail.change")) {
        json_array_append_new(
            buttons,
            json_pack("{s:s, s:s}", "action",
                      arena_printf(rq->arena, "%s/admin/mails/%s/retry",
                                   rq->prefix, row_text(row, "id")),
                      "label", i18n(rq->language, N_("Try again now"))));
    }
    return buttons;
}

void
office_mail_reason(const struct request *rq, json_t *mail)
{
    const char *reason = row_text(mail, "reason");

    if (strcmp(row_text(mail, "state"), "suppressed") == 0 && reason[0]) {
        model_text(mail, "reason", i18n(rq->language, reason));
    }
}

void
office_mail_page(struct request *rq, struct response *rs)
{
    json_t *row, *model;
    enum db_result r =
        mail_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    model = json_pack("{s:s, s:s+, s:s}", "title", row_text(row, "recipient"),
                      "back_url", rq->prefix, "/admin/mails", "back_label",
                      i18n(rq->language, N_("Mail log")));
    office_mail_reason(rq, row);
    json_object_set_new(model, "facts", office_facts(rq, mail_log_fields, row));
    model_list(model, "buttons", mail_buttons(rq, row));
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

void
office_mail_retry(struct request *rq, struct response *rs)
{
    enum db_result r =
        mail_hurry(rq->db, rq->arena, rq->tenant->id, rq->values[0], rq->actor);

    if (r == DB_CHECK) {
        response_error(rs, ERR_mail_over);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(rq, rs,
                          arena_printf(rq->arena, "/admin/mails/%s",
                                       form_escape(rq->arena, rq->values[0])));
    }
}

/* ---- templates: the list ---- */

static const char *
template_path(struct request *rq, const char *event, const char *language)
{
    return arena_printf(rq->arena, "/admin/mail-templates/%s/%s", event,
                        language);
}

/* The event with its languages; NULL when the database does not answer. New
 * reference. */
static json_t *
event_model(struct request *rq, const struct mail_event *event)
{
    json_t *languages = json_array();
    struct mail_words words;

    for (size_t i = 0; i < rq->tenant->n_languages; i++) {
        const char *language = rq->tenant->languages[i];

        if (!mail_words_in(rq->db, rq->arena, rq->tenant, event->name, language,
                           &words)) {
            json_decref(languages);
            return NULL;
        }
        json_array_append_new(
            languages, json_pack("{s:s, s:s, s:s, s:s+, s:b}", "lang", language,
                                 "language", text_language(rq->arena, language),
                                 "subject", words.subject, "url", rq->prefix,
                                 template_path(rq, event->name, language),
                                 "own", words.own));
    }
    return json_pack("{s:s, s:o}", "label", i18n(rq->language, event->label),
                     "languages", languages);
}

void
mail_templates_page(struct request *rq, struct response *rs)
{
    json_t *events = json_array();
    json_t *model =
        json_in_arena(rq->arena, json_pack("{s:o}", "events", events));

    for (size_t i = 0; i < mail_n_events; i++) {
        json_t *event = event_model(rq, &mail_events[i]);

        if (!event) {
            response_error(rs, ERR_unavailable);
            return;
        }
        json_array_append_new(events, event);
    }
    response_page(rs, "office_mail_templates", model);
}

/* ---- templates: one ---- */

/* The event and the language that the path names; NULL with the error in the
 * response. */
static const struct mail_event *
named(struct request *rq, struct response *rs)
{
    const struct mail_event *event = mail_event_named(rq->values[0]);

    if (!event || !tenant_speaks(rq->tenant, rq->values[1])) {
        response_error(rs, event ? ERR_not_found : ERR_unknown_event);
        return NULL;
    }
    return event;
}

static json_t *
place_models(struct request *rq, const char *event)
{
    json_t *list = json_array();

    for (size_t i = 0; i < mail_n_places; i++) {
        const struct mail_place *place = &mail_places[i];

        if (mail_place_in(place, event)) {
            json_array_append_new(
                list, json_pack("{s:s, s:s}", "place",
                                arena_printf(rq->arena, "{%s}", place->name),
                                "label", i18n(rq->language, place->label)));
        }
    }
    return list;
}

/* How the words look with example values; new reference. */
static json_t *
preview_model(struct request *rq, const char *event,
              const struct mail_words *words)
{
    struct mail_words shown = *words;
    json_t *model;

    mail_words_fill(rq->arena, rq->tenant, event,
                    mail_places_examples(rq->arena, event), &shown);
    model =
        json_pack("{s:s, s:s}", "subject", shown.subject, "text", shown.text);
    model_text(model, "html", shown.html[0] ? shown.html : NULL);
    return model;
}

/* What a page of words shows. */
struct shown {
    struct mail_words now;   /* what stands */
    struct mail_words words; /* of the form */
    json_t *values;   /* of the form, or on ERR_changed_meanwhile of now */
    bool preview;     /* of the words */
    const char *sent; /* a mail of the log, or NULL */
    enum err error;
};

static void
show_template(struct request *rq, struct response *rs,
              const struct mail_event *event, const struct shown *s)
{
    const char *language = rq->values[1];
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:s+, s:s, s:b, s:b, s:o}", "label",
        i18n(rq->language, event->label), "lang", language, "language",
        text_language(rq->arena, language), "action", rq->prefix,
        template_path(rq, event->name, language), "version",
        mail_words_version(rq->arena, &s->now), "own", s->now.own, "may_change",
        office_may(rq, "mail.change"), "places", place_models(rq, event->name));

    json_object_set_new(model, "preview",
                        s->preview ? preview_model(rq, event->name, &s->words)
                                   : json_null());
    model_text(model, "sent_url",
               s->sent ? arena_printf(rq->arena, "%s/admin/mails/%s",
                                      rq->prefix, s->sent)
                       : NULL);
    json_object_set_new(model, "is_saved",
                        json_boolean(request_argument(rq, "saved") != NULL));
    page_form(rq, rs, "office_mail_template", model, mail_form_fields,
              s->values, s->error);
}

/* What stands now. False with the error in the response. */
static bool
words_now(struct request *rq, struct response *rs,
          const struct mail_event *event, struct mail_words *words)
{
    if (!event) {
        return false;
    }
    if (!mail_words_in(rq->db, rq->arena, rq->tenant, event->name,
                       rq->values[1], words)) {
        response_error(rs, ERR_unavailable);
        return false;
    }
    return true;
}

static json_t *
values_of(struct request *rq, const struct mail_words *words)
{
    return json_in_arena(rq->arena,
                         json_pack("{s:s, s:s, s:s}", "subject", words->subject,
                                   "text", words->text, "html", words->html));
}

void
mail_template_page(struct request *rq, struct response *rs)
{
    const struct mail_event *event = named(rq, rs);
    struct shown s = {.preview = !office_may(rq, "mail.change")};

    if (words_now(rq, rs, event, &s.now)) {
        s.words = s.now;
        s.values = values_of(rq, &s.now);
        show_template(rq, rs, event, &s);
    }
}

/* Whether the form is one of the words that stand; else it is shown with both.
 */
static bool
of_now(struct request *rq, struct response *rs, const struct mail_event *event,
       struct shown *s)
{
    if (!words_now(rq, rs, event, &s->now)) {
        return false;
    }
    if (page_version_is(rq, mail_words_version(rq->arena, &s->now))) {
        return true;
    }
    s->error = ERR_changed_meanwhile;
    s->values = values_of(rq, &s->now);
    if (!json_object_get(rq->raw, "subject")) {
        rq->raw = s->values; /* nothing was typed but the button of the reset */
    }
    show_template(rq, rs, event, s);
    return false;
}

/* Fills s with the words of the form, when they are good: else false, with the
 * form and what is wrong in the response. */
static bool
typed(struct request *rq, struct response *rs, const struct mail_event *event,
      struct shown *s)
{
    const char *html = request_text(rq, "html");

    if (!of_now(rq, rs, event, s)) {
        return false;
    }
    s->values = rq->raw;
    s->words = (struct mail_words){request_text(rq, "subject"),
                                   request_text(rq, "text"), html ? html : "",
                                   rq->values[1], s->now.own};
    if (rq->errors.n == 0 &&
        mail_words_ok(rq->arena, event->name, &s->words, &rq->errors)) {
        return true;
    }
    show_template(rq, rs, event, s);
    return false;
}

void
mail_template_submit(struct request *rq, struct response *rs)
{
    const struct mail_event *event = named(rq, rs);
    struct shown s = {.error = ERR_NONE};

    if (!typed(rq, rs, event, &s)) {
        return;
    }
    if (mail_template_put(rq->db, rq->arena, rq->tenant->id, rq->actor,
                          event->name, &s.words) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(
        rq, rs,
        arena_printf(rq->arena, "%s?saved=1",
                     template_path(rq, event->name, rq->values[1])));
}

void
mail_template_show(struct request *rq, struct response *rs)
{
    const struct mail_event *event = named(rq, rs);
    struct shown s = {.preview = false};

    if (typed(rq, rs, event, &s)) {
        s.preview = true;
        show_template(rq, rs, event, &s);
    }
}

void
mail_template_send(struct request *rq, struct response *rs)
{
    const struct mail_event *event = named(rq, rs);
    const char *to = request_text(rq, "to");
    struct shown s = {.sent = NULL};

    if (rq->errors.n == 0 && !to) {
        field_fail(&rq->errors, "to", ERR_value_missing, 0);
    }
    if (!typed(rq, rs, event, &s)) {
        return;
    }
    if (mail_try(rq->db, rq->arena, rq->keys, rq->tenant, rq->actor,
                 event->name, to, &s.words, &s.sent) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    show_template(rq, rs, event, &s);
}

void
mail_template_reset(struct request *rq, struct response *rs)
{
    const struct mail_event *event = named(rq, rs);
    struct shown s = {.error = ERR_NONE};
    enum db_result r;

    if (!of_now(rq, rs, event, &s)) {
        return;
    }
    r = mail_template_delete(rq->db, rq->arena, rq->tenant->id, rq->actor,
                             event->name, rq->values[1]);
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    response_redirect(rq, rs, template_path(rq, event->name, rq->values[1]));
}
