-- What a tenant notes of its customers or contracts beside what there is. The
-- labels are translations of the id.
CREATE TABLE custom_field (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    record  TEXT    NOT NULL, -- customer or contract
    name    TEXT    NOT NULL, -- in the API
    type    TEXT    NOT NULL, -- text, number, date or choice
    choices TEXT    NOT NULL, -- of type choice: lines
    portal  TEXT    NOT NULL, -- what customers may: none, read or write
    place   INTEGER NOT NULL,
    version BIGINT  NOT NULL,
    created BIGINT  NOT NULL,
    CONSTRAINT custom_field_pk PRIMARY KEY (tenant, id),
    CONSTRAINT custom_field_name_uq UNIQUE (tenant, record, name),
    CONSTRAINT custom_field_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id)
);

-- The state of what one customer or contract has of them; it goes with that.
CREATE TABLE custom_record (
    tenant   TEXT   NOT NULL,
    object   TEXT   NOT NULL, -- id of either
    customer TEXT,
    contract TEXT,
    version  BIGINT NOT NULL,
    CONSTRAINT custom_record_pk PRIMARY KEY (tenant, object),
    CONSTRAINT custom_record_customer_fk FOREIGN KEY (tenant, customer)
        REFERENCES customer (tenant, id) ON DELETE CASCADE,
    CONSTRAINT custom_record_contract_fk FOREIGN KEY (tenant, contract)
        REFERENCES contract (tenant, id) ON DELETE CASCADE
);
CREATE INDEX custom_record_customer_ix ON custom_record (tenant, customer);
CREATE INDEX custom_record_contract_ix ON custom_record (tenant, contract);

CREATE TABLE custom_value (
    tenant TEXT NOT NULL,
    object TEXT NOT NULL,
    field  TEXT NOT NULL,
    value  TEXT NOT NULL, -- as the API has it
    CONSTRAINT custom_value_pk PRIMARY KEY (tenant, object, field),
    CONSTRAINT custom_value_record_fk FOREIGN KEY (tenant, object)
        REFERENCES custom_record (tenant, object) ON DELETE CASCADE,
    CONSTRAINT custom_value_field_fk FOREIGN KEY (tenant, field)
        REFERENCES custom_field (tenant, id) ON DELETE CASCADE
);
CREATE INDEX custom_value_field_ix ON custom_value (tenant, field);

-- The section is shown where a tenant wants it: none has fields yet.
UPDATE tenant SET portal_without =
    TRIM(portal_without || ' additional');

INSERT INTO membership_permission (tenant, membership, permission, given_by)
    SELECT tenant, membership, 'system.additional.view', given_by
        FROM membership_permission WHERE permission = 'system.profile.view';
INSERT INTO membership_permission (tenant, membership, permission, given_by)
    SELECT tenant, membership, 'system.additional.change', given_by
        FROM membership_permission WHERE permission = 'system.profile.change';
