-- Customers pay by cards as well, which a payment provider keeps (tables/providers.def).
ALTER TABLE payment_method ADD COLUMN provider TEXT NOT NULL DEFAULT ''; -- of a card
ALTER TABLE payment_method ADD COLUMN token TEXT NOT NULL DEFAULT ''; -- how the provider calls it, sealed; '' once it has forgotten it
ALTER TABLE payment_method ADD COLUMN brand TEXT NOT NULL DEFAULT '';
ALTER TABLE payment_method ADD COLUMN valid_until TEXT NOT NULL DEFAULT ''; -- month, 2029-11

-- Somebody is sent to a provider to name a card, and what came of it.
CREATE TABLE payment_attempt (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    provider   TEXT   NOT NULL,
    customer   TEXT   NOT NULL,
    user_id    TEXT   NOT NULL, -- who began it, or ''
    orders     TEXT   NOT NULL, -- the order that it is for, or ''
    next       TEXT   NOT NULL, -- path inside the tenant that follows
    language   TEXT   NOT NULL, -- of its mails
    before     TEXT   NOT NULL, -- id of the method that was in use, or ''
    state      TEXT   NOT NULL, -- open, pending; approved, declined, cancelled, late, overtaken
    method     TEXT   NOT NULL, -- id of the method that it made, or ''
    created    BIGINT NOT NULL,
    created_by TEXT   NOT NULL, -- actor
    expires    BIGINT NOT NULL, -- what is said of it from then on is too late
    ended      BIGINT NOT NULL, -- 0: open or pending
    CONSTRAINT payment_attempt_pk PRIMARY KEY (tenant, id),
    CONSTRAINT payment_attempt_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id) ON DELETE CASCADE
);

CREATE INDEX payment_attempt_customer_ix ON payment_attempt (tenant, customer);
CREATE INDEX payment_attempt_orders_ix ON payment_attempt (tenant, orders) WHERE orders <> '';
CREATE INDEX payment_attempt_created_ix ON payment_attempt (created);

-- What webhooks told, so that nothing is taken twice.
CREATE TABLE provider_event (
    tenant   TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    id       TEXT   NOT NULL, -- the provider's
    received BIGINT NOT NULL,
    CONSTRAINT provider_event_pk PRIMARY KEY (tenant, provider, id)
);

CREATE INDEX provider_event_received_ix ON provider_event (received);
