-- A tenant's logo: its name and size with the tenant, the bytes apart. Those of
-- before stay, for documents that were issued with them.
ALTER TABLE tenant ADD COLUMN logo TEXT NOT NULL DEFAULT ''; -- hash; '' = none
ALTER TABLE tenant ADD COLUMN logo_width INTEGER NOT NULL DEFAULT 0; -- pixels
ALTER TABLE tenant ADD COLUMN logo_height INTEGER NOT NULL DEFAULT 0;

CREATE TABLE tenant_logo (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL, -- hash
    png    TEXT NOT NULL, -- base64: for pages
    jpeg   TEXT NOT NULL, -- the same on white: for paper
    CONSTRAINT tenant_logo_pk PRIMARY KEY (tenant, name),
    CONSTRAINT tenant_logo_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);
