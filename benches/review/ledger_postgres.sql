CREATE TABLE customers(
    customer_id bigint NOT NULL,
    name text NOT NULL
);
CREATE TABLE transactions(
    line_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    at timestamp NOT NULL,
    amount numeric(12, 2) NOT NULL,
    kind text NOT NULL
);
