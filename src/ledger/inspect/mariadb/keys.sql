-- A part of a column that is unique says more than the whole, so it counts; a part of an expression has no name.
SELECT
  TABLE_NAME,
  INDEX_NAME,
  CASE WHEN INDEX_NAME = 'PRIMARY' THEN '1' ELSE '0' END,
  coalesce(COLUMN_NAME, '')
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0
ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
