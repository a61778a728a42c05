#include "office/office_web.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "view/i18n.h"

/* What choices of fields are called, for translation. */
/* clang-format off */
const char *const office_words[] = {
    N_("active"),    N_("blocked"),       N_("pending"),       N_("invited"),
    N_("rejected"),  N_("inactive"),      N_("draft"),         N_("cancelled"),
    N_("ended"),     N_("open"),          N_("paid"),          N_("invoice"),
    N_("credit note"), N_("email"),       N_("none"),          N_("post"),
    N_("owner"),     N_("contact"),       N_("guest"),         N_("operator"),
    N_("administrator"), N_("billing"),   N_("support"),       N_("read only"),
    N_("day"),       N_("week"),          N_("month"),         N_("year"),
    N_("revoked"),   N_("expired"),       N_("yes"),           N_("no"),
    N_("lax"),       N_("embed"),         N_("all"),           N_("queued"),
    N_("leased"),    N_("done"),          N_("failed"),        N_("audit csv"),
    N_("on"),        N_("off"),           N_("delivered"),     N_("merchant"),
    N_("failing"),   N_("gone"),          N_("standard"),      N_("live"),
    N_("test"),      N_("sent"),          N_("suppressed"),    N_("login created"),
    N_("callback off"), N_("callback gone"), N_("contact created"),
    N_("invitation"), N_("invitation accepted"), N_("invitation declined"),
    NULL,
};
/* clang-format on */

struct staff_desk
office_desk(const struct request *rq)
{
    return (struct staff_desk){.db = rq->db,
                               .arena = rq->arena,
                               .keys = rq->keys,
                               .tenant = rq->tenant,
                               .actor = rq->actor};
}

bool
office_may(const struct request *rq, const char *permission)
{
    return staff_allows(rq->session->staff, permission);
}

const char *
office_word(const struct request *rq, const char *choice)
{
    char *word = arena_strdup(rq->arena, choice);

    for (char *p = word; *p; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    return *word ? i18n(rq->language, word) : word;
}

json_t *
office_button(const struct request *rq, const char *path, const char *label)
{
    return json_pack("{s:s+, s:s}", "action", rq->prefix, path, "label",
                     i18n(rq->language, label));
}

void
office_refuse(struct response *rs, enum db_result r)
{
    response_error(rs, db_error(r));
}

void
office_form(struct request *rq, struct response *rs, const char *template,
            json_t *model, const struct field *fields, const json_t *values,
            enum err form_error)
{
    bool failed = form_error != ERR_NONE || rq->errors.n > 0;
    json_t *controls =
        field_controls(rq->arena, fields, failed ? rq->raw : values,
                       &rq->errors, i18n, rq->language);

    json_object_set(model, "controls", controls);
    json_object_set_new(model, "has_errors", json_boolean(failed));
    model_text(model, "form_error",
               form_error ? i18n(rq->language, err_row(form_error)->title)
                          : NULL);
    model_text(model, "form_hint",
               form_error ? i18n(rq->language, err_row(form_error)->detail)
                          : NULL);
    response_page(rs, template, json_in_arena(rq->arena, model));
    rs->status = failed ? 422 : 200;
}
