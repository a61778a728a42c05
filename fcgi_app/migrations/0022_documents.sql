-- Documents as files, and how they go out.

-- The mail that an invoice went out with last, why it did not go out, and until
-- when a process has it in its hands to send it.
ALTER TABLE invoice ADD COLUMN mail TEXT;
ALTER TABLE invoice ADD COLUMN dispatch_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE invoice ADD COLUMN dispatch_until BIGINT NOT NULL DEFAULT 0;

DROP INDEX invoice_dispatch_ix;
CREATE INDEX invoice_dispatch_ix ON invoice (tenant, created, id)
    WHERE dispatch = 'waiting' AND mail IS NULL;

-- What a mail brings, until whoever sent it has taken note of how it ended:
-- "invoice/<id>".
ALTER TABLE mail ADD COLUMN about TEXT NOT NULL DEFAULT '';

CREATE INDEX mail_about_ix ON mail (about)
    WHERE about <> '' AND state IN ('sent', 'failed');
