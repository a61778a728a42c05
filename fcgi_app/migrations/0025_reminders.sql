-- Reminders: letters about invoices that are overdue, level by level.

-- How far an invoice has been reminded of. Dates are '' where there is none:
-- of the letter that raised it last, until when that one asked to pay, and the
-- last day on which it is left alone.
ALTER TABLE invoice ADD COLUMN reminder_level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invoice ADD COLUMN reminder_date TEXT NOT NULL DEFAULT '';
ALTER TABLE invoice ADD COLUMN reminder_target TEXT NOT NULL DEFAULT '';
ALTER TABLE invoice ADD COLUMN reminder_block TEXT NOT NULL DEFAULT '';

-- What a run walks through: one letter is about what is open of a customer, by
-- contract and currency. What is paid is not in it.
CREATE INDEX invoice_reminder_ix ON invoice
    (tenant, (customer || ' ' || COALESCE(contract, '') || ' ' || currency))
    WHERE status = 'open' AND type = 'invoice';

-- Its state and how far it is are those of its job.
CREATE TABLE reminder_run (
    tenant     TEXT     NOT NULL,
    id         TEXT     NOT NULL,
    date       TEXT     NOT NULL,
    dry_run    SMALLINT NOT NULL,
    origin     TEXT     NOT NULL,
    test       SMALLINT NOT NULL, -- asked for by an API key of test mode
    job        TEXT     NOT NULL,
    reminders  BIGINT   NOT NULL, -- written so far
    created    BIGINT   NOT NULL,
    created_by TEXT     NOT NULL, -- actor, as in audit
    CONSTRAINT reminder_run_pk PRIMARY KEY (tenant, id),
    CONSTRAINT reminder_run_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT reminder_run_origin_ck
        CHECK (origin IN ('api', 'office', 'schedule'))
);

CREATE INDEX reminder_run_created_ix ON reminder_run (tenant, created, id);
-- One a day by itself, whichever host begins.
CREATE UNIQUE INDEX reminder_run_schedule_uq ON reminder_run (tenant, date)
    WHERE origin = 'schedule';

-- A letter; what it says never changes.
CREATE TABLE reminder (
    tenant          TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    number          TEXT    NOT NULL,
    run             TEXT    NOT NULL,
    customer        TEXT    NOT NULL,
    contract        TEXT,
    customer_number TEXT    NOT NULL,
    customer_name   TEXT    NOT NULL,
    recipient       TEXT    NOT NULL, -- lines of the address field
    seller          TEXT    NOT NULL, -- JSON: who demands it
    language        TEXT    NOT NULL,
    date            TEXT    NOT NULL,
    target          TEXT    NOT NULL, -- to be paid until then
    level           INTEGER NOT NULL, -- the highest that it raised to
    levels          INTEGER NOT NULL, -- how many there were then
    currency        TEXT    NOT NULL,
    open            BIGINT  NOT NULL, -- of its invoices
    fee             BIGINT  NOT NULL,
    total           BIGINT  NOT NULL,
    delivery_mode   TEXT    NOT NULL,
    dispatch        TEXT    NOT NULL,
    mail            TEXT    NOT NULL DEFAULT '', -- id of the last one
    pdf             TEXT    NOT NULL DEFAULT '', -- hash; '' = not drawn yet
    created         BIGINT  NOT NULL,
    withdrawn       BIGINT  NOT NULL DEFAULT 0, -- 0 = it stands
    version         BIGINT  NOT NULL DEFAULT 1,
    CONSTRAINT reminder_pk PRIMARY KEY (tenant, id),
    CONSTRAINT reminder_number_uq UNIQUE (tenant, number),
    CONSTRAINT reminder_run_fk
        FOREIGN KEY (tenant, run) REFERENCES reminder_run (tenant, id),
    CONSTRAINT reminder_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT reminder_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id),
    -- OR: of IN with three and more SQLite makes a table, for each row it writes
    CONSTRAINT reminder_dispatch_ck CHECK (dispatch = 'none'
        OR dispatch = 'waiting' OR dispatch = 'sent' OR dispatch = 'failed'
        OR dispatch = 'suppressed' OR dispatch = 'to_print'
        OR dispatch = 'printed'),
    CONSTRAINT reminder_sum_ck CHECK (total = open + fee)
);

CREATE INDEX reminder_run_ix ON reminder (tenant, run, number);
CREATE INDEX reminder_date_ix ON reminder (tenant, date, id);
CREATE INDEX reminder_customer_ix ON reminder (tenant, customer, created);
CREATE INDEX reminder_contract_ix ON reminder (tenant, contract, created);
CREATE INDEX reminder_waiting_ix ON reminder (created, id)
    WHERE dispatch = 'waiting' AND mail = '';

-- The invoices in it, as they stood then. What it did not raise is in it
-- because it had been reminded of before.
CREATE TABLE reminder_invoice (
    tenant        TEXT    NOT NULL,
    reminder      TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    invoice       TEXT    NOT NULL,
    number        TEXT    NOT NULL,
    date          TEXT    NOT NULL,
    due           TEXT    NOT NULL,
    gross         BIGINT  NOT NULL,
    open          BIGINT  NOT NULL,
    level         INTEGER NOT NULL, -- from now on
    level_before  INTEGER NOT NULL,
    date_before   TEXT    NOT NULL,
    target_before TEXT    NOT NULL,
    CONSTRAINT reminder_invoice_pk PRIMARY KEY (tenant, reminder, position),
    CONSTRAINT reminder_invoice_reminder_fk
        FOREIGN KEY (tenant, reminder) REFERENCES reminder (tenant, id),
    CONSTRAINT reminder_invoice_invoice_fk
        FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id)
);

CREATE INDEX reminder_invoice_ix ON reminder_invoice (tenant, invoice);

-- What a dry run would have written: the letter as the API answers it.
CREATE TABLE reminder_preview (
    tenant   TEXT   NOT NULL,
    run      TEXT   NOT NULL,
    position BIGINT NOT NULL,
    letter   TEXT   NOT NULL, -- JSON
    CONSTRAINT reminder_preview_pk PRIMARY KEY (tenant, run, position),
    CONSTRAINT reminder_preview_run_fk
        FOREIGN KEY (tenant, run) REFERENCES reminder_run (tenant, id)
);
