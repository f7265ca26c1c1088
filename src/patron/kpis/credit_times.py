"""Which days are compared, and of which days are the orders credited to channels?

In   contracts.customer.ORDERS, contracts.touch.ORDER_CREDITS
Out  `CreditTimes`
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.channel import EVERY
from patron.kpis.periods import Period, periods
from patron.profile.known import day_of, known_by


@dataclass(frozen=True, kw_only=True)
class CreditTimes:
    """The latest period, the one of equal length before it, and the first day whose orders are credited, if any."""

    before: Period
    after: Period
    credited: date | None
    touched: frozenset[str]

    def status(self, channel: str, start: date) -> str:
        """Tell whether the orders of a period that starts on a day are credited, and the channel among them."""
        if self.credited is None or start < self.credited:
            return "too_early" if self.credited is not None else "no_touch"
        return "credited" if channel in self.touched or channel == EVERY else "no_touch"


def credit_times(orders: ir.Table, credited: ir.Table | None, *, as_of: date) -> CreditTimes | None:
    """Return the periods; the latest begins with the first credited order, where that is later than its first day.

    None where the data are shorter than twice 28 days.
    """
    known = known_by(orders, as_of=as_of)
    days = known.select(channel=ibis.null("string"), day=day_of(known.ordered_at))
    if credited is not None:
        given = known_by(credited, as_of=as_of, column="ordered_on")
        days = days.union(given.select("channel", day=given.ordered_on))
    firsts = days.group_by("channel").aggregate(first=days.day.min()).to_pyarrow().to_pylist()
    began_on = {row["channel"]: row["first"] for row in firsts}
    began = began_on.pop(None, None)
    found = None if began is None else periods(began, as_of=as_of)
    if found is None:
        return None
    since = min(began_on.values(), default=None)
    start = max(found.whole.after.start, since or found.whole.after.start)
    before = Period(start - timedelta(days=1) - (as_of - start), start - timedelta(days=1))
    return CreditTimes(before=before, after=Period(start, as_of), credited=since, touched=frozenset(began_on))
