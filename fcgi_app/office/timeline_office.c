/* What happened to a customer, from the audit trail, in words. Addresses and
 * request numbers stay in the trail itself, which is not for everybody. */
#include "office/timeline_office.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "contract/link.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "pf_time.h"
#include "tenant/tenant.h"
#include "user/member.h"
#include "view/i18n.h"

enum { PART = 50, CHANGES_MAX = 12 };

static const struct {
    const char *action, *words;
} done[] = {
#define DONE(action, words) {action, words},
#include "tables/timeline.def"
#undef DONE
};

static const char *
words_for(const struct request *rq, const char *action)
{
    for (size_t i = 0; i < sizeof done / sizeof *done; i++) {
        if (strcmp(done[i].action, action) == 0) {
            return i18n(rq->language, done[i].words);
        }
    }
    return action;
}

/* ---- what changed ---- */

/* The row of a column that records have; NULL: it is called as it is. */
static const struct field *
field_of(const char *name)
{
    const struct field *const records[] = {customer_fields, link_trail_fields,
                                           contract_list_fields};

    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        for (const struct field *f = records[i]; f->name; f++) {
            if (strcmp(f->name, name) == 0) {
                return f;
            }
        }
    }
    return NULL;
}

static const char *
label_of(const struct request *rq, const char *action, const char *name)
{
    const struct field *f = field_of(name);

    /* of whatever was made: only a customer's is a customer number */
    if (strcmp(name, "number") == 0 && strncmp(action, "customer.", 9) != 0) {
        return i18n(rq->language, N_("Number"));
    }
    return f && f->label ? i18n(rq->language, f->label) : office_word(rq, name);
}

/* A text as people read it: the trail has times as the API has them. */
static const char *
said(const struct request *rq, const struct field *f, const char *text)
{
    int64_t time;

    if (f && f->type == FIELD_ENUM) {
        return office_choice(rq, f, text);
    }
    if (f && f->type == FIELD_LANGUAGE && text[0]) {
        return text_language(rq->arena, text);
    }
    if (f && f->type == FIELD_DATE && text[0]) {
        return text_date(rq->arena, rq->language, text, false);
    }
    return pf_time_parse(pf_str_of(text), &time)
               ? text_time(rq->arena, rq->language, time, rq->tenant->time_zone)
               : text;
}

static const char *
value_text(const struct request *rq, const char *name, const json_t *value)
{
    const struct field *f = field_of(name);
    struct arena *a = rq->arena;

    if (json_is_string(value)) {
        return said(rq, f, json_string_value(value));
    }
    if (json_is_integer(value)) {
        return f && f->type == FIELD_TIME
                   ? text_time(a, rq->language, json_integer_value(value),
                               rq->tenant->time_zone)
                   : arena_printf(a, "%" JSON_INTEGER_FORMAT,
                                  json_integer_value(value));
    }
    if (json_is_boolean(value)) {
        return i18n(rq->language, json_is_true(value) ? "yes" : "no");
    }
    return json_is_null(value) || !value
               ? "–"
               : json_text(a, value, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* What names a record that came or went: the rest stands on its own page. */
static bool
names_it(const char *name)
{
    static const char *const names[] = {"ref",      "number", "name",
                                        "username", "email",  "contract",
                                        "expires",  "status"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* New reference, without its label. */
static json_t *
change_of(struct request *rq, const char *name, const json_t *before,
          const json_t *after)
{
    json_t *change = json_pack("{s:s}", "after", value_text(rq, name, after));

    model_text(change, "before", before ? value_text(rq, name, before) : NULL);
    return change;
}

static json_t *
parsed(struct request *rq, const json_t *row, const char *name)
{
    const char *text = row_text(row, name);

    return text && text[0] ? json_in_arena(rq->arena, json_loads(text, 0, NULL))
                           : NULL;
}

/* New reference. */
static json_t *
changes_of(struct request *rq, const json_t *row)
{
    json_t *before = parsed(rq, row, "before"),
           *after = parsed(rq, row, "after");
    bool both = before && after;
    json_t *all = after ? after : before, *value, *changes = json_array();
    const char *name;

    json_object_foreach(all, name, value)
    {
        if (json_array_size(changes) < CHANGES_MAX &&
            (both || names_it(name)) && (both || !json_is_null(value))) {
            json_t *change = change_of(
                rq, name, both ? json_object_get(before, name) : NULL, value);

            model_text(change, "label",
                       label_of(rq, row_text(row, "action"), name));
            json_array_append_new(changes, change);
        }
    }
    return changes;
}

/* ---- the list ---- */

static const char *
who_did(struct request *rq, json_t *names, const json_t *row)
{
    const char *who = office_who(rq, names, row_text(row, "actor"));
    const char *whom = row_text(row, "on_behalf_of");

    return whom[0]
               ? i18n_fill(rq->arena,
                           i18n(rq->language, N_("{who}, for {whom}")), "who",
                           who, "whom", office_who(rq, names, whom), NULL)
               : who;
}

static void
add_events(struct request *rq, json_t *model, const json_t *rows, size_t limit)
{
    json_t *names = json_in_arena(rq->arena, json_object());
    json_t *events = json_array();

    for (size_t i = 0; i < json_array_size(rows) && i < limit; i++) {
        const json_t *row = json_array_get(rows, i);
        json_t *event = json_pack(
            "{s:s, s:s, s:s}", "what", words_for(rq, row_text(row, "action")),
            "who", who_did(rq, names, row), "when",
            text_time(rq->arena, rq->language, row_int(row, "at"),
                      rq->tenant->time_zone));

        model_list(event, "changes", changes_of(rq, row));
        json_array_append_new(events, event);
    }
    model_list(model, "events", events);
}

bool
timeline_add(struct request *rq, json_t *model, const json_t *customer,
             int limit)
{
    json_t *rows;

    if (audit_of_customer(rq->db, rq->arena, rq->tenant->id,
                          row_text(customer, "id"), NULL, limit + 1,
                          &rows) != DB_OK) {
        return false;
    }
    add_events(rq, model, rows, (size_t)limit);
    return true;
}

void
timeline_page(struct request *rq, struct response *rs)
{
    const char *before = request_argument(rq, "before"), *path;
    json_t *row, *rows, *model;
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);

    if (r == DB_OK) {
        r = audit_of_customer(rq->db, rq->arena, rq->tenant->id,
                              row_text(row, "id"), before, PART + 1, &rows);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    path = arena_printf(rq->arena, "%s/admin/customers/%s", rq->prefix,
                        form_escape(rq->arena, row_text(row, "number")));
    model = json_pack("{s:s, s:s, s:s}", "title",
                      i18n_fill(rq->arena,
                                i18n(rq->language, N_("Timeline of {name}")),
                                "name", customer_name(rq->arena, row), NULL),
                      "back_url", path, "back_label", row_text(row, "number"));
    add_events(rq, model, rows, PART);
    model_text(model, "first_url",
               before ? arena_printf(rq->arena, "%s/timeline", path) : NULL);
    model_text(
        model, "next_url",
        json_array_size(rows) > PART
            ? arena_printf(
                  rq->arena, "%s/timeline?before=%s", path,
                  form_escape(rq->arena,
                              row_text(json_array_get(rows, PART - 1), "id")))
            : NULL);
    response_page(rs, "office_timeline", json_in_arena(rq->arena, model));
}
