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
    const char *role = membership_kind_label(row_text(row, "kind"));

    return json_pack("{s:s, s:s, s:s, s:n, s:b}", "name",
                     customer_name(rq->arena, row), "number", number, "role",
                     i18n(rq->language, role), "used_text", "is_current",
                     strcmp(number, m->customer_number) == 0);
}

enum db_result
accounts_entries(struct request *rq, const char *text, int limit,
                 json_t **entries)
{
    json_t *rows, *row, *entry;
    size_t i;
    enum db_result r = membership_list(rq->db, rq->arena, rq->tenant,
                                       rq->session->user, text, limit, &rows);

    *entries = json_array();
    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(rows, i, row)
    {
        int64_t used = row_int(row, "last_used");

        entry = entry_of(rq, row);
        if (used) {
            model_text(entry, "used_text",
                       text_time(rq->arena, rq->language, used,
                                 rq->tenant->time_zone));
        }
        json_array_append_new(*entries, entry);
    }
    return DB_OK;
}

/* Without times: every page has it. */
static json_t *
others(struct request *rq)
{
    json_t *rows, *row, *list = json_array();
    size_t i;

    if (membership_list(rq->db, rq->arena, rq->tenant, rq->session->user, NULL,
                        ACCOUNTS_MENU + 1, &rows) != DB_OK) {
        return list; /* the page is there all the same */
    }
    json_array_foreach(rows, i, row)
    {
        if (strcmp(row_text(row, "id"), rq->session->membership->id) != 0 &&
            json_array_size(list) < ACCOUNTS_MENU) {
            json_array_append_new(list, entry_of(rq, row));
        }
    }
    return list;
}

void
accounts_menu(struct request *rq, json_t *signed_in)
{
    const struct session *s = rq->session;
    bool several =
        session_of_person(s) && !session_on_behalf(s) && s->n_accounts > 1;

    model_list(signed_in, "others", several ? others(rq) : json_array());
    model_text(signed_in, "accounts_url",
               arena_printf(rq->arena, "%s/accounts", rq->prefix));
}
