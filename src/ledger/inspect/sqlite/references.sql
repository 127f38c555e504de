-- A reference that names no column is to the primary key.
SELECT tables.name, CAST(keys.id AS text), keys."from", keys."table", coalesce(keys."to", '')
FROM sqlite_schema AS tables
JOIN pragma_foreign_key_list(tables.name) AS keys
WHERE tables.type = 'table'
ORDER BY tables.name, keys.id, keys.seq
