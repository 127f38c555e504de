"""The annual review by a peer: `review.py CONTESTANT LEDGER` prints seconds, peak memory and the answer as one line of JSON.

Each peer goes the fastest honest way that was found for it: one pass over the transactions, exact integers, all cores. Seconds run from the first
connection to the answer; starting Python and loading libraries are not counted.
"""

import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def duckdb_connection(scanner: str):
    """A DuckDB with the scanner that was installed from PyPI: nothing is fetched while measuring."""
    import importlib.util

    import duckdb

    package = Path(importlib.util.find_spec(f"duckdb_extension_{scanner}").origin).parent
    connection = duckdb.connect()
    connection.execute(f"LOAD '{package}/extensions/v{duckdb.__version__}/{scanner}.duckdb_extension'")
    return connection


def duckdb_review(connection, ledger: str, kind: str) -> dict:
    quoted = ledger.replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS ledger (TYPE {kind}, READ_ONLY)")
    connection.execute((HERE / f"figures_duckdb_{kind}.sql").read_text())
    return json.loads(connection.execute((HERE / "grade_duckdb.sql").read_text()).fetchone()[0])


def duckdb_postgres():
    connection = duckdb_connection("postgres_scanner")
    return lambda ledger: duckdb_review(connection, ledger, "postgres")


def duckdb_sqlite():
    connection = duckdb_connection("sqlite_scanner")
    return lambda ledger: duckdb_review(connection, ledger, "sqlite")


def polars_adbc():
    import polars_review

    return polars_review.review


CONTESTANTS = {"duckdb-postgres": duckdb_postgres, "duckdb-sqlite": duckdb_sqlite, "polars-adbc": polars_adbc}


def peak_kilobytes() -> int:
    """The peak of this process's memory, as Linux tells it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    if sys.argv[1] == "check":
        for prepare in CONTESTANTS.values():
            prepare()
        print("the peers are ready:", ", ".join(CONTESTANTS))
        return
    review = CONTESTANTS[sys.argv[1]]()
    start = time.perf_counter()
    answer = review(sys.argv[2])
    seconds = time.perf_counter() - start
    print(json.dumps({"milliseconds": round(seconds * 1000), "peak_kilobytes": peak_kilobytes(), "answer": answer}))


if __name__ == "__main__":
    main()
