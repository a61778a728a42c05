-- What is billed beyond the end of a contract is given back once it has ended.
-- Of those that ended before, merchants have given it back by themselves.
UPDATE contract SET billed_until = end_date
    WHERE status = 'ended' AND billed_until > end_date;

CREATE INDEX contract_beyond_ix ON contract (tenant, end_date, id)
    WHERE status = 'ended' AND billed_until > end_date;
