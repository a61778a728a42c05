-- What pages and lists ask for again and again, found in its order: open
-- invoices alone, however many are paid, and contracts without sorting them.
CREATE INDEX invoice_open_ix ON invoice (tenant, customer, currency, gross)
    WHERE status = 'open';
CREATE INDEX contract_customer_ref_ix
    ON contract (tenant, customer, start_date, ref);
DROP INDEX contract_customer_ix;

CREATE INDEX callback_event_tenant_ix ON callback_event (tenant, created);
