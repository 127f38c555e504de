SELECT tables.name, columns.name, columns.type, CASE WHEN columns."notnull" = 1 THEN '0' ELSE '1' END, ''
FROM sqlite_schema AS tables
JOIN pragma_table_xinfo(tables.name) AS columns
WHERE tables.type IN ('table', 'view') AND columns.hidden <> 1
ORDER BY tables.name, columns.cid
