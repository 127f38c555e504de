-- Unique by itself: an index without a condition that has this column alone, compared byte by byte.
SELECT
  c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden,
  (SELECT count(*) FROM pragma_table_info(?1) WHERE pk > 0) = 1,
  EXISTS (
    SELECT 1
    FROM pragma_index_list(?1) AS i
    WHERE i."unique" = 1 AND i.partial = 0
      AND (SELECT count(*) FROM pragma_index_info(i.name)) = 1
      AND EXISTS (SELECT 1 FROM pragma_index_xinfo(i.name) AS x WHERE x.key = 1 AND x.cid = c.cid AND x.coll = 'BINARY'))
FROM pragma_table_xinfo(?1) AS c
WHERE c.hidden <> 1
ORDER BY c.cid
