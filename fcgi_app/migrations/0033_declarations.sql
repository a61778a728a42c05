-- What consumers declare without signing in: that they cancel a contract, or
-- withdraw from one. It stands as it was received, whatever it is of.
CREATE TABLE declaration (
    tenant          TEXT   NOT NULL,
    id              TEXT   NOT NULL,
    kind            TEXT   NOT NULL,
    received        BIGINT NOT NULL,
    language        TEXT   NOT NULL, -- of the page, the receipt and its mail
    -- as it was typed
    name            TEXT   NOT NULL,
    customer_number TEXT   NOT NULL DEFAULT '',
    contract_text   TEXT   NOT NULL,
    email           TEXT   NOT NULL,
    notice          TEXT   NOT NULL DEFAULT '', -- of a cancellation
    reason          TEXT   NOT NULL DEFAULT '',
    end_wanted      TEXT, -- NULL: as early as possible
    receipt         TEXT   NOT NULL, -- its words
    -- what it was found to be of, and what staff did about it
    contract        TEXT,
    status          TEXT   NOT NULL DEFAULT 'open',
    note            TEXT   NOT NULL DEFAULT '',
    version         BIGINT NOT NULL DEFAULT 1,
    CONSTRAINT declaration_pk PRIMARY KEY (tenant, id),
    CONSTRAINT declaration_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT declaration_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id),
    CONSTRAINT declaration_kind_ck CHECK (kind IN ('cancellation', 'withdrawal')),
    CONSTRAINT declaration_notice_ck
        CHECK (notice IN ('', 'ordinary', 'extraordinary')),
    CONSTRAINT declaration_status_ck CHECK (status IN ('open', 'done'))
);

CREATE INDEX declaration_received_ix ON declaration (tenant, received, id);
CREATE INDEX declaration_open_ix ON declaration (tenant, received, id)
    WHERE status = 'open';
CREATE INDEX declaration_contract_ix ON declaration (tenant, contract, received)
    WHERE contract IS NOT NULL;

-- Whether consumers are among a tenant's customers: its pages then have the
-- links that the law asks for.
ALTER TABLE tenant ADD COLUMN audience TEXT NOT NULL DEFAULT 'consumers'
    CONSTRAINT tenant_audience_ck CHECK (audience IN ('consumers', 'businesses'));
