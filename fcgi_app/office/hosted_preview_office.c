/* What the order page, or the portal, would look like with settings and words
 * that are not saved. Nothing on such a page does anything. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract_view.h"
#include "office/setting_office.h"
#include "order/order_send_web.h"
#include "payer/payer_web.h"
#include "tenant/page_text.h"
#include "user/rights.h"
#include "view/i18n.h"

enum { MANY_VARIANTS = 500 };

/* ---- what stands on top: it is a preview, and the way back ---- */

static bool
is_sent(const char *name)
{
    static const char *const others[] = {"csrf", "form_id", "account",
                                         "version", "step"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(name, others[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* The form as it was filled in. */
static json_t *
sent_models(const struct request *rq)
{
    json_t *list = json_array(), *value;
    const char *name;

    json_object_foreach(rq->raw, name, value)
    {
        if (is_sent(name) && json_is_string(value)) {
            json_array_append_new(
                list, json_pack("{s:s, s:O}", "name", name, "value", value));
        }
    }
    return list;
}

static void
add_bar(struct request *rq, struct response *rs, json_t *model,
        const char *version)
{
    json_object_set_new(model, "preview",
                        json_pack("{s:s+, s:b, s:o}", "action", rq->prefix,
                                  rq->path, "with_examples",
                                  json_object_get(model, "sections") != NULL,
                                  "sent", sent_models(rq)));
    model_text(model, "version", version);
    rs->hosted = true;
}

/* ---- the order page ---- */

/* The first variant that has one. */
static enum db_result
find_variant(struct request *rq, const char **id)
{
    struct catalog_filter filter = {
        .kind = CATALOG_VARIANT, .status = "active", .limit = MANY_VARIANTS};
    json_t *rows, *row;
    size_t i;
    enum db_result r =
        catalog_list(rq->db, rq->arena, rq->tenant->id, &filter, &rows);

    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(rows, i, row)
    {
        if (row_int(row, "orderable")) {
            *id = row_text(row, "id");
            return DB_OK;
        }
    }
    return DB_NONE;
}

/* The form of that variant with those settings and words. */
static enum db_result
load_order(struct order_form *f, const char *variant,
           const struct office_hosted *h)
{
    struct request *rq = f->rq;
    const char *value = rq->values[0];
    enum db_result r;

    rq->values[0] = variant;
    r = order_load(f);
    rq->values[0] = value;
    if (r != DB_OK) {
        return r;
    }
    f->page = (struct order_page){h->values, h->texts};
    order_read_terms(f);
    f->fields = order_person_fields(rq->arena, &f->page);
    f->typed = json_in_arena(rq->arena, json_object());
    order_read_wish(f);
    r = order_price(f);
    rq->errors.n = 0; /* without a price the page has no summary */
    return r == DB_CHECK ? DB_OK : r;
}

static enum db_result
preview_order(struct request *rq, struct response *rs,
              const struct office_hosted *h)
{
    struct order_form f = {.rq = rq};
    const char *variant;
    json_t *model;
    enum db_result r = find_variant(rq, &variant);

    if (r == DB_OK) {
        r = load_order(&f, variant, h);
    }
    if (r != DB_OK) {
        return r;
    }
    model = order_model(&f);
    json_object_set_new(model, "account_known", json_null());
    json_object_set_new(model, "nav", json_array());
    model_text(model, "action", "#main");
    add_bar(rq, rs, model, h->version);
    page_form(rq, rs, "order", model, f.fields, f.typed, ERR_NONE);
    return DB_OK;
}

/* ---- the portal ---- */

static const struct area {
    const char *path, *permission, *label, *section;
} areas[] = {
#define AREA(path, permission, label, section)                                 \
    {path, permission, label, section},
#include "tables/areas.def"
#undef AREA
};

static const struct section {
    const char *name, *permission, *all;
} sections[] = {
#define SECTION(name, permission, path, all) {#name, permission, all},
#include "tables/sections.def"
#undef SECTION
};

enum {
    N_AREAS = sizeof areas / sizeof *areas,
    N_SECTIONS = sizeof sections / sizeof *sections
};

/* What an owner may do with these features. */
static rights_t
rights_of(struct request *rq, const json_t *values)
{
    static const char *const features[] = {
#define FEATURE(name, label) #name,
#include "tables/features.def"
#undef FEATURE
    };
    const char *without = "";

    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        const char *value =
            row_text(values, arena_printf(rq->arena, "portal_%s", features[i]));

        if (value && strcmp(value, "0") == 0) {
            without = arena_printf(rq->arena, "%s%s%s", without,
                                   without[0] ? " " : "", features[i]);
        }
    }
    return rights_all() & ~rights_of_features(without);
}

/* The tenant's words for a section, with their language where it is not the
 * page's; NULL: it has none. */
static const char *
words_of(struct request *rq, const struct office_hosted *h, const char *section,
         const char **language)
{
    bool fell_back = false;
    const char *text = translation_pick(
        h->texts, arena_printf(rq->arena, "%s_heading", section), rq->language,
        rq->tenant->default_language, &fell_back);

    *language = text && fell_back ? rq->tenant->default_language : NULL;
    return text;
}

static json_t *
menu(struct request *rq, const struct office_hosted *h, rights_t rights)
{
    json_t *list = json_array();

    for (size_t i = 0; i < N_AREAS; i++) {
        const struct area *area = &areas[i];
        rights_t wanted = rights_named(area->permission);
        const char *language = NULL;
        const char *own =
            area->section[0] ? words_of(rq, h, area->section, &language) : NULL;
        json_t *entry;

        if (wanted && !(rights & wanted)) {
            continue;
        }
        entry = json_pack("{s:s, s:b, s:b}", "url", "#main", "current", i == 0,
                          "within", 0);
        model_text(entry, "label", own ? own : i18n(rq->language, area->label));
        model_text(entry, "label_lang", language);
        json_array_append_new(list, entry);
    }
    return list;
}

/* ---- somebody's data, who is nobody ---- */

static const char *
money(struct request *rq, int64_t minor)
{
    return text_money(rq->arena, rq->language, minor, "EUR");
}

static json_t *
sample_invoice(struct request *rq, const char *number, bool is_open)
{
    const char *today = tenant_today(rq->arena, rq->tenant);
    const char *date = text_date(rq->arena, rq->language, today, false);

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:b,"
                     " s:b, s:b, s:b, s:b}",
                     "number", number, "url", "#main", "pdf_url", "#main",
                     "date", today, "date_text", date, "due", today, "due_text",
                     date, "gross", "49.90", "gross_text", money(rq, 4990),
                     "open_text", "is_invoice", 1, "is_open", is_open,
                     "is_paid", !is_open, "is_overdue", 0, "is_cancelled", 0);
}

static json_t *
sample_contract(struct request *rq)
{
    static const char monthly[] = "{\"every\": 1, \"unit\": \"month\"}";
    json_t *every = json_in_arena(rq->arena, json_loads(monthly, 0, NULL));

    return json_pack("{s:s, s:s, s:s, s:s, s:n, s:n, s:b, s:o}", "ref",
                     "VT-0000-0000", "url", "#main", "name",
                     i18n(rq->language, N_("Example plan")), "price_text",
                     money(rq, 4990), "next_billing", "end", "is_active", 1,
                     "recurrence", contract_recurrence(every));
}

static json_t *
sample_fact(struct request *rq, const char *label, const char *text)
{
    return json_pack("{s:s, s:s}", "label", i18n(rq->language, label), "text",
                     text);
}

/* What the template of each section asks for. */
static void
add_sample(struct request *rq, json_t *model)
{
    model_text(model, "open_text", money(rq, 4990));
    model_text(model, "open_count", "1");
    json_object_set_new(model, "has_open", json_true());
    model_text(model, "credit_text", NULL);
    model_list(model, "invoices",
               json_pack("[o, o]", sample_invoice(rq, "RE00002", true),
                         sample_invoice(rq, "RE00001", false)));
    model_list(model, "contracts", json_pack("[o]", sample_contract(rq)));
}

static json_t *
sample_facts(struct request *rq, const char *section)
{
    if (strcmp(section, "payment") == 0) {
        return payer_facts(rq, NULL);
    }
    if (strcmp(section, "customer") == 0) {
        return json_pack(
            "[o, o]",
            sample_fact(rq, N_("Name"),
                        i18n(rq->language, N_("Example customer"))),
            sample_fact(rq, N_("E-mail address"), "customer@example.com"));
    }
    return json_array();
}

static json_t *
section_model(struct request *rq, const struct office_hosted *h,
              const struct section *s)
{
    json_t *model =
        json_pack("{s:s, s:s, s:s, s:b}", "name", s->name, "url", "#main",
                  "all", i18n(rq->language, s->all), "is_failed", 0);
    const char *language;
    const char *own = words_of(rq, h, s->name, &language);
    const char *ours = page_text_otherwise(
        "portal", arena_printf(rq->arena, "%s_heading", s->name));

    model_text(model, "heading", own ? own : i18n(rq->language, ours));
    model_text(model, "heading_lang", language);
    model_flag(model, "is_", s->name);
    add_sample(rq, model);
    model_list(model, "facts", sample_facts(rq, s->name));
    return model;
}

/* Those that are shown, by their places; of one place, as in the table. */
static json_t *
section_models(struct request *rq, const struct office_hosted *h,
               rights_t rights)
{
    json_t *list = json_array();

    for (long place = 1; place <= 99; place++) {
        const char *here = arena_printf(rq->arena, "%ld", place);

        for (size_t i = 0; i < N_SECTIONS; i++) {
            const char *its =
                row_text(h->values, arena_printf(rq->arena, "section_%s",
                                                 sections[i].name));

            if (strcmp(its, here) == 0 &&
                (rights & rights_named(sections[i].permission))) {
                json_array_append_new(list, section_model(rq, h, &sections[i]));
            }
        }
    }
    return list;
}

static enum db_result
preview_portal(struct request *rq, struct response *rs,
               const struct office_hosted *h)
{
    rights_t rights = rights_of(rq, h->values);
    json_t *model = json_pack("{s:{s:s, s:s}, s:o, s:o}", "customer", "name",
                              i18n(rq->language, N_("Example customer")),
                              "number", "K0000", "nav", menu(rq, h, rights),
                              "sections", section_models(rq, h, rights));

    model_list(model, "beside", json_array());
    json_object_set_new(
        model, "has_nav",
        json_boolean(json_array_size(json_object_get(model, "nav")) > 0));
    add_bar(rq, rs, model, h->version);
    response_page(rs, "dashboard", json_in_arena(rq->arena, model));
    return DB_OK;
}

/* ---- both ---- */

bool
office_has_preview(const char *tab)
{
    return strcmp(tab, "signup") == 0 || strcmp(tab, "portal") == 0;
}

bool
office_step_is(const struct request *rq, const char *step)
{
    return strcmp(rq->method, "POST") == 0 &&
           strcmp(request_typed(rq, "step"), step) == 0;
}

enum db_result
office_preview(struct request *rq, struct response *rs,
               const struct office_hosted *h)
{
    enum db_result r = strcmp(h->tab, "signup") == 0
                           ? preview_order(rq, rs, h)
                           : preview_portal(rq, rs, h);

    response_repeatable(rs);
    return r;
}
