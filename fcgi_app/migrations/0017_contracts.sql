-- What the job that ends contracts looks for.
CREATE INDEX contract_end_ix ON contract (tenant, end_date, id)
    WHERE status IN ('active', 'cancelled') AND end_date IS NOT NULL;

-- The list by age.
CREATE INDEX contract_created_ix ON contract (tenant, created, ref);
