-- Mail on its way out: a row is written in the transaction of what it tells of,
-- and stays as the log of who was sent what, when. The body may hold a password
-- or a link, so it is sealed by the key ring, and emptied after the last try.

CREATE TABLE mail (
    tenant      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    event       TEXT    NOT NULL, -- login_created, …: names the template
    customer    TEXT    NOT NULL, -- '' = none
    user_id     TEXT    NOT NULL, -- '' = none
    recipient   TEXT    NOT NULL,
    language    TEXT    NOT NULL,
    subject     TEXT    NOT NULL, -- '' when suppressed
    body        TEXT    NOT NULL, -- '' when suppressed, sent or failed
    state       TEXT    NOT NULL,
    attempts    INTEGER NOT NULL,
    next_at     BIGINT  NOT NULL,
    lease_until BIGINT  NOT NULL,
    lease_owner TEXT    NOT NULL, -- host:pid, for people
    last_error  TEXT    NOT NULL,
    request_id  TEXT    NOT NULL, -- of the request it came from
    created     BIGINT  NOT NULL,
    sent        BIGINT  NOT NULL, -- 0 = not
    CONSTRAINT mail_pk PRIMARY KEY (tenant, id),
    CONSTRAINT mail_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT mail_state_ck CHECK (state IN
        ('queued', 'leased', 'sent', 'failed', 'suppressed'))
);

CREATE INDEX mail_due_ix ON mail (next_at) WHERE state IN ('queued', 'leased');

CREATE INDEX mail_customer_ix ON mail (tenant, customer, id);
