-- Documents and reminders are tried again: how often they were, when the next
-- try is (dispatch_until), and what the last one failed at, as a short word.
ALTER TABLE invoice ADD COLUMN dispatch_tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invoice ADD COLUMN dispatch_error TEXT NOT NULL DEFAULT '';
ALTER TABLE reminder ADD COLUMN dispatch_tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE reminder ADD COLUMN dispatch_error TEXT NOT NULL DEFAULT '';
ALTER TABLE reminder ADD COLUMN dispatch_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE reminder ADD COLUMN dispatch_until BIGINT NOT NULL DEFAULT 0;

-- What has not been tried comes before what waits for another try, and nobody
-- looks at the latter before its time.
DROP INDEX invoice_dispatch_ix;
CREATE INDEX invoice_dispatch_ix ON invoice
    (tenant, dispatch_until, created, id)
    WHERE dispatch = 'waiting' AND mail IS NULL;
DROP INDEX reminder_waiting_ix;
CREATE INDEX reminder_waiting_ix ON reminder
    (tenant, dispatch_until, created, id)
    WHERE dispatch = 'waiting' AND mail = '';

-- What failed for good: counted on each visit of the back office.
CREATE INDEX invoice_failed_ix ON invoice (tenant, id)
    WHERE dispatch = 'failed';
CREATE INDEX reminder_failed_ix ON reminder (tenant, id)
    WHERE dispatch = 'failed' AND withdrawn = 0;

UPDATE invoice SET dispatch_error =
    CASE WHEN mail IS NULL THEN 'no_address' ELSE 'refused' END
    WHERE dispatch = 'failed';
UPDATE reminder SET dispatch_error =
    CASE WHEN mail = '' THEN 'no_address' ELSE 'refused' END
    WHERE dispatch = 'failed';
