#include "app/demo.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "app/demo_catalog.h"
#include "app/demo_custom.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/ledger.h"
#include "billing/payment.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "pf_keyring.h"
#include "staff/staff.h"
#include "tenant/tenant.h"
#include "user/member.h"
#include "user/user.h"

enum { MONTHS = 24, DUE_DAYS = 14, EURO = 1000000, ONE = 1000000, VAT = 1900 };

/* ---- the data ---- */

static const char *const scopes =
    " customers:read customers:write keys:read keys:write"
    " invoices:read invoices:write payments:read payments:write"
    " logins:read logins:write logins:passwords members:read"
    " catalog:read catalog:write members:write sso:create links:write "
    "contracts:read"
    " contracts:write audit:read jobs:read jobs:write callbacks:read"
    " callbacks:write callbacks:replay settings:read settings:write"
    " mails:read mails:write";

static const char *const languages_acme[] = {"de", "en", "fr", NULL};
static const char *const languages_globex[] = {"en", "de", "fr", NULL};

static const struct tenant_new tenants[] = {
    {"acme", "Acme Telekom", "acme-group", "acme-pool", "de",
     "Acme Telekom GmbH\nHafenstraße 12\n20457 Hamburg", languages_acme},
    {"globex", "Globex Hosting", "globex-group", "globex-pool", "en",
     "Globex Hosting Ltd\nCanal Road 3\nLeeds LS1 4AP", languages_globex},
};

static const struct customer {
    const char *tenant;
    struct customer_new is;
} customers[] = {
    {"acme",
     {.number = "K2000",
      .company_name = "Bäckerei Sommer GmbH",
      .first_name = "Anna",
      .last_name = "Sommer",
      .email = "anna@sommer.example",
      .street = "Mühlenweg 4",
      .postal_code = "22767",
      .city = "Hamburg",
      .country = "DE",
      .vat_id = "DE129273398"}},
    {"acme",
     {.number = "K2001",
      .company_name = "Sommer & Söhne KG",
      .first_name = "Jonas",
      .last_name = "Sommer",
      .email = "jonas@sommer.example",
      .street = "Elbchaussee 80",
      .postal_code = "22763",
      .city = "Hamburg",
      .country = "DE"}},
    {"acme",
     {.number = "K2002",
      .first_name = "Bruno",
      .last_name = "Keller",
      .email = "bruno@keller.example",
      .street = "Lindenallee 17",
      .postal_code = "04229",
      .city = "Leipzig",
      .country = "DE"}},
    {"globex",
     {.number = "G100",
      .company_name = "Initech Ltd",
      .first_name = "Carol",
      .last_name = "Webb",
      .email = "carol@initech.example",
      .street = "5 Mill Lane",
      .postal_code = "LS2 7EW",
      .city = "Leeds",
      .country = "GB",
      .vat_id = "GB123456789"}},
};

static const struct user_data {
    const char *tenant, *username, *password, *customer, *guest_of;
} users[] = {
    {"acme", "anna", "gate-open-morning-7", "K2000", "K2001"},
    {"acme", "bruno", "river-stone-lantern-3", "K2002", NULL},
    {"globex", "carol", "quiet-harbour-evening-5", "G100", NULL},
};

/* Whom anna added to her account: one in each state. Without names: guests. */
static const struct member_data {
    const char *email, *first_name, *last_name, *preset;
    const char *action; /* what became of it; NULL: nothing more */
} members[] = {
    {"clara@sommer.example", "Clara", "Sommer", "user", NULL},
    {"emil@sommer.example", "Emil", "Sommer", "view_only", "deactivate"},
    {"buchhaltung@kanzlei-vogt.example", "", "", "accountant", NULL},
    {"studio@licht.example", "", "", "designer", "invite"},
    {"bruno@keller.example", "", "", "view_only", "reject"},
};

static const struct staff_data {
    const char *tenant, *username, *password, *role;
} staff[] = {
    {"acme", "olga", "back-office-window-9", "owner"},
    {"acme", "otto", "paper-bridge-yellow-4", "operator"},
    {"acme", "ada", "slow-train-village-2", "administrator"},
    {"acme", "bela", "seven-green-pencils-8", "billing"},
    {"acme", "sam", "warm-kitchen-lamp-61", "support"},
    {"acme", "rita", "quiet-library-chair-5", "read_only"},
    {"globex", "gina", "northern-ferry-ticket-3", "owner"},
};

static const struct item_data {
    const char *description;
    int64_t quantity, price; /* both scaled by 10^6 */
} items[] = {
    {"Glasfaser 1000, Anschluss", ONE, 59 * EURO + 900000},
    {"Feste IP-Adresse", 2 * ONE, 4 * EURO + 500000},
    {"Kassen-Terminal, Miete", 3 * ONE, 12 * EURO},
    {"Mobilfunk Business 20 GB", 4 * ONE, 17 * EURO + 490000},
    {"Webspace und Domain", ONE, 9 * EURO + 990000},
    {"Managed server M", ONE, 79 * EURO},
    {"Backup storage, per 100 GB", 5 * ONE + 500000, 2 * EURO + 250000},
};

struct span {
    int count;
    const char *unit;
};

static const struct contract_data {
    const char *tenant, *customer, *ref, *name, *unit, *delivery, *status;
    int every, months_ago;
    struct span term, renewal, notice;
    size_t first_item, n_items;
} contracts[] = {
    {"acme",
     "K2000",
     "VT-7KQ2-ZHXM",
     "Glasfaser Filiale Mühlenweg",
     "month",
     "email",
     "active",
     1,
     MONTHS,
     {24, "month"},
     {1, "month"},
     {1, "month"},
     0,
     2},
    {"acme",
     "K2000",
     "VT-3WPD-0L9R",
     "Kassen-Terminals",
     "month",
     "none",
     "active",
     3,
     MONTHS,
     {12, "month"},
     {12, "month"},
     {3, "month"},
     2,
     1},
    {"acme",
     "K2000",
     "VT-9BXA-51TC",
     "Webspace",
     "year",
     "email",
     "cancelled",
     1,
     MONTHS,
     {1, "year"},
     {1, "year"},
     {1, "month"},
     4,
     1},
    {"acme",
     "K2001",
     "VT-2MMF-8E4J",
     "Mobilfunk Außendienst",
     "month",
     "email",
     "active",
     1,
     9,
     {24, "month"},
     {1, "month"},
     {1, "month"},
     3,
     1},
    {"acme",
     "K2002",
     "VT-6HSN-P3VD",
     "Webspace privat",
     "month",
     "none",
     "active",
     1,
     14,
     {0, "month"},
     {0, "month"},
     {14, "day"},
     4,
     1},
    {"globex",
     "G100",
     "CT-4RTY-QQ21",
     "Managed hosting",
     "month",
     "email",
     "active",
     1,
     MONTHS,
     {12, "month"},
     {1, "month"},
     {30, "day"},
     5,
     2},
};

/* ---- making it ---- */

struct demo {
    struct db *db;
    const struct config *config;
    struct arena *arena;
    struct actor actor;
    int invoice_number;
};

static bool
good(enum db_result r, const char *what)
{
    if (r != DB_OK) {
        log_error("demo: %s could not be made (%d)", what, (int)r);
    }
    return r == DB_OK;
}

static const char *
base64url(struct arena *a, const unsigned char *bytes, size_t n)
{
    size_t size =
        sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *out = arena_alloc(a, size);

    return sodium_bin2base64(out, size, bytes, n,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* A merchant's signing key: the public half is registered, the private half is
 * the demo's to give away. New reference. */
static json_t *
make_sso_key(struct demo *d, const char *tenant)
{
    unsigned char public_key[32], secret_key[64];
    json_t *registered, *private_key;
    const char *x, *kid = arena_printf(d->arena, "%s-demo", tenant);

    crypto_sign_keypair(public_key, secret_key);
    x = base64url(d->arena, public_key, sizeof public_key);
    registered = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kty", "OKP", "crv",
                           "Ed25519", "alg", "EdDSA", "kid", kid, "x", x);
    private_key = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "OKP", "crv", "Ed25519", "alg",
        "EdDSA", "kid", kid, "x", x, "d",
        base64url(d->arena, secret_key, 32)); /* the seed comes first */
    sodium_memzero(secret_key, sizeof secret_key);
    if (!good(
            tenant_add_sso_key(d->db, d->arena, tenant, &d->actor, registered),
            "an SSO key")) {
        json_decref(private_key);
        private_key = NULL;
    }
    json_decref(registered);
    return private_key;
}

static json_t *
make_tenant(struct demo *d, const struct tenant_new *new)
{
    const struct api_key_new key = {
        .name = "Demo", .scopes = scopes, .networks = ""};
    const char *public_key, *api_key, *id;
    json_t *sso_key, *list = json_array();

    if (!good(tenant_create(d->db, d->arena, &d->actor, new, &public_key),
              new->id) ||
        !good(api_key_make(d->db, d->arena, new->id, &d->actor, &key, &id,
                           &api_key),
              "an API key") ||
        !(sso_key = make_sso_key(d, new->id))) {
        json_decref(list);
        return NULL;
    }
    for (size_t i = 0; new->languages[i]; i++) {
        json_array_append_new(list, json_string(new->languages[i]));
    }
    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:[], s:[]}", "id",
                     new->id, "name", new->name, "languages", list, "api_key",
                     api_key, "public_key", public_key, "sso_key", sso_key,
                     "users", "staff");
}

static json_t *
customer_row(struct demo *d, const char *tenant, const char *number)
{
    json_t *row = NULL;

    good(customer_by_number(d->db, d->arena, tenant, number, &row), number);
    return row;
}

/* Globex has numbers of another form than those that tenants begin with. */
static bool
set_numbers(struct demo *d)
{
    return good(setting_set(d->db, d->arena, "globex", &d->actor,
                            "customer_prefix", "G"),
                "a setting") &&
           good(setting_set(d->db, d->arena, "globex", &d->actor,
                            "customer_digits", "3"),
                "a setting");
}

static bool
make_customers(struct demo *d)
{
    const char *id;

    for (size_t i = 0; i < sizeof customers / sizeof *customers; i++) {
        if (!good(customer_create(d->db, d->arena, customers[i].tenant,
                                  &d->actor, &customers[i].is, &id),
                  customers[i].is.number)) {
            return false;
        }
    }
    return true;
}

/* What guests may do: look at invoices. */
static bool
make_guest(struct demo *d, const struct tenant *tenant,
           const struct user_data *data)
{
    static const char *const permissions[] = {"billing.invoices.view", NULL};
    struct membership_new new = {.kind = "guest", .permissions = permissions};
    json_t *customer = customer_row(d, tenant->id, data->guest_of);
    struct user *user;

    if (!customer || !good(user_by_username(d->db, d->arena, tenant->pool,
                                            data->username, &user),
                           data->username)) {
        return false;
    }
    new.user = user->id;
    new.customer = row_text(customer, "id");
    return good(membership_create(d->db, d->arena, tenant, &d->actor, &new),
                "a guest");
}

static json_t *
user_entry(const struct user_data *data, const json_t *customer)
{
    json_t *numbers = json_array();

    json_array_append_new(numbers, json_string(data->customer));
    if (data->guest_of) {
        json_array_append_new(numbers, json_string(data->guest_of));
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "username", data->username,
                     "password", data->password, "email",
                     row_text(customer, "email"), "customers", numbers);
}

static bool
make_user(struct demo *d, const struct user_data *data, json_t *list)
{
    struct tenant *tenant;
    json_t *customer = customer_row(d, data->tenant, data->customer);
    struct login_new new = {.username = data->username,
                            .password = data->password};

    if (!customer ||
        !good(tenant_load(d->db, d->arena, d->config, data->tenant, &tenant),
              data->tenant)) {
        return false;
    }
    new.customer = row_text(customer, "id");
    new.email = row_text(customer, "email");
    if (!good(login_create(d->db, d->arena, tenant, &d->actor, &new),
              data->username) ||
        (data->guest_of && !make_guest(d, tenant, data))) {
        return false;
    }
    json_array_append_new(list, user_entry(data, customer));
    return true;
}

/* ---- contacts and guests ---- */

struct member_making {
    struct member_desk desk;
    const struct member_data *data;
    const char *bruno; /* id */
};

/* Who was invited says no. */
static enum db_result
decline(struct member_making *m, const json_t *row,
        const struct member_made *made)
{
    struct one_time_store store = {.db = m->desk.db,
                                   .arena = m->desk.arena,
                                   .tenant = m->desk.tenant->id,
                                   .actor = m->desk.actor};
    struct one_time *token;
    enum db_result r =
        one_time_find(&store, ONE_TIME_invitation, made->secret, &token);

    return r == DB_OK ? member_answer(&m->desk, row, token, m->bruno, false)
                      : r;
}

/* No mail tells of them: the links of the demo are nobody's. */
static enum db_result
member_in_transaction(struct db *db, void *data)
{
    struct member_making *m = data;
    const struct member_data *d = m->data;
    struct member_new new = {.customer = m->desk.by->customer,
                             .email = d->email,
                             .first_name = d->first_name,
                             .last_name = d->last_name};
    struct member_made made;
    json_t *row;
    enum db_result r;

    rights_preset(d->preset, &new.rights);
    r = d->first_name[0] ? member_add(&m->desk, &new, &made)
                         : member_invite(&m->desk, &new, &made);
    if (r == DB_OK) {
        r = member_get(db, m->desk.arena, m->desk.tenant->id, new.customer,
                       made.id, &row);
    }
    if (r != DB_OK || !d->action) {
        return r;
    }
    return strcmp(d->action, "reject") == 0
               ? decline(m, row, &made)
               : member_move(&m->desk, row, d->action, &made);
}

static bool
make_members(struct demo *d)
{
    struct membership *anna;
    struct user *user, *bruno;
    struct tenant *acme;
    struct actor actor = d->actor;
    struct member_making m = {0};
    bool ok =
        good(tenant_load(d->db, d->arena, d->config, "acme", &acme), "acme") &&
        good(user_by_username(d->db, d->arena, acme->pool, "anna", &user),
             "anna") &&
        good(user_by_username(d->db, d->arena, acme->pool, "bruno", &bruno),
             "bruno") &&
        good(membership_open(d->db, d->arena, acme, user->id, NULL, &anna),
             "anna's account");

    if (!ok) {
        return false;
    }
    actor.name = arena_printf(d->arena, "user:%s", user->id);
    m.desk = (struct member_desk){.db = d->db,
                                  .arena = d->arena,
                                  .tenant = acme,
                                  .actor = &actor,
                                  .by = anna};
    m.bruno = bruno->id;
    for (size_t i = 0; ok && i < sizeof members / sizeof *members; i++) {
        m.data = &members[i];
        ok = good(db_transaction(d->db, true, member_in_transaction, &m),
                  members[i].email);
    }
    return ok;
}

/* ---- contracts and their invoices ---- */

/* The same day n months from the first of this month, by the clock of the zone
 * that every tenant begins with. */
static const char *
month_from_now(struct arena *a, int n, int day)
{
    int year, month;

    sscanf(text_day(a, "Europe/Berlin", clock_now()), "%d-%d", &year, &month);
    month += n - 1 + 12 * 100;
    year += month / 12 - 100;
    return arena_printf(a, "%04d-%02d-%02d", year, month % 12 + 1, day);
}

static const char *
days_after(struct arena *a, const char *date, int days)
{
    char out[11];
    int64_t day = 0;

    clock_parse_date(date, &day);
    clock_date(day + days, out);
    return arena_strdup(a, out);
}

static int
step_of(const struct contract_data *c)
{
    return strcmp(c->unit, "year") == 0 ? 12 * c->every : c->every;
}

/* As it stands on documents. */
static bool
seller_of(struct demo *d, const char *id, const char **seller)
{
    struct tenant *tenant;

    return good(tenant_load(d->db, d->arena, d->config, id, &tenant), id) &&
           good(invoice_seller(d->db, d->arena, tenant, seller), id);
}

/* All of it, on the day it is due; a credit note is paid back. */
static bool
pay_invoice(struct demo *d, const char *tenant, const struct invoice_new *of,
            const char *invoice)
{
    json_t *row;
    struct payment_new new = {.customer = of->customer,
                              .contract = of->contract,
                              .invoice = invoice,
                              .currency = of->currency,
                              .date = of->due,
                              .method = "transfer",
                              .reference = of->number};
    const char *id;

    if (!good(ledger_document_by_id(d->db, d->arena, tenant, invoice, &row),
              of->number)) {
        return false;
    }
    new.amount = row_int(row, "gross");
    return good(payment_record(d->db, d->arena, tenant, &d->actor, &new, &id),
                of->number);
}

/* One invoice, `ago` months back; the newest is open, an older one overdue. */
static bool
make_invoice(struct demo *d, const struct contract_data *c, const char *id,
             const json_t *customer, int ago)
{
    struct invoice_line_new lines[8];
    const char *invoice, *date = month_from_now(d->arena, -ago, 1);
    bool credit = ago == 6 && c->first_item == 0;
    struct invoice_new new = {
        .number = arena_printf(d->arena, "%s%d", credit ? "GS" : "RE",
                               20000 + d->invoice_number++),
        .type = credit ? "credit_note" : "invoice",
        .customer = row_text(customer, "id"),
        .contract = id,
        .customer_number = row_text(customer, "number"),
        .recipient = invoice_recipient(d->arena, customer),
        .language = strcmp(c->tenant, "acme") == 0 ? "de" : "en",
        .date = date,
        .due = days_after(d->arena, date, DUE_DAYS),
        .period_from = date,
        .period_to = days_after(
            d->arena, month_from_now(d->arena, step_of(c) - ago, 1), -1),
        .billed_from = date,
        .currency = strcmp(c->tenant, "acme") == 0 ? "EUR" : "GBP",
        .delivery_mode = c->delivery,
        .lines = lines,
        .n_lines = c->n_items};

    for (size_t i = 0; i < c->n_items; i++) {
        const struct item_data *item = &items[c->first_item + i];

        lines[i] =
            (struct invoice_line_new){item->description,
                                      credit ? -item->quantity : item->quantity,
                                      item->price,
                                      VAT,
                                      NULL,
                                      NULL,
                                      0};
    }
    new.billed_to = new.period_to;
    new.buyer = invoice_buyer(d->arena, customer);
    return seller_of(d, c->tenant, &new.seller) &&
           good(invoice_create(d->db, d->arena, c->tenant, &d->actor, &new,
                               &invoice),
                new.number) &&
           (ago < step_of(c) || ago == 4 ||
            pay_invoice(d, c->tenant, &new, invoice));
}

static bool
make_contract(struct demo *d, const struct contract_data *c)
{
    struct contract_item_new new_items[8];
    json_t *customer = customer_row(d, c->tenant, c->customer);
    bool cancelled = strcmp(c->status, "cancelled") == 0;
    struct contract_new new = {
        .ref = c->ref,
        .name = c->name,
        .status = c->status,
        .currency = strcmp(c->tenant, "acme") == 0 ? "EUR" : "GBP",
        .start_date = month_from_now(d->arena, -c->months_ago, 1),
        .end_date = cancelled ? month_from_now(d->arena, 2, 28) : NULL,
        .every = c->every,
        .unit = c->unit,
        .in_advance = true,
        .billed_until =
            days_after(d->arena, month_from_now(d->arena, step_of(c), 1), -1),
        .plan = "",
        .delivery_mode = c->delivery,
        .term = c->term.count,
        .term_unit = c->term.unit,
        .renewal = c->renewal.count,
        .renewal_unit = c->renewal.unit,
        .notice = c->notice.count,
        .notice_unit = c->notice.unit,
        .due_days = -1,
        .items = new_items,
        .n_items = c->n_items};
    const char *id;

    if (!customer) {
        return false;
    }
    new.customer = row_text(customer, "id");
    for (size_t i = 0; i < c->n_items; i++) {
        const struct item_data *item = &items[c->first_item + i];

        new_items[i] =
            (struct contract_item_new){.description = item->description,
                                       .quantity = item->quantity,
                                       .unit_price = item->price,
                                       .vat_rate = VAT};
    }
    if (!good(contract_create(d->db, d->arena, c->tenant, &d->actor, &new, &id),
              c->ref)) {
        return false;
    }
    for (int ago = c->months_ago; ago >= 0; ago -= step_of(c)) {
        if (!make_invoice(d, c, id, customer, ago)) {
            return false;
        }
    }
    return true;
}

/* What documents and pages say of the seller. */
static bool
make_seller(struct demo *d)
{
    static const char *const values[][2] = {
        {"seller_name", "Acme Telekom GmbH"},
        {"seller_street", "Hafenstraße 12"},
        {"seller_postal_code", "20457"},
        {"seller_city", "Hamburg"},
        {"seller_vat_id", "DE123456789"},
        {"seller_tax_number", "48/123/45678"},
        {"seller_contact", "Buchhaltung"},
        {"seller_phone", "+49 40 1234567"},
        {"seller_email", "rechnung@acme.example"},
        {"seller_iban", "DE89 3704 0044 0532 0130 00"},
        {"seller_bic", "COBADEFFXXX"},
        {"creditor_id", "DE98ZZZ09999999999"},
        {"direct_debit", "1"},
        {"imprint_url", "https://acme.example/impressum"},
        {"accessibility_url", "https://acme.example/barrierefreiheit"},
        {"card_provider", "sandbox"},
    };
    bool ok = true;

    for (size_t i = 0; ok && i < sizeof values / sizeof *values; i++) {
        ok = good(setting_set(d->db, d->arena, "acme", &d->actor, values[i][0],
                              values[i][1]),
                  values[i][0]);
    }
    return ok;
}

/* ---- all of it ---- */

static bool
fill_tenants(struct demo *d, json_t *list)
{
    json_t *entry;

    for (size_t i = 0; i < sizeof tenants / sizeof *tenants; i++) {
        entry = make_tenant(d, &tenants[i]);
        if (!entry) {
            return false;
        }
        json_array_append_new(list, entry);
    }
    return true;
}

static json_t *
part_of(const json_t *list, const char *tenant, const char *name)
{
    json_t *entry;
    size_t i;

    json_array_foreach(list, i, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "id")), tenant) ==
            0) {
            return json_object_get(entry, name);
        }
    }
    return NULL;
}

/* The demo's staff may do without a second factor. */
static bool
make_staff(struct demo *d, const struct staff_data *data, json_t *list)
{
    struct tenant *tenant;
    struct staff_desk desk = {
        .db = d->db, .arena = d->arena, .actor = &d->actor};
    struct staff_new new = {
        data->username,
        arena_printf(d->arena, "%s@%s.example", data->username, data->tenant),
        data->role, data->password};

    if (!good(tenant_load(d->db, d->arena, d->config, data->tenant, &tenant),
              data->tenant)) {
        return false;
    }
    desk.tenant = tenant;
    json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "username",
                                          data->username, "password",
                                          data->password, "role", data->role));
    return good(staff_create(&desk, &new), data->username) &&
           good(setting_set(d->db, d->arena, data->tenant, &d->actor,
                            "staff_totp", "0"),
                "a setting");
}

static bool
fill(struct demo *d, json_t *list)
{
    bool ok = fill_tenants(d, list) && set_numbers(d) && make_customers(d);

    for (size_t i = 0; ok && i < sizeof users / sizeof *users; i++) {
        ok = make_user(d, &users[i], part_of(list, users[i].tenant, "users"));
    }
    ok = ok && make_members(d);
    for (size_t i = 0; ok && i < sizeof staff / sizeof *staff; i++) {
        ok = make_staff(d, &staff[i], part_of(list, staff[i].tenant, "staff"));
    }
    ok = ok && make_seller(d);
    for (size_t i = 0; ok && i < sizeof contracts / sizeof *contracts; i++) {
        ok = make_contract(d, &contracts[i]);
    }
    return ok && demo_catalog(d->db, d->arena, d->config, &d->actor) &&
           demo_custom(d->db, d->arena, d->config, &d->actor);
}

json_t *
demo_fill(struct db *db, const struct config *config)
{
    struct demo d = {
        db, config, arena_new(), {"system", "", "demo", NULL, false}, 1};
    json_t *list = json_array();
    bool ok = fill(&d, list);

    arena_free(d.arena);
    if (!ok) {
        json_decref(list);
        return NULL;
    }
    return json_pack("{s:s, s:o}", "base_url", config->base_url, "tenants",
                     list);
}
