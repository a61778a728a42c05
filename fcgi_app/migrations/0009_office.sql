-- The back office: who works there, what keeps a form from having its effect
-- twice, and the tenant's settings.

-- A user who works for a tenant. Password and second factor are their own: what
-- a customer's login or an API key can set opens no back office.
CREATE TABLE staff (
    tenant        TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    pool          TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    role          TEXT    NOT NULL, -- of tables/roles.def
    status        TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    totp          TEXT    NOT NULL, -- sealed secret; '' = none
    totp_new      TEXT    NOT NULL, -- the same, until a code of it was seen
    totp_step     BIGINT  NOT NULL, -- of the newest code used
    failures      INTEGER NOT NULL, -- since the last sign-in
    retry_at      BIGINT  NOT NULL, -- no try counts before
    created       BIGINT  NOT NULL,
    last_sign_in  BIGINT  NOT NULL, -- 0 = never
    CONSTRAINT staff_pk PRIMARY KEY (tenant, id),
    CONSTRAINT staff_user_uq UNIQUE (tenant, pool, user_id),
    CONSTRAINT staff_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT staff_user_fk
        FOREIGN KEY (pool, user_id) REFERENCES users (pool, id),
    CONSTRAINT staff_status_ck CHECK (status IN ('active', 'blocked'))
);

-- For whoever lost the second factor: each opens once.
CREATE TABLE staff_recovery (
    tenant TEXT NOT NULL,
    staff  TEXT NOT NULL,
    hash   TEXT NOT NULL,
    CONSTRAINT staff_recovery_pk PRIMARY KEY (tenant, staff, hash),
    CONSTRAINT staff_recovery_staff_fk
        FOREIGN KEY (tenant, staff) REFERENCES staff (tenant, id)
);

-- Who works in a session, or in a customer's name and until when at most in the
-- back office afterwards; how long it may idle.
ALTER TABLE session ADD COLUMN staff TEXT NOT NULL DEFAULT ''; -- id
ALTER TABLE session ADD COLUMN staff_until BIGINT NOT NULL DEFAULT 0; -- then
ALTER TABLE session ADD COLUMN idle BIGINT NOT NULL DEFAULT 1800;

CREATE INDEX session_staff_ix ON session (tenant, staff)
    WHERE ended = 0 AND staff <> '';

-- Forms that had their effect, and where they led: written in its transaction.
CREATE TABLE form_use (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    location TEXT   NOT NULL,
    used     BIGINT NOT NULL,
    CONSTRAINT form_use_pk PRIMARY KEY (tenant, id),
    CONSTRAINT form_use_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE INDEX form_use_used_ix ON form_use (used);

-- What differs from the default of tables/settings.def.
CREATE TABLE setting (
    tenant  TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    value   TEXT   NOT NULL,
    changed BIGINT NOT NULL,
    CONSTRAINT setting_pk PRIMARY KEY (tenant, name),
    CONSTRAINT setting_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

-- How often the settings were saved: what a form compares with.
ALTER TABLE tenant ADD COLUMN settings_version BIGINT NOT NULL DEFAULT 0;
