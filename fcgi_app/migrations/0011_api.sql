-- Keys of the REST API: where from, how long, for what; and its customers.

ALTER TABLE api_key ADD COLUMN mode TEXT NOT NULL DEFAULT 'live'; -- or test
ALTER TABLE api_key ADD COLUMN networks TEXT NOT NULL DEFAULT ''; -- words; '' = any
ALTER TABLE api_key ADD COLUMN last_used BIGINT NOT NULL DEFAULT 0; -- 0 = never
ALTER TABLE api_key ADD COLUMN old_hash TEXT NOT NULL DEFAULT ''; -- before a rotation
ALTER TABLE api_key ADD COLUMN old_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

CREATE INDEX api_key_tenant_ix ON api_key (tenant, id);

ALTER TABLE customer ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- What a search looks through: folded.
ALTER TABLE customer ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE customer SET search = lower(number || ' ' || company_name || ' ' ||
    first_name || ' ' || last_name || ' ' || email || ' ' || city);

CREATE INDEX customer_created_ix ON customer (tenant, created, id);
CREATE INDEX customer_parent_ix ON customer (tenant, parent);

-- How a tenant numbers its customers, and the next number.
CREATE TABLE customer_number (
    tenant TEXT    NOT NULL,
    prefix TEXT    NOT NULL,
    digits INTEGER NOT NULL, -- at least; zeros in front
    next   BIGINT  NOT NULL,
    CONSTRAINT customer_number_pk PRIMARY KEY (tenant),
    CONSTRAINT customer_number_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id)
);

-- Which state of it a change is of.
ALTER TABLE callback_endpoint ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Changes by a key of test mode.
ALTER TABLE audit ADD COLUMN test SMALLINT NOT NULL DEFAULT 0;

-- Answers to POSTs with an Idempotency-Key, written in the transaction of their
-- effect. They may hold secrets, so they are sealed by the key ring.
CREATE TABLE idempotency (
    tenant      TEXT    NOT NULL,
    api_key     TEXT    NOT NULL,
    route       TEXT    NOT NULL,
    name        TEXT    NOT NULL, -- the header's value
    fingerprint TEXT    NOT NULL, -- of address and body
    status      INTEGER NOT NULL,
    answer      TEXT    NOT NULL,
    created     BIGINT  NOT NULL,
    CONSTRAINT idempotency_pk PRIMARY KEY (tenant, api_key, route, name),
    CONSTRAINT idempotency_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE INDEX idempotency_created_ix ON idempotency (created);
