-- People: what is known of a user, memberships without a user yet, who gave a
-- right, one-time tokens, tries to sign in, and what an account's portal leaves
-- out.

ALTER TABLE users ADD COLUMN email_key TEXT NOT NULL DEFAULT ''; -- folded
ALTER TABLE users ADD COLUMN email_verified BIGINT NOT NULL DEFAULT 0; -- 0 = no
ALTER TABLE users ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN totp TEXT NOT NULL DEFAULT ''; -- sealed; '' = none
ALTER TABLE users ADD COLUMN totp_new TEXT NOT NULL DEFAULT ''; -- unconfirmed
ALTER TABLE users ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0; -- newest used
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

UPDATE users SET email_key = lower(email);

-- Not unique: two logins may share an address, then neither signs in by it.
CREATE INDEX users_email_ix ON users (pool, email_key);

-- For whoever lost the second factor: each opens once.
CREATE TABLE user_recovery (
    pool    TEXT NOT NULL,
    user_id TEXT NOT NULL,
    hash    TEXT NOT NULL,
    CONSTRAINT user_recovery_pk PRIMARY KEY (pool, user_id, hash),
    CONSTRAINT user_recovery_user_fk
        FOREIGN KEY (pool, user_id) REFERENCES users (pool, id)
);

-- An invitation is a membership whose person may not be known yet. Neither
-- database lets a column become nullable by the same words, so that both
-- tables are made anew.
CREATE TABLE membership_before AS SELECT * FROM membership;
CREATE TABLE membership_permission_before AS
    SELECT * FROM membership_permission;
DROP TABLE membership_permission;
DROP TABLE membership;

CREATE TABLE membership (
    tenant     TEXT     NOT NULL,
    id         TEXT     NOT NULL,
    pool       TEXT     NOT NULL,
    user_id    TEXT, -- null until who was invited is known
    customer   TEXT     NOT NULL,
    kind       TEXT     NOT NULL,
    status     TEXT     NOT NULL, -- moves: tables/membership_moves.def
    reach      TEXT     NOT NULL,
    home       SMALLINT NOT NULL, -- the account the user was made for
    email      TEXT     NOT NULL, -- the address that was invited; or ''
    email_key  TEXT     NOT NULL, -- folded
    first_name TEXT     NOT NULL, -- as the inviter wrote them
    last_name  TEXT     NOT NULL,
    invited_by TEXT     NOT NULL, -- membership, or '' for staff and the API
    invited    BIGINT   NOT NULL, -- newest mail; 0 = none
    expires    BIGINT   NOT NULL, -- of the invitation; 0 = none is open
    accepted   BIGINT   NOT NULL, -- 0 = never: then it cannot be active
    created    BIGINT   NOT NULL,
    last_used  BIGINT   NOT NULL, -- newest session; 0 = none
    version    BIGINT   NOT NULL,
    CONSTRAINT membership_pk PRIMARY KEY (tenant, id),
    CONSTRAINT membership_user_uq UNIQUE (tenant, pool, user_id, customer),
    CONSTRAINT membership_user_fk
        FOREIGN KEY (pool, user_id) REFERENCES users (pool, id),
    CONSTRAINT membership_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT membership_kind_ck CHECK (kind IN ('owner', 'contact', 'guest')),
    CONSTRAINT membership_status_ck CHECK (status IN
        ('pending', 'invited', 'rejected', 'active', 'inactive')),
    CONSTRAINT membership_reach_ck CHECK (reach IN ('customer', 'subtree')),
    CONSTRAINT membership_known_ck
        CHECK ((user_id IS NOT NULL AND accepted <> 0) OR status <> 'active')
);

INSERT INTO membership (tenant, id, pool, user_id, customer, kind, status,
                        reach, home, email, email_key, first_name, last_name,
                        invited_by, invited, expires, accepted, created,
                        last_used, version)
    SELECT tenant, id, pool, user_id, customer, kind, status, reach, home, '',
           '', '', '', '', 0, 0, created, created, 0, 1
    FROM membership_before;

CREATE UNIQUE INDEX membership_home_uq
    ON membership (tenant, pool, user_id) WHERE home = 1;
CREATE UNIQUE INDEX membership_email_uq
    ON membership (tenant, customer, email_key)
    WHERE user_id IS NULL AND email_key <> '';
CREATE INDEX membership_customer_ix ON membership (tenant, customer);
CREATE INDEX membership_invited_ix ON membership (tenant, email_key)
    WHERE user_id IS NULL;

-- given_by: the membership whose right it was; '' for staff and the API. What
-- somebody gave lasts as long as they have it.
CREATE TABLE membership_permission (
    tenant     TEXT NOT NULL,
    membership TEXT NOT NULL,
    permission TEXT NOT NULL,
    given_by   TEXT NOT NULL,
    CONSTRAINT membership_permission_pk
        PRIMARY KEY (tenant, membership, permission),
    CONSTRAINT membership_permission_membership_fk
        FOREIGN KEY (tenant, membership) REFERENCES membership (tenant, id)
);

INSERT INTO membership_permission (tenant, membership, permission, given_by)
    SELECT tenant, membership, permission, ''
    FROM membership_permission_before;

CREATE INDEX membership_permission_giver_ix
    ON membership_permission (tenant, given_by) WHERE given_by <> '';

DROP TABLE membership_before;
DROP TABLE membership_permission_before;

-- Secrets that open something once (tables/one_time.def): only hashes are kept.
CREATE TABLE one_time_token (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    purpose TEXT    NOT NULL,
    subject TEXT    NOT NULL, -- id of what it is about
    hash    TEXT    NOT NULL, -- of the secret
    code    TEXT    NOT NULL, -- keyed hash of the short form; '' = none
    tries   INTEGER NOT NULL, -- wrong codes
    data    TEXT    NOT NULL, -- sealed JSON; '' = none
    created BIGINT  NOT NULL,
    expires BIGINT  NOT NULL,
    used    BIGINT  NOT NULL, -- 0 = no
    revoked BIGINT  NOT NULL, -- 0 = no
    CONSTRAINT one_time_token_pk PRIMARY KEY (tenant, id),
    CONSTRAINT one_time_token_hash_uq UNIQUE (tenant, hash),
    CONSTRAINT one_time_token_tenant_fk
        FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE INDEX one_time_token_subject_ix
    ON one_time_token (tenant, purpose, subject) WHERE used = 0 AND revoked = 0;
CREATE INDEX one_time_token_expires_ix ON one_time_token (expires);

-- Wrong passwords, by what is slowed down: an account, a network, both.
CREATE TABLE sign_in_try (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL, -- keyed hash of what it is
    failures INTEGER NOT NULL, -- since the last success
    retry_at BIGINT  NOT NULL, -- no try counts before
    newest   BIGINT  NOT NULL,
    CONSTRAINT sign_in_try_pk PRIMARY KEY (tenant, id),
    CONSTRAINT sign_in_try_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE INDEX sign_in_try_newest_ix ON sign_in_try (newest);

-- A person's sessions since they signed in: each change of the account starts a
-- new one, and ends the one before. family: id of the first; '' = the row's own.
-- Of scope portal without a membership is who has not chosen yet.
ALTER TABLE session ADD COLUMN family TEXT NOT NULL DEFAULT '';

CREATE INDEX session_membership_ix ON session (tenant, membership)
    WHERE ended = 0 AND membership <> '';

-- What a login was sent.
CREATE INDEX mail_user_ix ON mail (tenant, user_id, id) WHERE user_id <> '';

-- How often something may be done, by a keyed hash of what it is: the time at
-- which nothing would be left of what was done.
CREATE TABLE rate (
    tenant TEXT   NOT NULL,
    id     TEXT   NOT NULL,
    idle   BIGINT NOT NULL,
    CONSTRAINT rate_pk PRIMARY KEY (tenant, id),
    CONSTRAINT rate_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

CREATE INDEX rate_idle_ix ON rate (idle);

-- What people asked for who are not signed in. A job does it, so that the time
-- of their answer tells nothing of what is here.
CREATE TABLE asked (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    data        TEXT   NOT NULL, -- sealed JSON
    language    TEXT   NOT NULL, -- of the page
    remote_addr TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    CONSTRAINT asked_pk PRIMARY KEY (tenant, id),
    CONSTRAINT asked_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

-- The sign-ins of a person.
CREATE INDEX audit_started_ix ON audit (tenant, actor, id)
    WHERE action = 'session.started';

-- Features (tables/features.def) that the portal leaves out: for everybody, and
-- for an account. Words with a blank between them.
ALTER TABLE tenant ADD COLUMN portal_without TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN portal_without TEXT NOT NULL DEFAULT '';

-- 1: a member of the account gave its address, not the merchant. Then a forgotten
-- password that is asked for by customer number is told to each login's own.
ALTER TABLE customer ADD COLUMN email_by_member SMALLINT NOT NULL DEFAULT 0;

-- What people search their accounts by: what each of them shows. Folded.
ALTER TABLE customer ADD COLUMN search_name TEXT NOT NULL DEFAULT '';
UPDATE customer SET search_name = lower(number || ' ' || company_name || ' ' ||
    first_name || ' ' || last_name);
