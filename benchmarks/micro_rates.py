"""Rates of micro-segments against a known truth: how far off are pooled ones, and how often do intervals hold?

    python benchmarks/micro_rates.py

200 cells of uneven sizes (20 behaviours, 10 stages), customers who bring nothing or log-normal money.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patron.segments.micro_rates import variances
from patron.simulate import planted_cells
from patron.stats.tree_shrinkage import Pooled, pooled_means, pooled_shares

Floats = NDArray[np.float64]

BEHAVIOURS, STAGES = 20, 10
SHOPS = {2_000: 10, 10_000: 10, 50_000: 10, 250_000: 4}
ALONE = 197  # customers from which a cell stands for itself


def places(segments: list[str]) -> NDArray[np.int64]:
    return np.array([int(name.rsplit("_", 1)[1]) - 1 for name in segments])


def drawn(customers: int, seed: int) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Return each customer's cell and margin since then, and the true order rate and margin of each cell."""
    made = planted_cells(customers, seed=seed, behaviours=BEHAVIOURS, stages=STAGES)
    segments = made.before["segment"].to_pylist()
    cell = places(segments[:customers]) * STAGES + places(segments[customers:])
    since = made.takings.slice(customers)
    who = np.array([int(name[1:]) - 1 for name in since["customer_id"].to_pylist()], dtype=np.int64)
    money = np.zeros(customers)
    money[who] = since["margin"].cast("float64").to_numpy()
    return cell, money, made.truth["order_rate"].to_numpy(), made.truth["average_margin"].to_numpy()


def judged(pooled: Pooled, raw: Floats, whole: float, truth: Floats, sizes: Floats) -> list[float]:
    """Return the mean squared errors of pooled rates, cells and one for all, and how often intervals hold."""
    known = sizes > 0
    holds = (pooled.low <= truth) & (truth <= pooled.high)
    small = holds[sizes < ALONE].mean()
    off = [float(np.mean((guess - truth)[known] ** 2)) for guess in (pooled.estimate, raw, whole)]
    return [*off, float(holds.mean()), float(small)]


def main() -> None:
    """Print the table."""
    group = np.arange(BEHAVIOURS * STAGES) // STAGES
    print("customers  of        pooled   raw cells  one for all  interval holds  in cells below 197")
    for customers, shops in SHOPS.items():
        found: dict[str, list[list[float]]] = {"order rate": [], "margin": []}
        for seed in range(1, shops + 1):
            cell, money, rate, margin = drawn(customers, seed)
            sizes, ordered, total, squares = (
                np.bincount(cell, weight, len(group)) for weight in (np.ones(customers), money > 0, money, money**2)
            )
            many = np.maximum(sizes, 1)
            noise = np.where(sizes > 0, variances(sizes, total, squares) / many, np.inf)
            shares, means = pooled_shares(ordered, sizes, group), pooled_means(total / many, noise, group)
            found["order rate"].append(judged(shares, ordered / many, float((money > 0).mean()), rate, sizes))
            found["margin"].append(judged(means, total / many, float(money.mean()), margin, sizes))
        for name, rows in found.items():
            mean = np.mean(rows, axis=0)
            errors = "  ".join(f"{value:9.3f}" for value in np.sqrt(mean[:3]))
            print(f"{customers:9,}  {name:10}{errors}  {mean[3]:14.1%}  {mean[4]:18.1%}", flush=True)


if __name__ == "__main__":
    main()
