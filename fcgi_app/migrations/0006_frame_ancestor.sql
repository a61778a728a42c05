-- Sites that may show a tenant's pages in a frame: "https://www.acme.example".
CREATE TABLE tenant_frame_ancestor (
    tenant   TEXT    NOT NULL,
    position INTEGER NOT NULL,
    origin   TEXT    NOT NULL,
    CONSTRAINT tenant_frame_ancestor_pk PRIMARY KEY (tenant, origin),
    CONSTRAINT tenant_frame_ancestor_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id)
);
