-- Unique by itself: a valid index without a condition that is checked at once, has this column alone, and tells its values apart byte by byte. One of a
-- table with children says nothing of the rows in them; a partitioned table's does. A domain may bring its own default and be never empty.
SELECT
  c.relkind IN ('r', 'p'),
  a.attname::text,
  b.typname::text,
  b.typtype = 'e',
  format_type(b.oid, -1),
  a.attnotnull OR t.typnotnull,
  (a.atthasdef AND a.attgenerated = '') OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
  a.attgenerated <> '' OR a.attidentity = 'a',
  EXISTS (
    SELECT
    FROM pg_index AS i
    LEFT JOIN pg_collation AS l ON l.oid = i.indcollation[0]
    WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indnkeyatts = 1
      AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      AND coalesce(l.collisdeterministic, true) AND b.typname <> 'citext'
      AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhparent = c.oid)))
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_type AS b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE c.oid = to_regclass(($1::text[])[1])
ORDER BY a.attnum
