"""Who the campaigns may reach, and what is hidden about how each of them answers.

The base is everybody who ordered in the year before the hold-outs were drawn; who comes later is in no campaign. Those
who look for vouchers, have ordered lately or order by the app are moved more readily; some of those who never use a
voucher are driven away by what is loud. All of it goes with what can be seen, and none of it can be read off exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.campaigns.plans import BEFORE, TIER_SHARES
from patron.simulate.habits import ORDER_CHANNELS, Habits
from patron.simulate.lines import Lines

DRIVEN = 0.12  # share of the base that loud campaigns drive away
WEIGHTS = {"voucher": 0.7, "lately": 0.5, "app": 0.4, "hidden": 0.4}  # in the log of the readiness
MOST_READY = 5.0  # times the mean

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Orders:
    """One entry a sale in every array, up to the shop's last day, by customer and moment; money in cents."""

    number: Ints
    customer: Ints
    day: Ints
    line: Ints  # places of the lines of all sales among the lines, those of one after the other
    start: Ints  # of each order, in `line`
    size: Ints  # lines of each order


@dataclass(frozen=True, kw_only=True, eq=False)
class Base:
    """One entry a customer of the base in every array."""

    customer: Ints  # place among all customers
    tier: Ints  # place in TIERS
    ready: Floats  # how readily a campaign moves her; the mean of each tier is 1
    driven: NDArray[np.bool_]  # what is loud drives her away
    person: Ints  # records of one person are always in one arm
    household: Ints
    first_model: Ints  # place of the first of her orders of the year before, in `Orders`
    models: Ints  # how many there are

    def __len__(self) -> int:
        return len(self.customer)


def sales_of(lines: Lines, *, calendar: Calendar) -> Orders:
    """Return the sales of the shop's own days, by customer and moment."""
    sold = np.flatnonzero((lines.origin < 0) & (lines.day < calendar.days))
    line = sold[np.lexsort((lines.order[sold], lines.second[sold], lines.customer[sold]))]
    start = np.flatnonzero(np.diff(lines.order[line], prepend=-1))
    first = line[start]
    return Orders(
        number=lines.order[first], customer=lines.customer[first], day=lines.day[first], line=line, start=start,
        size=np.diff(start, append=len(line)),
    )  # fmt: skip


def base_of(
    rng: np.random.Generator, *, lines: Lines, orders: Orders, habits: Habits, cost: Ints, groups: tuple[Ints, Ints],
    calendar: Calendar,
) -> Base:  # fmt: skip
    """Fix the base. `groups` are the person and the household of each customer."""
    fixed = calendar.days - 1 - BEFORE
    recent = np.flatnonzero((orders.day > fixed - YEAR) & (orders.day <= fixed))
    who, place, models = np.unique(orders.customer[recent], return_index=True, return_counts=True)
    last = recent[place + models - 1] if len(who) else recent
    margin = _margin_of(lines, cost, since=fixed - YEAR, until=fixed, customers=len(habits.country))[who]
    tier = _tiers(margin)
    voucher = _even(habits.voucher[who])
    hidden, dislike = rng.normal(size=(2, len(who)))
    log_ready = (
        WEIGHTS["voucher"] * voucher
        - WEIGHTS["lately"] * _even(fixed - orders.day[last])
        + WEIGHTS["app"] * (habits.orders_by[who] == ORDER_CHANNELS.index("app"))
        + WEIGHTS["hidden"] * hidden
    )
    loud = dislike * 0.7 - voucher
    driven = loud > np.quantile(loud, 1 - DRIVEN) if len(who) else np.zeros(0, np.bool_)
    return Base(
        customer=who, tier=tier, ready=_ready(np.exp(log_ready), tier, driven), driven=driven,
        person=groups[0][who], household=groups[1][who], first_model=recent[place], models=models,
    )  # fmt: skip


def _margin_of(lines: Lines, cost: Ints, *, since: int, until: int, customers: int) -> Floats:
    """Return each customer's margin of the days after `since`, up to and including `until`, in cents."""
    chosen = lines.where((lines.day > since) & (lines.day <= until))
    value = chosen.quantity * (chosen.price - cost[chosen.product]) - chosen.discount
    return np.asarray(np.bincount(chosen.customer, value, customers), dtype=np.float64)


def _tiers(margin: Floats) -> Ints:
    """Cut by rank, best first; equals go by their place."""
    rank = np.empty(len(margin), np.int64)
    rank[np.argsort(-margin, kind="stable")] = np.arange(len(margin))
    ends = np.rint(np.cumsum(TIER_SHARES)[:-1] * len(margin))
    return np.searchsorted(ends, rank, side="right")


def _even(values: NDArray[np.int64] | Floats) -> Floats:
    """Spread values evenly by their rank, with mean 0 and standard deviation 1."""
    rank = np.empty(len(values))
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return np.asarray((rank + 0.5 - len(values) / 2) / max(len(values), 1) * np.sqrt(12))


def _ready(raw: Floats, tier: Ints, driven: NDArray[np.bool_]) -> Floats:
    """Scale readiness so that its mean in every tier is 1; whom a campaign drives away it cannot move."""
    some = np.where(driven, 0.0, raw)
    for _ in range(2):  # again after the cut, which takes from the mean
        mean = np.bincount(tier, some, 3) / np.maximum(np.bincount(tier, minlength=3), 1)
        some = np.minimum(some / np.where(mean > 0, mean, 1.0)[tier], MOST_READY)
    return some
