-- Which link a session came by, and what revoking a contract's links must find.
ALTER TABLE session ADD COLUMN link TEXT NOT NULL DEFAULT ''; -- jti; '' = none

CREATE INDEX session_contract_ix ON session (tenant, contract)
    WHERE ended = 0 AND contract <> '';

CREATE INDEX session_link_seen_ix ON session (last_seen)
    WHERE scope = 'contract';

CREATE INDEX self_service_link_contract_ix
    ON self_service_link (tenant, contract);
