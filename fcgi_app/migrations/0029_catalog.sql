-- The catalogue: product families, plans and their variants, components,
-- discounts and coupons. Prices are scaled by 10^6, in units of the family's
-- currency; 0 counts of a span: there is none.

-- Words for people, by language, of whatever record: one table for all of them.
CREATE TABLE translation (
    tenant   TEXT NOT NULL,
    object   TEXT NOT NULL, -- id of the record
    name     TEXT NOT NULL, -- which of its texts
    language TEXT NOT NULL,
    words    TEXT NOT NULL,
    CONSTRAINT translation_pk PRIMARY KEY (tenant, object, name, language),
    CONSTRAINT translation_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE TABLE product_family (
    tenant      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL, -- as the merchant calls it
    external_id TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    vat_rate    INTEGER NOT NULL, -- of what has none of its own
    status      TEXT    NOT NULL,
    created     BIGINT  NOT NULL,
    version     BIGINT  NOT NULL DEFAULT 1,
    CONSTRAINT product_family_pk PRIMARY KEY (tenant, id),
    CONSTRAINT product_family_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT product_family_status_ck
        CHECK (status IN ('active', 'archived'))
);

CREATE TABLE plan (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    family      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    external_id TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1,
    CONSTRAINT plan_pk PRIMARY KEY (tenant, id),
    CONSTRAINT plan_family_fk
        FOREIGN KEY (tenant, family) REFERENCES product_family (tenant, id),
    CONSTRAINT plan_status_ck CHECK (status IN ('active', 'archived'))
);

CREATE INDEX plan_family_ix ON plan (tenant, family, id);

CREATE TABLE plan_variant (
    tenant           TEXT     NOT NULL,
    id               TEXT     NOT NULL,
    plan             TEXT     NOT NULL,
    name             TEXT     NOT NULL,
    external_id      TEXT     NOT NULL,
    self_service     SMALLINT NOT NULL, -- may be ordered on the order page
    price            BIGINT   NOT NULL, -- for a billing period
    setup_fee        BIGINT   NOT NULL,
    vat_rate         INTEGER  NOT NULL, -- -1: the family's
    every            INTEGER  NOT NULL,
    unit             TEXT     NOT NULL,
    in_advance       SMALLINT NOT NULL,
    trial            INTEGER  NOT NULL,
    trial_unit       TEXT     NOT NULL,
    trial_end        TEXT     NOT NULL, -- what follows the trial
    term             INTEGER  NOT NULL,
    term_unit        TEXT     NOT NULL,
    renewal          INTEGER  NOT NULL,
    renewal_unit     TEXT     NOT NULL,
    notice           INTEGER  NOT NULL,
    notice_unit      TEXT     NOT NULL,
    after_first_term TEXT     NOT NULL,
    next_variant     TEXT,
    used             BIGINT   NOT NULL DEFAULT 0, -- first ordered; 0 = never
    status           TEXT     NOT NULL,
    created          BIGINT   NOT NULL,
    version          BIGINT   NOT NULL DEFAULT 1,
    CONSTRAINT plan_variant_pk PRIMARY KEY (tenant, id),
    CONSTRAINT plan_variant_plan_fk
        FOREIGN KEY (tenant, plan) REFERENCES plan (tenant, id),
    CONSTRAINT plan_variant_next_fk FOREIGN KEY (tenant, next_variant)
        REFERENCES plan_variant (tenant, id),
    CONSTRAINT plan_variant_status_ck CHECK (status IN ('active', 'archived')),
    CONSTRAINT plan_variant_price_ck CHECK (price >= 0 AND setup_fee >= 0)
);

CREATE INDEX plan_variant_plan_ix ON plan_variant (tenant, plan, id);
CREATE INDEX plan_variant_next_ix ON plan_variant (tenant, next_variant)
    WHERE next_variant IS NOT NULL;

CREATE TABLE component (
    tenant            TEXT     NOT NULL,
    id                TEXT     NOT NULL,
    family            TEXT     NOT NULL,
    name              TEXT     NOT NULL,
    external_id       TEXT     NOT NULL,
    type              TEXT     NOT NULL,
    price_model       TEXT     NOT NULL,
    price             BIGINT   NOT NULL, -- of a unit, where the model is simple
    steps             TEXT     NOT NULL, -- JSON: [{up_to, price}], else '[]'
    every             INTEGER  NOT NULL, -- what the price is for
    unit              TEXT     NOT NULL,
    vat_rate          INTEGER  NOT NULL,
    self_service      SMALLINT NOT NULL,
    price_information SMALLINT NOT NULL,
    used              BIGINT   NOT NULL DEFAULT 0,
    status            TEXT     NOT NULL,
    created           BIGINT   NOT NULL,
    version           BIGINT   NOT NULL DEFAULT 1,
    CONSTRAINT component_pk PRIMARY KEY (tenant, id),
    CONSTRAINT component_family_fk
        FOREIGN KEY (tenant, family) REFERENCES product_family (tenant, id),
    CONSTRAINT component_type_ck
        CHECK (type IN ('quantity', 'on_off', 'metered')),
    CONSTRAINT component_status_ck CHECK (status IN ('active', 'archived')),
    CONSTRAINT component_self_service_ck
        CHECK (self_service = 0 OR type <> 'metered'),
    CONSTRAINT component_information_ck
        CHECK (price_information = 0 OR type = 'metered')
);

CREATE INDEX component_family_ix ON component (tenant, family, id);

CREATE TABLE discount (
    tenant     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    percent    INTEGER NOT NULL, -- basis points
    amount     BIGINT  NOT NULL, -- minor units
    currency   TEXT    NOT NULL, -- of the amount, else ''
    applies_to TEXT    NOT NULL,
    periods    INTEGER NOT NULL, -- 0: as long as the contract runs
    status     TEXT    NOT NULL,
    created    BIGINT  NOT NULL,
    version    BIGINT  NOT NULL DEFAULT 1,
    CONSTRAINT discount_pk PRIMARY KEY (tenant, id),
    CONSTRAINT discount_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT discount_kind_ck CHECK (kind IN ('percent', 'amount')),
    CONSTRAINT discount_status_ck CHECK (status IN ('active', 'archived'))
);

CREATE TABLE coupon (
    tenant         TEXT    NOT NULL,
    id             TEXT    NOT NULL,
    code           TEXT    NOT NULL, -- capital letters and digits
    discount       TEXT    NOT NULL,
    plans          TEXT    NOT NULL, -- ids, words; '' = all
    valid_from     TEXT    NOT NULL, -- days, '' = from the first or to the last
    valid_until    TEXT    NOT NULL,
    limit_total    BIGINT  NOT NULL, -- 0 = none
    limit_customer BIGINT  NOT NULL,
    used           BIGINT  NOT NULL DEFAULT 0, -- how often
    status         TEXT    NOT NULL,
    created        BIGINT  NOT NULL,
    version        BIGINT  NOT NULL DEFAULT 1,
    CONSTRAINT coupon_pk PRIMARY KEY (tenant, id),
    CONSTRAINT coupon_code_uq UNIQUE (tenant, code),
    CONSTRAINT coupon_discount_fk
        FOREIGN KEY (tenant, discount) REFERENCES discount (tenant, id),
    CONSTRAINT coupon_limit_ck
        CHECK (limit_total = 0 OR used <= limit_total),
    CONSTRAINT coupon_status_ck CHECK (status IN ('active', 'archived'))
);

CREATE INDEX coupon_discount_ix ON coupon (tenant, discount, id);

-- The n-th use of a coupon by a customer: no two at once are the same one.
CREATE TABLE coupon_use (
    tenant    TEXT   NOT NULL,
    coupon    TEXT   NOT NULL,
    customer  TEXT   NOT NULL,
    n         BIGINT NOT NULL,
    reference TEXT   NOT NULL, -- of the contract, or ''
    at        BIGINT NOT NULL,
    CONSTRAINT coupon_use_pk PRIMARY KEY (tenant, coupon, customer, n),
    CONSTRAINT coupon_use_coupon_fk
        FOREIGN KEY (tenant, coupon) REFERENCES coupon (tenant, id),
    CONSTRAINT coupon_use_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id)
);

CREATE INDEX coupon_use_customer_ix ON coupon_use (tenant, customer);
