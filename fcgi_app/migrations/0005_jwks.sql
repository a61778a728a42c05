-- Where a merchant's identity provider publishes its keys (a JWK set, RFC 7517),
-- and what the last good answer had. sso_key has those that somebody registered.
CREATE TABLE jwks (
    tenant   TEXT    NOT NULL,
    url      TEXT    NOT NULL,
    keys     TEXT    NOT NULL, -- JSON array of JWKs; '[]' = none yet
    next_at  BIGINT  NOT NULL, -- of the next try
    failures INTEGER NOT NULL, -- since the last good answer
    fetched  BIGINT  NOT NULL, -- last good answer, 0 = never
    error    TEXT    NOT NULL, -- why the last try failed, '' = it did not
    CONSTRAINT jwks_pk PRIMARY KEY (tenant),
    CONSTRAINT jwks_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE INDEX jwks_due_ix ON jwks (next_at);

-- The edge record of one tenant names its hosts.
CREATE INDEX tenant_host_tenant_ix ON tenant_host (tenant);
