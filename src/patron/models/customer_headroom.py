"""How much more could each customer spend in a year, as those like them show?

In   contracts.customer.PROFILES, contracts.customer.TAKINGS
Out  contracts.customer.HEADROOM   one row per customer who ordered in the last 365 days
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.customer import HEADROOM
from patron.errors import NotEnoughData
from patron.language import say
from patron.models.headroom import MIN_CUSTOMERS, Headroom
from patron.profile.known import known_by

PERIOD_DAYS = 365
MONTH_DAYS = 30
REASONS = ("peers", "group", "survey", "none")
GROUP = "seen"


def customer_headroom(profiles: ir.Table, takings: ir.Table, *, as_of: date, shares: Any = None) -> ir.Table:
    """Compare what each customer spent in the last year with what the upper fifth of their peers spent.

    Parameters
    ----------
    profiles : Table
        Keeps the contract PROFILES as of `as_of`.
    takings : Table
        Keeps the contract TAKINGS.
    as_of : date
        The last day we may know about.
    shares : Table, optional
        From surveys: ``customer_id`` and ``share`` of the need that is bought here, above 0 and up to 1.

    Returns
    -------
    Table
        Keeps the contract HEADROOM; without rows where fewer than 500 customers ordered in the last year, or all of
        them spent the same.
    """
    features = peer_features(profiles, takings, as_of=as_of)
    if features.count().to_pyarrow().as_py() < MIN_CUSTOMERS:
        return HEADROOM.empty()
    try:
        model = Headroom(group=GROUP).fit(features)
    except NotEnoughData:
        return HEADROOM.empty()
    return _shaped(model.predict(features, shares=shares))


def peer_features(profiles: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Return what is known of each customer of the last year besides the spend, and the spend.

    Few values a column, so that the customers fall into patterns: months for days, steps of a factor 1.4 for the
    interval between orders.

    Returns
    -------
    Table
        ``customer_id``, ``current`` (net revenue of the last 365 days) and the columns that peers are found by.
    """
    recent = known_by(takings, as_of=as_of, column="day")
    recent = recent.filter(recent.day > ibis.literal(as_of - timedelta(days=PERIOD_DAYS)))
    spent = recent.group_by("customer_id").aggregate(current=recent.net_revenue.sum().cast(MONEY))
    active = profiles.filter(profiles.days_since_last < PERIOD_DAYS)
    row = active.left_join(spent, "customer_id").drop("customer_id_right")
    months = (row.tenure_days.cast("float64") / ibis.literal(float(MONTH_DAYS), "float64")).floor().cast("int64")
    interval = row.expected_interval_days.cast("float64")
    known = ibis.ifelse(interval > 0, interval, ibis.null("float64"))
    return row.select(
        "customer_id",
        current=ibis.coalesce(row.current, ibis.literal(0).cast(MONEY)),
        months_seen=ibis.least(months, 12),
        quarters=ibis.least((months / 3).floor().cast("int64"), 20),
        seen=ibis.cases((months < 3, "new"), (months < 12, "young"), else_="whole year"),
        acquisition_channel=row.acquisition_channel,
        main_channel=row.main_channel,
        country=row.country,
        household_members=ibis.least(row.household_members, 6),
        categories=ibis.least(row.categories, 12),
        channels=ibis.least(row.channels, 4),
        interval=(known.log2() * 2).round(),
    )


def _shaped(found: ir.Table) -> ir.Table:
    none = found.headroom <= 0
    cases = [(none, "none"), *((found.basis == name, name) for name in REASONS[:-1])]
    texts = {name: say(f"headroom.reason_{name}") for name in REASONS}
    return HEADROOM.shape(
        found.mutate(
            period_days=ibis.literal(PERIOD_DAYS, "int64"),
            reason=ibis.cases(*((which, texts[name]) for which, name in cases), else_=texts["peers"]),
        )
    )
