"""The orders after which somebody may be asked, or may write: one entry an order that was made in the data's time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.lines import DAY, Lines

Ints = NDArray[np.int64]
DELAY = 8.0  # mean days from the order to what is said of it


@dataclass(frozen=True, kw_only=True, eq=False)
class Occasions:
    """Orders that were spoken of up to the last day, by moment."""

    order: Ints
    customer: Ints
    product: Ints  # the first of the order
    second: Ints  # at which it was spoken of
    returned: NDArray[np.bool_]  # something of it had come back by then

    def __len__(self) -> int:
        return len(self.order)


def occasions(rng: np.random.Generator, lines: Lines, *, chance: NDArray[np.float64], calendar: Calendar) -> Occasions:
    """Draw which orders are spoken of, with the `chance` that each customer has, and when.

    What would be said after the last day is not said yet.
    """
    sold = np.flatnonzero((lines.origin < 0) & (lines.day < calendar.days) & (lines.customer >= 0))
    order, first = np.unique(lines.order[sold], return_index=True)
    first = sold[first]
    delay = (DELAY * rng.gamma(2.0, 0.5, len(order)) * DAY).astype(np.int64)
    second = lines.second[first] + delay
    said = (rng.random(len(order)) < chance[lines.customer[first]]) & (second < calendar.days * DAY)
    order, first, second = order[said], first[said], second[said]
    back = lines.origin >= 0
    came, again = np.unique(lines.origin[back], return_index=True)
    place = np.minimum(np.searchsorted(came, order), max(len(came) - 1, 0))
    known = came[place] == order if len(came) else np.zeros(len(order), bool)
    when = lines.second[back][again][place] if len(came) else second
    by_moment = np.lexsort((order, second))
    return Occasions(
        order=order[by_moment], customer=lines.customer[first][by_moment], product=lines.product[first][by_moment],
        second=second[by_moment], returned=(known & (when <= second))[by_moment],
    )  # fmt: skip
