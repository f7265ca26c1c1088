"""How did the metric stand, over a time as long as an experiment's, among people like those who could take part?

In   who was in which segment on an earlier day, contracts.customer.PROFILES, TAKINGS, ORDERS, raw_tickets
Out  one row per customer: the metric's columns over the days since then, and what was known before

Members of a segment are taken as they were on a day that lies back, where the run knows it: those who are in it today
are there because of what they did lately, and would tell of themselves what the next weeks will not repeat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by

MEASURED = {
    "orders": "orders", "revenue": "revenue", "margin": "margin", "conversion": "bought", "returns": "returned / sold",
    "complaints": "tickets",
}  # fmt: skip
"""The column, or the ratio of two, by which a metric is planned; of the others nothing is known of everybody."""

PAST = ("past_orders", "past_margin")
"""What was known of each customer before, and takes off a part of the variance."""

PAST_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Window:
    """The days over which a baseline is taken, and those that the experiment will take."""

    since: date  # what comes after it counts
    as_of: date  # up to here
    duration: int  # days that the experiment will take

    @property
    def scale(self) -> float:
        """How many times as long the experiment is."""
        return self.duration / max((self.as_of - self.since).days, 1)


def baseline(
    people: ir.Table, orders: ir.Table, takings: ir.Table, window: Window, *, tickets: ir.Table | None = None
) -> ir.Table:
    """Return what each of `people` did in the window.

    Parameters
    ----------
    people : Table, one row per customer
        ``customer_id``, and columns of segments, which are kept.
    orders, takings : Table
        contracts.customer.ORDERS and TAKINGS.
    window : Window
        Which days count.
    tickets : Table, optional
        raw_tickets by the run's customers.

    Returns
    -------
    Table, one row per customer
        The columns of `people`; ``orders, revenue, margin, sold, returned, tickets, bought`` in the window; ``past_*``
        of the year before it.
    """
    since, start = ibis.literal(window.since), ibis.literal(window.since - timedelta(days=PAST_DAYS))
    bought = known_by(orders, as_of=window.as_of).select("customer_id", day=lambda t: day_of(t.ordered_at))
    bought = bought.filter(bought.day > start)
    counted = bought.group_by("customer_id").aggregate(
        orders=(bought.day > since).cast("int64").sum(), past_orders=(bought.day <= since).cast("int64").sum()
    )
    money = known_by(takings, as_of=window.as_of, column="day").filter(takings.day > start)
    inside = money.day > since
    sums = money.group_by("customer_id").aggregate(
        revenue=money.net_revenue.sum(where=inside), margin=money.margin.sum(where=inside),
        sold=money.revenue.sum(where=inside), returned=money.returns.sum(where=inside),
        past_margin=money.margin.sum(where=money.day <= since),
    )  # fmt: skip
    joined = people.left_join(counted, "customer_id", rname="{name}_counted")
    joined = joined.left_join(sums, "customer_id", rname="{name}_sums")
    if tickets is not None:
        opened = known_by(tickets, as_of=window.as_of, column="opened_at")
        opened = opened.filter(day_of(opened.opened_at) > since)
        asked = opened.group_by("customer_id").aggregate(tickets=opened.count())
        joined = joined.left_join(asked, "customer_id", rname="{name}_asked")
    names = ["orders", "past_orders", "revenue", "margin", "sold", "returned", "past_margin"]
    names += ["tickets"] if tickets is not None else []
    return joined.select(
        *people.columns, **{name: joined[name].fill_null(0).cast("float64") for name in names},
        bought=(joined.orders.fill_null(0) > 0).ifelse(1, 0).cast("float64"),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Base:
    """A metric of one unit over the time that an experiment takes."""

    mean: float
    spread: float
    explained: float


def stretched(mean: float, spread: float, explained: float, *, metric: str, scale: float) -> Base:
    """Return a baseline over a time that is `scale` times as long.

    Counts and money grow with the time, their variance at least like it and at most like its square: the wider is
    taken. A share of buyers is that of people who buy at a steady rate. A ratio of two sums stays, and gets surer.

    Examples
    --------
    >>> stretched(1.0, 2.0, 0.3, metric="orders", scale=4.0)
    Base(mean=4.0, spread=8.0, explained=0.3)
    >>> stretched(0.5, 0.5, 0.0, metric="conversion", scale=2.0).mean
    0.75
    """
    if metric == "conversion":
        share = 1 - (1 - min(mean, 1.0)) ** scale
        return Base(mean=share, spread=math.sqrt(share * (1 - share)), explained=explained)
    if "/" in MEASURED.get(metric, ""):
        return Base(mean=mean, spread=spread / math.sqrt(min(scale, 1.0)), explained=explained)
    return Base(mean=mean * scale, spread=spread * max(scale, math.sqrt(scale)), explained=explained)
