-- What is owed is a section of its own: whoever sees invoices has seen it, and
-- where invoices are left out it was left out with them.
INSERT INTO membership_permission (tenant, membership, permission, given_by)
    SELECT tenant, membership, 'billing.account.view', given_by
        FROM membership_permission WHERE permission = 'billing.invoices.view';
UPDATE tenant SET portal_without = portal_without || ' account'
    WHERE ' ' || portal_without || ' ' LIKE '% invoices %';
UPDATE customer SET portal_without = portal_without || ' account'
    WHERE ' ' || portal_without || ' ' LIKE '% invoices %';
