-- When who works in a session of staff last proved who they are; 0 = never. What
-- changes keys, secrets or rights asks again after a while.
ALTER TABLE session ADD COLUMN proven BIGINT NOT NULL DEFAULT 0;
