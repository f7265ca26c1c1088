"""Margins of small cells, of whom most customers bring nothing and some much: intervals hold as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from patron.segments.micro_rates import variances
from patron.stats.tree_shrinkage import pooled_means

GROUPS, CELLS, SKEW = 20, 10, 0.8
SHOPS = 12


def drawn(rng: np.random.Generator, customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the cell and the money of each customer, and the true mean of each cell."""
    group = np.repeat(np.arange(GROUPS), CELLS)
    rate = rng.beta(3, 9, GROUPS)[group] * rng.gamma(40, 1 / 40, len(group))
    basket = 40 * rng.gamma(12, 1 / 12, GROUPS)[group] * rng.gamma(25, 1 / 25, len(group))
    cell = rng.choice(len(group), customers, p=rng.dirichlet(np.full(len(group), 0.5)))
    money = basket[cell] * np.exp(rng.normal(-(SKEW**2) / 2, SKEW, customers))
    return cell, np.where(rng.random(customers) < rate[cell], money, 0.0), rate * basket


@pytest.mark.parametrize(("customers", "least"), [(2_000, 0.87), (10_000, 0.87)])
def test_intervals_of_skewed_money_hold_in_small_cells(customers: int, least: float) -> None:
    rng = np.random.default_rng(customers)
    group = np.repeat(np.arange(GROUPS), CELLS)
    held, above, errors = [], [], []
    for _ in range(SHOPS):
        cell, money, truth = drawn(rng, customers)
        sizes, total, squares = (np.bincount(cell, one, len(group)) for one in (np.ones(customers), money, money**2))
        many = np.maximum(sizes, 1)
        noise = np.where(sizes > 0, variances(sizes, total, squares) / many, np.inf)
        found = pooled_means(total / many, noise, group)
        small = sizes < 197
        held.append(((found.low <= truth) & (truth <= found.high))[small].mean())
        above.append((found.high < truth)[small].mean())
        known = sizes > 0
        errors.append([np.mean((guess - truth)[known] ** 2) for guess in (found.estimate, total / many, money.mean())])
    assert least <= np.mean(held) <= 0.985
    # The cell whose few large amounts did not come must not be surer of its mean for that.
    assert np.mean(above) < 0.09
    pooled, raw, whole = np.mean(errors, axis=0)
    assert pooled < min(raw, whole)
