-- One row a customer, in one pass over the transactions; comparing instants is faster than comparing their texts.
CREATE TEMP TABLE figures AS
SELECT
    id,
    date_diff('day', CAST(last_sale AS DATE), DATE '2026-10-31') AS r,
    f,
    t1 + t2 + t3 + t4 + t5 + t6 + t7 + t8 + t9 + t10 + t11 + t12 AS m,
    p,
    t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12
FROM (
    SELECT
        customer_id AS id,
        max(moment) FILTER (WHERE sale) AS last_sale,
        count(*) FILTER (WHERE sale AND moment >= TIMESTAMP '2025-11-01') AS f,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2024-11-01' AND moment < TIMESTAMP '2025-11-01'), 0) AS p,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2025-11-01' AND moment < TIMESTAMP '2025-12-01'), 0) AS t1,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2025-12-01' AND moment < TIMESTAMP '2026-01-01'), 0) AS t2,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-01-01' AND moment < TIMESTAMP '2026-02-01'), 0) AS t3,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-02-01' AND moment < TIMESTAMP '2026-03-01'), 0) AS t4,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-03-01' AND moment < TIMESTAMP '2026-04-01'), 0) AS t5,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-04-01' AND moment < TIMESTAMP '2026-05-01'), 0) AS t6,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-05-01' AND moment < TIMESTAMP '2026-06-01'), 0) AS t7,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-06-01' AND moment < TIMESTAMP '2026-07-01'), 0) AS t8,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-07-01' AND moment < TIMESTAMP '2026-08-01'), 0) AS t9,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-08-01' AND moment < TIMESTAMP '2026-09-01'), 0) AS t10,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-09-01' AND moment < TIMESTAMP '2026-10-01'), 0) AS t11,
        coalesce(sum(fen) FILTER (WHERE moment >= TIMESTAMP '2026-10-01' AND moment < TIMESTAMP '2026-11-01'), 0) AS t12
    FROM (
        SELECT customer_id, CAST("at" AS TIMESTAMP) AS moment, amount AS fen, kind = 'sale' AS sale
        FROM ledger.transactions
        WHERE kind <> 'cancelled' AND "at" < '2026-11-01'
    )
    GROUP BY customer_id
    HAVING last_sale IS NOT NULL
);
