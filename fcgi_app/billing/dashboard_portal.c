/* The overview of the portal: its sections, and those about money. */
#include "base/json.h"
#include "base/model.h"
#include "billing/billing.h"
#include "billing/billing_view.h"
#include "billing/reminder_view.h"
#include "http/handlers.h"
#include "session/session.h"
#include "tenant/section_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { GLANCE_ROWS = 5, REMINDER_ROWS = 3 };

/* ---- account ---- */

void *
section_ask_account(struct request *rq)
{
    return invoice_open_sum(rq->db, rq->arena, rq->tenant->id,
                            rq->session->customer);
}

bool
section_show_account(struct request *rq, void *asked, json_t *model)
{
    return invoice_open_model(rq, asked, model);
}

/* ---- documents ---- */

struct documents {
    struct db_answer *invoices, *reminders;
};

void *
section_ask_documents(struct request *rq)
{
    const char *tenant = rq->tenant->id, *customer = rq->session->customer;
    struct documents *asked = arena_alloc(rq->arena, sizeof *asked);

    *asked =
        (struct documents){invoice_list(rq->db, rq->arena, tenant, customer,
                                        NULL, NULL, GLANCE_ROWS),
                           reminder_ask(rq->db, rq->arena, tenant, customer,
                                        NULL, NULL, REMINDER_ROWS)};
    return asked;
}

bool
section_show_documents(struct request *rq, void *asked, json_t *model)
{
    const struct documents *d = asked;
    json_t *invoices, *reminders;

    if (db_rows(d->invoices, &invoices) != DB_OK ||
        db_rows(d->reminders, &reminders) != DB_OK) {
        return false;
    }
    model_list(model, "invoices", invoice_models(rq, invoices));
    model_list(model, "reminders", reminder_row_models(rq, reminders));
    return true;
}

/* ---- all of them ---- */

static const struct section {
    const char *name, *permission, *path, *all;
    void *(*ask)(struct request *rq);
    bool (*show)(struct request *rq, void *asked, json_t *model);
} sections[] = {
#define SECTION(name, permission, path, all)                                   \
    {#name, permission, path, all, section_ask_##name, section_show_##name},
#include "tables/sections.def"
#undef SECTION
};

enum { N_SECTIONS = sizeof sections / sizeof *sections };

/* A section that is shown, and what it asked for. */
struct shown {
    const struct section *section;
    void *asked;
    int64_t place;
};

static size_t
ask(struct request *rq, struct shown *shown)
{
    size_t n = 0;

    for (size_t i = 0; i < N_SECTIONS; i++) {
        if (membership_allows(rq->session->membership,
                              sections[i].permission)) {
            shown[n++] = (struct shown){&sections[i], sections[i].ask(rq), 0};
        }
    }
    return n;
}

/* By their places; those of one place in the order of the table. */
static void
put_in_order(struct shown *shown, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct shown one = shown[i];
        size_t at = i;

        for (; at > 0 && shown[at - 1].place > one.place; at--) {
            shown[at] = shown[at - 1];
        }
        shown[at] = one;
    }
}

static json_t *
section_model(struct request *rq, const struct shown *one)
{
    const struct section *s = one->section;
    json_t *model =
        json_pack("{s:s, s:s+, s:s}", "name", s->name, "url", rq->prefix,
                  s->path, "all", i18n(rq->language, s->all));

    json_object_set_new(model, "is_failed",
                        json_boolean(!s->show(rq, one->asked, model)));

    model_flag(model, "is_", s->name);
    section_heading(rq, model, s->name);
    return model;
}

void
dashboard_page(struct request *rq, struct response *rs)
{
    const struct membership *m = rq->session->membership;
    struct db_answer *places = section_places_ask(rq);
    struct shown shown[N_SECTIONS];
    size_t n = ask(rq, shown);
    json_t *list = json_array();
    json_t *model =
        json_pack("{s:{s:s, s:s}, s:o}", "customer", "name", m->customer_name,
                  "number", m->customer_number, "sections", list);

    for (size_t i = 0; i < n; i++) {
        shown[i].place = section_place(rq, places, shown[i].section->name);
    }
    put_in_order(shown, n);
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, section_model(rq, &shown[i]));
    }
    response_page(rs, "dashboard", json_in_arena(rq->arena, model));
}
