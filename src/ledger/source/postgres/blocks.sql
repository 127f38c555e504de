-- Before 14, a range of ctid reads the whole table every time; only in a heap is a ctid a block; who may read some columns only may
-- not read the ctid. A view has none, and asking for its privilege is an error.
SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint
FROM pg_class AS c
JOIN pg_am AS a ON a.oid = c.relam
WHERE c.oid = to_regclass($1)
  AND c.relkind = 'r' AND a.amname = 'heap'
  AND CASE WHEN c.relkind = 'r' THEN has_column_privilege(c.oid, 'ctid', 'SELECT') ELSE false END
  AND current_setting('server_version_num')::integer >= 140000
