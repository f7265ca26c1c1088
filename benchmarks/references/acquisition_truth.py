"""How often do the intervals of a channel's cost, worth and payback hold the truth?

Repeats the whole way on shops that differ by chance alone: simulate, write files, run to the step `channels`, read
`acquisition` and `payback`. The truth is what customers of the channel bring on average, over all shops together: to
the run's day what they brought, and after it what the simulated shop sold them in the year that nobody has seen. The
true cost of a customer is the shop's spend over the customers to be expected, which all shops together tell.

    python benchmarks/references/acquisition_truth.py 40

About 10 seconds of one processor each. A test repeats it on two shops, for what does not need many.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from patron.pipeline import open_project
from patron.pipeline.leavable import LEAVABLE
from patron.simulate import shop

SOURCES = ("order_lines", "customers", "products", "spend")
SETTINGS = (
    "name: Shop\ncurrency: EUR\nsources:\n"
    + "".join(f"  {name}: {{path: data/{name}.parquet}}\n" for name in SOURCES)
    + f"leave_out: [{', '.join(step for step in LEAVABLE if step != 'channels')}]\n"
)
EVERY = "all"
MONTHS = (0, 3, 6, 12)
FEW = 30  # customers of a channel in a shop; with fewer the day of the payback is not asked for


@dataclass
class Shops:
    """What each shop said, by channel, and the sums that the truth is made of."""

    said: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    curves: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    worth: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # of those won, really


def repeat(repetitions: int, *, customers: int = 2500, seed: int = 1) -> Shops:
    """Run as many shops."""
    shops = Shops()
    for number in range(repetitions):
        with tempfile.TemporaryDirectory() as folder:
            _one(Path(folder), shops, customers=customers, seed=seed + number)
    return shops


def _one(folder: Path, shops: Shops, *, customers: int, seed: int) -> None:
    made = shop(customers=customers, seed=seed, mess=False, marketing=True)
    made.write(folder)
    (folder / "patron.yaml").write_text(SETTINGS, encoding="utf-8")
    project = open_project(folder)
    run = project.run(today=made.last_day, only="channels")
    tables = {name: run.table(name, project.connection).to_pyarrow().to_pylist() for name in ("acquisition", "payback")}
    ahead = dict(
        zip(*(made.truth["customers"][name].to_pylist() for name in ("customer_id", "value_next_year")), strict=True)
    )
    told = dict(
        zip(*(made.customers[name].to_pylist() for name in ("customer_id", "acquisition_channel")), strict=True)
    )
    first = _first_days(folder)
    since = min(row["cohort"] for row in tables["acquisition"] if row["cohort"] != EVERY and row["won"] > 0)
    future: dict[str, float] = defaultdict(float)
    for who, day in first.items():
        if f"{day:%Y-%m}" >= since:
            future[told[who]] += float(ahead[who])
    for row in tables["acquisition"]:
        if (row["cohort"], row["segmentation"]) == (EVERY, EVERY) and row["channel"] != EVERY:
            shops.said[row["channel"]].append(row)
            shops.worth[row["channel"]].append(float(row["margin"]) + future[row["channel"]])
    for row in tables["payback"]:
        if (row["cohort"], row["began_with"]) == (EVERY, EVERY) and row["channel"] != EVERY:
            shops.curves[row["channel"], row["month"]].append(row)


def _first_days(folder: Path) -> dict[str, Any]:
    lines = pq.read_table(folder / "data" / "order_lines.parquet", columns=["customer_id", "ordered_at", "quantity"])
    first: dict[str, Any] = {}
    for row in lines.to_pylist():
        if row["quantity"] > 0 and (row["customer_id"] not in first or row["ordered_at"] < first[row["customer_id"]]):
            first[row["customer_id"]] = row["ordered_at"]
    return first


def coverage(shops: Shops) -> dict[str, dict[str, float]]:
    """Return, for each figure, the share of intervals that hold the truth, and how many were asked."""
    held: dict[str, list[bool]] = defaultdict(list)
    bias: dict[str, list[float]] = defaultdict(list)
    for channel, rows in shops.said.items():
        expected = np.mean([row["won"] for row in rows])
        worth = sum(shops.worth[channel]) / sum(row["won"] for row in rows)
        for row in rows:
            cost = None if row["spend"] is None else float(row["spend"]) / expected
            _count(held, "ltv", row["ltv_low"], worth, row["ltv_high"])
            bias["ltv"].append(row["ltv"] / worth - 1)
            if cost is not None:
                _count(held, "cac", row["cac_low"], cost, row["cac_high"])
                _count(held, "ltv_cac", row["ltv_cac_low"], worth / cost, row["ltv_cac_high"])
                due = _due(shops, channel, cost)
                if due is not None and row["won"] >= FEW:
                    high = float("inf") if row["payback_high"] is None else row["payback_high"]
                    low = float("inf") if row["payback_low"] is None else row["payback_low"]
                    _count(held, "payback_days", low, due, high)
        for month in MONTHS:
            curve = shops.curves[channel, month]
            mean = sum(one["margin"] * one["won"] for one in curve) / max(sum(one["won"] for one in curve), 1)
            for one in curve:
                _count(held, f"margin by month {month}", one["margin_low"], mean, one["margin_high"])
    return {
        name: {"share": float(np.mean(values)), "intervals": len(values),
               "bias": float(np.mean(bias[name])) if name in bias else float("nan")}
        for name, values in held.items()
    }  # fmt: skip


def _count(held: dict[str, list[bool]], name: str, low: float | None, true: float, high: float | None) -> None:
    if low is not None:
        held[name].append(low - 1e-9 <= true <= (float("inf") if high is None else high) + 1e-9)


def _due(shops: Shops, channel: str, cost: float) -> float | None:
    """Return the day on which the mean curve of all shops reaches a cost; None where it does not in two years."""
    before, day = 0.0, 0.0
    for month in range(25):
        rows = shops.curves[channel, month]
        if not rows:
            return None
        mean = sum(row["margin"] * row["won"] for row in rows) / sum(row["won"] for row in rows)
        end = month * 30.0
        if mean >= cost:
            return 0.0 if month == 0 else day + (end - day) * (cost - before) / (mean - before)
        before, day = mean, end
    return None


def main() -> None:
    """Print the shares."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    started, worked = time.perf_counter(), time.process_time()
    for name, row in coverage(repeat(repetitions)).items():
        print(
            f"{name:18} {row['share']:6.1%} of {row['intervals']:5,} intervals   mean relative error {row['bias']:+.1%}"
        )
    took = time.perf_counter() - started, time.process_time() - worked
    print(f"{repetitions} shops, {took[0]:.0f} s, {took[1]:.0f} s of a processor")


if __name__ == "__main__":
    main()
