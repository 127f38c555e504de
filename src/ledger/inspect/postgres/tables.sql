SELECT
  CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS name,
  CASE WHEN c.relkind = 'v' THEN 'view' ELSE 'table' END,
  coalesce(obj_description(c.oid, 'pg_class'), ''),
  CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint::text END
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_t%'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
ORDER BY name
