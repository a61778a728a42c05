-- Money that went out again: which payment it was a part of. The amounts of both
-- are done with by as much; what went out of a credit document names that one.
ALTER TABLE payment ADD COLUMN refunds TEXT; -- id of the payment

CREATE INDEX payment_refunds_ix ON payment (tenant, refunds)
    WHERE refunds IS NOT NULL;
