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
    ready: Floats  # how readily a campaign moves her, on a scale of its own
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
    rng: np.random.Generator, *, orders: Orders, habits: Habits, groups: tuple[Ints, Ints], calendar: Calendar
) -> Base:
    """Fix the base. `groups` are the person and the household of each customer."""
    fixed = calendar.days - 1 - BEFORE
    recent = np.flatnonzero((orders.day > fixed - YEAR) & (orders.day <= fixed))
    who, place, models = np.unique(orders.customer[recent], return_index=True, return_counts=True)
    last = recent[place + models - 1] if len(who) else recent
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
        customer=who, ready=np.where(driven, 0.0, np.exp(log_ready)), driven=driven,
        person=groups[0][who], household=groups[1][who], first_model=recent[place], models=models,
    )  # fmt: skip


def tiers_on(base: Base, lines: Lines, *, day: int) -> Ints:
    """Cut the base by what each had spent in the year up to a day, against all who had bought by then.

    Returns
    -------
    array
        Place in TIERS of each customer of the base.
    """
    past = lines.where(lines.day <= day)
    count = int(max(lines.customer.max(initial=0), base.customer.max(initial=0))) + 1
    paid = np.where(past.day > day - YEAR, past.quantity * past.price - past.discount, 0)
    spent = np.bincount(past.customer, paid, count)
    known = np.bincount(past.customer, minlength=count) > 0
    below = 1 - np.cumsum(TIER_SHARES)[:-1]
    ends = np.quantile(spent[known], below) if known.any() else np.zeros(2)
    mine = spent[base.customer]
    return np.where(mine <= 0, len(ends), (mine[:, None] < ends).sum(axis=1))


def evened(ready: Floats, tier: Ints) -> Floats:
    """Scale readiness so that its mean in every tier is 1."""
    some = ready
    for _ in range(2):  # again after the cut, which takes from the mean
        mean = np.bincount(tier, some, len(TIER_SHARES)) / np.maximum(np.bincount(tier, minlength=len(TIER_SHARES)), 1)
        some = np.minimum(some / np.where(mean > 0, mean, 1.0)[tier], MOST_READY)
    return some


def _even(values: NDArray[np.int64] | Floats) -> Floats:
    """Spread values evenly by their rank, with mean 0 and standard deviation 1."""
    rank = np.empty(len(values))
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return np.asarray((rank + 0.5 - len(values) / 2) / max(len(values), 1) * np.sqrt(12))
