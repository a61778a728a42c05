-- Callbacks: what happened is told to the merchants' servers. An event is written
-- in the transaction of what it tells of, with a delivery for each endpoint that
-- wants it; every attempt stays as the log. What an event says may hold codes and
-- data of people, so it is sealed by the key ring, as the secrets are.

CREATE TABLE callback_endpoint (
    tenant        TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    url           TEXT   NOT NULL,
    description   TEXT   NOT NULL,
    types         TEXT   NOT NULL, -- ' login.created login.blocked ', or ' * '
    envelope      TEXT   NOT NULL,
    contact       TEXT   NOT NULL, -- whom to tell when it is switched off
    state         TEXT   NOT NULL,
    reason        TEXT   NOT NULL, -- why it is off
    secret        TEXT   NOT NULL, -- sealed
    old_secret    TEXT   NOT NULL, -- sealed; signs beside it until old_until
    old_until     BIGINT NOT NULL,
    failing_since BIGINT NOT NULL, -- 0 = the last attempt was good
    created       BIGINT NOT NULL,
    CONSTRAINT callback_endpoint_pk PRIMARY KEY (tenant, id),
    CONSTRAINT callback_endpoint_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT callback_endpoint_envelope_ck
        CHECK (envelope IN ('standard', 'plenigo')),
    CONSTRAINT callback_endpoint_state_ck CHECK (state IN ('on', 'off'))
);

CREATE TABLE callback_event (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL, -- the webhook-id
    type       TEXT   NOT NULL,
    object     TEXT   NOT NULL, -- what it happened to
    seq        BIGINT NOT NULL, -- of the events of that object: 1, 2, …
    payload    TEXT   NOT NULL, -- sealed JSON
    request_id TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    CONSTRAINT callback_event_pk PRIMARY KEY (tenant, id)
);

CREATE INDEX callback_event_object_ix ON callback_event (tenant, object, seq);

CREATE INDEX callback_event_created_ix ON callback_event (created);

CREATE TABLE callback_delivery (
    tenant      TEXT    NOT NULL,
    event       TEXT    NOT NULL,
    endpoint    TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    attempts    INTEGER NOT NULL, -- begun since it was queued or replayed
    next_at     BIGINT  NOT NULL,
    lease_until BIGINT  NOT NULL,
    lease_owner TEXT    NOT NULL, -- host:pid:n; whose the attempt is
    CONSTRAINT callback_delivery_pk PRIMARY KEY (tenant, event, endpoint),
    CONSTRAINT callback_delivery_event_fk
        FOREIGN KEY (tenant, event) REFERENCES callback_event (tenant, id)
        ON DELETE CASCADE,
    CONSTRAINT callback_delivery_endpoint_fk
        FOREIGN KEY (tenant, endpoint) REFERENCES callback_endpoint (tenant, id)
        ON DELETE CASCADE,
    CONSTRAINT callback_delivery_state_ck CHECK (state IN
        ('queued', 'leased', 'delivered', 'failed', 'off'))
);

CREATE INDEX callback_delivery_due_ix
    ON callback_delivery (tenant, endpoint, next_at)
    WHERE state IN ('queued', 'leased');

CREATE INDEX callback_delivery_endpoint_ix
    ON callback_delivery (tenant, endpoint, state);

CREATE TABLE callback_attempt (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    event    TEXT    NOT NULL,
    endpoint TEXT    NOT NULL,
    url      TEXT    NOT NULL, -- as it was then
    number   INTEGER NOT NULL,
    at       BIGINT  NOT NULL,
    ms       BIGINT  NOT NULL,
    status   INTEGER NOT NULL, -- 0 = no answer
    error    TEXT    NOT NULL, -- '' = delivered
    answer   TEXT    NOT NULL, -- its first 4 kB, masked
    CONSTRAINT callback_attempt_pk PRIMARY KEY (tenant, id),
    CONSTRAINT callback_attempt_delivery_fk
        FOREIGN KEY (tenant, event, endpoint)
        REFERENCES callback_delivery (tenant, event, endpoint)
        ON DELETE CASCADE
);

CREATE INDEX callback_attempt_delivery_ix
    ON callback_attempt (tenant, event, endpoint);

CREATE INDEX callback_attempt_endpoint_ix
    ON callback_attempt (tenant, endpoint, id);
