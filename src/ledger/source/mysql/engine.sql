-- The engine that keeps a table, when that engine has no snapshots; nothing for views.
SELECT found.ENGINE
FROM information_schema.TABLES AS found
JOIN information_schema.ENGINES AS known ON known.ENGINE = found.ENGINE
WHERE found.TABLE_SCHEMA = ? AND found.TABLE_NAME = ? AND known.TRANSACTIONS <> 'YES'
