"""What would be claimed without any comparison: by the last click, and for customers who came by a referral.

In   contracts.raw_messages.RAW_MESSAGES and RAW_REFERRALS with customers' ids, contracts.customer.TAKINGS
Out  margin by campaign, and of referred customers

Both take it that nothing would have come without: that who clicked would not have bought, and that who was recommended
would never have come. No lot decided either, so there is no interval, and these figures stand apart from measured ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by

WITHIN_DAYS = 7
"""How long after a click a sale is claimed by it: a whole week, so that every weekday is in it once."""

WIDE = "decimal(38, 2)"


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """What is claimed: from when, for how many customers, how much margin."""

    from_day: date
    customers: int
    effect: float


def last_clicks(messages: ir.Table, takings: ir.Table, *, as_of: date) -> dict[str, Assumed]:
    """Return by campaign the margin of days on which somebody bought within `WITHIN_DAYS` days of clicking on it.

    Parameters
    ----------
    messages : Table, one row per message
        Columns ``customer_id, campaign, message, clicked_at``; one without a campaign goes by its message.
    takings : Table, one row per customer and day
        Columns ``customer_id, day, margin``. The day goes to the last click before it or on it, of whatever campaign.
    as_of : date
        The last day we may know about.
    """
    named = messages.mutate(campaign=ibis.coalesce(messages.campaign, messages.message))
    clicked = known_by(named, as_of=as_of, column="clicked_at").filter(lambda t: t.campaign.notnull())
    clicks = clicked.select("customer_id", "campaign", "clicked_at", clicked_on=day_of(clicked.clicked_at))
    bought = known_by(takings, as_of=as_of, column="day").select("customer_id", "day", "margin")
    both = clicks.inner_join(bought, ["customer_id", bought.day >= clicks.clicked_on])
    near = both.filter(both.day.delta(both.clicked_on, unit="day") <= WITHIN_DAYS)
    order = ibis.window(group_by=["customer_id", "day"], order_by=[near.clicked_at.desc(), near.campaign])
    last = near.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0)
    sums = last.group_by("campaign").aggregate(
        from_day=last.clicked_on.min(), customers=last.customer_id.nunique(), effect=_whole(last)
    )
    return {row["campaign"]: _assumed(row) for row in sums.order_by("campaign").to_pyarrow().to_pylist()}


def referred(referrals: ir.Table, takings: ir.Table, *, as_of: date) -> Assumed | None:
    """Return all margin of customers who came by a referral, from the day they became customers; none without any.

    Parameters
    ----------
    referrals : Table, one row per referral
        Columns ``referred_id, converted_on``: who came, by the customer's own id of the run, and when.
    takings : Table, one row per customer and day
        Columns ``customer_id, day, margin``.
    as_of : date
        The last day we may know about.
    """
    came = known_by(referrals.filter(referrals.referred_id.notnull()), as_of=as_of, column="converted_on")
    firsts = came.group_by(customer_id="referred_id").aggregate(came_on=came.converted_on.min())
    bought = known_by(takings, as_of=as_of, column="day").select("customer_id", "day", "margin")
    theirs = firsts.inner_join(bought, ["customer_id", bought.day >= firsts.came_on])
    sums = theirs.aggregate(effect=_whole(theirs)).cross_join(
        firsts.aggregate(from_day=firsts.came_on.min(), customers=firsts.count())
    )
    row = sums.to_pyarrow().to_pylist()[0]
    return _assumed(row) if row["customers"] else None


def claimed_from(as_of: date, *, days: int) -> date:
    """Return the first of the last `days` days."""
    return as_of - timedelta(days=days - 1)


def _whole(table: ir.Table) -> ir.Value:
    return table.margin.sum().cast(WIDE).cast("float64")


def _assumed(row: dict[str, Any]) -> Assumed:
    return Assumed(from_day=row["from_day"], customers=int(row["customers"]), effect=float(row["effect"] or 0.0))
