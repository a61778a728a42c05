-- Names that migrations folded by lower() are folded again as the application
-- does it: SQLite's lower() knows no letter beyond ASCII, and PostgreSQL's those
-- of its locale. These are the rows that wait for it, and the jobs customer_search
-- and contract_search take them from here.
CREATE TABLE customer_unfolded (
    tenant   TEXT NOT NULL,
    customer TEXT NOT NULL,
    CONSTRAINT customer_unfolded_pk PRIMARY KEY (tenant, customer),
    CONSTRAINT customer_unfolded_customer_fk FOREIGN KEY (tenant, customer)
        REFERENCES customer (tenant, id) ON DELETE CASCADE
);

INSERT INTO customer_unfolded (tenant, customer)
    SELECT tenant, id FROM customer;

CREATE TABLE contract_unfolded (
    tenant   TEXT NOT NULL,
    contract TEXT NOT NULL,
    CONSTRAINT contract_unfolded_pk PRIMARY KEY (tenant, contract),
    CONSTRAINT contract_unfolded_contract_fk FOREIGN KEY (tenant, contract)
        REFERENCES contract (tenant, id) ON DELETE CASCADE
);

INSERT INTO contract_unfolded (tenant, contract)
    SELECT tenant, id FROM contract;
