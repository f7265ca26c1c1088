"""How much attention does each customer give the shop, by their visits?

In   contracts.visit.SESSIONS
Out  contracts.visit.ENGAGEMENT   one row per customer with a visit

Attention is what the visits' depth adds up to, each visit fading with its age. It counts half after as many days as
pass, in this shop, between two days with a visit of one customer (the median): what is long for a grocer is short for a
furniture house, and the shop's own visitors say which it is. Engagement is the percentile of the attention, so that 0.9
means the same in every shop: more attention than nine in ten of the customers who visit.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.visit import ENGAGEMENT
from patron.profile.known import day_of, known_by
from patron.profile.share_below import share_below

SHORTEST, LONGEST, UNKNOWN = 7, 90, 30  # days; shorter would show the day of the week, longer last year's customers
RECENT = 365

_EXACT = "decimal(18, 8)"


def engagement(sessions: ir.Table, *, as_of: date) -> ir.Table:
    """Return the engagement of each customer with a visit, on the day `as_of`.

    Parameters
    ----------
    sessions : Table
        contracts.visit.SESSIONS, as of the same day; visits of nobody known are left out.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer with a visit
        contracts.visit.ENGAGEMENT.
    """
    known = known_by(sessions, as_of=as_of, column="started_at")
    seen = known.filter(known.customer_id.notnull())
    half = half_life(seen)
    day = day_of(seen.started_at)
    aged = seen.mutate(day=day, age=ibis.literal(as_of).delta(day, unit="day").cast("int64"))
    # Rounded before it is added up, so that the sum does not depend on the order of the rows.
    faded = (aged.engagement * (-aged.age.cast("float64") / half * _LOG_2).exp()).cast(_EXACT)
    mine = aged.mutate(faded=faded).group_by("customer_id")
    sums = mine.aggregate(
        visits=lambda t: t.count(), visits_365=lambda t: t.count(where=t.age < RECENT),
        last_visit_on=lambda t: t.day.max(), attention=lambda t: t.faded.sum().cast("decimal(38, 8)").cast("float64"),
        half_life_days=lambda _t: ibis.literal(half, "int64"),
    )  # fmt: skip
    return ENGAGEMENT.shape(share_below(sums, ["attention"], name="engagement"))


_LOG_2 = ibis.literal("0.6931471805599453").cast("float64")  # a bare literal would be a decimal to DuckDB


def half_life(visits: ir.Table) -> int:
    """Return the median time between two days with a visit of one customer, in days, within the bounds."""
    days = visits.select("customer_id", day=day_of(visits.started_at)).distinct()
    before = days.day.lag().over(ibis.window(group_by=days.customer_id, order_by=days.day))
    gaps = days.mutate(gap=days.day.delta(before, unit="day").cast("float64")).filter(lambda t: t.gap.notnull())
    median = gaps.aggregate(gap=gaps.gap.median()).to_pyarrow()["gap"][0].as_py()
    return UNKNOWN if median is None else min(max(round(median), SHORTEST), LONGEST)
