-- Cancelling in the portal is a right of its own: for owners, and for whoever
-- sees to the account's members.
INSERT INTO membership_permission (tenant, membership, permission, given_by)
    SELECT tenant, membership, 'system.contracts.cancel', given_by
        FROM membership_permission WHERE permission = 'security.members.change';
