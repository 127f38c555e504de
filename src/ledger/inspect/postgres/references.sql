SELECT
  CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS name,
  f.oid::text,
  a.attname::text,
  CASE WHEN pg_table_is_visible(o.oid) THEN o.relname::text ELSE m.nspname || '.' || o.relname END,
  b.attname::text
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS o ON o.oid = f.confrelid
JOIN pg_namespace AS m ON m.oid = o.relnamespace
CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY AS k (own, other, place)
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.own
JOIN pg_attribute AS b ON b.attrelid = o.oid AND b.attnum = k.other
WHERE f.contype = 'f' AND f.conparentid = 0
ORDER BY name, f.oid, k.place
