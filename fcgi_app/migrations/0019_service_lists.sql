-- Lists of services by their day: of all, of those that are open, and of the open
-- ones of a contract.
CREATE INDEX service_entry_date_ix
    ON service_entry (tenant, performance_date, id);
CREATE INDEX service_entry_open_date_ix
    ON service_entry (tenant, performance_date, id) WHERE status = 'open';
CREATE INDEX service_entry_open_contract_ix
    ON service_entry (tenant, contract, performance_date, id)
    WHERE status = 'open';
