"""The review in polars, from rows that ADBC brings out of PostgreSQL."""

from datetime import date, datetime

import adbc_driver_postgresql.dbapi
import polars as pl

AS_OF = date(2026, 10, 31)
YEAR = datetime(2025, 11, 1)
YEAR_BEFORE = datetime(2024, 11, 1)
MONTHS = [datetime(2025, 11, 1), datetime(2025, 12, 1)] + [datetime(2026, month, 1) for month in range(1, 12)]
T = [f"t{month}" for month in range(1, 13)]

# NUMERIC would come as text; whole fen come as 64-bit integers. What no figure needs stays where it is.
QUERY = """
SELECT customer_id AS id, at, (amount * 100)::bigint AS fen, kind = 'sale' AS sale
FROM transactions WHERE kind <> 'cancelled' AND at < '2026-11-01'
"""


def figures(rows: pl.LazyFrame) -> pl.LazyFrame:
    at, fen, sale = pl.col("at"), pl.col("fen"), pl.col("sale")

    def net(start, end):
        return fen.filter((at >= start) & (at < end)).sum()

    grouped = rows.group_by("id").agg(
        at.filter(sale).max().alias("last_sale"),
        (sale & (at >= YEAR)).sum().cast(pl.Int64).alias("f"),
        net(YEAR_BEFORE, YEAR).alias("p"),
        *(net(start, end).alias(name) for name, start, end in zip(T, MONTHS, MONTHS[1:])),
    )
    days = (pl.lit(AS_OF) - pl.col("last_sale").cast(pl.Date)).dt.total_days()
    return grouped.filter(pl.col("last_sale").is_not_null()).with_columns(r=days, m=pl.sum_horizontal(T))


def quintile(column: str, *, descending: bool, count: int) -> pl.Expr:
    """`ntile(5)` of rows that are sorted by id already."""
    value = -pl.col(column) if descending else pl.col(column)
    place = value.rank("ordinal").cast(pl.Int64) - 1
    size, larger = divmod(count, 5)
    edge = larger * (size + 1)
    return pl.when(place < edge).then(place // (size + 1)).otherwise(larger + (place - edge) // max(size, 1)) + 1


def tier(column: str) -> pl.Expr:
    return sum((pl.col(column) >= limit).cast(pl.Int64) for limit in (100_000, 500_000, 2_000_000, 5_000_000))


def abc(graded: pl.DataFrame) -> pl.DataFrame:
    """The classes by share of the positive amounts, most first."""
    positive = graded.lazy().filter(pl.col("m") > 0).select("id", "m").sort(["m", "id"], descending=[True, False])
    running, whole = pl.col("m").cum_sum(), pl.col("m").sum()
    known = pl.when(running * 10 <= whole * 7).then(1).when(running * 10 <= whole * 9).then(2).otherwise(3)
    return positive.select("id", known.cast(pl.Int64).alias("abc")).collect()


def review(ledger: str) -> dict:
    with adbc_driver_postgresql.dbapi.connect(ledger) as connection, connection.cursor() as cursor:
        cursor.execute(QUERY)
        rows = pl.from_arrow(cursor.fetch_arrow_table())
    # The engine in memory takes less time here than the streaming one.
    found = figures(rows.lazy()).collect().sort("id")
    del rows
    count = found.height
    graded = found.with_columns(
        rq=quintile("r", descending=True, count=count),
        fq=quintile("f", descending=False, count=count),
        mq=quintile("m", descending=False, count=count),
        tier=tier("m"),
        before=tier("p"),
    )
    classes = abc(graded)
    return answer(graded, classes)


def answer(graded: pl.DataFrame, classes: pl.DataFrame) -> dict:
    def total(expression: pl.Expr) -> int:
        return graded.select(expression.sum()).item()

    col, identity = pl.col, pl.col("id")
    # Customers without a positive amount are in class C.
    in_c = total(3 * identity) - 3 * classes["id"].sum()
    late, early = col("t10") + col("t11") + col("t12"), col("t7") + col("t8") + col("t9")
    moves = dict(((a, b), n) for a, b, n in graded.group_by("before", "tier").len().iter_rows())
    return {
        "customers": graded.height,
        "recency": total(col("r")),
        "frequency": total(col("f")),
        "monetary": total(col("m")),
        "monetary_before": total(col("p")),
        "recency_quintiles": total(col("rq") * identity),
        "frequency_quintiles": total(col("fq") * identity),
        "monetary_quintiles": total(col("mq") * identity),
        "abc": classes.select((col("abc") * identity).sum()).item() + in_c,
        "tiers": total(col("tier") * identity),
        "tiers_before": total(col("before") * identity),
        "months": [total(col(name)) for name in T],
        "months_by_customer": [total(col(name) * (identity % 1000)) for name in T],
        "trend": [total(late > early), total(late == early), total(late < early)],
        "migration": [moves.get((a, b), 0) for a in range(5) for b in range(5)],
    }
