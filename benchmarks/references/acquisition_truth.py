"""How often do the intervals of a channel's cost, worth and payback hold the truth?

Repeats the whole way on shops that differ by chance alone: simulate, write files, run to the step `channels`, read
`acquisition` and `payback`. The truth is the same shop (its products, prices and spend) with so many customers that
chance hardly matters: what they brought to the run's day, and after it in the year that nobody has seen. The true cost
of a customer is the shop's spend over the customers to be expected.

    python benchmarks/references/acquisition_truth.py 40

About 15 seconds of one processor each. A test asks one larger shop.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from patron.pipeline import open_project
from patron.pipeline.leavable import LEAVABLE
from patron.simulate import shop

SOURCES = ("order_lines", "customers", "products", "spend")
NEEDED = ("channels", "revenue")  # the forecast of the revenue tells how far all forecasts err together
SETTINGS = (
    "name: Shop\ncurrency: EUR\nsources:\n"
    + "".join(f"  {name}: {{path: data/{name}.parquet}}\n" for name in SOURCES)
    + f"leave_out: [{', '.join(step for step in LEAVABLE if step not in NEEDED)}]\n"
)
MONTHS = (0, 3, 6, 12)
LARGE = 40_000

Row = dict[str, Any]
Truth = dict[str, tuple[float, ...]]
Held = dict[str, list[bool]]


def expected(seed: int, *, since: str) -> Truth:
    """Return, by the records' channel, what is to be expected of customers whose first order is not before a month.

    Customers won for each customer of the shop; what one of them is worth to the last day and in the year after; and
    what one has brought by the end of each of MONTHS, of 30 days each.
    """
    large = shop(customers=LARGE, seed=seed, mess=False, marketing=True)
    connection = duckdb.connect()
    for name in ("order_lines", "customers", "products"):
        connection.register(name, getattr(large, name))
    connection.register("truth", large.truth["customers"])
    by_month = ", ".join(f"avg(m{month}) FILTER (first <= DATE '{large.last_day}' - {30 * month})" for month in MONTHS)
    sums = ", ".join(f"sum(money) FILTER (day <= first + {30 * month}) AS m{month}" for month in MONTHS)
    rows = connection.execute(f"""
        WITH lines AS (
            SELECT customer_id, ordered_at::DATE AS day, min(ordered_at::DATE) OVER (PARTITION BY customer_id) AS first,
                   (quantity * unit_price - discount - quantity * unit_cost)::DOUBLE AS money
            FROM order_lines JOIN products USING (product_id)),
        brought AS (SELECT customer_id, first, sum(money) AS margin, {sums} FROM lines GROUP BY ALL)
        SELECT acquisition_channel, count(*), avg(margin + value_next_year::DOUBLE), {by_month}
        FROM brought JOIN customers USING (customer_id) JOIN truth USING (customer_id)
        WHERE strftime(first, '%Y-%m') >= ? GROUP BY ALL""", [since]).fetchall()  # fmt: skip
    return {channel: (count / LARGE, *rest) for channel, count, *rest in rows}


def asked(acquisition: list[Row], payback: list[Row], *, customers: int, seed: int) -> Held:
    """Return, for each figure, which intervals hold the truth; the rows are those of the run's tables."""
    rows = [row for row in acquisition if row["segmentation"] == "all" and row["channel"] != "all"]
    truth = expected(seed, since=str(min(row["cohort"] for row in rows if row["won"] > 0)))
    held: Held = defaultdict(list)
    costs: dict[str, float] = {}
    for row in rows:
        if row["cohort"] == "all" and row["channel"] in truth:
            won, worth = truth[row["channel"]][:2]
            true = {"ltv": worth}
            if row["spend"] is not None:
                costs[row["channel"]] = true["cac"] = float(row["spend"]) / (won * customers)
                true["ltv_cac"] = worth / true["cac"]
            for name, value in true.items():
                held[name].append(row[f"{name}_low"] <= value <= row[f"{name}_high"])
    for row in payback:
        if (row["cohort"], row["began_with"]) == ("all", "all") and row["channel"] in truth and row["month"] in MONTHS:
            brought = truth[row["channel"]][2 + MONTHS.index(row["month"])]
            held["margin by month"].append(row["margin_low"] <= brought <= row["margin_high"])
            if row["channel"] in costs:
                share = brought / costs[row["channel"]]
                held["cost paid back by month"].append(row["returned_low"] <= share <= row["returned_high"])
    return dict(held)


def repeat(repetitions: int, *, customers: int = 2500, seed: int = 1) -> Held:
    """Run as many shops, and return which intervals held the truth."""
    every: Held = defaultdict(list)
    for number in range(seed, seed + repetitions):
        with tempfile.TemporaryDirectory() as folder:
            made = shop(customers=customers, seed=number, mess=False, marketing=True)
            made.write(folder)
            (Path(folder) / "patron.yaml").write_text(SETTINGS, encoding="utf-8")
            project = open_project(Path(folder))
            run = project.run(today=made.last_day, only="channels")
            tables = [
                run.table(name, project.connection).to_pyarrow().to_pylist() for name in ("acquisition", "payback")
            ]
            for name, values in asked(*tables, customers=customers, seed=number).items():
                every[name] += values
    return every


def main() -> None:
    """Print the shares."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    started, worked = time.perf_counter(), time.process_time()
    for name, values in repeat(repetitions).items():
        print(f"{name:24} {np.mean(values):6.1%} of {len(values):5,} intervals hold the truth")
    took = time.perf_counter() - started, time.process_time() - worked
    print(f"{repetitions} shops, {took[0]:.0f} s, {took[1]:.0f} s of a processor")


if __name__ == "__main__":
    main()
