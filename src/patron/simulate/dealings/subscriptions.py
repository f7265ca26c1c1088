"""Who pays period after period, and for how many?

Customers of some types subscribe to a plan during their lifetime. After each period a subscriber leaves or renews.
The chance to leave differs from customer to customer (beta) and falls mildly from period to period (discrete Weibull),
so the lengths are those of the beta discrete Weibull model, on purpose apart from the orders.

Ref  Fader, Hardie, Liu, Davin & Steenburgh (2018), Journal of Interactive Marketing 43, equation 3: the chance to stay
     for t periods is (1 - churn) ** (t ** shape)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.people import People
from patron.simulate.tables import days_column, ids_column, money_column, names_column
from patron.simulate.types import TYPES

SUBSCRIBES = {
    "regular replenisher": 0.45, "weekly family": 0.50, "business buyer": 0.35, "brand loyalist": 0.30,
    "growing newcomer": 0.25, "fading enthusiast": 0.25,
}  # fmt: skip
"""The share of each type that would subscribe, if they stayed long enough."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is offered, and how those who take it leave: a beta distribution of the chance after the first period."""

    name: str
    share: float
    period_days: int
    amount: int  # cents, in the first year
    cost: float  # share of the amount
    a: float
    b: float


PLANS = (
    Plan(name="Plus monthly", share=0.45, period_days=30, amount=590, cost=0.45, a=0.8, b=8.2),
    Plan(name="Plus yearly", share=0.25, period_days=365, amount=4_900, cost=0.40, a=1.2, b=3.0),
    Plan(name="Monthly box", share=0.30, period_days=30, amount=2_490, cost=0.58, a=0.9, b=6.1),
)
SHAPE = 0.92  # of the discrete Weibull; below 1 the chance to leave falls with time
THINKING = 150  # mean days from the entry to the subscription
DEARER = 0.03  # price of a new subscription, change in a year
AGAIN, PAUSE = 0.2, (20, 120)  # share of those who left that come back once, and after how many days: least, mean more
LONGEST = 100 * YEAR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def subscriptions(
    rng: np.random.Generator, *, people: People, ids: pa.Array, calendar: Calendar
) -> tuple[pa.Table, pa.Table]:
    """Draw the subscriptions begun up to the last day, and tell the truth about each.

    Returns
    -------
    Table, one row per subscription, by day
        Columns as in `contracts.raw.FIELDS`. One that ends after the last day has no end.
    Table, one row per subscription
        ``subscription_id, customer_id``
        ``churn``              chance to leave after the first period
        ``shape``              of the discrete Weibull: the chance to stay for t periods is (1 - churn) ** (t ** shape)
        ``margin``             of one period
        ``ends_on``            the last day paid for, whenever it is
        ``periods_next_year``  periods that begin in the 365 days after the last day
        ``value_next_year``    their margin
    """
    wish = np.array([SUBSCRIBES.get(kind.name, 0.0) for kind in TYPES])[people.kind]
    who = np.flatnonzero(rng.random(len(people)) < wish)
    plan = rng.choice(len(PLANS), len(who), p=[one.share for one in PLANS])
    churn = rng.beta(_of_plan("a")[plan], _of_plan("b")[plan])
    start = people.entry[who] + np.floor(rng.exponential(THINKING, len(who))).astype(np.int64)
    length = _periods(rng, churn, plan)
    back = np.flatnonzero(rng.random(len(who)) < AGAIN)
    pause = PAUSE[0] + np.floor(rng.exponential(PAUSE[1], len(back))).astype(np.int64)
    begins = np.concatenate([start, start[back] + _days(length, plan)[back] + pause])
    which = np.concatenate([np.arange(len(who)), back])
    periods = np.concatenate([length, _periods(rng, churn[back], plan[back])])
    there = (begins <= people.end[who[which]]) & (begins < calendar.days)
    order = np.flatnonzero(there)
    order = order[np.lexsort((which[order], begins[order]))]
    which, begins, periods = which[order], begins[order], periods[order]
    return _tables(who[which], plan[which], churn[which], begins, periods, ids, calendar)


def _of_plan(name: str) -> Floats:
    """Return one number of every plan."""
    return np.array([float(getattr(plan, name)) for plan in PLANS])


def _days(periods: Ints, plan: Ints) -> Ints:
    return periods * _of_plan("period_days").astype(np.int64)[plan]


def _periods(rng: np.random.Generator, churn: Floats, plan: Ints) -> Ints:
    """Draw for how many periods each one pays: the first number t of which the chance to stay is below chance."""
    with np.errstate(divide="ignore"):  # who never leaves is cut below
        reach = np.log1p(-rng.random(len(churn))) / np.log1p(-churn)
    drawn = np.maximum(np.ceil(reach ** (1 / SHAPE)), 1)
    return np.minimum(drawn, LONGEST // _of_plan("period_days")[plan]).astype(np.int64)


def _tables(
    who: Ints, plan: Ints, churn: Floats, begins: Ints, periods: Ints, ids: pa.Array, calendar: Calendar
) -> tuple[pa.Table, pa.Table]:
    ends = begins + _days(periods, plan) - 1
    amount = np.rint(_of_plan("amount")[plan] * (1 + DEARER) ** (begins // YEAR) / 10).astype(np.int64) * 10
    margin = np.rint(amount * (1 - _of_plan("cost")[plan])).astype(np.int64)
    length = _of_plan("period_days").astype(np.int64)[plan]
    begun = [np.clip(-((begins - day) // length), 0, periods) for day in (calendar.days, calendar.days + YEAR)]
    coming = begun[1] - begun[0]
    names = ids_column("S", np.arange(1, len(who) + 1), digits=6)
    last_days = days_column(calendar.first_day, ends)
    table = pa.table(
        {
            "subscription_id": names,
            "customer_id": ids.take(pa.array(who)),
            "started_on": days_column(calendar.first_day, begins),
            "ended_on": last_days.take(pa.array(np.arange(len(who)), mask=ends >= calendar.days)),
            "plan": names_column([one.name for one in PLANS], plan),
            "period_days": length,
            "amount": money_column(amount, digits=2),
        }
    )
    truth = pa.table(
        {
            "subscription_id": names,
            "customer_id": table["customer_id"],
            "churn": churn,
            "shape": np.full(len(who), SHAPE),
            "margin": money_column(margin, digits=2),
            "ends_on": last_days,
            "periods_next_year": coming,
            "value_next_year": money_column(margin * coming, digits=2),
        }
    )
    return table, truth
