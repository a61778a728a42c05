-- Lists of all services, by their day.
CREATE INDEX service_entry_date_ix
    ON service_entry (tenant, performance_date, id);
