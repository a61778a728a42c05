-- The ledger by pages: what a customer owed after an entry stands with it.

CREATE TABLE ledger (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    customer TEXT   NOT NULL,
    contract TEXT,
    currency TEXT   NOT NULL,
    date     TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    amount   BIGINT NOT NULL,
    document TEXT,
    payment  TEXT,
    note     TEXT   NOT NULL DEFAULT '',
    created  BIGINT NOT NULL,
    -- NULL: not reckoned; then those behind it count for nothing, either, until
    -- who writes the customer's next entry reckons them
    balance  BIGINT,
    CONSTRAINT ledger_pk PRIMARY KEY (tenant, id),
    CONSTRAINT ledger_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT ledger_document_fk
        FOREIGN KEY (tenant, document) REFERENCES invoice (tenant, id),
    CONSTRAINT ledger_payment_fk
        FOREIGN KEY (tenant, payment) REFERENCES payment (tenant, id),
    -- OR: of IN with three and more SQLite makes a table, for each row it writes
    CONSTRAINT ledger_kind_ck CHECK (kind = 'invoice' OR kind = 'payment'
        OR kind = 'credit_note' OR kind = 'correction' OR kind = 'refund'
        OR kind = 'fee' OR kind = 'reversal')
);

INSERT INTO ledger (tenant, id, customer, contract, currency, date, kind,
    amount, document, payment, note, created, balance)
    SELECT tenant, id, customer, contract, currency, date, kind, amount,
    document, payment, note, created, CAST(SUM(amount) OVER (
        PARTITION BY tenant, customer, currency ORDER BY date, created, id)
        AS BIGINT) FROM ledger_entry;
DROP TABLE ledger_entry;
ALTER TABLE ledger RENAME TO ledger_entry;

-- In the order of the pages. The currency is behind it, so that the newest
-- entry of one is found without reading others.
CREATE INDEX ledger_entry_customer_ix
    ON ledger_entry (tenant, customer, date, created, id, currency);
CREATE INDEX ledger_entry_unknown_ix
    ON ledger_entry (tenant, customer, currency, date, created, id)
    WHERE balance IS NULL;
CREATE INDEX ledger_entry_fee_ix ON ledger_entry (tenant, customer, currency)
    WHERE kind = 'fee';

-- What can be settled, and what can settle it, each in the order of its turn.
DROP INDEX invoice_open_ix;
CREATE INDEX invoice_open_ix ON invoice (tenant, customer, currency, due,
    number, gross, settled) WHERE status = 'open' AND gross > 0;
CREATE INDEX invoice_credit_ix ON invoice (tenant, customer, currency, date, id)
    WHERE status = 'open' AND gross < 0;
DROP INDEX payment_credit_ix;
CREATE INDEX payment_credit_ix ON payment (tenant, customer, currency, date, id)
    WHERE status = 'recorded' AND settled <> amount;

-- Whether a reversal has opened what is void.
CREATE INDEX invoice_void_ix ON invoice (tenant, customer, currency)
    WHERE status = 'cancelled' AND settled <> gross;
