-- The date of the newest document when a run was asked for: a run of an earlier
-- date gives numbers that do not ascend with the dates.
ALTER TABLE invoice_run ADD COLUMN newest TEXT; -- null: none
