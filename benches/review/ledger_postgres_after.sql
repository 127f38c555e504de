ALTER TABLE customers ADD PRIMARY KEY (customer_id);
ALTER TABLE transactions ADD PRIMARY KEY (line_id);
CREATE TABLE made_by_1();
