PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE customers(
    customer_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE transactions(
    line_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    at TEXT NOT NULL,
    amount INTEGER NOT NULL,
    kind TEXT NOT NULL
);
