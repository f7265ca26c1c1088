"""The small faults of a real extract. They come on top of the true lines, so the truth stays the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from patron.simulate.lines import DAY, Lines, together

NOBODY = 0.005  # share of orders by a guest, without a customer
NOTHING = 0.0002  # share of lines with a quantity of zero
FOR_FREE = 0.0002  # share of lines with a price of zero or below
TWICE = 0.0008  # share of lines that stand there twice
TYPOS = 0.00005  # share of orders whose year is a typo
TYPO_YEAR = 2099


def mess(rng: np.random.Generator, *, lines: Lines, first_day: date) -> Lines:
    """Add guests' orders, orders of the year 2099, empty lines, free lines and repeated lines."""
    sales = lines.where(np.flatnonzero(lines.origin < 0))
    if not len(sales):
        return lines
    guests = _copied_orders(rng, sales, NOBODY, number=int(lines.order.max()) + 1)
    orders, place = np.unique(guests.order, return_inverse=True)
    moments = rng.permutation(sales.second)[: len(orders)][place]
    typos = _copied_orders(rng, sales, TYPOS, number=int(guests.order.max()) + 1)
    empty, free, twice = (_some(rng, sales, share) for share in (NOTHING, FOR_FREE, TWICE))
    none = np.zeros(len(empty), np.int64)
    return together(
        [
            lines,
            replace(guests, customer=np.full(len(guests), -1), second=moments),
            replace(typos, second=_in_typo_year(typos, first_day)),
            replace(empty, quantity=none, discount=none),
            replace(free, price=-free.price * rng.integers(0, 2, len(free)), discount=np.zeros(len(free), np.int64)),
            twice,
        ]
    )


def _some(rng: np.random.Generator, lines: Lines, share: float) -> Lines:
    """Choose a share of the lines, one at least."""
    return lines.where(np.sort(rng.choice(len(lines), max(1, round(share * len(lines))), replace=False)))


def _copied_orders(rng: np.random.Generator, sales: Lines, share: float, *, number: int) -> Lines:
    """Copy a share of the orders, one at least, under new numbers from `number` on."""
    orders = np.unique(sales.order)
    chosen = np.sort(rng.choice(orders, max(1, round(share * len(orders))), replace=False))
    copied = sales.where(np.isin(sales.order, chosen))
    return replace(copied, order=number + np.searchsorted(chosen, copied.order))


def _in_typo_year(lines: Lines, first_day: date) -> NDArray[np.int64]:
    """Move each line to the same month, day and time of the typo's year."""
    start = np.datetime64(first_day, "D")
    days = start + lines.day
    within = days - days.astype("datetime64[Y]")
    moved = np.datetime64(f"{TYPO_YEAR}-01-01", "D") + within - start
    return np.asarray(moved.astype(np.int64) * DAY + lines.second % DAY)
