-- A unique index of a table with children says nothing of the rows in them; a partitioned table's does.
SELECT ARRAY(
    SELECT a.attname::text
    FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE k.place <= i.indnkeyatts
    ORDER BY k.place
)
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indrelid
WHERE i.indrelid = to_regclass($1)
  AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhparent = c.oid))
ORDER BY i.indisprimary DESC, i.indexrelid
