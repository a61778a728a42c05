#include "catalog/catalog_store.h"

#include "base/clock.h"
#include "base/json.h"

/* Has a name in the tenant's default language. */
#define NAMED(object)                                                          \
    "EXISTS (SELECT 1 FROM translation w WHERE w.tenant = z.id"                \
    " AND w.object = " object " AND w.name = 'name'"                           \
    " AND w.language = z.default_language)"
/* So have the family and all its components that the order page shows. */
#define COMPLETE(family)                                                       \
    NAMED(family)                                                              \
    " AND NOT EXISTS (SELECT 1 FROM component k WHERE k.tenant = z.id"         \
    " AND k.family = " family " AND k.status = 'active'"                       \
    " AND (k.self_service = 1 OR k.price_information = 1)"                     \
    " AND NOT " NAMED("k.id") ")"
#define ORDERABLE                                                              \
    "CASE WHEN t.self_service = 1 AND t.status = 'active'"                     \
    " AND (t.after_first_term <> 'change' OR EXISTS (SELECT 1"                 \
    " FROM plan_variant y WHERE y.tenant = t.tenant AND y.id = t.next_variant" \
    " AND y.status = 'active' AND y.after_first_term <> 'change'"              \
    " AND " NAMED(                                                             \
        "y.id") "))"                                                           \
                " AND p.status = 'active' AND f.status = 'active'"             \
                " AND " COMPLETE("f.id") " AND " NAMED("p.id") " AND " NAMED(  \
                    "t.id") " THEN 1 ELSE 0 END AS orderable"
#define TENANT " JOIN tenant z ON z.id = t.tenant"
#define PLAN   " JOIN plan p ON p.tenant = t.tenant AND p.id = t.plan"
#define FAMILY(of)                                                             \
    " JOIN product_family f ON f.tenant = t.tenant AND f.id = " of
#define OURS " WHERE t.tenant = $1"

#define FAMILIES                                                               \
    "SELECT t.*, CASE WHEN " COMPLETE(                                         \
        "t.id") " THEN 1 ELSE 0 END AS complete"                               \
                " FROM product_family t" TENANT OURS
#define PLANS                                                                  \
    "SELECT t.*, f.name AS family_name, f.currency FROM plan t" FAMILY(        \
        "t.family") OURS
#define VARIANTS                                                               \
    "SELECT t.*, p.name AS plan_name, p.family, f.name AS family_name,"        \
    " f.vat_rate AS family_vat_rate, f.currency,"                              \
    " COALESCE(x.name, '') AS next_variant_name, " ORDERABLE                   \
    " FROM plan_variant t" PLAN FAMILY("p.family") TENANT                      \
        " LEFT JOIN plan_variant x ON x.tenant = t.tenant"                     \
        " AND x.id = t.next_variant" OURS
#define COMPONENTS                                                             \
    "SELECT t.*, f.name AS family_name, f.vat_rate AS family_vat_rate,"        \
    " f.currency FROM component t" FAMILY("t.family") OURS
#define DISCOUNTS "SELECT t.* FROM discount t" OURS
#define COUPONS                                                                \
    "SELECT t.*, d.name AS discount_name FROM coupon t"                        \
    " JOIN discount d ON d.tenant = t.tenant AND d.id = t.discount" OURS

#define ONE " AND t.id = $2"
#define PAGE(parent, named)                                                    \
    " AND (CAST($2 AS TEXT) IS NULL OR " parent " = $2)"                       \
    " AND (CAST($3 AS TEXT) IS NULL OR t.status = $3)"                         \
    " AND (CAST($4 AS TEXT) IS NULL OR " named " = $4)"                        \
    " AND t.id > $5 ORDER BY t.id LIMIT $6"

static const struct {
    const char *one, *list, *delete;
} statements[CATALOG_KINDS] = {
    [CATALOG_FAMILY] = {FAMILIES ONE, FAMILIES PAGE("t.id", "t.external_id"),
                        "DELETE FROM product_family WHERE tenant = $1"
                        " AND id = $2 AND version = $3"},
    [CATALOG_PLAN] = {PLANS ONE, PLANS PAGE("t.family", "t.external_id"),
                      "DELETE FROM plan WHERE tenant = $1 AND id = $2"
                      " AND version = $3"},
    [CATALOG_VARIANT] = {VARIANTS ONE, VARIANTS PAGE("t.plan", "t.external_id"),
                         "DELETE FROM plan_variant WHERE tenant = $1"
                         " AND id = $2 AND version = $3 AND used = 0"},
    [CATALOG_COMPONENT] = {COMPONENTS ONE,
                           COMPONENTS PAGE("t.family", "t.external_id"),
                           "DELETE FROM component WHERE tenant = $1"
                           " AND id = $2 AND version = $3 AND used = 0"},
    [CATALOG_DISCOUNT] = {DISCOUNTS ONE, DISCOUNTS PAGE("t.id", "t.name"),
                          "DELETE FROM discount WHERE tenant = $1 AND id = $2"
                          " AND version = $3"},
    [CATALOG_COUPON] = {COUPONS ONE, COUPONS PAGE("t.discount", "t.code"),
                        "DELETE FROM coupon WHERE tenant = $1 AND id = $2"
                        " AND version = $3 AND used = 0"},
};

enum db_result
catalog_store_one(struct db *db, struct arena *a, const char *tenant,
                  enum catalog_kind kind, const char *id, json_t **row)
{
    return db_one(db, a, row, statements[kind].one, "tt", tenant, id);
}

enum db_result
catalog_list(struct db *db, struct arena *a, const char *tenant,
             const struct catalog_filter *f, json_t **rows)
{
    enum db_result r = db_all(db, a, rows, statements[f->kind].list, "ttttti",
                              tenant, f->parent, f->status, f->external_id,
                              f->after ? f->after : "", (int64_t)f->limit);

    return r == DB_OK ? translation_add(db, a, tenant, *rows) : r;
}

enum db_result
catalog_unnamed(struct db *db, struct arena *a, const char *tenant,
                const char *family, json_t **rows)
{
    return db_all(
        db, a, rows,
        "SELECT u.kind, u.id, u.name FROM ("
        "SELECT 1 AS place, 'product_family' AS kind, id, name"
        " FROM product_family WHERE tenant = $1 AND id = $2 UNION ALL"
        " SELECT 2, 'plan', id, name FROM plan WHERE tenant = $1"
        " AND family = $2 AND status = 'active' UNION ALL"
        " SELECT 3, 'plan_variant', v.id, v.name FROM plan_variant v"
        " JOIN plan p ON p.tenant = v.tenant AND p.id = v.plan"
        " WHERE v.tenant = $1 AND p.family = $2 AND v.status = 'active'"
        " AND p.status = 'active' AND v.self_service = 1 UNION ALL"
        " SELECT 4, 'component', id, name FROM component WHERE tenant = $1"
        " AND family = $2 AND status = 'active'"
        " AND (self_service = 1 OR price_information = 1)) u"
        " JOIN tenant z ON z.id = $1 WHERE NOT " NAMED(
            "u.id") " ORDER BY u.place, u.id",
        "tt", tenant, family);
}

enum db_result
catalog_store_delete(struct db *db, const char *tenant, enum catalog_kind kind,
                     const json_t *row, int64_t *removed)
{
    return db_exec(db, removed, statements[kind].delete, "tti", tenant,
                   row_text(row, "id"), row_int(row, "version"));
}

enum db_result
catalog_store_priced(struct db *db, struct arena *a, const char *tenant,
                     const char *family)
{
    json_t *row;

    return db_one(db, a, &row,
                  "SELECT v.id FROM plan_variant v JOIN plan p"
                  " ON p.tenant = v.tenant AND p.id = v.plan"
                  " WHERE v.tenant = $1 AND p.family = $2 UNION ALL"
                  " SELECT id FROM component WHERE tenant = $1"
                  " AND family = $2 LIMIT 1",
                  "tt", tenant, family);
}

enum db_result
catalog_store_named_plan(struct db *db, struct arena *a, const char *tenant,
                         const char *plan)
{
    json_t *row;

    return db_one(db, a, &row,
                  "SELECT id FROM coupon WHERE tenant = $1"
                  " AND ' ' || plans || ' ' LIKE '% ' || $2 || ' %' LIMIT 1",
                  "tt", tenant, plan);
}

enum db_result
catalog_store_components(struct db *db, struct arena *a, const char *tenant,
                         const json_t *sent, json_t **rows)
{
    struct db_bulk *ids = db_bulk(a, "n:i tenant:t id:t");
    json_t *one;
    size_t i;
    enum db_result r;

    json_array_foreach(sent, i, one)
    {
        db_bulk_add(ids, (int64_t)i, tenant, row_text(one, "component"));
    }
    *rows = json_in_arena(a, json_array());
    if (i == 0) {
        return DB_OK;
    }
    r = db_bulk_all(db, a, ids, rows,
                    "SELECT r.n AS n, t.*, f.vat_rate AS family_vat_rate"
                    " FROM {rows}, component t" FAMILY(
                        "t.family") " WHERE t.tenant = r.tenant AND t.id = r.id"
                                    " ORDER BY r.n");
    return r == DB_OK ? translation_add(db, a, tenant, *rows) : r;
}

enum db_result
catalog_store_ordered(struct db *db, struct arena *a, const char *tenant,
                      const char *variant, const json_t *sent)
{
    struct db_bulk *ids = db_bulk(a, "tenant:t id:t now:i");
    int64_t now = clock_now();
    json_t *one;
    size_t i;
    enum db_result r =
        db_exec(db, NULL,
                "UPDATE plan_variant SET used = $3 WHERE tenant = $1"
                " AND id = $2 AND used = 0",
                "tti", tenant, variant, now);

    json_array_foreach(sent, i, one)
    {
        db_bulk_add(ids, tenant, row_text(one, "component"), now);
    }
    return r == DB_OK
               ? db_bulk_exec(db, ids, NULL,
                              "UPDATE component SET used = r.now FROM {rows}"
                              " WHERE component.tenant = r.tenant"
                              " AND component.id = r.id"
                              " AND component.used = 0")
               : r;
}

enum db_result
catalog_variants_of(struct db *db, struct arena *a, const char *tenant,
                    const json_t *plans, json_t **rows)
{
    struct db_bulk *ids = db_bulk(a, "n:i tenant:t plan:t");
    json_t *one;
    size_t i;

    json_array_foreach(plans, i, one)
    {
        db_bulk_add(ids, (int64_t)i, tenant, json_string_value(one));
    }
    *rows = json_in_arena(a, json_array());
    return i == 0 ? DB_OK
                  : db_bulk_all(db, a, ids, rows,
                                "SELECT r.n AS n, t.id, t.name, t.plan,"
                                " t.status, " ORDERABLE
                                " FROM {rows}, plan_variant t" PLAN FAMILY(
                                    "p.family") TENANT
                                " WHERE t.tenant = r.tenant AND t.plan = r.plan"
                                " ORDER BY r.n, t.name, t.id");
}

/* ---- writing ---- */

#define T(name) row_text(row, name)
#define I(name) row_int(row, name)

static enum db_result
insert_variant(struct db *db, const char *tenant, const char *id,
               const json_t *row)
{
    return db_exec(
        db, NULL,
        "INSERT INTO plan_variant (tenant, id, plan, name, external_id,"
        " self_service, price, setup_fee, vat_rate, every, unit, in_advance,"
        " trial, trial_unit, trial_end, term, term_unit, renewal,"
        " renewal_unit, notice, notice_unit, after_first_term, next_variant,"
        " status, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
        " $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,"
        " $24, $25)",
        "tttttiiiiitiittitititttti", tenant, id, T("plan"), T("name"),
        T("external_id"), I("self_service"), I("price"), I("setup_fee"),
        I("vat_rate"), I("every"), T("unit"), I("in_advance"), I("trial"),
        T("trial_unit"), T("trial_end"), I("term"), T("term_unit"),
        I("renewal"), T("renewal_unit"), I("notice"), T("notice_unit"),
        T("after_first_term"), T("next_variant"), T("status"), clock_now());
}

static enum db_result
insert_component(struct db *db, const char *tenant, const char *id,
                 const json_t *row)
{
    return db_exec(
        db, NULL,
        "INSERT INTO component (tenant, id, family, name, external_id, type,"
        " price_model, price, steps, every, unit, vat_rate, self_service,"
        " price_information, status, created) VALUES ($1, $2, $3, $4, $5, $6,"
        " $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        "tttttttititiiiti", tenant, id, T("family"), T("name"),
        T("external_id"), T("type"), T("price_model"), I("price"), T("steps"),
        I("every"), T("unit"), I("vat_rate"), I("self_service"),
        I("price_information"), T("status"), clock_now());
}

static enum db_result
insert_coupon(struct db *db, const char *tenant, const char *id,
              const json_t *row)
{
    int64_t added = 0;
    enum db_result r = db_exec(
        db, &added,
        "INSERT INTO coupon (tenant, id, code, discount, plans, valid_from,"
        " valid_until, limit_total, limit_customer, status, created)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (tenant, code) DO NOTHING",
        "tttttttiiti", tenant, id, T("code"), T("discount"), T("plans"),
        T("valid_from"), T("valid_until"), I("limit_total"),
        I("limit_customer"), T("status"), clock_now());

    return r == DB_OK && added == 0 ? DB_UNIQUE : r;
}

enum db_result
catalog_store_insert(struct db *db, const char *tenant, enum catalog_kind kind,
                     const char *id, const json_t *row)
{
    switch (kind) {
    case CATALOG_FAMILY:
        return db_exec(db, NULL,
                       "INSERT INTO product_family (tenant, id, name,"
                       " external_id, currency, vat_rate, status, created)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                       "tttttiti", tenant, id, T("name"), T("external_id"),
                       T("currency"), I("vat_rate"), T("status"), clock_now());
    case CATALOG_PLAN:
        return db_exec(db, NULL,
                       "INSERT INTO plan (tenant, id, family, name,"
                       " external_id, status, created)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                       "tttttti", tenant, id, T("family"), T("name"),
                       T("external_id"), T("status"), clock_now());
    case CATALOG_VARIANT:
        return insert_variant(db, tenant, id, row);
    case CATALOG_COMPONENT:
        return insert_component(db, tenant, id, row);
    case CATALOG_DISCOUNT:
        return db_exec(db, NULL,
                       "INSERT INTO discount (tenant, id, name, kind, percent,"
                       " amount, currency, applies_to, periods, status,"
                       " created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
                       " $10, $11)",
                       "ttttiittiti", tenant, id, T("name"), T("kind"),
                       I("percent"), I("amount"), T("currency"),
                       T("applies_to"), I("periods"), T("status"), clock_now());
    default:
        return insert_coupon(db, tenant, id, row);
    }
}

#define KEYS tenant, T("id"), I("version")

static enum db_result
update_variant(struct db *db, const char *tenant, const json_t *row,
               int64_t *changed)
{
    return db_exec(
        db, changed,
        "UPDATE plan_variant SET name = $4, external_id = $5,"
        " self_service = $6, price = $7, setup_fee = $8, vat_rate = $9,"
        " every = $10, unit = $11, in_advance = $12, trial = $13,"
        " trial_unit = $14, trial_end = $15, term = $16, term_unit = $17,"
        " renewal = $18, renewal_unit = $19, notice = $20, notice_unit = $21,"
        " after_first_term = $22, next_variant = $23, status = $24,"
        " version = version + 1"
        " WHERE tenant = $1 AND id = $2 AND version = $3",
        "ttittiiiiitiittitititttt", KEYS, T("name"), T("external_id"),
        I("self_service"), I("price"), I("setup_fee"), I("vat_rate"),
        I("every"), T("unit"), I("in_advance"), I("trial"), T("trial_unit"),
        T("trial_end"), I("term"), T("term_unit"), I("renewal"),
        T("renewal_unit"), I("notice"), T("notice_unit"), T("after_first_term"),
        T("next_variant"), T("status"));
}

static enum db_result
update_component(struct db *db, const char *tenant, const json_t *row,
                 int64_t *changed)
{
    return db_exec(
        db, changed,
        "UPDATE component SET name = $4, external_id = $5, type = $6,"
        " price_model = $7, price = $8, steps = $9, every = $10, unit = $11,"
        " vat_rate = $12, self_service = $13, price_information = $14,"
        " status = $15, version = version + 1"
        " WHERE tenant = $1 AND id = $2 AND version = $3",
        "ttittttititiiit", KEYS, T("name"), T("external_id"), T("type"),
        T("price_model"), I("price"), T("steps"), I("every"), T("unit"),
        I("vat_rate"), I("self_service"), I("price_information"), T("status"));
}

static enum db_result
update_coupon(struct db *db, const char *tenant, const json_t *row,
              int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE coupon SET discount = $4, plans = $5,"
                   " valid_from = $6, valid_until = $7, limit_total = $8,"
                   " limit_customer = $9, status = $10, version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "ttittttiit", KEYS, T("discount"), T("plans"),
                   T("valid_from"), T("valid_until"), I("limit_total"),
                   I("limit_customer"), T("status"));
}

enum db_result
catalog_store_update(struct db *db, const char *tenant, enum catalog_kind kind,
                     const json_t *row, int64_t *changed)
{
    switch (kind) {
    case CATALOG_FAMILY:
        return db_exec(db, changed,
                       "UPDATE product_family SET name = $4, external_id = $5,"
                       " currency = $6, vat_rate = $7, status = $8,"
                       " version = version + 1"
                       " WHERE tenant = $1 AND id = $2 AND version = $3",
                       "ttitttit", KEYS, T("name"), T("external_id"),
                       T("currency"), I("vat_rate"), T("status"));
    case CATALOG_PLAN:
        return db_exec(db, changed,
                       "UPDATE plan SET name = $4, external_id = $5,"
                       " status = $6, version = version + 1"
                       " WHERE tenant = $1 AND id = $2 AND version = $3",
                       "ttittt", KEYS, T("name"), T("external_id"),
                       T("status"));
    case CATALOG_VARIANT:
        return update_variant(db, tenant, row, changed);
    case CATALOG_COMPONENT:
        return update_component(db, tenant, row, changed);
    case CATALOG_DISCOUNT:
        return db_exec(db, changed,
                       "UPDATE discount SET name = $4, kind = $5,"
                       " percent = $6, amount = $7, currency = $8,"
                       " applies_to = $9, periods = $10, status = $11,"
                       " version = version + 1"
                       " WHERE tenant = $1 AND id = $2 AND version = $3",
                       "ttittiittit", KEYS, T("name"), T("kind"), I("percent"),
                       I("amount"), T("currency"), T("applies_to"),
                       I("periods"), T("status"));
    default:
        return update_coupon(db, tenant, row, changed);
    }
}

/* ---- lists of the back office ---- */

enum db_result
family_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                 const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, FAMILIES, "t", tenant);
}

enum db_result
plan_list_rows(struct db *db, struct arena *a, const struct list_query *q,
               const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT t.id, t.name, t.external_id, t.status, t.created,"
                   " f.name AS family_name, t.family, (SELECT COUNT(*)"
                   " FROM plan_variant v WHERE v.tenant = t.tenant"
                   " AND v.plan = t.id) AS variants FROM plan t" FAMILY(
                       "t.family") " WHERE t.tenant = $1",
                   "t", tenant);
}

enum db_result
variant_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                  const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT t.id, t.name, t.external_id, t.status, t.created,"
                   " t.plan, p.name AS plan_name, p.family, t.price,"
                   " f.currency, t.self_service, " ORDERABLE
                   " FROM plan_variant t" PLAN FAMILY("p.family") TENANT
                   " WHERE t.tenant = $1",
                   "t", tenant);
}

enum db_result
component_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                    const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(
        db, a, rows, q,
        "SELECT t.id, t.name, t.external_id, t.status, t.created,"
        " t.type, t.price_model, t.self_service,"
        " t.price_information, t.family, f.name AS family_name"
        " FROM component t" FAMILY("t.family") " WHERE t.tenant = $1",
        "t", tenant);
}

enum db_result
discount_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                   const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, DISCOUNTS, "t", tenant);
}

enum db_result
coupon_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                 const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT t.id, t.code, t.status, t.created, t.valid_from,"
                   " t.valid_until, t.used, t.limit_total, t.discount,"
                   " d.name AS discount_name FROM coupon t"
                   " JOIN discount d ON d.tenant = t.tenant"
                   " AND d.id = t.discount WHERE t.tenant = $1",
                   "t", tenant);
}
