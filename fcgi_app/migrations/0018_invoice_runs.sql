-- Invoice runs: what a run has come to, and when runs start by themselves.

ALTER TABLE invoice_run ADD COLUMN total BIGINT NOT NULL DEFAULT 0; -- contracts

-- Which periods of its contract a document bills, '' = none: period_from and
-- period_to have the days of its services in them, too.
ALTER TABLE invoice ADD COLUMN billed_from TEXT NOT NULL DEFAULT '';
ALTER TABLE invoice ADD COLUMN billed_to TEXT NOT NULL DEFAULT '';

-- Nothing but periods was billed before.
UPDATE invoice SET billed_from = period_from, billed_to = period_to
    WHERE type = 'invoice' AND contract IS NOT NULL;

-- Runs that are not over, of which a tenant has one that writes invoices.
CREATE INDEX invoice_run_open_ix ON invoice_run (tenant, id)
    WHERE status IN ('queued', 'running');
CREATE INDEX invoice_run_dry_ix ON invoice_run (created, tenant, id)
    WHERE dry_run = 1;

-- Sums of a run, by currency.
CREATE TABLE invoice_run_sum (
    tenant   TEXT   NOT NULL,
    run      TEXT   NOT NULL,
    currency TEXT   NOT NULL,
    invoices BIGINT NOT NULL,
    net      BIGINT NOT NULL,
    vat      BIGINT NOT NULL,
    gross    BIGINT NOT NULL,
    CONSTRAINT invoice_run_sum_pk PRIMARY KEY (tenant, run, currency),
    CONSTRAINT invoice_run_sum_run_fk
        FOREIGN KEY (tenant, run) REFERENCES invoice_run (tenant, id)
);

-- What a dry run would bill. Forgotten with it after a week.
CREATE TABLE invoice_run_preview (
    tenant          TEXT    NOT NULL,
    run             TEXT    NOT NULL,
    position        BIGINT  NOT NULL,
    type            TEXT    NOT NULL,
    contract        TEXT    NOT NULL, -- reference
    customer_number TEXT    NOT NULL,
    period_from     TEXT    NOT NULL,
    period_to       TEXT    NOT NULL,
    due             TEXT    NOT NULL,
    currency        TEXT    NOT NULL,
    net             BIGINT  NOT NULL,
    vat             BIGINT  NOT NULL,
    gross           BIGINT  NOT NULL,
    lines           TEXT    NOT NULL, -- JSON, as in table invoice_line
    CONSTRAINT invoice_run_preview_pk PRIMARY KEY (tenant, run, position),
    CONSTRAINT invoice_run_preview_run_fk
        FOREIGN KEY (tenant, run) REFERENCES invoice_run (tenant, id)
);

-- Contracts that a run could not bill.
CREATE TABLE invoice_run_failure (
    tenant          TEXT   NOT NULL,
    run             TEXT   NOT NULL,
    position        BIGINT NOT NULL,
    contract        TEXT   NOT NULL, -- reference
    customer_number TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    CONSTRAINT invoice_run_failure_pk PRIMARY KEY (tenant, run, position),
    CONSTRAINT invoice_run_failure_run_fk
        FOREIGN KEY (tenant, run) REFERENCES invoice_run (tenant, id)
);

-- Runs that start by themselves, at an hour in the tenant's time zone.
CREATE TABLE invoice_schedule (
    tenant   TEXT     NOT NULL,
    id       TEXT     NOT NULL,
    unit     TEXT     NOT NULL, -- day, week, month
    weekday  INTEGER  NOT NULL, -- 1 = Monday; of week
    day      INTEGER  NOT NULL, -- 1 to 31, or the last of the month; of month
    hour     INTEGER  NOT NULL,
    active   SMALLINT NOT NULL,
    next_at  BIGINT   NOT NULL, -- 0 = never
    last_run TEXT,              -- id of the run that it started last
    version  BIGINT   NOT NULL,
    created  BIGINT   NOT NULL,
    CONSTRAINT invoice_schedule_pk PRIMARY KEY (tenant, id),
    CONSTRAINT invoice_schedule_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id),
    CONSTRAINT invoice_schedule_unit_ck CHECK (unit IN ('day', 'week', 'month'))
);

CREATE INDEX invoice_schedule_due_ix ON invoice_schedule (next_at)
    WHERE active = 1;
