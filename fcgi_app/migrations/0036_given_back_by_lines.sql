-- The period that a line bills, '' where it bills none (services, what is
-- written by hand) and in lines from before, which say it in their text.
ALTER TABLE invoice_line ADD COLUMN period_from TEXT NOT NULL DEFAULT '';
ALTER TABLE invoice_line ADD COLUMN period_to TEXT NOT NULL DEFAULT '';

-- 1: people give back what is billed beyond the end. So it is with those that
-- are cancelled already, as merchants may have done it at once.
ALTER TABLE contract ADD COLUMN back_by_hand BIGINT NOT NULL DEFAULT 0;
UPDATE contract SET back_by_hand = 1
    WHERE status = 'cancelled' AND billed_until > end_date;
