#include "office/office_web.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
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
    N_("leased"),    N_("done"),          N_("failed"),        N_("audit csv"), N_("invoices zip"), N_("list csv"),
    N_("on"),        N_("off"),           N_("delivered"),     N_("merchant"),
    N_("failing"),   N_("gone"),          N_("standard"),      N_("live"),
    N_("test"),      N_("sent"),          N_("suppressed"),    N_("login created"),
    N_("password"), N_("sso"), N_("login blocked"), N_("login activated"), N_("login password changed"),
    N_("login password new"), N_("login factor removed"), N_("login username changed"), N_("login email changed"),
    N_("login deleted"), N_("password reset"), N_("registration confirm"), N_("registration known"),
    N_("email confirm"), N_("account changed"), N_("contact created"), N_("invitation"),
    N_("correction"), N_("overdue"), N_("waiting"), N_("invitation accepted"),
    N_("invitation declined"), N_("callback off"), N_("callback gone"), N_("running"),
    N_("api"), N_("office"), N_("schedule"), N_("invoice run"), N_("monday"),
    N_("tuesday"), N_("wednesday"), N_("thursday"), N_("friday"), N_("saturday"),
    N_("sunday"), N_("not written"),
    N_("too many lines"), N_("billed"), N_("deleted"), N_("invoice mail"),
    N_("credit note mail"), N_("correction mail"), N_("cancellation received"), N_("withdrawal received"),
    N_("declaration arrived"), N_("cancellation"), N_("withdrawal"), N_("to be done"),
    N_("ordinary"), N_("extraordinary"), N_("consumers"),
    N_("optional"), N_("required"), N_("hidden"), N_("shown"), N_("order received"),
    N_("businesses"), N_("created"), N_("changed"),
    N_("removed"), N_("system"), N_("link new"), N_("amount too large"),
    N_("no due date"), N_("no recurrence"), N_("payment"), N_("refund"), N_("fee"),
    N_("reversal"), N_("transfer"), N_("direct debit"), N_("card"), N_("cash"),
    N_("other"), N_("recorded"), N_("reversed"), N_("whole"), N_("part"),
    N_("settle credits"), N_("reminder mail"), N_("reminder run"), N_("to print"),
    N_("printed"),   N_("void"),
    N_("archived"), N_("quantity"), N_("on off"), N_("metered"), N_("simple"), N_("scale"),
    N_("interval"), N_("percent"), N_("amount"), N_("recurring"), N_("one off"),
    N_("recurring and one off"), N_("goes on, and is billed"), N_("ends"), N_("is renewed"),
    N_("changes to another variant"), N_("product family"), N_("plan"), N_("plan variant"),
    N_("component"), N_("used"), N_("received"),
    N_("customer"), N_("contract"), N_("text"), N_("number"), N_("date"), N_("choice"),
    N_("nothing"), N_("see it"), N_("see and change it"),
    N_("mandate given"), N_("mandate ended"), N_("card added"), N_("card ended"), N_("card refused"), N_("sandbox"), N_("on account"), N_("replaced"), N_("lapsed"),
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
office_choice(const struct request *rq, const struct field *f,
              const char *choice)
{
    return *choice ? i18n(rq->language, field_choice_word(rq->arena, f, choice))
                   : choice;
}

const char *
office_word(const struct request *rq, const char *choice)
{
    static const struct field plain = {.type = FIELD_ENUM};

    return office_choice(rq, &plain, choice);
}

json_t *
office_link(const struct request *rq, const char *path, const char *label,
            bool quiet)
{
    return json_pack("{s:s+, s:s, s:b}", "url", rq->prefix, path, "label",
                     i18n(rq->language, label), "is_quiet", quiet);
}

void
office_add_link(const struct request *rq, json_t *links, const char *path,
                const char *label)
{
    bool quiet = json_array_size(links) > 0;

    json_array_append_new(links, office_link(rq, path, label, quiet));
}

json_t *
office_button(const struct request *rq, const char *path, const char *label)
{
    return json_pack("{s:s+, s:s}", "action", rq->prefix, path, "label",
                     i18n(rq->language, label));
}

void
office_go_on(struct request *rq, json_t *table, const json_t *rows,
             const char *name)
{
    const json_t *last = json_array_get(rows, OFFICE_PART_ROWS - 1);
    const char *here = arena_printf(rq->arena, "%s%s", rq->prefix, rq->path);

    model_text(table, "first_url", request_argument(rq, name) ? here : NULL);
    model_text(table, "next_url",
               json_array_size(rows) > OFFICE_PART_ROWS
                   ? arena_printf(rq->arena, "%s?%s=%s", here, name,
                                  form_escape(rq->arena, row_text(last, "key")))
                   : NULL);
}

void
office_run(struct request *rq, struct response *rs, json_t *model,
           const struct office_progress *p)
{
    const char *done = arena_printf(rq->arena, "%" PRId64, p->done);
    const char *total = arena_printf(rq->arena, "%" PRId64, p->total);

    json_object_set_new(model, "is_under_way", json_boolean(p->under_way));
    json_object_set_new(model, "is_counted", json_boolean(p->total > 0));
    json_object_set_new(model, "done", json_integer(p->done));
    json_object_set_new(model, "total",
                        json_integer(p->total > 0 ? p->total : 1));
    model_text(model, "progress",
               i18n_fill(rq->arena, i18n(rq->language, p->words), "done", done,
                         "total", total, NULL));
    response_page(rs, "office_run", json_in_arena(rq->arena, model));
    if (p->under_way) {
        response_header(rs, "Refresh", "5");
    }
}

void
office_refuse(struct response *rs, enum db_result r)
{
    response_error(rs, db_error(r));
}

/* ---- forms ---- */

void
office_ask_removal(struct request *rq, struct response *rs,
                   const struct office_removal *r, enum err error)
{
    static const struct field nothing[] = {FIELD_END};
    json_t *model = json_pack("{s:s, s:s, s:s+, s:s+, s:s}", "title",
                              i18n(rq->language, r->question), "name", r->name,
                              "back_url", rq->prefix, r->back, "action",
                              rq->prefix, rq->path, "version", r->version);

    json_object_set_new(model, "facts", office_facts(rq, r->fields, r->row));
    model_text(model, "warning",
               r->warning ? i18n(rq->language, r->warning) : NULL);
    model_text(model, "why_kept",
               r->why_kept ? i18n(rq->language, r->why_kept) : NULL);
    model_list(model, "tables", r->kept_by ? r->kept_by : json_array());
    page_form(rq, rs, "office_removal", model, nothing, NULL, error);
}
