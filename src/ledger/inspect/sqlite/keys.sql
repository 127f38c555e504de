SELECT tables.name, '', '1', columns.name, columns.pk AS place
FROM sqlite_schema AS tables
JOIN pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND columns.pk > 0
UNION ALL
-- An index of an expression has parts without a name.
SELECT tables.name, indexes.name, '0', coalesce(parts.name, ''), parts.seqno + 1
FROM sqlite_schema AS tables
JOIN pragma_index_list(tables.name) AS indexes
JOIN pragma_index_info(indexes.name) AS parts
WHERE tables.type = 'table' AND indexes."unique" = 1 AND indexes.partial = 0 AND indexes.origin <> 'pk'
ORDER BY 1, 2, 5
