-- The ground: organisations, tenants, keys, customers, users, memberships,
-- sessions, contracts, invoices, audit.
--
-- Times are BIGINT Unix seconds UTC, dates TEXT "2026-11-24", amounts integer
-- minor units, quantities and unit prices scaled by 10^6, VAT rates in basis
-- points. Everything below organisation begins its key with tenant; users with
-- their pool. Constraints are named, so that errors can name them too.

CREATE TABLE organisation (
    id      TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT organisation_pk PRIMARY KEY (id)
);

CREATE TABLE user_pool (
    id           TEXT NOT NULL,
    organisation TEXT NOT NULL,
    CONSTRAINT user_pool_pk PRIMARY KEY (id),
    CONSTRAINT user_pool_organisation_fk
        FOREIGN KEY (organisation) REFERENCES organisation (id)
);

CREATE TABLE tenant (
    id               TEXT   NOT NULL,
    organisation     TEXT   NOT NULL,
    pool             TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    default_language TEXT   NOT NULL,
    cookie_mode      TEXT   NOT NULL,
    time_zone        TEXT   NOT NULL,
    public_key       TEXT   NOT NULL,
    address          TEXT   NOT NULL, -- lines, printed on documents
    revision         BIGINT NOT NULL, -- of the edge record
    created          BIGINT NOT NULL,
    CONSTRAINT tenant_pk PRIMARY KEY (id),
    CONSTRAINT tenant_public_key_uq UNIQUE (public_key),
    CONSTRAINT tenant_organisation_fk
        FOREIGN KEY (organisation) REFERENCES organisation (id),
    CONSTRAINT tenant_pool_fk FOREIGN KEY (pool) REFERENCES user_pool (id),
    CONSTRAINT tenant_cookie_mode_ck CHECK (cookie_mode IN ('lax', 'embed'))
);

CREATE TABLE tenant_language (
    tenant   TEXT    NOT NULL,
    position INTEGER NOT NULL,
    language TEXT    NOT NULL,
    CONSTRAINT tenant_language_pk PRIMARY KEY (tenant, language),
    CONSTRAINT tenant_language_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE TABLE tenant_host (
    tenant TEXT NOT NULL,
    host   TEXT NOT NULL,
    CONSTRAINT tenant_host_pk PRIMARY KEY (host),
    CONSTRAINT tenant_host_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

-- What merchants sign SSO tokens with: a JWK, or {"kid","paserk"}.
CREATE TABLE sso_key (
    tenant     TEXT   NOT NULL,
    kid        TEXT   NOT NULL,
    material   TEXT   NOT NULL,
    not_before BIGINT NOT NULL, -- 0 = open
    not_after  BIGINT NOT NULL, -- 0 = open
    created    BIGINT NOT NULL,
    CONSTRAINT sso_key_pk PRIMARY KEY (tenant, kid),
    CONSTRAINT sso_key_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

-- The id stands in the key itself and finds the tenant; only the hash of the
-- secret is kept.
CREATE TABLE api_key (
    id          TEXT   NOT NULL,
    tenant      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL,
    scopes      TEXT   NOT NULL, -- words, one space between them
    expires     BIGINT NOT NULL, -- 0 = never
    revoked     BIGINT NOT NULL, -- 0 = no
    created     BIGINT NOT NULL,
    CONSTRAINT api_key_pk PRIMARY KEY (id),
    CONSTRAINT api_key_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE TABLE customer (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    number       TEXT   NOT NULL,
    parent       TEXT,
    company_name TEXT   NOT NULL,
    first_name   TEXT   NOT NULL,
    last_name    TEXT   NOT NULL,
    email        TEXT   NOT NULL,
    language     TEXT   NOT NULL,
    street       TEXT   NOT NULL,
    postal_code  TEXT   NOT NULL,
    city         TEXT   NOT NULL,
    country      TEXT   NOT NULL, -- ISO 3166-1 alpha-2
    vat_id       TEXT   NOT NULL,
    created      BIGINT NOT NULL,
    CONSTRAINT customer_pk PRIMARY KEY (tenant, id),
    CONSTRAINT customer_number_uq UNIQUE (tenant, number),
    CONSTRAINT customer_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT customer_parent_fk
        FOREIGN KEY (tenant, parent) REFERENCES customer (tenant, id)
);

CREATE TABLE users (
    pool          TEXT     NOT NULL,
    id            TEXT     NOT NULL,
    username      TEXT     NOT NULL,
    username_key  TEXT     NOT NULL, -- folded: how it is compared
    email         TEXT     NOT NULL,
    password_hash TEXT     NOT NULL, -- '' = none: cannot sign in by password
    must_change   SMALLINT NOT NULL,
    status        TEXT     NOT NULL,
    language      TEXT     NOT NULL, -- '' = none of their own
    created       BIGINT   NOT NULL,
    last_sign_in  BIGINT   NOT NULL, -- 0 = never
    CONSTRAINT users_pk PRIMARY KEY (pool, id),
    CONSTRAINT users_username_uq UNIQUE (pool, username_key),
    CONSTRAINT users_pool_fk FOREIGN KEY (pool) REFERENCES user_pool (id),
    CONSTRAINT users_status_ck CHECK (status IN ('active', 'blocked', 'pending'))
);

CREATE TABLE membership (
    tenant   TEXT     NOT NULL,
    id       TEXT     NOT NULL,
    pool     TEXT     NOT NULL,
    user_id  TEXT     NOT NULL,
    customer TEXT     NOT NULL,
    kind     TEXT     NOT NULL,
    status   TEXT     NOT NULL,
    reach    TEXT     NOT NULL,
    home     SMALLINT NOT NULL, -- the account the user was made for
    created  BIGINT   NOT NULL,
    CONSTRAINT membership_pk PRIMARY KEY (tenant, id),
    CONSTRAINT membership_user_uq UNIQUE (tenant, pool, user_id, customer),
    CONSTRAINT membership_user_fk
        FOREIGN KEY (pool, user_id) REFERENCES users (pool, id),
    CONSTRAINT membership_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT membership_kind_ck CHECK (kind IN ('owner', 'contact', 'guest')),
    CONSTRAINT membership_status_ck CHECK (status IN
        ('pending', 'invited', 'rejected', 'active', 'inactive')),
    CONSTRAINT membership_reach_ck CHECK (reach IN ('customer', 'subtree'))
);

CREATE UNIQUE INDEX membership_home_uq
    ON membership (tenant, pool, user_id) WHERE home = 1;

CREATE INDEX membership_customer_ix ON membership (tenant, customer);

-- An owner has every permission; the others have what stands here.
CREATE TABLE membership_permission (
    tenant     TEXT NOT NULL,
    membership TEXT NOT NULL,
    permission TEXT NOT NULL,
    CONSTRAINT membership_permission_pk
        PRIMARY KEY (tenant, membership, permission),
    CONSTRAINT membership_permission_membership_fk
        FOREIGN KEY (tenant, membership) REFERENCES membership (tenant, id)
);

-- id is the session's public name (pf_cache_key); the sid is in the token only.
CREATE TABLE session (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    pool        TEXT   NOT NULL,
    user_id     TEXT   NOT NULL, -- '' in scope contract
    membership  TEXT   NOT NULL, -- '' in scope contract
    customer    TEXT   NOT NULL,
    contract    TEXT   NOT NULL, -- '' but in scope contract
    scope       TEXT   NOT NULL,
    method      TEXT   NOT NULL, -- password, sso, link
    version     BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,
    expires     BIGINT NOT NULL, -- absolute limit
    ended       BIGINT NOT NULL, -- 0 = alive
    user_agent  TEXT   NOT NULL,
    remote_addr TEXT   NOT NULL,
    CONSTRAINT session_pk PRIMARY KEY (tenant, id),
    CONSTRAINT session_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT session_scope_ck CHECK (scope IN ('portal', 'contract', 'staff'))
);

CREATE INDEX session_user_ix ON session (tenant, user_id) WHERE ended = 0;

-- Which SSO tokens were redeemed: the insert is the claim.
CREATE TABLE sso_use (
    tenant  TEXT   NOT NULL,
    kid     TEXT   NOT NULL,
    jti     TEXT   NOT NULL,
    used    BIGINT NOT NULL,
    expires BIGINT NOT NULL, -- after this the token is dead anyway
    CONSTRAINT sso_use_pk PRIMARY KEY (tenant, kid, jti)
);

CREATE INDEX sso_use_expires_ix ON sso_use (expires);

CREATE TABLE contract (
    tenant        TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    ref           TEXT    NOT NULL,
    customer      TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    currency      TEXT    NOT NULL,
    start_date    TEXT    NOT NULL,
    end_date      TEXT,
    every         INTEGER NOT NULL,
    unit          TEXT    NOT NULL,
    next_billing  TEXT,
    delivery_mode TEXT    NOT NULL,
    notice_days   INTEGER NOT NULL,
    created       BIGINT  NOT NULL,
    CONSTRAINT contract_pk PRIMARY KEY (tenant, id),
    CONSTRAINT contract_ref_uq UNIQUE (tenant, ref),
    CONSTRAINT contract_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT contract_status_ck
        CHECK (status IN ('draft', 'active', 'cancelled', 'ended')),
    CONSTRAINT contract_unit_ck CHECK (unit IN ('day', 'week', 'month', 'year')),
    CONSTRAINT contract_delivery_mode_ck
        CHECK (delivery_mode IN ('email', 'none', 'post'))
);

CREATE INDEX contract_customer_ix ON contract (tenant, customer, start_date);

CREATE TABLE contract_item (
    tenant      TEXT    NOT NULL,
    contract    TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    description TEXT    NOT NULL,
    quantity    BIGINT  NOT NULL,
    unit_price  BIGINT  NOT NULL,
    vat_rate    INTEGER NOT NULL,
    CONSTRAINT contract_item_pk PRIMARY KEY (tenant, contract, position),
    CONSTRAINT contract_item_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id)
);

-- Self-service links: reusable until expiry, revocable.
CREATE TABLE self_service_link (
    tenant   TEXT   NOT NULL,
    jti      TEXT   NOT NULL,
    contract TEXT   NOT NULL,
    expires  BIGINT NOT NULL,
    revoked  BIGINT NOT NULL, -- 0 = no
    created  BIGINT NOT NULL,
    CONSTRAINT self_service_link_pk PRIMARY KEY (tenant, jti),
    CONSTRAINT self_service_link_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id)
);

-- What is printed is copied, so that a document never changes.
CREATE TABLE invoice (
    tenant          TEXT   NOT NULL,
    id              TEXT   NOT NULL,
    number          TEXT   NOT NULL,
    type            TEXT   NOT NULL,
    customer        TEXT   NOT NULL,
    contract        TEXT,
    customer_number TEXT   NOT NULL,
    recipient       TEXT   NOT NULL, -- lines of the address field
    language        TEXT   NOT NULL,
    date            TEXT   NOT NULL,
    due             TEXT   NOT NULL,
    period_from     TEXT   NOT NULL,
    period_to       TEXT   NOT NULL,
    currency        TEXT   NOT NULL,
    net             BIGINT NOT NULL,
    vat             BIGINT NOT NULL,
    gross           BIGINT NOT NULL,
    delivery_mode   TEXT   NOT NULL,
    status          TEXT   NOT NULL,
    created         BIGINT NOT NULL,
    CONSTRAINT invoice_pk PRIMARY KEY (tenant, id),
    CONSTRAINT invoice_number_uq UNIQUE (tenant, number),
    CONSTRAINT invoice_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT invoice_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id),
    CONSTRAINT invoice_type_ck CHECK (type IN ('invoice', 'credit_note')),
    CONSTRAINT invoice_status_ck CHECK (status IN ('open', 'paid', 'cancelled')),
    CONSTRAINT invoice_sum_ck CHECK (gross = net + vat)
);

CREATE INDEX invoice_customer_ix
    ON invoice (tenant, customer, date DESC, number DESC);

CREATE TABLE invoice_line (
    tenant      TEXT    NOT NULL,
    invoice     TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    description TEXT    NOT NULL,
    quantity    BIGINT  NOT NULL,
    unit_price  BIGINT  NOT NULL,
    vat_rate    INTEGER NOT NULL,
    net         BIGINT  NOT NULL,
    CONSTRAINT invoice_line_pk PRIMARY KEY (tenant, invoice, position),
    CONSTRAINT invoice_line_invoice_fk
        FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id)
);

CREATE TABLE audit (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL, -- user:usr_…, key:…, system
    customer    TEXT   NOT NULL,
    action      TEXT   NOT NULL, -- session.started, login.blocked, …
    object      TEXT   NOT NULL,
    detail      TEXT   NOT NULL, -- JSON: before and after, or why
    remote_addr TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    CONSTRAINT audit_pk PRIMARY KEY (tenant, id),
    CONSTRAINT audit_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);
