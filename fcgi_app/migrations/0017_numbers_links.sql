-- Prefixes that numbers of documents have had: another kind must not take one
-- over, or a number could be given twice. And who made a self-service link.

CREATE TABLE number_prefix (
    tenant TEXT NOT NULL,
    series TEXT NOT NULL,
    prefix TEXT NOT NULL,
    CONSTRAINT number_prefix_pk PRIMARY KEY (tenant, series, prefix),
    CONSTRAINT number_prefix_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id)
);

ALTER TABLE self_service_link ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE self_service_link ADD COLUMN opened BIGINT NOT NULL DEFAULT 0;
ALTER TABLE self_service_link ADD COLUMN last_opened BIGINT NOT NULL DEFAULT 0;

-- When the links of a contract were revoked, if none was made since: until then
-- nobody gets a new one by themselves.
ALTER TABLE contract ADD COLUMN links_revoked BIGINT NOT NULL DEFAULT 0;
