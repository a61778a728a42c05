#include "session/accounts_web.h"

#include <string.h>

#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "session/session.h"
#include "view/i18n.h"

static json_t *
entry_of(struct request *rq, const json_t *row)
{
    const struct membership *m = rq->session->membership;
    const char *number = row_text(row, "number");
    int64_t used = row_int(row, "last_used");
    json_t *entry = json_pack(
        "{s:s, s:s, s:s, s:b}", "name", customer_name(rq->arena, row), "number",
        number, "role",
        i18n(rq->language, membership_kind_label(row_text(row, "kind"))),
        "is_current", strcmp(number, m->customer_number) == 0);

    model_text(
        entry, "used_text",
        used ? text_time(rq->arena, rq->language, used, rq->tenant->time_zone)
             : NULL);
    return entry;
}

enum db_result
accounts_entries(struct request *rq, const char *text, int limit,
                 json_t **entries)
{
    json_t *rows, *row;
    size_t i;
    enum db_result r = membership_list(rq->db, rq->arena, rq->tenant,
                                       rq->session->user, text, limit, &rows);

    *entries = json_array();
    if (r == DB_OK) {
        json_array_foreach(rows, i, row)
        {
            json_array_append_new(*entries, entry_of(rq, row));
        }
    }
    return r;
}

void
accounts_menu(struct request *rq, json_t *signed_in)
{
    const struct session *s = rq->session;
    json_t *all = json_array(), *others = json_array(), *entry;
    size_t i;

    if (session_of_person(s) && !session_on_behalf(s) && s->n_accounts > 1) {
        json_decref(all);
        accounts_entries(rq, NULL, ACCOUNTS_MENU + 1, &all);
    }
    json_array_foreach(all, i, entry)
    {
        if (!json_is_true(json_object_get(entry, "is_current"))) {
            json_array_append(others, entry);
        }
    }
    json_decref(all);
    model_list(signed_in, "others", others);
    model_text(signed_in, "accounts_url",
               arena_printf(rq->arena, "%s/accounts", rq->prefix));
}
