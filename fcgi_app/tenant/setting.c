#include "tenant/tenant.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/colour.h"
#include "base/field_kinds.h"
#include "base/iban.h"
#include "base/json.h"
#include "base/text.h"
#include "net/http.h"
#include "pf_language.h"
#include "pf_record.h"
#include "tenant/series.h"
#include "tenant/style.h"
#include "tenant/tenant_store.h"

/* ---- the table ---- */

enum kept { ONLY, EDGE };

static const struct row {
    struct field field;
    const char *tab, *group, *otherwise, *help;
    enum kept kept;
} rows[] = {
#define FIELD_ZONE   FIELD_TEXT
#define FIELD_COLOUR FIELD_TEXT
#define SETTING(name, type, otherwise, min, max, choices, tab, group, kept,    \
                label, help)                                                   \
    {{#name, type, FIELD_IN, min, max, choices, NULL, label, NULL, NULL},      \
     #tab,                                                                     \
     group,                                                                    \
     otherwise,                                                                \
     help,                                                                     \
     kept},
#include "tables/settings.def"
#undef SETTING
#undef FIELD_ZONE
#undef FIELD_COLOUR
};

enum { N_ROWS = sizeof rows / sizeof *rows };

static const struct {
    const char *name, *label;
} tabs[] = {
    {"general", N_("General")},
    {"languages", N_("Languages")},
    {"frames", N_("Frames and cookies")},
    {"access", N_("Access")},
    {"billing", N_("Billing")},
    {"reminders", N_("Reminders")},
    {"signup", N_("Order page")},
    {"style", N_("Page style")},
    {"portal", N_("Portal")},
    {"support", N_("Support")},
};

size_t
setting_tabs(void)
{
    return sizeof tabs / sizeof *tabs;
}

const char *
setting_tab(size_t i)
{
    return tabs[i].name;
}

const char *
setting_tab_label(size_t i)
{
    return tabs[i].label;
}

static const struct row *
row_of(const char *name)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (strcmp(rows[i].field.name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *
setting_help(const char *name)
{
    const struct row *row = row_of(name);

    return row ? row->help : NULL;
}

const char *
setting_label(const char *name)
{
    const struct row *row = row_of(name);

    return row ? row->field.label : NULL;
}

const char *
setting_group(const char *name)
{
    const struct row *row = row_of(name);

    return row ? row->group : NULL;
}

/* A number left empty would be another than the default. */
static bool
is_required(const struct field *f)
{
    return f->min > 0 || f->type == FIELD_INTEGER;
}

/* The rows of each tab in a row, each followed by an empty one. */
const struct field *
setting_fields(const char *tab)
{
    static struct field fields[N_ROWS + sizeof tabs / sizeof *tabs];
    static const struct field *first[sizeof tabs / sizeof *tabs];
    struct field *next = fields;

    for (size_t t = 0; t < setting_tabs() && !first[setting_tabs() - 1]; t++) {
        first[t] = next;
        for (size_t i = 0; i < N_ROWS; i++) {
            if (strcmp(rows[i].tab, tabs[t].name) == 0) {
                *next = rows[i].field;
                next->flags |= is_required(&rows[i].field) ? FIELD_REQUIRED : 0;
                next++;
            }
        }
        next++;
    }
    for (size_t t = 0; t < setting_tabs(); t++) {
        if (strcmp(tabs[t].name, tab) == 0) {
            return first[t];
        }
    }
    return NULL;
}

/* ---- reading ---- */

const char *
setting_default(const char *name)
{
    return row_of(name)->otherwise;
}

const char *
setting_text(struct db *db, struct arena *a, const char *tenant,
             const char *name)
{
    json_t *row;

    return setting_store_get(db, a, tenant, name, &row) == DB_OK
               ? row_text(row, "value")
               : setting_default(name);
}

int64_t
setting_number(struct db *db, struct arena *a, const char *tenant,
               const char *name)
{
    return strtoll(setting_text(db, a, tenant, name), NULL, 10);
}

bool
setting_bool(struct db *db, struct arena *a, const char *tenant,
             const char *name)
{
    return strcmp(setting_text(db, a, tenant, name), "1") == 0;
}

int64_t
setting_decimal(struct db *db, struct arena *a, const char *tenant,
                const char *name)
{
    const struct row *row = row_of(name);
    int64_t n = 0;

    field_scaled_parse(setting_text(db, a, tenant, name),
                       field_scale(row->field.type), false, &n);
    return n;
}

static const char *
joined(struct arena *a, const json_t *list, const char *column,
       const char *between)
{
    struct buf out = buf_new(a, 256);
    json_t *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        buf_puts(&out, i ? between : "");
        buf_puts(&out, row_text(row, column));
    }
    return out.data ? out.data : "";
}

/* ---- features, which are kept as one list of what is left out ---- */

static const char feature_prefix[] = "portal_";

/* "portal_invoices" -> "invoices"; NULL: no feature. */
static const char *
feature_of(const char *setting)
{
    size_t len = sizeof feature_prefix - 1;

    return strncmp(setting, feature_prefix, len) == 0 ? setting + len : NULL;
}

/* The words without one, and with it again at their end if it is left out. */
static const char *
words_with(struct arena *a, const char *words, const char *word, bool there)
{
    struct buf out = buf_new(a, 64);
    size_t len, n = strlen(word);

    for (; *words; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        if (len != n || memcmp(words, word, n) != 0) {
            buf_printf(&out, "%s%.*s", out.len ? " " : "", (int)len, words);
        }
    }
    if (there) {
        buf_printf(&out, "%s%s", out.len ? " " : "", word);
    }
    return out.data;
}

static enum db_result
set_feature(struct db *db, struct arena *a, const char *tenant,
            const char *feature, bool left_out)
{
    json_t *row;
    enum db_result r = tenant_store_get(db, a, tenant, &row);

    return r == DB_OK ? tenant_store_set_column(
                            db, tenant, "portal_without",
                            words_with(a, row_text(row, "portal_without"),
                                       feature, left_out))
                      : r;
}

/* ---- the style, which is kept as one text ---- */

/* "style_title" -> "title"; NULL: nothing of the style. */
static const char *
style_of(const char *setting)
{
    return strncmp(setting, "style_", 6) == 0 ? setting + 6 : NULL;
}

/* The style with another value of a setting: what is ours is not named. */
static const char *
styled(struct arena *a, const char *style, const char *setting,
       const char *value)
{
    bool ours = strcmp(value, row_of(setting)->otherwise) == 0;

    return style_with(a, style, style_of(setting), ours ? "" : value);
}

static enum db_result
set_style(struct db *db, struct arena *a, const char *tenant,
          const char *setting, const char *value)
{
    json_t *row;
    enum db_result r = tenant_store_get(db, a, tenant, &row);

    return r == DB_OK ? tenant_store_set_column(
                            db, tenant, "style",
                            styled(a, row_text(row, "style"), setting, value))
                      : r;
}

/* A setting wherever it is kept, of which `set` has those of their table; NULL:
 * the database does not answer. */
static const char *
value_of(struct db *db, struct arena *a, const json_t *tenant_row,
         const json_t *set, const char *name)
{
    const char *tenant = row_text(tenant_row, "id");
    json_t *list;

    if (row_text(tenant_row, name)) {
        return row_text(tenant_row, name);
    }
    if (strcmp(name, "languages") == 0) {
        return tenant_store_languages(db, a, tenant, &list) == DB_OK
                   ? joined(a, list, "language", " ")
                   : NULL;
    }
    if (strcmp(name, "frame_ancestors") == 0) {
        return tenant_store_ancestors(db, a, tenant, &list) == DB_OK
                   ? joined(a, list, "origin", "\n")
                   : NULL;
    }
    if (feature_of(name)) {
        return text_has_word(row_text(tenant_row, "portal_without"),
                             feature_of(name))
                   ? "0"
                   : "1";
    }
    if (style_of(name)) {
        const char *value =
            style_value(a, row_text(tenant_row, "style"), style_of(name));

        return value ? value : setting_default(name);
    }
    return row_text(set, name) ? row_text(set, name) : setting_default(name);
}

/* name -> value of those in their table. */
static enum db_result
read_set(struct db *db, struct arena *a, const char *tenant, json_t **set)
{
    json_t *kept, *row;
    size_t i;
    enum db_result r = setting_store_all(db, a, tenant, &kept);

    *set = json_in_arena(a, json_object());
    json_array_foreach(kept, i, row)
    {
        json_object_set(*set, row_text(row, "name"),
                        json_object_get(row, "value"));
    }
    return r;
}

enum db_result
setting_version(struct db *db, struct arena *a, const char *tenant,
                int64_t *version)
{
    json_t *row;
    enum db_result r = tenant_store_get(db, a, tenant, &row);

    *version = r == DB_OK ? row_int(row, "settings_version") : 0;
    return r;
}

enum db_result
setting_values(struct db *db, struct arena *a, const char *tenant,
               const char *tab, json_t **values, int64_t *version)
{
    json_t *tenant_row, *set;
    enum db_result r = tenant_store_get(db, a, tenant, &tenant_row);

    if (r == DB_OK) {
        r = read_set(db, a, tenant, &set);
    }
    if (r != DB_OK) {
        return r;
    }
    *version = row_int(tenant_row, "settings_version");
    *values = json_in_arena(a, json_object());
    for (const struct field *f = setting_fields(tab); f->name; f++) {
        const char *value = value_of(db, a, tenant_row, set, f->name);

        if (!value) {
            return DB_UNAVAILABLE;
        }
        json_object_set_new(*values, f->name, json_string(value));
    }
    return DB_OK;
}

/* ---- saving ---- */

/* A typed value as text. */
static const char *
text_of(struct arena *a, const struct field *f, const json_t *values)
{
    const json_t *value = json_object_get(values, f->name);

    if (f->type == FIELD_BOOL) {
        return json_is_true(value) ? "1" : "0";
    }
    if (json_is_integer(value) && field_is_scaled(f->type)) {
        return text_scaled(a, json_integer_value(value), field_scale(f->type));
    }
    if (json_is_integer(value)) {
        return arena_printf(a, "%" JSON_INTEGER_FORMAT,
                            json_integer_value(value));
    }
    return json_is_string(value) ? json_string_value(value) : "";
}

json_t *
setting_texts(struct arena *a, const char *tab, const json_t *values)
{
    json_t *texts = json_in_arena(a, json_object());

    for (const struct field *f = setting_fields(tab); f->name; f++) {
        json_object_set_new(texts, f->name, json_string(text_of(a, f, values)));
    }
    return texts;
}

const char *
setting_style(struct arena *a, const json_t *values)
{
    const char *text = "";

    for (const struct field *f = setting_fields("style"); f->name; f++) {
        text = styled(a, text, f->name, text_of(a, f, values));
    }
    return text;
}

/* The words of a text, ended by NULL. */
static const char **
words(struct arena *a, const char *text, const char *between, size_t *n)
{
    const char **list = arena_alloc(a, (strlen(text) + 2) * sizeof *list);
    size_t len;

    for (*n = 0; text += strspn(text, between), *text; text += len) {
        len = strcspn(text, between);
        list[(*n)++] = arena_strndup(a, text, len);
    }
    return list;
}

static bool
among(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void
check_languages(struct arena *a, const json_t *values,
                struct field_errors *errors)
{
    const char *by_default =
        json_string_value(json_object_get(values, "default_language"));
    const char *text = json_string_value(json_object_get(values, "languages"));
    size_t n;
    const char **list = words(a, text ? text : "", " ,", &n);

    for (size_t i = 0; i < n; i++) {
        if (!text_speaks(list[i]) || among(list[i], list, i)) {
            field_fail(errors, "languages", ERR_value_choice, 0);
            return;
        }
    }
    if (!by_default || !among(by_default, list, n)) {
        field_fail(errors, "default_language", ERR_value_choice, 0);
    }
}

static void
check_origins(struct arena *a, const json_t *values,
              struct field_errors *errors)
{
    const char *text =
        json_string_value(json_object_get(values, "frame_ancestors"));
    size_t n, room = 0;
    const char **list = words(a, text ? text : "", " \n", &n);

    for (size_t i = 0; i < n; i++) {
        room += strlen(list[i]) + 1;
        if (pf_origin_fault(pf_str_of(list[i])) || among(list[i], list, i)) {
            field_fail(errors, "frame_ancestors", ERR_value_origin, 0);
            return;
        }
    }
    if (n > TENANT_ANCESTORS_MAX || room >= PF_ORIGINS_MAX) {
        field_fail(errors, "frame_ancestors", ERR_value_too_long,
                   TENANT_ANCESTORS_MAX);
    }
}

static void
check_style(const json_t *values, struct field_errors *errors)
{
    struct colour colour;

    for (const struct field *f = setting_fields("style"); f->name; f++) {
        const char *text = row_text(values, f->name);

        if (text && text[0] && !colour_parse(text, &colour)) {
            field_fail(errors, f->name, ERR_value_colour, 0);
        }
    }
}

static void
check_access(const json_t *values, struct field_errors *errors)
{
    json_int_t usual =
        json_integer_value(json_object_get(values, "link_minutes"));
    json_int_t most =
        json_integer_value(json_object_get(values, "link_minutes_max"));

    if (usual > most) {
        field_fail(errors, "link_minutes", ERR_value_link_minutes, (long)most);
    }
}

static bool
is_set(const json_t *values, const char *name, const char *choice)
{
    const char *value = row_text(values, name);

    return value && strcmp(value, choice) == 0;
}

/* Of a page that people are led to: it may name a place in that. */
static bool
page_url_ok(struct arena *a, const char *url)
{
    size_t len = strcspn(url, "#");

    return http_url_ok(arena_strndup(a, url, len)) &&
           strcspn(url + len, " \"<>\\^`{|}") == strlen(url + len);
}

/* names: of settings that are addresses, then NULL. */
static void
check_urls(struct arena *a, const char *const *names, const json_t *values,
           struct field_errors *errors)
{
    for (; *names; names++) {
        const char *url = row_text(values, *names);

        if (url && url[0] && !page_url_ok(a, url)) {
            field_fail(errors, *names, ERR_value_url, 0);
        }
    }
}

static void
check_general(struct arena *a, const json_t *values,
              struct field_errors *errors)
{
    static const char *const urls[] = {"imprint_url", "accessibility_url",
                                       NULL};
    const char *zone = json_string_value(json_object_get(values, "time_zone"));
    const char *accent = json_string_value(json_object_get(values, "accent"));
    struct colour colour;

    if (!zone || !text_zone_ok(zone)) {
        field_fail(errors, "time_zone", ERR_value_zone, 0);
    }
    if (accent && accent[0] && !colour_parse(accent, &colour)) {
        field_fail(errors, "accent", ERR_value_colour, 0);
    }
    check_urls(a, urls, values, errors);
}

/* A policy that nobody could order by is refused. */
static void
check_signup(struct arena *a, const json_t *values, struct field_errors *errors)
{
    static const char *const urls[] = {"signup_success_url", "signup_error_url",
                                       "terms_url",          "privacy_url",
                                       "withdrawal_url",     NULL};

    check_urls(a, urls, values, errors);
    if (!is_set(values, "signup_email", "required")) {
        field_fail(errors, "signup_email", ERR_value_policy_email, 0);
    }
    if (is_set(values, "signup_company", "hidden") &&
        !is_set(values, "signup_name", "required")) {
        field_fail(errors, "signup_name", ERR_value_policy_name, 0);
    }
    if (is_set(values, "signup_name", "hidden") &&
        !is_set(values, "signup_company", "required")) {
        field_fail(errors, "signup_company", ERR_value_policy_name, 0);
    }
}

static void
check_support(const json_t *values, struct field_errors *errors)
{
    const char *url = json_string_value(json_object_get(values, "support_url"));

    if (url && url[0] && !http_url_ok(url)) {
        field_fail(errors, "support_url", ERR_value_url, 0);
    }
}

/* Direct debit is offered by whom the debtor's bank can name. */
static void
check_direct_debit(struct arena *a, const json_t *values,
                   struct field_errors *errors)
{
    const char *id = row_text(values, "creditor_id");
    bool has = id && id[0];

    if (has && !iban_creditor_ok(iban_plain(a, id))) {
        field_fail(errors, "creditor_id", ERR_value_creditor, 0);
    } else if (!has && json_is_true(json_object_get(values, "direct_debit"))) {
        field_fail(errors, "creditor_id", ERR_value_missing, 0);
    }
}

static void
check_billing(struct arena *a, const json_t *values,
              struct field_errors *errors)
{
    const char *country = row_text(values, "seller_country");
    const char *iban = row_text(values, "seller_iban");

    if (country && country[0] &&
        (strlen(country) != 2 ||
         strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)) {
        field_fail(errors, "seller_country", ERR_value_choice, 0);
    }
    if (iban && iban[0] && !iban_ok(iban_plain(a, iban))) {
        field_fail(errors, "seller_iban", ERR_value_iban, 0);
    }
    check_direct_debit(a, values, errors);
}

enum db_result
setting_check(struct db *db, struct arena *a, const char *tenant,
              const struct setting_change *c, struct field_errors *errors)
{
    enum db_result r = DB_OK;

    if (strcmp(c->tab, "general") == 0) {
        check_general(a, c->values, errors);
    } else if (strcmp(c->tab, "languages") == 0) {
        check_languages(a, c->values, errors);
    } else if (strcmp(c->tab, "frames") == 0) {
        check_origins(a, c->values, errors);
    } else if (strcmp(c->tab, "support") == 0) {
        check_support(c->values, errors);
    } else if (strcmp(c->tab, "signup") == 0) {
        check_signup(a, c->values, errors);
    } else if (strcmp(c->tab, "style") == 0) {
        check_style(c->values, errors);
    } else if (strcmp(c->tab, "access") == 0) {
        check_access(c->values, errors);
    } else if (strcmp(c->tab, "billing") == 0) {
        check_billing(a, c->values, errors);
        r = series_check(db, a, tenant, c->values, errors);
    }
    return r == DB_OK && errors->n > 0 ? DB_CHECK : r;
}

static enum db_result
write_one(struct db *db, struct arena *a, const char *tenant, const char *name,
          const char *value)
{
    size_t n;

    if (strcmp(name, "languages") == 0) {
        const char **list = words(a, value, " ,", &n);

        return tenant_store_set_languages(db, tenant, list, n);
    }
    if (strcmp(name, "frame_ancestors") == 0) {
        const char **list = words(a, value, " \n", &n);

        return tenant_store_set_ancestors(db, tenant, list, n);
    }
    if (style_of(name)) {
        return set_style(db, a, tenant, name, value);
    }
    if (feature_of(name)) {
        return set_feature(db, a, tenant, feature_of(name),
                           strcmp(value, "1") != 0);
    }
    return setting_store_column(name)
               ? tenant_store_set_column(db, tenant, name, value)
               : setting_store_set(db, tenant, name, value);
}

struct saving {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const struct setting_change *change;
};

static enum db_result
save_in_transaction(struct db *db, void *data)
{
    const struct saving *s = data;
    struct arena *a = s->arena;
    struct audit row = {s->actor, "", "settings.changed", s->change->tab, ""};
    json_t *old, *before, *after;
    bool raise = false;
    int64_t version;
    enum db_result r =
        setting_values(db, a, s->tenant, s->change->tab, &old, &version);

    if (r == DB_OK && version != s->change->version) {
        return DB_UNIQUE;
    }
    before = json_in_arena(a, json_object());
    after = json_in_arena(a, json_object());
    for (const struct field *f = setting_fields(s->change->tab);
         r == DB_OK && f->name; f++) {
        const char *value = text_of(a, f, s->change->values);

        if (strcmp(row_text(old, f->name), value) == 0) {
            continue;
        }
        json_object_set(before, f->name, json_object_get(old, f->name));
        json_object_set_new(after, f->name, json_string(value));
        raise = raise || row_of(f->name)->kept == EDGE;
        r = series_prefix_changes(db, s->tenant, f->name,
                                  row_text(old, f->name));
        if (r == DB_OK) {
            r = write_one(db, a, s->tenant, f->name, value);
        }
    }
    if (r != DB_OK || json_object_size(after) == 0) {
        return r;
    }
    r = setting_store_saved(db, s->tenant);
    if (r == DB_OK && raise) {
        r = tenant_store_raise(db, s->tenant);
    }
    return r == DB_OK
               ? audit_write_objects(db, a, s->tenant, &row, before, after)
               : r;
}

enum db_result
setting_save(struct db *db, struct arena *a, const char *tenant,
             const struct actor *actor, const struct setting_change *change,
             struct field_errors *errors)
{
    struct saving s = {a, tenant, actor, change};
    enum db_result r = setting_check(db, a, tenant, change, errors);

    return r == DB_OK ? db_transaction(db, true, save_in_transaction, &s) : r;
}

struct set_one {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *name, *value;
};

static enum db_result
set_in_transaction(struct db *db, void *data)
{
    const struct set_one *s = data;
    struct audit row = {s->actor, "", "settings.changed", row_of(s->name)->tab,
                        ""};
    const char *old = setting_text(db, s->arena, s->tenant, s->name);
    json_t *before = json_in_arena(s->arena, json_pack("{s:s}", s->name, old));
    json_t *after =
        json_in_arena(s->arena, json_pack("{s:s}", s->name, s->value));
    enum db_result r = setting_store_set(db, s->tenant, s->name, s->value);

    if (r == DB_OK) {
        r = setting_store_saved(db, s->tenant);
    }
    return r == DB_OK ? audit_write_objects(db, s->arena, s->tenant, &row,
                                            before, after)
                      : r;
}

enum db_result
setting_set(struct db *db, struct arena *a, const char *tenant,
            const struct actor *actor, const char *name, const char *value)
{
    struct set_one s = {a, actor, tenant, name, value};

    return db_transaction(db, true, set_in_transaction, &s);
}
