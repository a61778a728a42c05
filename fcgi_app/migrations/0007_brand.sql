-- The colour of a tenant's portal: "#1b4f8f", or '' for the portal's own.
ALTER TABLE tenant ADD COLUMN accent TEXT NOT NULL DEFAULT '';
