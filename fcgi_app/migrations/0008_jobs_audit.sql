-- Work to be done in the background: a row is written in the transaction of
-- what asks for it. `position` is how far the work is, in its handler's words.
CREATE TABLE job (
    tenant      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    kind        TEXT    NOT NULL, -- KIND row of tables/jobs.def
    arguments   TEXT    NOT NULL, -- JSON object
    state       TEXT    NOT NULL,
    attempts    INTEGER NOT NULL,
    next_at     BIGINT  NOT NULL,
    lease_until BIGINT  NOT NULL,
    lease_owner TEXT    NOT NULL, -- host:pid
    position    TEXT    NOT NULL,
    done        BIGINT  NOT NULL,
    total       BIGINT  NOT NULL, -- 0 = not known
    result      TEXT    NOT NULL, -- JSON object, or ''
    last_error  TEXT    NOT NULL,
    created_by  TEXT    NOT NULL, -- actor, as in audit
    request_id  TEXT    NOT NULL,
    created     BIGINT  NOT NULL,
    finished    BIGINT  NOT NULL, -- 0 = not
    CONSTRAINT job_pk PRIMARY KEY (tenant, id),
    CONSTRAINT job_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT job_state_ck CHECK (state IN
        ('queued', 'leased', 'done', 'failed'))
);

CREATE INDEX job_due_ix ON job (tenant, next_at)
    WHERE state IN ('queued', 'leased');

-- The periodic rows of tables/jobs.def, of no tenant: the last run and the next.
-- host is '' for what one host at a time does.
CREATE TABLE job_period (
    name        TEXT     NOT NULL,
    host        TEXT     NOT NULL,
    next_at     BIGINT   NOT NULL,
    lease_until BIGINT   NOT NULL,
    lease_owner TEXT     NOT NULL, -- '' = nobody
    last_owner  TEXT     NOT NULL,
    last_start  BIGINT   NOT NULL, -- 0 = never
    duration_ms BIGINT   NOT NULL,
    ok          SMALLINT NOT NULL,
    CONSTRAINT job_period_pk PRIMARY KEY (name, host)
);

-- What was changed, and the chain: seq is 0 until the row is sealed. `detail`
-- stays for what is told of beside a change.
ALTER TABLE audit ADD COLUMN actor_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN before TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN after TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN prev TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX audit_seq_uq ON audit (tenant, seq) WHERE seq > 0;
CREATE INDEX audit_unsealed_ix ON audit (tenant, at, id) WHERE seq = 0;
CREATE INDEX audit_object_ix ON audit (tenant, object, id);
CREATE INDEX audit_customer_ix ON audit (tenant, customer, id);

-- The signed end of a tenant's chain, a row a day; the newest is the present one.
CREATE TABLE audit_head (
    tenant    TEXT   NOT NULL,
    day       TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    hash      TEXT   NOT NULL,
    signature TEXT   NOT NULL, -- '' = the key was not there
    CONSTRAINT audit_head_pk PRIMARY KEY (tenant, day),
    CONSTRAINT audit_head_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);
