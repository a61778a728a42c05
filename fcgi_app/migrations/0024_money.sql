-- Money: payments, what each settles, and the ledger of what customers owe.

-- Money that came in. A negative amount went out: a credit that was paid back.
CREATE TABLE payment (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    customer    TEXT   NOT NULL,
    contract    TEXT,
    invoice     TEXT, -- id of the one that it names
    currency    TEXT   NOT NULL,
    amount      BIGINT NOT NULL,
    settled     BIGINT NOT NULL, -- of amount, with its sign; the rest is credit
    date        TEXT   NOT NULL,
    method      TEXT   NOT NULL,
    reference   TEXT   NOT NULL,
    external_id TEXT, -- the merchant's own, so that it comes in once
    status      TEXT   NOT NULL,
    reversed    TEXT   NOT NULL DEFAULT '', -- the day it went back
    reason      TEXT   NOT NULL DEFAULT '', -- why
    created     BIGINT NOT NULL,
    CONSTRAINT payment_pk PRIMARY KEY (tenant, id),
    CONSTRAINT payment_external_uq UNIQUE (tenant, external_id),
    CONSTRAINT payment_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT payment_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id),
    CONSTRAINT payment_invoice_fk
        FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id),
    CONSTRAINT payment_amount_ck CHECK (amount <> 0),
    CONSTRAINT payment_method_ck CHECK
        (method IN ('transfer', 'direct_debit', 'card', 'cash', 'other')),
    CONSTRAINT payment_status_ck CHECK (status IN ('recorded', 'reversed'))
);

CREATE INDEX payment_date_ix ON payment (tenant, date DESC, id DESC);
CREATE INDEX payment_customer_ix ON payment (tenant, customer, currency);
CREATE INDEX payment_contract_ix ON payment (tenant, contract)
    WHERE contract IS NOT NULL;
CREATE INDEX payment_invoice_ix ON payment (tenant, invoice)
    WHERE invoice IS NOT NULL;
CREATE INDEX payment_credit_ix ON payment (tenant, customer, currency)
    WHERE status = 'recorded' AND settled <> amount;

-- How much of which document was settled by which payment or credit document.
-- Rows are only added: what is undone has a row of the opposite sign. Without
-- both: the document was void before there were corrections.
CREATE TABLE settlement (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    payment  TEXT,
    credit   TEXT, -- id of a credit note or correction
    invoice  TEXT   NOT NULL, -- id of the document
    amount   BIGINT NOT NULL, -- with the sign of the document
    created  BIGINT NOT NULL,
    CONSTRAINT settlement_pk PRIMARY KEY (tenant, id),
    CONSTRAINT settlement_payment_fk
        FOREIGN KEY (tenant, payment) REFERENCES payment (tenant, id),
    CONSTRAINT settlement_credit_fk
        FOREIGN KEY (tenant, credit) REFERENCES invoice (tenant, id),
    CONSTRAINT settlement_invoice_fk
        FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id),
    CONSTRAINT settlement_from_ck CHECK (payment IS NULL OR credit IS NULL)
);

CREATE INDEX settlement_invoice_ix ON settlement (tenant, invoice);
CREATE INDEX settlement_payment_ix ON settlement (tenant, payment)
    WHERE payment IS NOT NULL;
CREATE INDEX settlement_credit_ix ON settlement (tenant, credit)
    WHERE credit IS NOT NULL;

-- What changed what a customer owes, by how much. Rows are only added. The row
-- of a document or payment has its id, that of its end has ".end" behind it.
CREATE TABLE ledger_entry (
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
    CONSTRAINT ledger_entry_pk PRIMARY KEY (tenant, id),
    CONSTRAINT ledger_entry_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT ledger_entry_document_fk
        FOREIGN KEY (tenant, document) REFERENCES invoice (tenant, id),
    CONSTRAINT ledger_entry_payment_fk
        FOREIGN KEY (tenant, payment) REFERENCES payment (tenant, id),
    CONSTRAINT ledger_entry_kind_ck CHECK (kind IN ('invoice', 'credit_note',
        'correction', 'payment', 'refund', 'fee', 'reversal'))
);

CREATE INDEX ledger_entry_customer_ix
    ON ledger_entry (tenant, customer, currency, date, created, id);

-- Cents by which the VAT of the line's rate differs from what its net gives:
-- corrections of an invoice take back exactly what it has.
ALTER TABLE invoice_line ADD COLUMN vat_extra BIGINT NOT NULL DEFAULT 0;

-- Looked for in the order that money settles them.
CREATE INDEX invoice_settle_ix ON invoice (tenant, customer, currency, due,
    number) WHERE status = 'open';

-- What was paid before payments were recorded, and what was void.
INSERT INTO payment (tenant, id, customer, contract, invoice, currency, amount,
    settled, date, method, reference, status, created)
    SELECT tenant, 'pay_' || SUBSTR(id, 5), customer, contract, id, currency,
    gross, gross, date, 'other', number, 'recorded', created FROM invoice
    WHERE status = 'paid' AND gross <> 0;
INSERT INTO settlement (tenant, id, payment, invoice, amount, created)
    SELECT tenant, 'set_' || SUBSTR(id, 5), id, invoice, amount, created
    FROM payment;
UPDATE invoice SET settled = gross WHERE status = 'cancelled';
INSERT INTO settlement (tenant, id, invoice, amount, created)
    SELECT tenant, 'set_' || SUBSTR(id, 5), id, gross, created FROM invoice
    WHERE status = 'cancelled';
INSERT INTO ledger_entry (tenant, id, customer, contract, currency, date, kind,
    amount, document, created)
    SELECT tenant, id, customer, contract, currency, date, type, gross, id,
    created FROM invoice;
INSERT INTO ledger_entry (tenant, id, customer, contract, currency, date, kind,
    amount, document, created)
    SELECT tenant, id || '.end', customer, contract, currency, date, 'reversal',
    -gross, id, created FROM invoice WHERE status = 'cancelled';
INSERT INTO ledger_entry (tenant, id, customer, contract, currency, date, kind,
    amount, payment, created)
    SELECT tenant, id, customer, contract, currency, date,
    CASE WHEN amount < 0 THEN 'refund' ELSE 'payment' END, -amount, id, created
    FROM payment;
