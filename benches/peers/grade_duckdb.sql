-- Grades the figures and answers with the sums that every contestant must give; each rank sorts two narrow columns.
WITH
tiered AS (
    SELECT id, r, f, m, p, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, CASE WHEN m >= 5000000 THEN 4 WHEN m >= 2000000 THEN 3 WHEN m >= 500000 THEN 2 WHEN m >= 100000 THEN 1 ELSE 0 END AS tier, CASE WHEN p >= 5000000 THEN 4 WHEN p >= 2000000 THEN 3 WHEN p >= 500000 THEN 2 WHEN p >= 100000 THEN 1 ELSE 0 END AS before
    FROM figures
),
recency AS (
    SELECT CAST(sum(id * quintile) AS BIGINT) AS total
    FROM (SELECT id, ntile(5) OVER (ORDER BY r DESC, id) AS quintile FROM figures) AS ranked
),
frequency AS (
    SELECT CAST(sum(id * quintile) AS BIGINT) AS total
    FROM (SELECT id, ntile(5) OVER (ORDER BY f, id) AS quintile FROM figures) AS ranked
),
monetary AS (
    SELECT CAST(sum(id * quintile) AS BIGINT) AS total
    FROM (SELECT id, ntile(5) OVER (ORDER BY m, id) AS quintile FROM figures) AS ranked
),
whole AS (
    SELECT sum(m) AS m
    FROM figures
    WHERE m > 0
),
shares AS (
    SELECT id, sum(m) OVER (ORDER BY m DESC, id ROWS UNBOUNDED PRECEDING) AS running
    FROM figures
    WHERE m > 0
),
abc AS (
    SELECT 3 * (SELECT CAST(sum(id) AS BIGINT) FROM figures)
        - CAST(sum(id * CASE WHEN running * 10 <= whole.m * 7 THEN 2 WHEN running * 10 <= whole.m * 9 THEN 1 ELSE 0 END) AS BIGINT) AS total
    FROM shares, whole
)
SELECT json_object(
        'customers', count(*),
        'recency', CAST(sum(r) AS BIGINT),
        'frequency', CAST(sum(f) AS BIGINT),
        'monetary', CAST(sum(m) AS BIGINT),
        'monetary_before', CAST(sum(p) AS BIGINT),
        'recency_quintiles', (SELECT total FROM recency),
        'frequency_quintiles', (SELECT total FROM frequency),
        'monetary_quintiles', (SELECT total FROM monetary),
        'abc', (SELECT total FROM abc),
        'tiers', CAST(sum(tier * id) AS BIGINT),
        'tiers_before', CAST(sum(before * id) AS BIGINT),
        'months', json_array(
            CAST(sum(t1) AS BIGINT),
            CAST(sum(t2) AS BIGINT),
            CAST(sum(t3) AS BIGINT),
            CAST(sum(t4) AS BIGINT),
            CAST(sum(t5) AS BIGINT),
            CAST(sum(t6) AS BIGINT),
            CAST(sum(t7) AS BIGINT),
            CAST(sum(t8) AS BIGINT),
            CAST(sum(t9) AS BIGINT),
            CAST(sum(t10) AS BIGINT),
            CAST(sum(t11) AS BIGINT),
            CAST(sum(t12) AS BIGINT)
        ),
        'months_by_customer', json_array(
            CAST(sum(t1 * (id % 1000)) AS BIGINT),
            CAST(sum(t2 * (id % 1000)) AS BIGINT),
            CAST(sum(t3 * (id % 1000)) AS BIGINT),
            CAST(sum(t4 * (id % 1000)) AS BIGINT),
            CAST(sum(t5 * (id % 1000)) AS BIGINT),
            CAST(sum(t6 * (id % 1000)) AS BIGINT),
            CAST(sum(t7 * (id % 1000)) AS BIGINT),
            CAST(sum(t8 * (id % 1000)) AS BIGINT),
            CAST(sum(t9 * (id % 1000)) AS BIGINT),
            CAST(sum(t10 * (id % 1000)) AS BIGINT),
            CAST(sum(t11 * (id % 1000)) AS BIGINT),
            CAST(sum(t12 * (id % 1000)) AS BIGINT)
        ),
        'trend', json_array(
            count(*) FILTER (WHERE t10 + t11 + t12 > t7 + t8 + t9),
            count(*) FILTER (WHERE t10 + t11 + t12 = t7 + t8 + t9),
            count(*) FILTER (WHERE t10 + t11 + t12 < t7 + t8 + t9)
        ),
        'migration', json_array(
            count(*) FILTER (WHERE before = 0 AND tier = 0),
            count(*) FILTER (WHERE before = 0 AND tier = 1),
            count(*) FILTER (WHERE before = 0 AND tier = 2),
            count(*) FILTER (WHERE before = 0 AND tier = 3),
            count(*) FILTER (WHERE before = 0 AND tier = 4),
            count(*) FILTER (WHERE before = 1 AND tier = 0),
            count(*) FILTER (WHERE before = 1 AND tier = 1),
            count(*) FILTER (WHERE before = 1 AND tier = 2),
            count(*) FILTER (WHERE before = 1 AND tier = 3),
            count(*) FILTER (WHERE before = 1 AND tier = 4),
            count(*) FILTER (WHERE before = 2 AND tier = 0),
            count(*) FILTER (WHERE before = 2 AND tier = 1),
            count(*) FILTER (WHERE before = 2 AND tier = 2),
            count(*) FILTER (WHERE before = 2 AND tier = 3),
            count(*) FILTER (WHERE before = 2 AND tier = 4),
            count(*) FILTER (WHERE before = 3 AND tier = 0),
            count(*) FILTER (WHERE before = 3 AND tier = 1),
            count(*) FILTER (WHERE before = 3 AND tier = 2),
            count(*) FILTER (WHERE before = 3 AND tier = 3),
            count(*) FILTER (WHERE before = 3 AND tier = 4),
            count(*) FILTER (WHERE before = 4 AND tier = 0),
            count(*) FILTER (WHERE before = 4 AND tier = 1),
            count(*) FILTER (WHERE before = 4 AND tier = 2),
            count(*) FILTER (WHERE before = 4 AND tier = 3),
            count(*) FILTER (WHERE before = 4 AND tier = 4)
        )
    )
FROM tiered
