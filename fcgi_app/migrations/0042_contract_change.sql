-- What a contract becomes after its first term, where its variant says so: from
-- the day changes_on on, which is NULL where it stays as it is, with all others.
ALTER TABLE contract ADD COLUMN changes_on TEXT;
ALTER TABLE contract ADD COLUMN then_name TEXT;
ALTER TABLE contract ADD COLUMN then_plan TEXT;
ALTER TABLE contract ADD COLUMN then_every INTEGER;
ALTER TABLE contract ADD COLUMN then_unit TEXT;
ALTER TABLE contract ADD COLUMN then_in_advance SMALLINT;
ALTER TABLE contract ADD COLUMN then_term INTEGER;
ALTER TABLE contract ADD COLUMN then_term_unit TEXT;
ALTER TABLE contract ADD COLUMN then_renewal INTEGER;
ALTER TABLE contract ADD COLUMN then_renewal_unit TEXT;
ALTER TABLE contract ADD COLUMN then_notice INTEGER;
ALTER TABLE contract ADD COLUMN then_notice_unit TEXT;
