-- A tenant's logo: its address and size with the tenant, its bytes apart.
ALTER TABLE tenant ADD COLUMN logo TEXT NOT NULL DEFAULT ''; -- hash; '' = none
ALTER TABLE tenant ADD COLUMN logo_width INTEGER NOT NULL DEFAULT 0; -- pixels
ALTER TABLE tenant ADD COLUMN logo_height INTEGER NOT NULL DEFAULT 0;

CREATE TABLE tenant_logo (
    tenant TEXT NOT NULL,
    png    TEXT NOT NULL, -- base64
    CONSTRAINT tenant_logo_pk PRIMARY KEY (tenant),
    CONSTRAINT tenant_logo_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);
