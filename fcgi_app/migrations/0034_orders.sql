-- What a customer can tell of themselves when they order, beside what there is.
ALTER TABLE customer ADD COLUMN address_extra TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN birth_date TEXT NOT NULL DEFAULT ''; -- '': not told
