"""What was spent on each channel, and what does winning a customer cost?

In   contracts.raw.RAW_SPEND
Out  `Spent`: exact cents by channel and day, in memory
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.profile.known import known_by
from patron.stats.compound_sum import compound_interval

Floats = NDArray[np.float64]
Optionals = list[float | None]


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Cents by channel and day, and by channel and month (as 2011-03); of other channels nothing is known."""

    days: Mapping[str, Mapping[date, int]]
    months: Mapping[str, Mapping[str, int]]

    @property
    def channels(self) -> list[str]:
        """The channels of which spend is known."""
        return sorted(self.days)


def spent(spend: ir.Table, *, as_of: date) -> Spent:
    """Read what was spent up to a day: one engine call.

    Parameters
    ----------
    spend : Table
        ``day, channel, amount`` of contracts.raw.RAW_SPEND; credit notes are below zero and count as such.
    as_of : date
        The last day we may know about.
    """
    known = known_by(spend, as_of=as_of, column="day")
    summed = known.group_by("channel", "day").aggregate(amount=known.amount.sum()).order_by("channel", "day")
    days: dict[str, dict[date, int]] = defaultdict(dict)
    months: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in summed.to_pyarrow().to_pylist():
        day, cents = row["day"], int(row["amount"].scaleb(2))
        days[row["channel"]][day] = cents
        months[row["channel"]][f"{day.year:04d}-{day.month:02d}"] += cents
    return Spent(days=dict(days), months={channel: dict(one) for channel, one in months.items()})


def money(cents: int | None) -> Decimal | None:
    """Return cents as money."""
    return None if cents is None else Decimal(cents).scaleb(-2)


def cost_status(cents: int | None, won: float) -> str:
    """Return whether a cost of a customer can be told, and why not."""
    if cents is None:
        return "no_spend"
    if cents < 0:
        return "negative_spend"
    if not cents:
        return "nothing_spent"
    return "read" if won > 0 else "nobody_won"


def cost(cents: Sequence[int | None], won: Floats, won_squares: Floats, people: Floats) -> dict[str, Optionals]:
    """Return what a customer cost with its interval: spend over the customers who could have come for it.

    Examples
    --------
    >>> found = cost([100_000, 100_000], *np.array([[10.0, 0.0]] * 3))
    >>> [[None if end is None else round(end, 2) for end in ends] for ends in found.values()]
    [[100.0, None], [54.38, 271.09], [208.53, None]]
    """
    amount = np.array([0.0 if one is None else one / 100 for one in cents])
    low, high = compound_interval(won, won_squares, people)
    paid, came = amount > 0, won > 0
    return {
        "cac": over(amount, won, where=paid & came), "cac_low": over(amount, high, where=paid),
        "cac_high": over(amount, low, where=paid & came),
    }  # fmt: skip


def over(top: Floats, bottom: Floats, *, where: NDArray[np.bool_]) -> Optionals:
    """Divide where it can be told; None elsewhere."""
    told = where & (bottom > 0)
    values = np.divide(top, bottom, out=np.zeros(np.shape(top)), where=told)
    return [value if one else None for value, one in zip(values.tolist(), told.tolist(), strict=True)]


def apportioned(cents: int, parts: Floats) -> list[int]:
    """Share cents out in proportion to parts, exactly; what rounding leaves goes to those that lost most by it.

    Examples
    --------
    >>> apportioned(100, np.array([1.0, 1.0, 1.0]))
    [34, 33, 33]
    """
    whole = float(parts.sum())
    if not len(parts) or whole <= 0:
        return [0] * len(parts)
    exact = cents * (parts / whole)
    floor = np.floor(exact).astype(np.int64)
    left = cents - int(floor.sum())
    order = np.argsort(-(exact - floor), kind="stable")
    floor[order[:left]] += 1
    return [int(one) for one in floor]
