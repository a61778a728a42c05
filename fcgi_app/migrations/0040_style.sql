-- What the merchant chose of the look of hosted pages, words of name=value.
ALTER TABLE tenant ADD COLUMN style TEXT NOT NULL DEFAULT '';
