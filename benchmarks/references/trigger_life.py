"""How often is a trigger that pays retired, and how soon is one that does not? Simulated lives of triggers, read daily.

Each day some customers fire; a share is held out; the margin of each within the days of the goal is known when they are
over. Every day the trigger is read by all that are over, its prior weighed in, and it is retired on the first day on
which the chance that it pays is under the threshold: just what a run does. Customers' margins are as in shops, mostly
nought and now and then a basket (gamma). Run: python benchmarks/references/trigger_life.py
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

LIVES = 10_000
DAYS = 182
BUYS, BASKET = 0.10, 40.0  # chance to order in the days of the goal, and what an order brings (gamma, shape 2)
COST = 0.10
PRIOR, DOUBT = 0.30, 0.30  # what was believed of one customer, and its standard deviation

Figures = NDArray[np.float64]


def lives(
    rng: np.random.Generator, *, effect: float, daily: int, holdout: float, threshold: float = 0.05
) -> tuple[Figures, Figures]:
    """Return the day on which each life ended (infinite where it did not), and its last chance that it pays.

    Parameters
    ----------
    rng : Generator
        The source of chance.
    effect : float
        Money that the trigger brings by one customer, as more orders.
    daily : int
        Customers a day for whom it fires.
    holdout : float
        Share that is held out.
    threshold : float
        Under which chance it is retired.
    """
    ended = np.full(LIVES, np.inf)
    sums = np.zeros((2, 3, LIVES))
    chance = np.full(LIVES, np.nan)
    for day in range(1, DAYS + 1):
        control = rng.binomial(daily, holdout, LIVES)
        for arm, many in enumerate((control, daily - control)):
            sums[arm] += _arm(rng, many, BUYS + arm * effect / BASKET)
        chance = _chance(sums)
        ended = np.where((chance < threshold) & (ended > day), day, ended)
    return ended, chance


def _arm(rng: np.random.Generator, many: NDArray[np.int64], buys: float) -> Figures:
    """Return customers, sum of margins and sum of squares of one day."""
    orders = rng.binomial(many, buys)
    baskets = rng.gamma(2.0, BASKET / 2, (int(orders.max(initial=0)), LIVES))
    there = np.arange(len(baskets))[:, None] < orders
    spent = np.where(there, baskets, 0.0)
    return np.stack([many.astype(float), spent.sum(axis=0), (spent**2).sum(axis=0)])


def _chance(sums: Figures) -> Figures:
    """Return the chance that it pays, by the prior and the difference of the arms; nothing below 30 customers."""
    n = np.maximum(sums[:, 0], 1.0)
    mean = sums[:, 1] / n
    variance = np.maximum(sums[:, 2] / n - mean**2, 0.0) * n / np.maximum(n - 1, 1.0)
    error = np.sqrt((variance / n).sum(axis=0))
    seen, before = np.where(error > 0, error, np.inf) ** -2.0, DOUBT**-2.0
    belief = (before * PRIOR + seen * (mean[1] - mean[0])) / (before + seen)
    chance = ndtr((belief - COST) * np.sqrt(before + seen))
    return np.where((sums[:, 0].min(axis=0) >= 30) & (error > 0), chance, np.nan)


def main() -> None:
    """Print one row a case."""
    print("| brings each | customers a day | hold-out | retired in 26 weeks | median day | known to pay at the end |")
    print("|---|---|---|---|---|---|")
    for effect in (0.60, 0.30, 0.10, 0.0, -0.30):
        for daily, holdout in ((50, 0.1), (500, 0.1), (500, 0.2)):
            rng = np.random.default_rng(20_260_301)
            ended, chance = lives(rng, effect=effect, daily=daily, holdout=holdout)
            over = np.isfinite(ended)
            middle = f"{np.median(ended[over]):.0f}" if over.any() else ""
            good = np.mean((chance >= 0.95) & ~over)
            print(f"| {effect:.2f} | {daily} | {holdout:.0%} | {over.mean():.1%} | {middle} | {good:.1%} |")


if __name__ == "__main__":
    main()
