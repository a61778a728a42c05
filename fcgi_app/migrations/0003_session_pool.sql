-- A user who is blocked loses the sessions at all tenants of the pool.
CREATE INDEX session_pool_user_ix ON session (pool, user_id) WHERE ended = 0;

DROP INDEX session_user_ix;
