#include "order/order.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "callback/callback.h"
#include "contract/contract.h"
#include "order/order_store.h"

enum { DIGEST_SIZE = 16, TWICE_S = 24 * 3600 };

/* ---- the page's settings ---- */

enum db_result
order_page_load(struct db *db, struct arena *a, const char *tenant,
                struct order_page *out)
{
    json_t *settings, *texts;
    int64_t version;
    enum db_result r =
        setting_values(db, a, tenant, "signup", &settings, &version);

    if (r == DB_OK) {
        r = page_text_get(db, a, tenant, "signup", &texts);
    }
    if (r == DB_OK) {
        *out = (struct order_page){settings, texts};
    }
    return r;
}

const char *
order_setting(const struct order_page *page, const char *name)
{
    return row_text(page->settings, name);
}

bool
order_setting_is(const struct order_page *page, const char *name,
                 const char *value)
{
    return strcmp(order_setting(page, name), value) == 0;
}

/* ---- the terms ---- */

const struct order_place order_places[] = {
    {"{tac}", "terms_url", N_("terms and conditions")},
    {"{dpp}", "privacy_url", N_("privacy policy")},
    {"{withdrawal}", "withdrawal_url", N_("withdrawal instructions")},
    {NULL, NULL, NULL},
};

const char *
order_term_text(struct arena *a, int position)
{
    return arena_printf(a, "term%d", position);
}

/* In the words of that language alone. */
static bool
has_place(struct arena *a, const struct order_page *page, const char *language,
          const char *place)
{
    for (int i = 1; i <= ORDER_TERMS_MAX; i++) {
        const char *words = translation_pick(page->texts, order_term_text(a, i),
                                             language, "", NULL);

        if (words && strstr(words, place)) {
            return true;
        }
    }
    return false;
}

bool
order_unlinked(struct arena *a, const struct tenant *tenant,
               const struct order_page *page, const struct order_place *place)
{
    if (!order_setting_is(page, place->setting, "")) {
        return false;
    }
    for (size_t i = 0; i < tenant->n_languages; i++) {
        if (has_place(a, page, tenant->languages[i], place->name)) {
            return true;
        }
    }
    return false;
}

/* ---- telling one from another ---- */

static const char *
digest(struct arena *a, const char *prefix, const json_t *json)
{
    const char *text = json_text(a, json, JSON_COMPACT | JSON_SORT_KEYS);
    unsigned char hash[DIGEST_SIZE];
    char *hex = arena_alloc(a, 2 * DIGEST_SIZE + 1);
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)prefix,
                              strlen(prefix) + 1);
    crypto_generichash_update(&state, (const unsigned char *)text,
                              strlen(text));
    crypto_generichash_final(&state, hash, DIGEST_SIZE);
    return sodium_bin2hex(hex, 2 * DIGEST_SIZE + 1, hash, DIGEST_SIZE);
}

/* What a page says of a variant beside its price. */
static json_t *
variant_told(const json_t *variant)
{
    static const char *const columns[] = {
        "id",         "plan_name",   "every",           "unit",
        "in_advance", "trial",       "trial_unit",      "trial_end",
        "term",       "term_unit",   "renewal",         "renewal_unit",
        "notice",     "notice_unit", "after_first_term"};
    json_t *told = json_object();

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        json_object_set(told, columns[i], json_object_get(variant, columns[i]));
    }
    return told;
}

const char *
order_digest(struct arena *a, const struct catalog_order *asked,
             const struct catalog_priced *priced,
             const struct order_term *terms, size_t n_terms,
             const char *mandate)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n_terms; i++) {
        json_array_append_new(list,
                              json_pack("[i, s, b]", terms[i].position,
                                        terms[i].words, terms[i].required));
    }
    return digest(
        a, "",
        json_in_arena(a, json_pack("[O, o, i, o, s?, o, s?]",
                                   catalog_priced_shown(a, asked, priced),
                                   variant_told(asked->variant),
                                   priced->periods, list, asked->customer,
                                   priced->next
                                       ? variant_told(priced->next_variant)
                                       : json_null(),
                                   mandate)));
}

const char *
order_browser(struct arena *a, const char *cookie, const char *of)
{
    return digest(a, cookie, json_in_arena(a, json_pack("[s]", of)));
}

/* ---- the contract that it makes ---- */

struct placing {
    const struct order_desk *desk;
    const struct order_new *new;
    struct order_placed *out;
    struct catalog_order asked; /* with the variant as it is now */
    const char *today;
};

static enum db_result
check(enum err why, struct order_placed *out)
{
    out->why = why;
    return DB_CHECK;
}

static bool
is(const json_t *row, const char *column, const char *value)
{
    return strcmp(row_text(row, column), value) == 0;
}

/* Items that are gathered: since and until are those of what is added. */
struct items {
    struct contract_item_new *rows;
    size_t n;
    const char *since, *until;
};

/* The lines of a period: discounts, or all the others. */
static void
add_items(struct items *items, const struct price_part *part, bool discounts)
{
    for (size_t i = 0; i < part->n_lines; i++) {
        const struct price_line *line = &part->lines[i];

        if ((line->kind == LINE_DISCOUNT) == discounts) {
            items->rows[items->n++] =
                (struct contract_item_new){.description = line->description,
                                           .quantity = line->quantity,
                                           .unit_price = line->unit_price,
                                           .vat_rate = line->vat_rate,
                                           .since = items->since,
                                           .until = items->until};
        }
    }
}

/* The day after those that cost nothing: the first that is billed. */
static const char *
first_day(const struct placing *p, const json_t *variant)
{
    int64_t trial = row_int(variant, "trial");
    char *day = arena_alloc(p->desk->arena, 11);

    return trial > 0 && span_date(p->today, 1, (int)trial,
                                  row_text(variant, "trial_unit"), day)
               ? day
               : p->today;
}

/* The day from which on a discount is over, so many periods from the first one
 * that is billed; NULL: as long as the contract runs. */
static const char *
discount_end(const struct placing *p, const json_t *variant)
{
    int every = (int)row_int(variant, "every");
    const char *unit = row_text(variant, "unit");
    char *day = arena_alloc(p->desk->arena, 11);
    int64_t n;

    return p->out->priced.periods > 0 &&
                   span_index(p->today, first_day(p, variant), every, unit,
                              &n) &&
                   span_date(p->today, n + p->out->priced.periods, every, unit,
                             day)
               ? day
               : NULL;
}

/* The last of the days that cost nothing; NULL: there are none. */
static const char *
trial_end(const struct placing *p, const json_t *variant)
{
    const char *first = first_day(p, variant);
    char *day = arena_alloc(p->desk->arena, 11);

    return first != p->today && span_days(first, -1, day) ? day : NULL;
}

/* The day on which another variant takes its place; NULL: none does. */
static const char *
change_day(const struct placing *p, const json_t *variant)
{
    char *day = arena_alloc(p->desk->arena, 11);

    return p->out->priced.next &&
                   span_date(p->today, 1, (int)row_int(variant, "term"),
                             row_text(variant, "term_unit"), day)
               ? day
               : NULL;
}

static void
set_items(const struct placing *p, struct contract_new *new)
{
    const struct catalog_priced *priced = &p->out->priced;
    const struct price_part *first = &priced->price.recurring,
                            *then = priced->next
                                        ? &priced->next->price.recurring
                                        : NULL;
    size_t n = first->n_lines + (then ? then->n_lines : 0);
    const char *over = discount_end(p, p->asked.variant);
    struct items items = {
        arena_alloc(p->desk->arena, (n + 1) * sizeof *items.rows), 0, NULL,
        new->changes_on};

    add_items(&items, first, false);
    if (over && !(items.until && strcmp(items.until, over) < 0)) {
        items.until = over;
    }
    add_items(&items, first, true);
    if (then) {
        items.since = new->changes_on;
        items.until = NULL;
        add_items(&items, then, false);
        add_items(&items, then, true);
    }
    new->items = items.rows;
    new->n_items = items.n;
}

static void
set_change(const struct placing *p, struct contract_new *new)
{
    const json_t *v = p->out->priced.next_variant;

    new->then_name = catalog_name_read(p->desk->tenant, p->asked.language, v);
    new->then_plan = row_text(v, "plan_name");
    new->then = (struct contract_then){
        .every = (int)row_int(v, "every"),
        .unit = row_text(v, "unit"),
        .in_advance = row_int(v, "in_advance") != 0,
        .term = (int)row_int(v, "term"),
        .term_unit = row_text(v, "term_unit"),
        .renewal =
            is(v, "after_first_term", "end") ? 0 : (int)row_int(v, "renewal"),
        .renewal_unit = row_text(v, "renewal_unit"),
        .notice = (int)row_int(v, "notice"),
        .notice_unit = row_text(v, "notice_unit")};
}

static enum db_result
make_contract(struct db *db, const struct placing *p)
{
    const json_t *v = p->asked.variant;
    const char *trial = trial_end(p, v);
    bool tried = trial && is(v, "trial_end", "end");
    bool renews = !tried && is(v, "after_first_term", "renew");
    const char *term = tried ? "trial" : "term";
    const char *term_unit = tried ? "trial_unit" : "term_unit";
    char end[11];
    struct contract_new new = {
        .customer = p->out->customer,
        .status = "active",
        .name = catalog_name_read(p->desk->tenant, p->asked.language, v),
        .plan = row_text(v, "plan_name"),
        .currency = row_text(v, "currency"),
        .delivery_mode = p->new->delivery_mode,
        .start_date = p->today,
        .billed_until = trial,
        .every = (int)row_int(v, "every"),
        .unit = row_text(v, "unit"),
        .in_advance = row_int(v, "in_advance") != 0,
        .term = (int)row_int(v, term),
        .term_unit = row_text(v, term_unit),
        .renewal = renews ? (int)row_int(v, "renewal") : 0,
        .renewal_unit = row_text(v, "renewal_unit"),
        .notice = (int)row_int(v, "notice"),
        .notice_unit = row_text(v, "notice_unit"),
        .due_days = -1,
        .changes_on = change_day(p, v)};
    struct contract_terms terms = {.start = new.start_date,
                                   .every = new.every,
                                   .unit = new.unit,
                                   .term = new.term,
                                   .term_unit = new.term_unit,
                                   .renewal = new.renewal,
                                   .renewal_unit = new.renewal_unit,
                                   .changes = new.changes_on};

    if (new.changes_on) {
        set_change(p, &new);
        terms.then = new.then;
    }
    new.end_date = contract_own_end(&terms, end) ? end : NULL;
    set_items(p, &new);
    return contract_create(db, p->desk->arena, p->desk->tenant->id,
                           p->desk->actor, &new, &p->out->contract);
}

/* What is paid once is a service of the first day. */
static enum db_result
record_once(struct db *db, const struct placing *p, const json_t *contract)
{
    const struct price_part *once = &p->out->priced.price.one_off;
    struct service_desk desk = {db, p->desk->arena, p->desk->tenant,
                                p->desk->actor};
    enum db_result r = DB_OK;

    for (size_t i = 0; i < once->n_lines && r == DB_OK; i++) {
        const struct price_line *line = &once->lines[i];
        struct service_new new = {.description = line->description,
                                  .quantity = line->quantity,
                                  .unit_price = line->unit_price,
                                  .vat_rate = line->vat_rate,
                                  .performance_date = p->today};
        const char *id;

        r = service_create(&desk, contract, &new, &id);
    }
    return r;
}

/* ---- the order ---- */

/* Whether it is still what its sender saw. */
static bool
is_as_seen(const struct placing *p)
{
    const struct order_new *new = p->new;
    const struct catalog_priced *priced = &p->out->priced;

    if (new->shown) {
        return strcmp(new->shown, order_digest(p->desk->arena, &p->asked,
                                               priced, new->terms, new->n_terms,
                                               new->mandate)) == 0;
    }
    return !new->gross || *new->gross == priced->price.now.gross;
}

/* How many items the contract has. */
static size_t
lines_of(const struct catalog_priced *priced)
{
    return priced->price.recurring.n_lines +
           (priced->next ? priced->next->price.recurring.n_lines : 0);
}

/* The variant as it is now, and what all of it costs. */
static enum db_result
price(struct db *db, struct placing *p)
{
    const struct order_new *new = p->new;
    struct order_placed *out = p->out;
    struct arena *a = p->desk->arena;
    json_t *variant;
    enum db_result r =
        catalog_get(db, a, p->desk->tenant->id, CATALOG_VARIANT,
                    row_text(new->asked->variant, "id"), &variant);

    if (r != DB_OK) {
        return r == DB_NONE ? check(ERR_order_changed, out) : r;
    }
    p->asked = *new->asked;
    p->asked.variant = variant;
    r = catalog_price(db, &p->asked, &out->priced);
    if (r == DB_CHECK) {
        return check(ERR_invalid, out);
    }
    if (r == DB_OK && out->priced.coupon_error != ERR_NONE) {
        out->by_coupon = true;
        return check(out->priced.coupon_error, out);
    }
    if (r == DB_OK && lines_of(&out->priced) > CONTRACT_ITEMS_MAX) {
        return check(ERR_order_long, out);
    }
    return r == DB_OK && !is_as_seen(p) ? check(ERR_order_changed, out) : r;
}

static enum db_result
find_or_make_customer(struct db *db, const struct placing *p)
{
    const struct order_desk *d = p->desk;
    json_t *row;
    enum db_result r = DB_OK;

    p->out->customer = p->asked.customer;
    if (p->new->person) {
        r = customer_create(db, d->arena, d->tenant->id, d->actor,
                            p->new->person, &p->out->customer);
    }
    if (r == DB_OK) {
        r = customer_by_id(db, d->arena, d->tenant->id, p->out->customer, &row);
    }
    if (r == DB_OK) {
        p->out->number = row_text(row, "number");
        p->out->email = row_text(row, "email");
    }
    return r;
}

static enum db_result
use_coupon(struct db *db, const struct placing *p)
{
    const struct catalog_priced *priced = &p->out->priced;
    struct coupon_use use = {.arena = p->desk->arena,
                             .tenant = p->desk->tenant->id,
                             .actor = p->desk->actor,
                             .coupon = priced->coupon_row,
                             .customer = p->out->customer,
                             .number = p->out->number,
                             .reference = p->out->ref,
                             .today = p->today};

    enum db_result r =
        priced->coupon_row ? coupon_use(db, &use, &p->out->why) : DB_OK;

    p->out->by_coupon = r == DB_CHECK;
    return r;
}

static json_t *
row_of(const struct placing *p)
{
    const struct order_new *new = p->new;
    const struct catalog_order *asked = &p->asked;
    struct order_placed *out = p->out;
    const struct price_part *now = &out->priced.price.now;
    struct arena *a = p->desk->arena;

    return json_in_arena(
        a,
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s,"
                  " s:s, s:I, s:s, s:s}",
                  "id", new->id, "customer_id", out->customer, "customer",
                  out->number, "contract_id", out->contract, "contract",
                  out->ref, "variant", row_text(asked->variant, "id"), "coupon",
                  out->priced.coupon ? out->priced.code : "", "currency",
                  out->priced.currency, "net", (json_int_t)now->net, "gross",
                  (json_int_t)now->gross, "price",
                  json_text(a, catalog_priced_shown(a, asked, &out->priced),
                            JSON_COMPACT),
                  "language", asked->language, "url", new->url, "placed",
                  (json_int_t)clock_now(), "placed_by", p->desk->actor->name,
                  "browser", new->browser));
}

static enum db_result
note(struct db *db, const struct placing *p, const json_t *row)
{
    const struct order_desk *d = p->desk;
    struct audit told = {d->actor, p->out->customer, "order.placed", p->new->id,
                         ""};
    enum db_result r = audit_write_change(db, d->arena, d->tenant->id, &told,
                                          order_fields, NULL, row);

    return r == DB_OK
               ? callback_enqueue(
                     db, d->arena, d->tenant->id, CALLBACK_order_placed,
                     p->new->id,
                     json_incref(field_output(d->arena, order_fields, row)),
                     d->actor->request_id)
               : r;
}

static enum db_result
keep(struct db *db, const struct placing *p)
{
    const struct order_desk *d = p->desk;
    const json_t *row = row_of(p);
    enum db_result r = order_store_insert(db, d->tenant->id, row);

    if (r == DB_OK) {
        r = order_store_terms(db, d->arena, d->tenant->id, p->new->id,
                              p->new->terms, p->new->n_terms);
    }
    return r == DB_OK ? note(db, p, row) : r;
}

/* An id is that of one order: the same is found, another is refused. */
static enum db_result
find_before(struct db *db, const struct placing *p)
{
    const struct order_new *new = p->new;
    struct order_placed *out = p->out;
    json_t *row;
    enum db_result r =
        order_get(db, p->desk->arena, p->desk->tenant->id, new->id, &row);

    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    if (!is(row, "browser", new->browser)) {
        return check(ERR_order_old, out);
    }
    out->before = true;
    out->customer = row_text(row, "customer_id");
    out->number = row_text(row, "customer");
    out->contract = row_text(row, "contract_id");
    out->ref = row_text(row, "contract");
    return DB_OK;
}

/* Maybe in another tab, or by going back. */
static enum db_result
find_twice(struct db *db, const struct placing *p)
{
    json_t *row;
    enum db_result r =
        p->new->again
            ? DB_NONE
            : order_of_browser(db, p->desk->arena, p->desk->tenant->id,
                               p->new->browser, clock_now() - TWICE_S, &row);

    if (r == DB_OK) {
        p->out->ref = row_text(row, "contract");
        p->out->placed = row_int(row, "placed");
        return check(ERR_order_twice, p->out);
    }
    return r == DB_NONE ? DB_OK : r;
}

/* The contract, and what is paid once. */
static enum db_result
make_all(struct db *db, const struct placing *p)
{
    const struct order_desk *d = p->desk;
    json_t *contract;
    enum db_result r = make_contract(db, p);

    if (r == DB_OK) {
        r = contract_by_id(db, d->arena, d->tenant->id, p->out->contract,
                           &contract);
    }
    if (r != DB_OK) {
        return r;
    }
    p->out->ref = row_text(contract, "ref");
    r = service_contract(db, d->arena, d->tenant->id, p->out->ref, &contract);
    return r == DB_OK ? record_once(db, p, contract) : r;
}

static enum db_result
place_in_transaction(struct db *db, void *data)
{
    struct placing *p = data;
    const struct order_desk *d = p->desk;
    enum db_result r;

    *p->out = (struct order_placed){.why = ERR_NONE};
    r = find_before(db, p);
    if (r != DB_OK || p->out->before) {
        return r;
    }
    r = find_twice(db, p);
    if (r == DB_OK) {
        r = price(db, p);
    }
    if (r == DB_OK) {
        r = find_or_make_customer(db, p);
    }
    if (r == DB_OK) {
        r = make_all(db, p);
    }
    if (r == DB_OK) {
        r = use_coupon(db, p);
    }
    if (r == DB_OK) {
        r = catalog_ordered(db, d->arena, d->tenant->id, &p->asked);
    }
    return r == DB_OK ? keep(db, p) : r;
}

enum db_result
order_place(const struct order_desk *desk, const struct order_new *new,
            struct order_placed *out)
{
    struct placing p = {.desk = desk,
                        .new = new,
                        .out = out,
                        .today = tenant_today(desk->arena, desk->tenant)};

    return db_transaction(desk->db, true, place_in_transaction, &p);
}
