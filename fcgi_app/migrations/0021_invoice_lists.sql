-- Lists of invoices, each question from the index that has its order.
--
-- Nothing here asks anything of who inserts invoices: whatever statement does it
-- (one INSERT … SELECT of thousands, too), the indexes follow, and there is no
-- second table to fill. Text is looked for among customers and contracts, of which
-- there are few, and in the numbers, which have their index.

-- All that has a few values, by day. A question that leaves some of them open asks
-- for each of their values, and the answers are merged.
CREATE INDEX invoice_facet_ix ON invoice
    (tenant, delivery_mode, status, type, dispatch, date, number);

-- By what is owed, and by when.
CREATE INDEX invoice_gross_ix ON invoice (tenant, gross, number);
CREATE INDEX invoice_due_ix ON invoice (tenant, due, number)
    WHERE status = 'open';

-- The words of customers' names, folded: a name is found by how any of them
-- begins.
CREATE TABLE customer_word (
    tenant   TEXT NOT NULL,
    customer TEXT NOT NULL,
    word     TEXT NOT NULL,
    CONSTRAINT customer_word_pk PRIMARY KEY (tenant, customer, word),
    CONSTRAINT customer_word_customer_fk FOREIGN KEY (tenant, customer)
        REFERENCES customer (tenant, id) ON DELETE CASCADE
);

CREATE INDEX customer_word_word_ix ON customer_word (tenant, word, customer);

-- A letter a step, as the databases have no function in common that finds a blank.
INSERT INTO customer_word (tenant, customer, word)
    WITH RECURSIVE part (tenant, customer, place, word, name) AS (
        SELECT tenant, id, 1, CAST('' AS TEXT), lower(company_name || ' ' ||
            first_name || ' ' || last_name || ' ') FROM customer
        UNION ALL
        SELECT tenant, customer, place + 1,
            CASE WHEN substr(name, place, 1) = ' ' THEN ''
                ELSE word || substr(name, place, 1) END, name
            FROM part WHERE place < length(name)
    )
    SELECT DISTINCT tenant, customer, word FROM part
        WHERE word <> '' AND substr(name, place, 1) = ' ';
