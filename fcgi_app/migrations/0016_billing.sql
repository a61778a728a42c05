-- Billing: contracts that run and renew, services, invoice runs, numbers.

-- Numbers that are given out in sequence, without gaps: the next one is taken in
-- the transaction of what it is for. Prefix and digits are settings.
CREATE TABLE number_series (
    tenant TEXT   NOT NULL,
    series TEXT   NOT NULL, -- customer, invoice, credit_note, correction, reminder
    next   BIGINT NOT NULL,
    CONSTRAINT number_series_pk PRIMARY KEY (tenant, series),
    CONSTRAINT number_series_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id)
);

INSERT INTO number_series (tenant, series, next)
    SELECT tenant, 'customer', next FROM customer_number;
-- Documents have the beginnings that they will have until somebody changes them.
INSERT INTO number_series (tenant, series, next)
    SELECT tenant, CASE SUBSTR(number, 1, 2) WHEN 'RE' THEN 'invoice'
        ELSE 'credit_note' END, MAX(CAST(SUBSTR(number, 3) AS BIGINT)) + 1
    FROM invoice WHERE SUBSTR(number, 1, 2) IN ('RE', 'GS')
    AND LENGTH(number) BETWEEN 7 AND 14
    AND LTRIM(SUBSTR(number, 3), '0123456789') = ''
    GROUP BY tenant, SUBSTR(number, 1, 2);
INSERT INTO setting (tenant, name, value, changed)
    SELECT tenant, 'customer_prefix', prefix, 0 FROM customer_number;
INSERT INTO setting (tenant, name, value, changed)
    SELECT tenant, 'customer_digits', CAST(digits AS TEXT), 0
    FROM customer_number;

-- How a contract is billed, ends and goes on. Spans are a count and a unit (day,
-- week, month, year), counted from start_date, so that what began on the 31st
-- ends months on their last days.
ALTER TABLE contract ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE contract ADD COLUMN in_advance SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE contract ADD COLUMN plan TEXT NOT NULL DEFAULT ''; -- '' = free items
ALTER TABLE contract ADD COLUMN term INTEGER NOT NULL DEFAULT 0; -- 0 = open
ALTER TABLE contract ADD COLUMN term_unit TEXT NOT NULL DEFAULT 'month';
ALTER TABLE contract ADD COLUMN renewal INTEGER NOT NULL DEFAULT 0; -- 0 = it ends
ALTER TABLE contract ADD COLUMN renewal_unit TEXT NOT NULL DEFAULT 'month';
ALTER TABLE contract ADD COLUMN notice INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contract ADD COLUMN notice_unit TEXT NOT NULL DEFAULT 'day';
ALTER TABLE contract ADD COLUMN due_days INTEGER; -- null = the tenant's
ALTER TABLE contract ADD COLUMN billed_until TEXT; -- last day of the last period
ALTER TABLE contract ADD COLUMN cancelled_on TEXT; -- the day notice was given
ALTER TABLE contract ADD COLUMN search TEXT NOT NULL DEFAULT ''; -- folded

UPDATE contract SET notice = notice_days, search = lower(ref || ' ' || name);

-- What a run looks for.
CREATE INDEX contract_due_ix ON contract (tenant, next_billing, id)
    WHERE next_billing IS NOT NULL;

-- A one-off service (Leistung) on a contract.
CREATE TABLE service_entry (
    tenant           TEXT    NOT NULL,
    id               TEXT    NOT NULL,
    contract         TEXT    NOT NULL,
    description      TEXT    NOT NULL,
    quantity         BIGINT  NOT NULL,
    unit_price       BIGINT  NOT NULL,
    vat_rate         INTEGER NOT NULL,
    performance_date TEXT    NOT NULL,
    bill_from        TEXT, -- not billed by a run of an earlier date
    status           TEXT    NOT NULL,
    invoice          TEXT, -- id of the invoice that has it
    external_id      TEXT, -- the merchant's own, so that it comes in once
    version          BIGINT  NOT NULL,
    created          BIGINT  NOT NULL,
    CONSTRAINT service_entry_pk PRIMARY KEY (tenant, id),
    CONSTRAINT service_entry_external_uq UNIQUE (tenant, external_id),
    CONSTRAINT service_entry_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id),
    CONSTRAINT service_entry_status_ck
        CHECK (status IN ('open', 'billed', 'deleted'))
);

CREATE INDEX service_entry_contract_ix
    ON service_entry (tenant, contract, performance_date, id);
CREATE INDEX service_entry_open_ix ON service_entry (tenant, contract)
    WHERE status = 'open';

-- Billing what is due on a date. A dry run writes no invoice.
CREATE TABLE invoice_run (
    tenant     TEXT     NOT NULL,
    id         TEXT     NOT NULL,
    date       TEXT     NOT NULL,
    dry_run    SMALLINT NOT NULL,
    status     TEXT     NOT NULL,
    origin     TEXT     NOT NULL, -- api, office, schedule
    job        TEXT     NOT NULL,
    contracts  BIGINT   NOT NULL, -- looked at so far
    invoices   BIGINT   NOT NULL,
    failures   BIGINT   NOT NULL,
    created    BIGINT   NOT NULL,
    created_by TEXT     NOT NULL, -- actor, as in audit
    finished   BIGINT   NOT NULL, -- 0 = not
    CONSTRAINT invoice_run_pk PRIMARY KEY (tenant, id),
    CONSTRAINT invoice_run_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT invoice_run_status_ck
        CHECK (status IN ('queued', 'running', 'done', 'failed'))
);

CREATE INDEX invoice_run_created_ix ON invoice_run (tenant, created, id);

-- Invoices, once more, as the kinds of documents have become three. Amounts are
-- what the customer owes by the document: those of credit notes and corrections
-- are negative.
CREATE TABLE document (
    tenant          TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    number          TEXT    NOT NULL,
    type            TEXT    NOT NULL,
    customer        TEXT    NOT NULL,
    contract        TEXT,
    customer_number TEXT    NOT NULL,
    recipient       TEXT    NOT NULL, -- lines of the address field
    language        TEXT    NOT NULL,
    date            TEXT    NOT NULL,
    due             TEXT    NOT NULL,
    period_from     TEXT    NOT NULL,
    period_to       TEXT    NOT NULL,
    currency        TEXT    NOT NULL,
    net             BIGINT  NOT NULL,
    vat             BIGINT  NOT NULL,
    gross           BIGINT  NOT NULL,
    delivery_mode   TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    created         BIGINT  NOT NULL,
    run             TEXT, -- the invoice run that made it
    corrects        TEXT, -- id of the invoice that a correction is of
    note            TEXT    NOT NULL DEFAULT '', -- why; printed
    settled         BIGINT  NOT NULL DEFAULT 0, -- of gross, with its sign
    dispatch        TEXT    NOT NULL DEFAULT 'none',
    buyer           TEXT    NOT NULL DEFAULT '', -- JSON, of structured invoices
    seller          TEXT    NOT NULL DEFAULT '', -- the same
    pdf             TEXT    NOT NULL DEFAULT '', -- hash; '' = not drawn yet
    xml             TEXT    NOT NULL DEFAULT '',
    CONSTRAINT document_pk PRIMARY KEY (tenant, id),
    CONSTRAINT document_number_uq UNIQUE (tenant, number),
    CONSTRAINT document_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT document_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id),
    -- OR: of IN with three and more SQLite makes a table, for each row it writes
    CONSTRAINT document_type_ck CHECK (type = 'invoice'
        OR type = 'credit_note' OR type = 'correction'),
    CONSTRAINT document_status_ck CHECK (status = 'open'
        OR status = 'paid' OR status = 'cancelled'),
    CONSTRAINT document_dispatch_ck CHECK (dispatch = 'none'
        OR dispatch = 'waiting' OR dispatch = 'sent' OR dispatch = 'failed'
        OR dispatch = 'suppressed'),
    CONSTRAINT document_sum_ck CHECK (gross = net + vat)
);

CREATE TABLE document_line (
    tenant      TEXT    NOT NULL,
    invoice     TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    description TEXT    NOT NULL,
    quantity    BIGINT  NOT NULL,
    unit_price  BIGINT  NOT NULL,
    vat_rate    INTEGER NOT NULL,
    net         BIGINT  NOT NULL,
    service     TEXT, -- id of the service entry that it bills
    performed   TEXT, -- its day
    CONSTRAINT document_line_pk PRIMARY KEY (tenant, invoice, position),
    CONSTRAINT document_line_document_fk
        FOREIGN KEY (tenant, invoice) REFERENCES document (tenant, id)
);

INSERT INTO document (tenant, id, number, type, customer, contract,
    customer_number, recipient, language, date, due, period_from, period_to,
    currency, net, vat, gross, delivery_mode, status, created, settled)
    SELECT tenant, id, number, type, customer, contract, customer_number,
    recipient, language, date, due, period_from, period_to, currency, net, vat,
    gross, delivery_mode, status, created,
    CASE WHEN status = 'paid' THEN gross ELSE 0 END FROM invoice;
INSERT INTO document_line (tenant, invoice, position, description, quantity,
    unit_price, vat_rate, net)
    SELECT tenant, invoice, position, description, quantity, unit_price,
    vat_rate, net FROM invoice_line;
DROP TABLE invoice_line;
DROP TABLE invoice;
ALTER TABLE document RENAME TO invoice;
ALTER TABLE document_line RENAME TO invoice_line;

CREATE INDEX invoice_customer_ix
    ON invoice (tenant, customer, date DESC, number DESC);
CREATE INDEX invoice_contract_ix
    ON invoice (tenant, contract, date DESC, number DESC);
CREATE INDEX invoice_open_ix ON invoice (tenant, customer, currency, gross)
    WHERE status = 'open';
CREATE INDEX invoice_date_ix ON invoice (tenant, date DESC, number DESC);
CREATE INDEX invoice_run_ix ON invoice (tenant, run, number)
    WHERE run IS NOT NULL;
CREATE INDEX invoice_dispatch_ix ON invoice (tenant, created, id)
    WHERE dispatch = 'waiting';
CREATE INDEX invoice_corrects_ix ON invoice (tenant, corrects)
    WHERE corrects IS NOT NULL;
