-- The whole review as one statement inside PostgreSQL: one pass over the transactions, then the grades. Whole fen as bigint sum faster than numeric.
WITH sums AS (
    SELECT
        customer_id AS id,
        max(at) FILTER (WHERE kind = 'sale') AS last_sale,
        count(*) FILTER (WHERE kind = 'sale' AND at >= '2025-11-01') AS f,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2024-11-01' AND at < '2025-11-01') AS p,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2025-11-01' AND at < '2025-12-01') AS t1,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2025-12-01' AND at < '2026-01-01') AS t2,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-01-01' AND at < '2026-02-01') AS t3,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-02-01' AND at < '2026-03-01') AS t4,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-03-01' AND at < '2026-04-01') AS t5,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-04-01' AND at < '2026-05-01') AS t6,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-05-01' AND at < '2026-06-01') AS t7,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-06-01' AND at < '2026-07-01') AS t8,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-07-01' AND at < '2026-08-01') AS t9,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-08-01' AND at < '2026-09-01') AS t10,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-09-01' AND at < '2026-10-01') AS t11,
        sum((amount * 100)::bigint) FILTER (WHERE at >= '2026-10-01' AND at < '2026-11-01') AS t12
    FROM transactions
    WHERE kind <> 'cancelled' AND at < '2026-11-01'
    GROUP BY customer_id
),
fen AS (
    SELECT
        id,
        DATE '2026-10-31' - last_sale::date AS r,
        f,
        coalesce(p, 0)::bigint AS p,
        coalesce(t1, 0)::bigint AS t1,
        coalesce(t2, 0)::bigint AS t2,
        coalesce(t3, 0)::bigint AS t3,
        coalesce(t4, 0)::bigint AS t4,
        coalesce(t5, 0)::bigint AS t5,
        coalesce(t6, 0)::bigint AS t6,
        coalesce(t7, 0)::bigint AS t7,
        coalesce(t8, 0)::bigint AS t8,
        coalesce(t9, 0)::bigint AS t9,
        coalesce(t10, 0)::bigint AS t10,
        coalesce(t11, 0)::bigint AS t11,
        coalesce(t12, 0)::bigint AS t12
    FROM sums
    WHERE last_sale IS NOT NULL
),
figures AS MATERIALIZED (
    SELECT *, t1 + t2 + t3 + t4 + t5 + t6 + t7 + t8 + t9 + t10 + t11 + t12 AS m
    FROM fen
),
tiered AS (
    SELECT id, r, f, m, p, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, CASE WHEN m >= 5000000 THEN 4 WHEN m >= 2000000 THEN 3 WHEN m >= 500000 THEN 2 WHEN m >= 100000 THEN 1 ELSE 0 END AS tier, CASE WHEN p >= 5000000 THEN 4 WHEN p >= 2000000 THEN 3 WHEN p >= 500000 THEN 2 WHEN p >= 100000 THEN 1 ELSE 0 END AS before
    FROM figures
),
recency AS (
    SELECT sum(id * quintile) AS total
    FROM (SELECT id, ntile(5) OVER (ORDER BY r DESC, id) AS quintile FROM figures) AS ranked
),
frequency AS (
    SELECT sum(id * quintile) AS total
    FROM (SELECT id, ntile(5) OVER (ORDER BY f, id) AS quintile FROM figures) AS ranked
),
monetary AS (
    SELECT sum(id * quintile) AS total
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
    SELECT 3 * (SELECT sum(id) FROM figures)
        - sum(id * CASE WHEN running * 10 <= whole.m * 7 THEN 2 WHEN running * 10 <= whole.m * 9 THEN 1 ELSE 0 END) AS total
    FROM shares, whole
)
SELECT json_build_object(
        'customers', count(*),
        'recency', sum(r),
        'frequency', sum(f),
        'monetary', sum(m),
        'monetary_before', sum(p),
        'recency_quintiles', (SELECT total FROM recency),
        'frequency_quintiles', (SELECT total FROM frequency),
        'monetary_quintiles', (SELECT total FROM monetary),
        'abc', (SELECT total FROM abc),
        'tiers', sum(tier * id),
        'tiers_before', sum(before * id),
        'months', json_build_array(
            sum(t1),
            sum(t2),
            sum(t3),
            sum(t4),
            sum(t5),
            sum(t6),
            sum(t7),
            sum(t8),
            sum(t9),
            sum(t10),
            sum(t11),
            sum(t12)
        ),
        'months_by_customer', json_build_array(
            sum(t1 * (id % 1000)),
            sum(t2 * (id % 1000)),
            sum(t3 * (id % 1000)),
            sum(t4 * (id % 1000)),
            sum(t5 * (id % 1000)),
            sum(t6 * (id % 1000)),
            sum(t7 * (id % 1000)),
            sum(t8 * (id % 1000)),
            sum(t9 * (id % 1000)),
            sum(t10 * (id % 1000)),
            sum(t11 * (id % 1000)),
            sum(t12 * (id % 1000))
        ),
        'trend', json_build_array(
            count(*) FILTER (WHERE t10 + t11 + t12 > t7 + t8 + t9),
            count(*) FILTER (WHERE t10 + t11 + t12 = t7 + t8 + t9),
            count(*) FILTER (WHERE t10 + t11 + t12 < t7 + t8 + t9)
        ),
        'migration', json_build_array(
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
    )::text
FROM tiered
