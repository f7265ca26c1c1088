"""Which channel won each customer, and what has she been worth since?

In   contracts.customer.PROFILES, ORDERS, FORECASTS; contracts.touch.ORDER_CREDITS where touches are known
Out  `Won`: one row per customer and channel that won her, for `acquisition`, `payback` and `channels`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.channel import NO_CHANNEL
from patron.contracts.contract import MONEY
from patron.profile.known import day_of, known_by
from patron.profile.newcomers import newcomers

SHARE = "decimal(18, 9)"

Keep = Callable[[str, ir.Table], ir.Table]


def as_it_is(_name: str, table: ir.Table) -> ir.Table:
    """Return a table without writing it aside."""
    return table


@dataclass(frozen=True, kw_only=True)
class Won:
    """Who was won by what.

    Parameters
    ----------
    customers : Table, one row per customer and channel
        ``customer_id, channel, share`` (SHARE; over the channels of a customer exactly 1), ``told``, ``first_day``,
        ``cohort`` (as 2011-03), ``category`` and ``product_id`` of the first day or null, ``margin`` and ``predicted``
        (MONEY: hers to date, and what is expected of her, shared out to the cent), ``watched`` and ``again``: whether
        she was watched for `return_days`, and ordered again within them.
    as_of : date
    return_days : int or None
        None where the data are too short for any.
    basis : str
        Whether margin is margin or revenue.
    since : date or None
        First day of the first month in which first orders are likely the first of all; None without a customer.
    """

    customers: ir.Table
    as_of: date
    return_days: int | None
    basis: str
    since: date | None


def won(
    profiles: ir.Table,
    orders: ir.Table,
    forecasts: ir.Table,
    *,
    as_of: date,
    credited: ir.Table | None = None,
    first_purchases: ir.Table | None = None,
    return_days: int | None = None,
    keep: Keep = as_it_is,
) -> Won:
    """Return which channel won whom.

    Parameters
    ----------
    profiles : Table, one row per customer
        ``customer_id, acquisition_channel, margin, basis`` of contracts.customer.PROFILES.
    orders : Table, one row per order
        ``customer_id, ordered_at`` of contracts.customer.ORDERS.
    forecasts : Table, one row per customer
        ``customer_id, predicted_value`` of contracts.customer.FORECASTS.
    as_of : date
        The last day we may know about.
    credited : Table, optional
        contracts.touch.ORDER_CREDITS: what touched a customer before her first order, corrected by lift tests.
    first_purchases : Table, optional
        One row per customer: ``customer_id, category, product_id`` of the first day.
    return_days : int, optional
        Within how many days after the first order coming back counts.
    keep : callable
        Writes a table aside and returns it as written.

    Notes
    -----
    A customer whom her record assigns to a channel was won by that channel alone. Others are shared out by the credits
    of their first order; `none` where nobody knows. Who probably bought before the data begin (`newcomers`) was won by
    nothing that the data tell; so that spend and customers are of the same days, cohorts begin with the first month of
    which that is true of nobody.
    """
    firsts = newcomers(known_by(orders, as_of=as_of), as_of=as_of)
    facts = _since(firsts, orders, profiles, as_of=as_of)
    since, basis = facts
    people = _people(firsts, profiles, orders, forecasts, first_purchases, as_of=as_of, return_days=return_days)
    if since is not None:
        people = people.filter(people.first_day >= ibis.literal(since))
    people = keep("won_people", people)
    shares = _shares(people, credited, as_of=as_of)
    customers = keep("won", _shared_out(shares))
    return Won(customers=customers, as_of=as_of, return_days=return_days, basis=basis, since=since)


def _since(firsts: ir.Table, orders: ir.Table, profiles: ir.Table, *, as_of: date) -> tuple[date | None, str]:
    """Return the first day of the first month without somebody who looks new and is not, and what margin means."""
    everyone = known_by(orders, as_of=as_of)
    dated = everyone.group_by("customer_id").aggregate(day=day_of(everyone.ordered_at).min())
    old = dated.anti_join(firsts, [("customer_id", "customer_id")])
    known = old.aggregate(last=old.day.max()).cross_join(firsts.aggregate(first=firsts.first_day.min()))
    row = known.cross_join(profiles.aggregate(basis=profiles.basis.max())).to_pyarrow().to_pylist()[0]
    basis = row["basis"] or "revenue"
    if row["first"] is None:
        return None, basis
    if row["last"] is None or row["last"] < row["first"].replace(day=1):
        return row["first"].replace(day=1), basis
    return (row["last"].replace(day=1) + timedelta(days=32)).replace(day=1), basis


def _people(
    firsts: ir.Table, profiles: ir.Table, orders: ir.Table, forecasts: ir.Table, began: ir.Table | None,
    *, as_of: date, return_days: int | None,
) -> ir.Table:  # fmt: skip
    days = return_days or 0
    ordered = known_by(orders, as_of=as_of)
    later = ordered.select(who=ordered.customer_id, day=day_of(ordered.ordered_at)).inner_join(
        firsts, [("who", "customer_id")]
    )
    wait = later.day.delta(later.first_day, unit="day").cast("int64")
    back = later.filter((wait > 0) & (wait <= days)).select("who").distinct()
    people = firsts.left_join(back, [("customer_id", "who")])
    known = profiles.select(one=profiles.customer_id, own_margin=profiles.margin, told=profiles.acquisition_channel)
    people = people.inner_join(known, [("customer_id", "one")])
    ahead = forecasts.select(another=forecasts.customer_id, ahead=forecasts.predicted_value.round(2).cast(MONEY))
    people = people.left_join(ahead, [("customer_id", "another")])
    if began is not None:
        people = people.left_join(
            began.select(whose=began.customer_id, category=began.category, product_id=began.product_id),
            [("customer_id", "whose")],
        )
    nothing = {name: ibis.null("string") for name in ("category", "product_id") if name not in people.columns}
    people = people.mutate(**nothing)
    return people.select(
        "customer_id", "first_day", "category", "product_id",
        cohort=people.first_day.strftime("%Y-%m"), told_by=people.told,
        own_margin=people.own_margin,
        own_ahead=people.ahead.fill_null(ibis.literal(0).cast(MONEY)),
        watched=people.first_day <= ibis.literal(as_of - timedelta(days=days)), again=people.who.notnull(),
    )  # fmt: skip


def _shares(people: ir.Table, credited: ir.Table | None, *, as_of: date) -> ir.Table:
    """Return each customer's channels with the credits that they have in her, and whether her record told."""
    told = people.filter(people.told_by.notnull())
    whole = ibis.literal(1).cast(SHARE)
    parts = [told.mutate(channel=told.told_by, credit=whole, told=ibis.literal(value=True))]
    rest = people.filter(people.told_by.isnull())
    nobody = {"channel": ibis.literal(NO_CHANNEL), "credit": whole, "told": ibis.literal(value=False)}
    if credited is None:
        parts.append(rest.mutate(**nobody))
    else:
        first = credited.filter(credited.first_order & (credited.ordered_on <= ibis.literal(as_of)))
        given = first.group_by("customer_id", "channel").aggregate(credit=first.calibrated.cast(SHARE).sum())
        given = given.filter(given.credit > 0).select(
            who=given.customer_id, channel=given.channel, credit=given.credit.cast(SHARE)
        )
        parts.append(rest.inner_join(given, [("customer_id", "who")]).drop("who").mutate(told=nobody["told"]))
        known = given.select("who").distinct()
        parts.append(rest.anti_join(known, [("customer_id", "who")]).mutate(**nobody))
    columns = [*(name for name in people.columns if name != "told_by"), "channel", "credit", "told"]
    return ibis.union(*(part.select(*columns) for part in parts))


def _shared_out(shares: ir.Table) -> ir.Table:
    """Turn credits into shares that add up to 1, and share each customer's money out to the cent.

    A channel gets what is owed to it and to those before it, rounded, less what those before it were owed, rounded: so
    nothing is left over.
    """
    everyone = ibis.window(group_by="customer_id")
    order = ibis.window(group_by="customer_id", order_by="channel")
    until = ibis.cumulative_window(group_by="customer_id", order_by="channel")
    summed = shares.mutate(
        reached=shares.credit.sum().over(until).cast("float64") / shares.credit.sum().over(everyone).cast("float64"),
        following=shares.channel.lead().over(order),
    )
    ended = summed.following.isnull()
    upto = summed.mutate(upto=ibis.ifelse(ended, 1.0, summed.reached.round(9)))
    upto = upto.mutate(before=upto.upto.lag().over(order).fill_null(0.0))

    def cents(whole: ir.Value) -> ir.Value:
        ends = ((whole.cast("float64") * end).round(2).cast(MONEY) for end in (upto.upto, upto.before))
        return (next(ends) - next(ends)).cast(MONEY)

    return upto.select(
        "customer_id", "channel", "told", "first_day", "cohort", "category", "product_id", "watched", "again",
        share=(upto.upto - upto.before).round(9).cast(SHARE), margin=cents(upto.own_margin),
        predicted=cents(upto.own_ahead),
    )  # fmt: skip
