-- What an invoice run writes: less of it, and closer together.

-- A run walks through its contracts by customer, as most indexes of what it
-- writes are by customer, too: rows that are written together then stand
-- together in them, and however many there are, a batch touches a few pages.
DROP INDEX contract_due_ix;
CREATE INDEX contract_due_ix ON contract (tenant, customer, next_billing, id)
    WHERE next_billing IS NOT NULL;

-- One index of what is open instead of two, with the amounts in it.
DROP INDEX invoice_open_ix;
DROP INDEX invoice_settle_ix;
CREATE INDEX invoice_open_ix ON invoice (tenant, customer, currency, due,
    number, gross, settled) WHERE status = 'open';

-- What documents say of who wrote them, once for all that say the same: their
-- column seller is its name.
CREATE TABLE seller (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL, -- a hash of data
    data   TEXT NOT NULL, -- JSON
    CONSTRAINT seller_pk PRIMARY KEY (tenant, name),
    CONSTRAINT seller_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

INSERT INTO seller (tenant, name, data)
    SELECT tenant, MIN(id), seller FROM (
        SELECT tenant, id, seller FROM invoice WHERE seller <> ''
        UNION ALL SELECT tenant, id, seller FROM reminder) s
    GROUP BY tenant, seller;
UPDATE invoice SET seller = (SELECT name FROM seller s
    WHERE s.tenant = invoice.tenant AND s.data = invoice.seller)
    WHERE seller <> '';
UPDATE reminder SET seller = (SELECT name FROM seller s
    WHERE s.tenant = reminder.tenant AND s.data = reminder.seller);
