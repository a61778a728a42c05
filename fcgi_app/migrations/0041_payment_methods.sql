-- How customers pay: by direct debit so far. Who has no row with status active
-- pays on account. Rows are never removed: a mandate is kept beyond its end.
CREATE TABLE payment_method (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    customer    TEXT   NOT NULL,
    kind        TEXT   NOT NULL, -- direct_debit
    status      TEXT   NOT NULL, -- active, replaced or removed
    -- of a direct debit
    iban        TEXT   NOT NULL, -- sealed
    country     TEXT   NOT NULL, -- of the IBAN
    last4       TEXT   NOT NULL, -- of the IBAN
    holder      TEXT   NOT NULL, -- of the account
    reference   TEXT   NOT NULL, -- of the mandate
    creditor    TEXT   NOT NULL, -- creditor identifier
    signed_on   TEXT   NOT NULL, -- the day on which the mandate was given
    -- the proof, which never changes
    words       TEXT   NOT NULL, -- the mandate as it was shown, {iban} in the place of the IBAN; '': given elsewhere
    language    TEXT   NOT NULL, -- of the words, or ''
    url         TEXT   NOT NULL, -- of the page, or ''
    remote_addr TEXT   NOT NULL, -- whoever gave it came from there
    given       BIGINT NOT NULL,
    given_by    TEXT   NOT NULL, -- actor
    ended       BIGINT NOT NULL, -- 0: in use
    CONSTRAINT payment_method_pk PRIMARY KEY (tenant, id),
    CONSTRAINT payment_method_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id)
);

CREATE UNIQUE INDEX payment_method_reference_uq
    ON payment_method (tenant, reference) WHERE reference <> '';
CREATE UNIQUE INDEX payment_method_active_uq
    ON payment_method (tenant, customer) WHERE status = 'active';
CREATE INDEX payment_method_customer_ix
    ON payment_method (tenant, customer, given);

-- Whoever sees what is owed sees how it is paid. To change it is for owners, and
-- for whoever sees to the account's members.
INSERT INTO membership_permission (tenant, membership, permission, given_by)
    SELECT tenant, membership, 'billing.payment_method.view', given_by
        FROM membership_permission WHERE permission = 'billing.account.view';
INSERT INTO membership_permission (tenant, membership, permission, given_by)
    SELECT tenant, membership, 'billing.payment_method.change', given_by
        FROM membership_permission WHERE permission = 'security.members.change';
