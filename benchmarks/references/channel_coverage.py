"""Do the intervals of a customer's cost, of what she is worth for it and of the payback hold 95 of 100?

Customers come for a fixed spend as a Poisson stream. Each has a first margin and later ones by month, lognormal, with a
rate of her own that is gamma distributed, as of a purchase process whose members differ. Of each of 10,000 repetitions
the sums are made that the engine makes, and handed to the same functions.

    python benchmarks/references/channel_coverage.py [repetitions]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.stats.compound_sum import compound_interval, mean_interval, steadied

Floats = NDArray[np.float64]

MONTHS = 12
RATE_SHAPE, RATE_MEAN = 0.6, 0.25  # purchases a month
MARGIN_SIGMA = 0.8
MARGIN_MEAN = 20.0
COST = 55.0


@dataclass(frozen=True)
class Came:
    """Sums over the customers of each repetition; arrays of shape (repetitions,) or (repetitions, months + 1)."""

    count: Floats
    total: Floats  # brought by the end of each month
    squares: Floats


def draw(rng: np.random.Generator, expected: float, repetitions: int) -> Came:
    """Draw the customers of many repetitions at once."""
    count = rng.poisson(expected, repetitions)
    owner = np.repeat(np.arange(repetitions), count)
    rate = rng.gamma(RATE_SHAPE, RATE_MEAN / RATE_SHAPE, len(owner))
    scale = MARGIN_MEAN / np.exp(MARGIN_SIGMA**2 / 2)
    so_far = scale * rng.lognormal(0.0, MARGIN_SIGMA, len(owner))
    total, squares = np.empty((repetitions, MONTHS + 1)), np.empty((repetitions, MONTHS + 1))
    for month in range(MONTHS + 1):
        if month:
            orders = rng.poisson(rate)
            spent = np.bincount(
                np.repeat(np.arange(len(owner)), orders),
                scale * rng.lognormal(0.0, MARGIN_SIGMA, int(orders.sum())), minlength=len(owner),
            )  # fmt: skip
            so_far = so_far + spent
        total[:, month] = np.bincount(owner, so_far, minlength=repetitions)
        squares[:, month] = np.bincount(owner, so_far**2, minlength=repetitions)
    return Came(count=count.astype(np.float64), total=total, squares=squares)


def truth() -> Floats:
    """Return what one customer is expected to have brought by the end of each month."""
    return np.asarray(MARGIN_MEAN * (1 + RATE_MEAN * np.arange(MONTHS + 1)))


def usual() -> Floats:
    """Return the mean square over the squared mean by month, of many customers: what a whole shop knows of itself."""
    came = draw(np.random.default_rng(0), 2000.0, 10)
    return np.asarray(came.squares.sum(axis=0) * came.count.sum() / came.total.sum(axis=0) ** 2)


def covered(expected: float, *, repetitions: int, seed: int) -> dict[str, float]:
    """Return the share of repetitions whose interval holds the truth, for each figure."""
    came = draw(np.random.default_rng(seed), expected, repetitions)
    spend, count = COST * expected, came.count[:, None]
    squares = steadied(count, came.total, came.squares, count, usual=usual())
    low, high = compound_interval(came.count, came.count, came.count)
    cost = (spend / high <= COST) & (np.divide(spend, low, out=np.full_like(low, np.inf), where=low > 0) >= COST)
    worth = truth()[-1]
    some = came.count > 1
    sums = came.count[some], came.total[some, -1], squares[some, -1], came.count[some]
    _, below, above = mean_interval(*sums)
    least, most = (ends / spend for ends in compound_interval(came.total, squares, count))
    ratio = (least[:, -1] <= worth / COST) & (worth / COST <= most[:, -1])
    when = int(np.argmax(truth() >= COST))
    early, late = reached(most), reached(least)
    return {
        "cac": float(cost.mean()), "ltv": float(((below <= worth) & (worth <= above)).mean()),
        "ltv_cac": float(ratio.mean()), "payback": float(((early <= when) & (when <= late)).mean()),
    }  # fmt: skip


def reached(curves: Floats) -> Floats:
    """Return the first month at 1 or above; MONTHS + 1 where none is."""
    return np.where((curves >= 1).any(axis=1), np.argmax(curves >= 1, axis=1), MONTHS + 1)


def main(repetitions: int) -> None:
    print(f"{repetitions} repetitions; customers expected, then the share of intervals that hold the truth")
    for expected in (10, 20, 50, 100, 300, 1000):
        found = covered(float(expected), repetitions=repetitions, seed=expected)
        print(f"{expected:6d}", "  ".join(f"{name} {share:.3f}" for name, share in found.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
