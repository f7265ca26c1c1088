"""Which channel won each customer, and what has she been worth since?

In   contracts.customer.PROFILES, ORDERS, FORECASTS; contracts.touch.ORDER_CREDITS where touches are known
Out  `Won`: one row per customer and channel that won her, for `acquisition`, `payback` and `channels`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import ibis
import ibis.expr.types as ir

from patron.contracts.channel import NO_CHANNEL
from patron.contracts.contract import MONEY
from patron.kpis.channel_spend import Spent, spent
from patron.kpis.credit_times import CreditTimes, credit_times
from patron.kpis.won_cells import Cell, Sums, won_cells
from patron.profile.known import day_of, known_by
from patron.profile.newcomers import newcomers
from patron.profile.watching import horizon_of

SHARE = "decimal(18, 9)"
BEGAN_WITH = ("category", "product_id")

Keep = Callable[[str, ir.Table], ir.Table]


def as_it_is(_name: str, table: ir.Table) -> ir.Table:
    """Return a table without writing it aside."""
    return table


@dataclass(frozen=True, kw_only=True)
class Won:
    """Who was won by what, and all that is asked of it.

    Parameters
    ----------
    customers : Table, one row per customer and channel
        ``customer_id, channel, share`` (SHARE; over the channels of a customer exactly 1), ``told``, ``first_day``,
        ``cohort`` (as 2011-03), ``category`` and ``product_id`` of the first day or null, ``margin`` and ``predicted``
        (MONEY: hers to date, and what is expected of her, shared out to the cent), ``watched`` and ``again``: whether
        she was watched for `return_days`, and ordered again within them.
    orders, spend, credited, memberships
        As `won` was given them.
    as_of : date
    return_days : int or None
        None where the data are too short for any.
    basis : str
        Whether margin is margin or revenue.
    since : date or None
        First day of the first month in which first orders are likely the first of all; None without a customer.
    keep : callable
        Writes a table aside and returns it as written.
    """

    customers: ir.Table
    orders: ir.Table
    spend: ir.Table
    credited: ir.Table | None
    memberships: ir.Table | None
    as_of: date
    return_days: int | None
    basis: str
    since: date | None
    keep: Keep

    @cached_property
    def spent(self) -> Spent:
        """What was spent, by channel."""
        return spent(self.spend, as_of=self.as_of)

    @cached_property
    def times(self) -> CreditTimes | None:
        """Which days are compared, and credited; None where the data are shorter than twice 28 days."""
        return credit_times(self.orders, self.credited, as_of=self.as_of)

    @cached_property
    def cells(self) -> dict[Cell, Sums]:
        """The sums over customers, by channel, cohort and segment."""
        return won_cells(
            self.customers, self.memberships, latest=None if self.times is None else self.times.after
        )  # fmt: skip

    @property
    def first_cohort(self) -> str:
        """The first cohort, as 2011-03."""
        assert self.since is not None
        return f"{self.since.year:04d}-{self.since.month:02d}"


def won(
    profiles: ir.Table,
    orders: ir.Table,
    forecasts: ir.Table,
    spend: ir.Table,
    *,
    as_of: date,
    credited: ir.Table | None = None,
    memberships: ir.Table | None = None,
    keep: Keep = as_it_is,
) -> Won:
    """Return which channel won whom.

    Parameters
    ----------
    profiles : Table, one row per customer
        ``customer_id, acquisition_channel, margin, basis`` of contracts.customer.PROFILES, and, where known,
        ``category, product_id`` of the first day (`kpis.first_purchase`).
    orders : Table, one row per order
        ``order_id, customer_id, ordered_at, margin`` of contracts.customer.ORDERS.
    forecasts : Table, one row per customer
        ``customer_id, predicted_value`` of contracts.customer.FORECASTS.
    spend : Table
        contracts.raw.RAW_SPEND, its channels called as elsewhere (`kpis.channel_key`); it may have no rows.
    as_of : date
        The last day we may know about.
    credited : Table, optional
        contracts.touch.ORDER_CREDITS: what touched customers before their orders, corrected by lift tests.
    memberships : Table, optional
        contracts.customer.MEMBERSHIPS: the segments that are told apart.
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
    begun = _begun(firsts, orders, profiles, as_of=as_of)
    people = _people(firsts, profiles, orders, forecasts, as_of=as_of, return_days=begun.return_days)
    if begun.since is not None:
        people = people.filter(people.first_day >= ibis.literal(begun.since))
    customers = keep("won", _shared_out(_shares(people, credited, as_of=as_of)))
    return Won(
        customers=customers, orders=orders, spend=spend, credited=credited, memberships=memberships, as_of=as_of,
        keep=keep, return_days=begun.return_days, basis=begun.basis, since=begun.since,
    )  # fmt: skip


@dataclass(frozen=True)
class _Begun:
    """What the first days of the data decide."""

    since: date | None
    return_days: int | None
    basis: str


def _begun(firsts: ir.Table, orders: ir.Table, profiles: ir.Table, *, as_of: date) -> _Begun:
    """Find the first month in which nobody looks new who is not, and for how many days customers can be watched."""
    everyone = known_by(orders, as_of=as_of)
    dated = everyone.group_by("customer_id").aggregate(day=day_of(everyone.ordered_at).min())
    old = dated.anti_join(firsts, [("customer_id", "customer_id")])
    known = old.aggregate(last=old.day.max()).cross_join(dated.aggregate(start=dated.day.min()))
    known = known.cross_join(firsts.aggregate(first=firsts.first_day.min()))
    row = known.cross_join(profiles.aggregate(basis=profiles.basis.max())).to_pyarrow().to_pylist()[0]
    days = None if row["start"] is None else horizon_of(row["start"], as_of)
    since = None if row["first"] is None else row["first"].replace(day=1)
    if since is not None and row["last"] is not None and row["last"] >= since:
        since = (row["last"].replace(day=1) + timedelta(days=32)).replace(day=1)
    return _Begun(since, days, row["basis"] or "revenue")


def _people(
    firsts: ir.Table, profiles: ir.Table, orders: ir.Table, forecasts: ir.Table, *, as_of: date, return_days: int | None
) -> ir.Table:
    days = return_days or 0
    ordered = known_by(orders, as_of=as_of)
    later = ordered.select(who=ordered.customer_id, day=day_of(ordered.ordered_at)).inner_join(
        firsts, [("who", "customer_id")]
    )
    wait = later.day.delta(later.first_day, unit="day").cast("int64")
    back = later.filter((wait > 0) & (wait <= days)).select("who").distinct()
    people = firsts.left_join(back, [("customer_id", "who")])
    began = {name: profiles[name] if name in profiles.columns else ibis.null("string") for name in BEGAN_WITH}
    known = profiles.select(
        one=profiles.customer_id, own_margin=profiles.margin, told=profiles.acquisition_channel, **began
    )
    people = people.inner_join(known, [("customer_id", "one")])
    ahead = forecasts.select(another=forecasts.customer_id, ahead=forecasts.predicted_value.round(2).cast(MONEY))
    people = people.left_join(ahead, [("customer_id", "another")])
    return people.select(
        "customer_id", "first_day", "category", "product_id",
        cohort=people.first_day.strftime("%Y-%m"), told_by=people.told,
        own_margin=people.own_margin,
        own_ahead=people.ahead.fill_null(ibis.literal(0).cast(MONEY)),
        watched=people.first_day <= ibis.literal(as_of - timedelta(days=days)), again=people.who.notnull(),
    )  # fmt: skip


def _shares(people: ir.Table, credited: ir.Table | None, *, as_of: date) -> ir.Table:
    """Return each customer's channels with the credits that they have in her, and whether her record told."""
    whole = ibis.literal(1).cast(SHARE)
    if credited is None:
        given = people.mutate(given=ibis.null("string"), credit=ibis.null(SHARE))
    else:
        first = credited.filter(credited.first_order & (credited.ordered_on <= ibis.literal(as_of)))
        shares = first.group_by("customer_id", "channel").aggregate(credit=first.calibrated.cast(SHARE).sum())
        shares = shares.filter(shares.credit > 0)
        shares = shares.select(whose=shares.customer_id, given=shares.channel, credit=shares.credit.cast(SHARE))
        untold = people.mutate(asked=ibis.ifelse(people.told_by.isnull(), people.customer_id, ibis.null("string")))
        given = untold.left_join(shares, [("asked", "whose")]).drop("asked", "whose")
    return given.mutate(
        channel=ibis.coalesce(given.told_by, given.given, ibis.literal(NO_CHANNEL)),
        credit=given.credit.fill_null(whole), told=given.told_by.notnull(),
    ).drop("told_by", "given")  # fmt: skip


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
