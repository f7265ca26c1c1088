"""The purchase history as one would write it by hand for DuckDB.

python with_sql.py history FILE TO AS_OF CALLS
python with_sql.py same OURS THEIRS
python with_sql.py intervals FILE TO AS_OF
python with_sql.py weeks FILE TO AS_OF
python with_sql.py effects FILE METRICS CALLS TO
python with_sql.py conditions FILE TO MEMORY
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from laps import Laps

HISTORY = """
COPY (
    WITH days AS (
        SELECT customer_id, ordered_at::DATE AS day, sum(amount) AS amount
        FROM read_parquet('{file}')
        WHERE customer_id IS NOT NULL AND ordered_at::DATE <= DATE '{as_of}'
        GROUP BY ALL
    )
    SELECT customer_id,
           count(*) - 1 AS frequency,
           max(day) - min(day) AS recency,
           DATE '{as_of}' - min(day) AS T,
           (sum(amount) - arg_min(amount, day))::DOUBLE / nullif(count(*) - 1, 0) AS monetary_value
    FROM days
    GROUP BY customer_id
) TO '{to}' (FORMAT parquet)
"""

INTERVALS = """
COPY (
    SELECT customer_id, product_id, max(day) AS last_bought_on, count(*) AS purchases,
           (max(day) - min(day)) / nullif(count(*) - 1, 0) AS interval_days
    FROM (
        SELECT DISTINCT customer_id, product_id, ordered_at::DATE AS day
        FROM read_parquet('{file}') WHERE quantity > 0 AND ordered_at::DATE <= DATE '{as_of}'
    )
    GROUP BY customer_id, product_id
) TO '{to}' (FORMAT parquet)
"""

WEEKS = """
COPY (
    SELECT product_id, (DATE '{as_of}' - day) // 7 AS week, sum(units) AS units
    FROM (
        SELECT customer_id, product_id, ordered_at::DATE AS day, sum(quantity) AS units
        FROM read_parquet('{file}') WHERE ordered_at::DATE <= DATE '{as_of}' GROUP BY ALL
    )
    WHERE units > 0 GROUP BY ALL
) TO '{to}' (FORMAT parquet)
"""

DIFFERENT = """
SELECT count(*) FROM read_parquet('{ours}') a FULL JOIN read_parquet('{theirs}') b USING (customer_id)
WHERE a.frequency IS DISTINCT FROM b.frequency OR a.recency IS DISTINCT FROM b.recency OR a.T IS DISTINCT FROM b.T
   OR (a.monetary_value IS NULL) <> (b.monetary_value IS NULL) OR abs(a.monetary_value - b.monetary_value) > 1e-9
"""


def history(laps: Laps, file: str, to: str, as_of: str, calls: str = "2") -> None:
    """Orders to histories, Parquet to Parquet: a first call, then warm ones."""
    with laps.lap("import"):
        import duckdb
    connection = duckdb.connect(config={"threads": 2})
    for number in range(int(calls)):
        with laps.lap("work" if number else "first call"):
            connection.execute(HISTORY.format(file=file, to=to, as_of=as_of))


def intervals(laps: Laps, file: str, to: str, as_of: str) -> None:
    """Order lines to each customer's mean interval of each product, Parquet to Parquet."""
    with laps.lap("import"):
        import duckdb
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"SELECT count(*) FROM read_parquet('{file}')").fetchone()
    with laps.lap("work"):
        connection.execute(INTERVALS.format(file=file, to=to, as_of=as_of))


def weeks(laps: Laps, file: str, to: str, as_of: str) -> None:
    """Order lines to units by product and week, Parquet to Parquet."""
    with laps.lap("import"):
        import duckdb
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"SELECT count(*) FROM read_parquet('{file}')").fetchone()
    with laps.lap("work"):
        connection.execute(WEEKS.format(file=file, to=to, as_of=as_of))


def conditions(laps: Laps, file: str, to: str, memory: str) -> None:
    """Profiles to memberships in a hundred own segments: a SELECT for each, Parquet to Parquet."""
    from own_conditions import conditions as own

    with laps.lap("import"):
        import duckdb
    connection = duckdb.connect(config={"threads": 2, "memory_limit": memory, "temp_directory": f"{to}.spill"})
    with laps.lap("work"):
        each = (
            f"SELECT customer_id, '{name}' AS segmentation, '{name}' AS segment, $${text}$$ AS detail "
            f"FROM read_parquet('{file}') WHERE {text}"
            for name, text in own().items()
        )
        connection.execute(f"COPY ({' UNION ALL '.join(each)}) TO '{to}' (FORMAT parquet)")
    [laps.facts["members"]] = connection.execute(f"SELECT count(*) FROM read_parquet('{to}')").fetchone() or ()


def same(laps: Laps, ours: str, theirs: str) -> None:
    """Count the customers whose histories differ, and all customers."""
    import duckdb

    connection = duckdb.connect(config={"threads": 2, "memory_limit": "3GB"})
    [laps.facts["different"]] = connection.execute(DIFFERENT.format(ours=ours, theirs=theirs)).fetchone() or ()
    [laps.facts["customers"]] = connection.execute(f"SELECT count(*) FROM read_parquet('{ours}')").fetchone() or ()


def effects(laps: Laps, file: str, metrics: str, calls: str, to: str) -> None:
    """Sum metrics, their squares and products with the past by arm and segment, from a table in memory."""
    with laps.lap("import"):
        import duckdb
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"CREATE TABLE units AS SELECT * FROM read_parquet('{file}')")
    names = [f"m{number}" for number in range(int(metrics))]
    sums = "".join(f", sum({name}), sum({name} * {name}), sum(past * {name})" for name in names)
    query = f"SELECT arm, segment, count(*), sum(past), sum(past * past){sums} FROM units GROUP BY arm, segment"
    for number in range(int(calls)):
        with laps.lap("work" if number else "first call"):
            found = connection.execute(query).fetchall()
    Path(to).write_text(json.dumps(found), encoding="utf-8")


def main() -> None:
    """Do one task."""
    laps = Laps()
    tasks = {"history": history, "same": same, "intervals": intervals, "weeks": weeks, "effects": effects,
             "conditions": conditions}  # fmt: skip
    tasks[sys.argv[1]](laps, *sys.argv[2:])
    laps.tell()


if __name__ == "__main__":
    main()
