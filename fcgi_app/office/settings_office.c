/* What a tenant sets: one page a tab of settings.def, with one Save; and the
 * hosts that it is reached by. */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "http/handlers.h"
#include "mail/mail_places.h"
#include "office/setting_office.h"
#include "order/order.h"
#include "tenant/page_text.h"
#include "tenant/style.h"
#include "view/i18n.h"

static json_t *
tab_models(struct request *rq, const char *tab)
{
    json_t *list = json_array();

    for (size_t i = 0; i < setting_tabs(); i++) {
        json_array_append_new(
            list, json_pack("{s:s+++, s:s, s:b}", "url", rq->prefix,
                            "/admin/settings", "/", setting_tab(i), "label",
                            i18n(rq->language, setting_tab_label(i)), "current",
                            strcmp(setting_tab(i), tab) == 0));
    }
    return list;
}

/* What each of them does stands beside it. */
static void
add_help(struct request *rq, json_t *controls)
{
    json_t *control;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        model_text(control, "help",
                   i18n(rq->language, setting_help(row_text(control, "name"))));
    }
}

/* The controls under their headings, in the table's order. */
static json_t *
group_models(struct request *rq, json_t *controls)
{
    json_t *list = json_array(), *control, *group = NULL;
    const char *last = NULL;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        const char *label = setting_group(row_text(control, "name"));

        if (!group || !label != !last || (label && strcmp(label, last) != 0)) {
            group = json_pack("{s:[]}", "members");
            model_text(group, "heading",
                       label ? i18n(rq->language, label) : NULL);
            json_array_append_new(list, group);
            last = label;
        }
        json_array_append(json_object_get(group, "members"), control);
    }
    return list;
}

static const char *
state_of(const struct request *rq, int64_t version)
{
    return arena_printf(rq->arena, "%" PRId64, version);
}

/* What documents are sent with: the words of their mails are beside what stands
 * on them. */
static json_t *
mail_models(struct request *rq, const char *tab)
{
    static const char *const events[] = {"invoice_mail", "credit_note_mail",
                                         "correction_mail"};
    json_t *list = json_array();

    for (size_t i = 0;
         i < sizeof events / sizeof *events && strcmp(tab, "billing") == 0 &&
         office_may(rq, "mail.view");
         i++) {
        json_array_append_new(
            list,
            json_pack("{s:s, s:s++++}", "label",
                      i18n(rq->language, mail_event_named(events[i])->label),
                      "url", rq->prefix, "/admin/mail-templates/", events[i],
                      "/", rq->tenant->default_language));
    }
    return list;
}

/* The words of the page that a tab is about, in each language. */
static json_t *
text_models(struct request *rq, const char *tab)
{
    json_t *list = json_array();

    for (size_t i = 0; i < rq->tenant->n_languages && page_text_fields(tab);
         i++) {
        const char *language = rq->tenant->languages[i];

        json_array_append_new(list,
                              json_pack("{s:s, s:s++++}", "label",
                                        text_language(rq->arena, language),
                                        "url", rq->prefix, "/admin/page-texts/",
                                        tab, "/", language));
    }
    return list;
}

/* ---- the style of hosted pages ---- */

static bool
is_style(const char *tab)
{
    return strcmp(tab, "style") == 0;
}

static json_t *
sample_line(struct request *rq, const char *description, int64_t minor)
{
    return json_pack("{s:s, s:s, s:b}", "description",
                     i18n(rq->language, description), "net_text",
                     text_money(rq->arena, rq->language, minor, "EUR"),
                     "is_discount", minor < 0);
}

void
office_style_sample(struct request *rq, json_t *model)
{
    json_object_set_new(
        model, "schemes",
        json_pack("[{s:s, s:s}, {s:s, s:s}]", "name", "light", "label",
                  i18n(rq->language, N_("In the light")), "name", "dark",
                  "label", i18n(rq->language, N_("In the dark"))));
    model_list(model, "lines",
               json_pack("[o, o]", sample_line(rq, N_("Setup fee"), 4990),
                         sample_line(rq, N_("Discount"), -1000)));
}

static void
warn(json_t *warnings, const char *text)
{
    json_array_append_new(warnings, json_pack("{s:s}", "text", text));
}

/* What is not shown as it was chosen, since nobody could read it. */
static void
warn_of_contrast(struct request *rq, const struct style *style,
                 json_t *warnings)
{
    json_t *faults =
        json_in_arena(rq->arena, style_faults(style, rq->tenant->accent));
    json_t *fault;
    size_t i;

    json_array_foreach(faults, i, fault)
    {
        const char *name =
            arena_printf(rq->arena, "style_%s", row_text(fault, "name"));

        warn(warnings,
             i18n_fill(rq->arena,
                       i18n(rq->language,
                            N_("{label}: a contrast of {contrast} to 1 is too "
                               "little. Pages show {shown} instead.")),
                       "label", i18n(rq->language, setting_label(name)),
                       "contrast",
                       text_decimal(rq->arena, rq->language,
                                    row_int(fault, "contrast") * 10000),
                       "shown", row_text(fault, "shown"), NULL));
    }
}

enum db_result
office_warn_of_terms(struct request *rq, const char *page, json_t *model)
{
    struct order_page set;
    json_t *warnings;
    enum db_result r;

    if (strcmp(page, "signup") != 0) {
        return DB_OK;
    }
    warnings = json_array();
    r = order_page_load(rq->db, rq->arena, rq->tenant->id, &set);
    for (const struct order_place *p = order_places; r == DB_OK && p->name;
         p++) {
        if (order_unlinked(rq->arena, rq->tenant, &set, p)) {
            warn(warnings,
                 i18n_fill(rq->arena,
                           i18n(rq->language,
                                N_("The contract terms have {place}, but "
                                   "“{setting}” is empty: the words stand "
                                   "there without a link.")),
                           "place", p->name, "setting",
                           i18n(rq->language, setting_label(p->setting)),
                           NULL));
        }
    }
    model_list(model, "warnings", warnings);
    return r;
}

/* Of values that are no style, as they were typed, there is none. */
static void
add_sample(struct request *rq, json_t *model, const char *text)
{
    json_t *sample = json_null(), *warnings = json_array();
    struct style style;

    if (style_parse(text, &style)) {
        sample = json_object();
        office_style_sample(rq, sample);
        warn_of_contrast(rq, &style, warnings);
        model_text(sample, "sheet",
                   arena_printf(rq->arena, "%s/admin/style-sample.css?style=%s",
                                rq->prefix, form_escape(rq->arena, text)));
    }
    json_object_set_new(model, "sample", sample);
    model_list(model, "warnings", warnings);
}

void
style_sample_get(struct request *rq, struct response *rs)
{
    const char *text = request_argument(rq, "style"), *sheet;
    struct style style;

    if (!text || !style_parse(text, &style)) {
        response_error(rs, ERR_not_found);
        return;
    }
    sheet = style_sample(rq->arena, &style, rq->tenant->accent);
    response_bytes(rs, "text/css; charset=utf-8", sheet, strlen(sheet));
}

/* ---- the page ---- */

/* What one tab has in a way of its own. */
static enum db_result
add_own(struct request *rq, json_t *model, const char *tab,
        const json_t *values)
{
    const char *key = NULL;

    if (strcmp(tab, "general") == 0) {
        enum db_result r =
            tenant_public_key(rq->db, rq->arena, rq->tenant->id, &key);

        if (r != DB_OK) {
            return r;
        }
    }
    model_text(model, "public_key", key);
    if (is_style(tab)) {
        add_sample(rq, model, setting_style(rq->arena, values));
    }
    return office_warn_of_terms(rq, tab, model);
}

/* The form with what stands now; after a failure with what was typed, for a
 * preview with that and `tried`, the same as it was typed. */
static void
show(struct request *rq, struct response *rs, const char *tab, enum err error,
     const json_t *tried)
{
    const struct field *fields = setting_fields(tab);
    json_t *values, *model;
    int64_t version;
    enum db_result r = setting_values(rq->db, rq->arena, rq->tenant->id, tab,
                                      &values, &version);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    model = json_pack(
        "{s:o, s:s, s:s, s:b, s:b, s:s}", "tabs", tab_models(rq, tab),
        "tabs_label", i18n(rq->language, N_("Settings")), "version",
        state_of(rq, version), "may_change", office_may(rq, "settings.change"),
        "is_saved", request_argument(rq, "saved") != NULL, "tab", tab);
    model_list(model, "mails", mail_models(rq, tab));
    model_list(model, "page_texts", text_models(rq, tab));
    model_flag(model, "is_", tab);
    json_object_set_new(model, "embed",
                        strcmp(tab, "portal") == 0
                            ? office_embed(rq, "/", N_("Customer portal"))
                            : json_null());
    json_object_set_new(model, "has_preview",
                        json_boolean(is_style(tab) || office_has_preview(tab)));
    json_object_set_new(model, "is_preview", json_boolean(tried != NULL));
    r = office_take_version(rq, tab, NULL, &values, model);
    if (r == DB_OK) {
        r = add_own(rq, model, tab, tried ? tried : values);
    }
    if (r != DB_OK) {
        json_decref(model);
        office_refuse(rs, r);
        return;
    }
    page_form(rq, rs, "office_settings", model, fields,
              tried || office_step_is(rq, "edit") ? rq->raw : values, error);
    add_help(rq, json_object_get(rs->model, "controls"));
    model_list(rs->model, "groups",
               group_models(rq, json_object_get(rs->model, "controls")));
}

void
settings_page(struct request *rq, struct response *rs)
{
    if (!setting_fields(rq->values[0])) {
        response_error(rs, ERR_not_found);
        return;
    }
    show(rq, rs, rq->values[0], ERR_NONE, NULL);
}

/* The hosted page, or why there is nothing to show. */
static void
show_hosted(struct request *rq, struct response *rs,
            const struct setting_change *change)
{
    json_t *texts;
    struct office_hosted hosted = {
        .tab = change->tab,
        .values = setting_texts(rq->arena, change->tab, change->values),
        .version = state_of(rq, change->version)};
    enum db_result r =
        page_text_get(rq->db, rq->arena, rq->tenant->id, change->tab, &texts);

    if (r == DB_OK) {
        hosted.texts = texts;
        r = office_preview(rq, rs, &hosted);
    }
    if (r == DB_NONE) {
        show(rq, rs, change->tab, ERR_preview_nothing, NULL);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    }
}

/* What was typed, without saving it. */
static void
preview(struct request *rq, struct response *rs,
        const struct setting_change *change)
{
    enum db_result r =
        setting_check(rq->db, rq->arena, rq->tenant->id, change, &rq->errors);

    if (r != DB_OK && r != DB_CHECK) {
        office_refuse(rs, r);
        return;
    }
    if (r == DB_OK && office_has_preview(change->tab)) {
        show_hosted(rq, rs, change);
    } else {
        show(rq, rs, change->tab, ERR_NONE, r == DB_OK ? change->values : NULL);
    }
    response_repeatable(rs);
}

static void
save(struct request *rq, struct response *rs, struct setting_change *change)
{
    enum db_result r = rq->errors.n > 0
                           ? DB_CHECK
                           : setting_save(rq->db, rq->arena, rq->tenant->id,
                                          rq->actor, change, &rq->errors);

    if (r == DB_CHECK && rq->errors.n > 0) {
        show(rq, rs, change->tab, ERR_NONE, NULL);
    } else if (r == DB_UNIQUE) {
        show(rq, rs, change->tab, ERR_changed_meanwhile, NULL);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(
            rq, rs,
            arena_printf(rq->arena, "/admin/settings/%s?saved=1", change->tab));
    }
}

static void
take(struct request *rq, struct response *rs, struct setting_change *change)
{
    change->values = field_parse(rq->arena, setting_fields(change->tab),
                                 rq->raw, FIELD_FORM, &rq->errors);
    if ((is_style(change->tab) || office_has_preview(change->tab)) &&
        office_step_is(rq, "preview")) {
        preview(rq, rs, change);
    } else if (office_step_is(rq, "edit")) {
        show(rq, rs, change->tab, ERR_NONE, NULL);
        response_repeatable(rs);
    } else {
        save(rq, rs, change);
    }
}

void
settings_submit(struct request *rq, struct response *rs)
{
    struct setting_change change = {.tab = rq->values[0]};
    json_t *values;
    enum db_result r;

    if (!setting_fields(change.tab)) {
        response_error(rs, ERR_not_found);
        return;
    }
    r = setting_values(rq->db, rq->arena, rq->tenant->id, change.tab, &values,
                       &change.version);
    if (r != DB_OK) {
        office_refuse(rs, r);
    } else if (!page_version_is(rq, state_of(rq, change.version))) {
        show(rq, rs, change.tab, ERR_changed_meanwhile, NULL);
    } else {
        take(rq, rs, &change);
    }
}

/* ---- hosts ---- */

const struct field host_fields[] = {
    {.name = "host",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 253,
     .label = N_("Host name")},
    FIELD_END,
};

static void
show_hosts(struct request *rq, struct response *rs, enum err error)
{
    json_t *hosts;
    json_t *model;

    if (tenant_hosts(rq->db, rq->arena, rq->tenant->id, &hosts) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model = json_pack("{s:b}", "may_change", office_may(rq, "settings.change"));
    model_list(model, "hosts", json_incref(hosts));
    page_form(rq, rs, "office_hosts", model, host_fields, NULL, error);
}

void
hosts_page(struct request *rq, struct response *rs)
{
    show_hosts(rq, rs, ERR_NONE);
}

void
host_add(struct request *rq, struct response *rs)
{
    enum db_result r =
        rq->errors.n > 0
            ? DB_CHECK
            : tenant_add_host(rq->db, rq->arena, rq->config, rq->tenant->id,
                              rq->actor, request_text(rq, "host"));

    if (r == DB_OK) {
        response_redirect(rq, rs, "/admin/hosts");
        return;
    }
    if (r != DB_CHECK && r != DB_UNIQUE) {
        office_refuse(rs, r);
        return;
    }
    if (rq->errors.n == 0) {
        field_fail(&rq->errors, "host",
                   r == DB_UNIQUE ? ERR_host_taken : ERR_value_host, 0);
    }
    show_hosts(rq, rs, ERR_NONE);
}

void
host_remove(struct request *rq, struct response *rs)
{
    enum db_result r =
        rq->errors.n > 0
            ? DB_NONE
            : tenant_remove_host(rq->db, rq->arena, rq->tenant->id, rq->actor,
                                 request_text(rq, "host"));

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    response_redirect(rq, rs, "/admin/hosts");
}
