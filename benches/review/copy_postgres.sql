COPY (SELECT customer_id, at, amount, kind FROM transactions) TO '/dev/null' (FORMAT binary)
