#include "app/demo_catalog.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "catalog/catalog.h"

#define NAMES(de, en, fr)                                                      \
    "\"texts\":[{\"language\":\"de\",\"name\":\"" de "\"},"                    \
    "{\"language\":\"en\",\"name\":\"" en "\"},"                               \
    "{\"language\":\"fr\",\"name\":\"" fr "\"}]"
#define TWO_YEARS                                                              \
    "\"term\":{\"count\":24,\"unit\":\"month\"},"                              \
    "\"renewal\":{\"count\":1,\"unit\":\"month\"},"                            \
    "\"notice\":{\"count\":1,\"unit\":\"month\"}"
#define MONTHLY "\"recurrence\":{\"every\":1,\"unit\":\"month\"}"
#define YEARLY  "\"recurrence\":{\"every\":1,\"unit\":\"year\"}"

/* Bodies as the API takes them; "@fibre" is the id of what is made as that. */
static const struct product {
    const char *tenant;
    enum catalog_kind kind;
    const char *key, *body;
} products[] = {
    {"acme", CATALOG_FAMILY, "internet",
     "{\"name\":\"Internet\",\"currency\":\"EUR\",\"vat_rate\":\"19\","
     "\"external_id\":\"INT\"," NAMES("Internet", "Internet", "Internet") "}"},
    {"acme", CATALOG_PLAN, "fibre",
     "{\"family\":\"@internet\",\"name\":\"Glasfaser 1000\","
     "\"external_id\":\"GF1000\"," NAMES("Glasfaser 1000", "Fibre 1000",
                                         "Fibre 1000") "}"},
    {"acme", CATALOG_VARIANT, "fibre-24",
     "{\"plan\":\"@fibre\",\"name\":\"24 Monate\",\"price\":\"50.34\","
     "\"setup_fee\":\"41.98\",\"self_service\":true,"
     "\"external_id\":\"GF1000-24\"," MONTHLY "," TWO_YEARS
     "," NAMES("Glasfaser 1000, 24 Monate", "Fibre 1000, 24 months",
               "Fibre 1000, 24 mois") "}"},
    {"acme", CATALOG_VARIANT, "fibre-flex",
     "{\"plan\":\"@fibre\",\"name\":\"Flex\",\"price\":\"58.74\","
     "\"setup_fee\":\"83.99\",\"self_service\":true,"
     "\"external_id\":\"GF1000-FLEX\"," MONTHLY
     ",\"notice\":{\"count\":14,\"unit\":\"day\"}," NAMES(
         "Glasfaser 1000 Flex", "Fibre 1000 Flex", "Fibre 1000 Flex") "}"},
    {"acme", CATALOG_VARIANT, "fibre-branch",
     "{\"plan\":\"@fibre\",\"name\":\"Filialnetz, Rahmenvertrag\","
     "\"price\":\"499\",\"in_advance\":false," YEARLY
     ",\"term\":{\"count\":3,\"unit\":\"year\"},"
     "\"after_first_term\":\"end\"}"},
    {"acme", CATALOG_COMPONENT, "ip",
     "{\"family\":\"@internet\",\"name\":\"Feste IP-Adresse\","
     "\"type\":\"quantity\",\"price\":\"4.50\",\"self_service\":true,"
     "\"external_id\":\"IP\"," NAMES("Feste IP-Adresse", "Fixed IP address",
                                     "Adresse IP fixe") "}"},
    {"acme", CATALOG_COMPONENT, "router",
     "{\"family\":\"@internet\",\"name\":\"Router, Miete\","
     "\"type\":\"on_off\",\"price\":\"5.04\",\"self_service\":true," NAMES(
         "Router zur Miete", "Rented router", "Routeur en location") "}"},
    {"acme", CATALOG_COMPONENT, "seats",
     "{\"family\":\"@internet\",\"name\":\"Nebenstellen\","
     "\"type\":\"quantity\",\"price_model\":\"interval\",\"steps\":["
     "{\"up_to\":\"5\",\"price\":\"3.90\"},{\"up_to\":\"20\","
     "\"price\":\"2.90\"},{\"price\":\"1.90\"}],\"self_service\":true," NAMES(
         "Nebenstellen", "Extensions", "Postes téléphoniques") "}"},
    {"acme", CATALOG_COMPONENT, "minutes",
     "{\"family\":\"@internet\",\"name\":\"Minuten ins Mobilnetz\","
     "\"type\":\"metered\",\"price\":\"0.079\",\"price_information\":"
     "true," NAMES("Minuten ins Mobilnetz", "Minutes to mobiles",
                   "Minutes vers les mobiles") "}"},
    {"acme", CATALOG_DISCOUNT, "welcome",
     "{\"name\":\"Willkommen, 6 Monate\",\"kind\":\"percent\","
     "\"percent\":\"20\",\"periods\":6," NAMES(
         "20 % in den ersten 6 Monaten", "20 % off for 6 months",
         "20 % de remise pendant 6 mois") "}"},
    {"acme", CATALOG_DISCOUNT, "no-setup",
     "{\"name\":\"Ohne Einrichtung\",\"kind\":\"percent\","
     "\"percent\":\"100\",\"applies_to\":\"one_off\"," NAMES(
         "Einrichtung geschenkt", "No setup fee", "Installation offerte") "}"},
    {"acme", CATALOG_COUPON, "willkommen20",
     "{\"code\":\"WILLKOMMEN20\",\"discount\":\"@welcome\","
     "\"limit_customer\":1}"},
    {"acme", CATALOG_COUPON, "messe",
     "{\"code\":\"MESSE-2026\",\"discount\":\"@no-setup\","
     "\"plans\":[\"@fibre\"],\"limit_total\":200}"},
    {"globex", CATALOG_FAMILY, "hosting",
     "{\"name\":\"Hosting\",\"currency\":\"GBP\",\"vat_rate\":\"20\"," NAMES(
         "Hosting", "Hosting", "Hébergement") "}"},
    {"globex", CATALOG_PLAN, "server",
     "{\"family\":\"@hosting\",\"name\":\"Managed server\"," NAMES(
         "Managed Server", "Managed server", "Serveur géré") "}"},
    {"globex", CATALOG_VARIANT, "server-m",
     "{\"plan\":\"@server\",\"name\":\"M\",\"price\":\"79\","
     "\"self_service\":true," MONTHLY
     ",\"trial\":{\"count\":14,\"unit\":\"day\"}," NAMES(
         "Managed Server M", "Managed server M", "Serveur géré M") "}"},
    {"globex", CATALOG_COMPONENT, "backup",
     "{\"family\":\"@hosting\",\"name\":\"Backup, 100 GB\","
     "\"type\":\"quantity\",\"price_model\":\"scale\",\"steps\":["
     "{\"up_to\":\"10\",\"price\":\"2.25\"},{\"price\":\"1.75\"}],"
     "\"self_service\":true," NAMES("Backup, je 100 GB", "Backup, per 100 GB",
                                    "Sauvegarde, par 100 Go") "}"},
    {"globex", CATALOG_DISCOUNT, "friend",
     "{\"name\":\"Friends\",\"kind\":\"amount\","
     "\"amount\":{\"amount\":1000,\"currency\":\"GBP\"},\"periods\":1," NAMES(
         "10 £ geschenkt", "£10 off", "10 £ offertes") "}"},
    {"globex", CATALOG_COUPON, "friend-10",
     "{\"code\":\"FRIEND10\",\"discount\":\"@friend\"}"},
};

struct making {
    struct db *db;
    struct arena *arena;
    const struct config *config;
    const struct actor *actor;
    json_t *ids; /* by key */
};

/* "@fibre" as its id; anything else as it is. */
static json_t *
resolved(const struct making *m, json_t *value)
{
    const char *text = json_string_value(value);
    json_t *id =
        text && text[0] == '@' ? json_object_get(m->ids, text + 1) : NULL;

    return id ? id : value;
}

static json_t *
body_of(const struct making *m, const struct product *p)
{
    json_t *body = json_in_arena(m->arena, json_loads(p->body, 0, NULL)), *list;
    const char *name;
    json_t *value;
    void *next;
    size_t i;

    json_object_foreach_safe(body, next, name, value)
    {
        json_object_set(body, name, resolved(m, value));
    }
    list = json_object_get(body, "plans");
    json_array_foreach(list, i, value)
    {
        json_array_set(list, i, resolved(m, value));
    }
    return body;
}

static enum db_result
make(const struct making *m, const struct product *p)
{
    struct field_errors errors = {0};
    struct tenant *tenant;
    struct catalog_change c = {.arena = m->arena,
                               .tenant = p->tenant,
                               .actor = m->actor,
                               .kind = p->kind};
    struct catalog_sent sent = {
        .arena = m->arena, .kind = p->kind, .errors = &errors};
    const char *id;
    enum db_result r =
        tenant_load(m->db, m->arena, m->config, p->tenant, &tenant);

    if (r != DB_OK) {
        return r;
    }
    sent.tenant = tenant;
    sent.input = field_parse(m->arena, catalog_kinds[p->kind].create,
                             body_of(m, p), FIELD_JSON, &errors);
    r = catalog_take(m->db, &sent, &c.row);
    if (r == DB_OK) {
        r = catalog_create(m->db, &c, &id);
    }
    if (r == DB_OK) {
        json_object_set_new(m->ids, p->key, json_string(id));
    }
    return r;
}

bool
demo_catalog(struct db *db, struct arena *a, const struct config *config,
             const struct actor *actor)
{
    struct making m = {db, a, config, actor, json_in_arena(a, json_object())};

    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        enum db_result r = make(&m, &products[i]);

        if (r != DB_OK) {
            log_error("demo: %s could not be made (%d)", products[i].key,
                      (int)r);
            return false;
        }
    }
    return true;
}
