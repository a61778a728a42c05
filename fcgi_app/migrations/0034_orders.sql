-- What a customer can tell of themselves when they order, beside what there is.
ALTER TABLE customer ADD COLUMN address_extra TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN birth_date TEXT NOT NULL DEFAULT ''; -- '': not told

-- Items of contracts that are billed for some of the periods only: discounts that
-- end, prices that follow the first term. '': from the first, to the last.
ALTER TABLE contract_item ADD COLUMN since TEXT NOT NULL DEFAULT '';
ALTER TABLE contract_item ADD COLUMN until TEXT NOT NULL DEFAULT '';

-- What was ordered, and what was accepted with it: proof, so it never changes.
CREATE TABLE orders (
    tenant    TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    customer  TEXT   NOT NULL,
    contract  TEXT   NOT NULL,
    variant   TEXT   NOT NULL,
    coupon    TEXT   NOT NULL, -- its code, or ''
    currency  TEXT   NOT NULL,
    net       BIGINT NOT NULL, -- of what is billed with the order
    gross     BIGINT NOT NULL,
    price     TEXT   NOT NULL, -- JSON: what was shown above the button
    language  TEXT   NOT NULL,
    url       TEXT   NOT NULL, -- of the page
    placed    BIGINT NOT NULL,
    placed_by TEXT   NOT NULL, -- actor
    browser   TEXT   NOT NULL, -- digest of whose browser sent what, or ''
    CONSTRAINT orders_pk PRIMARY KEY (tenant, id),
    CONSTRAINT orders_customer_fk
        FOREIGN KEY (tenant, customer) REFERENCES customer (tenant, id),
    CONSTRAINT orders_contract_fk
        FOREIGN KEY (tenant, contract) REFERENCES contract (tenant, id),
    CONSTRAINT orders_variant_fk
        FOREIGN KEY (tenant, variant) REFERENCES plan_variant (tenant, id)
);

CREATE INDEX orders_placed_ix ON orders (tenant, placed, id);
CREATE INDEX orders_customer_ix ON orders (tenant, customer, id);
CREATE INDEX orders_contract_ix ON orders (tenant, contract);
CREATE INDEX orders_variant_ix ON orders (tenant, variant);
CREATE INDEX orders_browser_ix ON orders (tenant, browser, placed)
    WHERE browser <> '';

CREATE TABLE order_term (
    tenant   TEXT     NOT NULL,
    orders   TEXT     NOT NULL,
    position INTEGER  NOT NULL,
    words    TEXT     NOT NULL, -- as they were shown, addresses in them
    required SMALLINT NOT NULL, -- had a box, which was ticked
    hash     TEXT     NOT NULL, -- BLAKE2b-256 of the words, hex
    CONSTRAINT order_term_pk PRIMARY KEY (tenant, orders, position),
    CONSTRAINT order_term_orders_fk
        FOREIGN KEY (tenant, orders) REFERENCES orders (tenant, id)
);
