"""Which lines come back, when, and how much of them?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from patron.simulate.baskets import time_of_day
from patron.simulate.catalogue import CATEGORIES, Catalogue
from patron.simulate.habits import Habits
from patron.simulate.lines import DAY, Lines

MOST_RETURNED = 0.85  # no one sends back more of the lines, in the long run
EARLIEST = 2  # days after the order
MEAN_WAIT = 11  # days after the earliest
WHOLE = 0.8  # share of the lines sent back of which everything comes back


def returns(rng: np.random.Generator, *, sales: Lines, habits: Habits, catalogue: Catalogue) -> Lines:
    """Draw the lines that come back; all that comes back of one order comes on one day, as an order of its own.

    Orders of the returns are numbered like the sales they take back: the caller renumbers both.
    """
    chance = _chance(sales, habits, catalogue)
    back = sales.where(np.flatnonzero(rng.random(len(sales)) < chance))
    whole = rng.random(len(back)) < WHOLE
    quantity = np.where(whole, back.quantity, rng.integers(1, back.quantity + 1))
    orders, place = np.unique(back.order, return_inverse=True)
    wait = EARLIEST + rng.gamma(2, MEAN_WAIT / 2, len(orders)).astype(np.int64)
    channel = np.zeros(len(orders), np.int64)
    channel[place] = back.channel
    second = time_of_day(rng, channel)
    given_back = np.rint(back.discount * quantity / np.maximum(back.quantity, 1)).astype(np.int64)
    return replace(
        back,
        second=(back.day + wait[place]) * DAY + second[place],
        quantity=-quantity,
        discount=-given_back,
        origin=back.order,
    )


def expected_back(*, sales: Lines, habits: Habits, catalogue: Catalogue) -> NDArray[np.float64]:
    """Return how many units of each line are to be expected back."""
    partly = (sales.quantity + 1) / 2
    expected = _chance(sales, habits, catalogue) * (WHOLE * sales.quantity + (1 - WHOLE) * partly)
    return np.asarray(expected)


def _chance(sales: Lines, habits: Habits, catalogue: Catalogue) -> NDArray[np.float64]:
    """Return the chance that a line comes back."""
    factor = np.array([category.returned for category in CATEGORIES])[catalogue.category[sales.product]]
    return np.asarray(np.minimum(habits.returns[sales.customer] * factor, MOST_RETURNED))
