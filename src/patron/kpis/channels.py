"""From money spent to customers won, kept and grown: what does each channel cost, and what comes of it?

In   `kpis.won.Won`, contracts.touch.ORDER_CREDITS, ATTRIBUTION, contracts.raw.RAW_SPEND, contracts.customer.MEMBERSHIPS
Out  contracts.channel.CHANNELS
Ref  Blattberg & Deighton (1996), Harvard Business Review 74(4), 136-144: money for winning and for keeping customers
     Lewis & Rao (2015), The unfavorable economics of measuring the returns to advertising, Quarterly Journal of
     Economics 130(4), 1941-1973: why a return that was not measured says little, and its interval much
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.channel import CHANNELS, CREDIT_STATUSES, EVERY, LATEST
from patron.kpis.acquisition import worth_over
from patron.kpis.channel_causes import Caused, incremental
from patron.kpis.channel_spend import Spent, cost, cost_status, money
from patron.kpis.credit_times import CreditTimes
from patron.kpis.won import Won
from patron.kpis.won_cells import Sums, nobody, usual_spread, wide_of
from patron.profile.known import day_of, known_by

Key = tuple[str, str, str, str]  # channel, period, segmentation, segment
_KEYS = ("channel", "period", "segmentation", "segment")
_SUMMED = ("people", "orders", "kept", "grown", "revenue", "margin")
_SHARE = "decimal(18, 9)"


@dataclass(frozen=True, kw_only=True)
class _Costs:
    """Cents by channel and period, and the channels of which spend is known."""

    cents: Mapping[Key, int]
    channels: frozenset[str]

    def of(self, key: Key) -> int | None:
        """Return what was spent: 0 in a period without a bill; None for segments and where nothing is known."""
        if key[2] != EVERY or not (key[0] in self.channels or (key[0] == EVERY and self.channels)):
            return None
        return self.cents.get(key, 0)


def channels(
    won: Won, *, caused: Mapping[str, Caused] | None = None, forecast_error: float = 0.0
) -> ir.Table:  # fmt: skip
    """Return what each channel cost and brought, by month and in the latest period.

    Parameters
    ----------
    won : Won
        Which channel won whom (`kpis.won`), with its orders, credits, spend and the segments that are told apart.
    caused : mapping of Caused, optional
        By channel, what is known of cause (`kpis.channel_causes`).
    forecast_error : float
        Relative standard error that the predicted values of all customers share.

    Returns
    -------
    Table
        Keeps the contract CHANNELS, held in memory. Without rows where the data are shorter than twice 28 days, or
        nobody was won and nothing credited.
    """
    compared = won.times
    if won.since is None or compared is None:
        return CHANNELS.empty()
    brought = {} if won.credited is None else _brought(won, won.credited, compared)
    came = {
        cell: sums for cell, sums in won.cells.items()
        if cell[1] == LATEST or (cell[1] != EVERY and cell[2] == EVERY)
    }  # fmt: skip
    first = min((key[1] for key in (*brought, *came) if key[1] != LATEST), default=None)
    costs = _Costs(cents=_costs(won.spent, compared, first=first), channels=frozenset(won.spent.channels))
    causes = caused or {}
    keys = sorted({*brought, *came, *(key for key, cents in costs.cents.items() if cents)})
    rows = [_row(key, brought.get(key), costs, causes, compared) for key in keys]
    sums = [came.get(key) or nobody() for key in keys]
    columns = _of_won(sums, [costs.of(key) for key in keys], forecast_error, usual_spread(won.cells))
    for row, *values in zip(rows, *columns.values(), strict=True):
        row |= dict(zip(columns, values, strict=True))
        row["people"] = max(row["people"], row["came"])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=CHANNELS.schema.to_pyarrow()))


def _brought(won: Won, credits_: ir.Table, compared: CreditTimes) -> dict[Key, dict[str, Any]]:
    """Add up the credits, and the customers who were kept and grown, by channel, period and segment."""
    known = known_by(credits_, as_of=won.as_of, column="ordered_on")
    credited = known.filter(known.credit > 0)  # what would have come by itself has a part in corrected credits alone
    months = credited.mutate(period=credited.ordered_on.strftime("%Y-%m"))
    start = ibis.literal(compared.after.start)
    latest = credited.filter(credited.ordered_on >= start).mutate(period=ibis.literal(LATEST))
    every = ibis.union(months, latest)
    credit = every.credit.cast(_SHARE)
    mine = every.mutate(credit=credit).group_by("customer_id", "channel", "period").aggregate(
        orders=lambda t: t.credit.sum().cast(_SHARE), revenue=lambda t: t.revenue.sum(), margin=lambda t: t.margin.sum()
    )  # fmt: skip
    mine = mine.mutate(all_orders=mine.orders.sum().over(ibis.window(group_by=["customer_id", "period"])))
    both = mine.left_join(
        _stood(known_by(won.orders, as_of=won.as_of), compared), [("customer_id", "who"), ("period", "when")]
    )
    part = ibis.ifelse(both.all_orders > 0, both.orders.cast("float64") / both.all_orders.cast("float64"), 0.0)
    placed = won.keep("channel_credits", both.select(
        "customer_id", "channel", "period", "orders", "revenue", "margin",
        kept=ibis.ifelse(both.before.fill_null(False), part, 0.0).round(9).cast(_SHARE),
        grown=ibis.ifelse(both.more.fill_null(False), part, 0.0).round(9).cast(_SHARE),
    ))  # fmt: skip
    everyone = placed.mutate(segmentation=ibis.literal(EVERY), segment=ibis.literal(EVERY))
    parts = [everyone]
    if won.memberships is not None:
        theirs = won.memberships.select("segmentation", "segment", who=won.memberships.customer_id)
        now = placed.filter(placed.period == LATEST)
        parts.append(now.inner_join(theirs, [("customer_id", "who")]).select(*everyone.columns))
    whole = ibis.union(*parts) if len(parts) > 1 else everyone
    summed = whole.group_by(*_KEYS).aggregate(
        people=whole.count(where=whole.orders > 0).cast("int64"),
        revenue=whole.revenue.sum(), margin=whole.margin.sum(),
        **{name: whole[name].sum().cast("float64") for name in ("orders", "kept", "grown")},
    )  # fmt: skip
    return _with_whole(summed.order_by(*_KEYS).to_pyarrow().to_pylist())


def _with_whole(rows: Sequence[dict[str, Any]]) -> dict[Key, dict[str, Any]]:
    """Return the rows by key, with those of all channels.

    A customer of two channels is one of all: of these there are as many as the largest channel has, or more.
    """
    found: dict[Key, dict[str, Any]] = {}
    for row in rows:
        for channel in (row["channel"], EVERY):
            key = (channel, row["period"], row["segmentation"], row["segment"])
            sums = found.setdefault(key, dict.fromkeys(_SUMMED, 0))
            found[key] = {name: sums[name] + row[name] for name in _SUMMED} | {
                "people": max(sums["people"], row["people"])
            }
    return found


def _stood(orders: ir.Table, compared: CreditTimes) -> ir.Table:
    """Tell of each customer and period whether she had ordered before it, and in the latest brought more than before.

    One row per customer and period in which she ordered: ``who``, ``when``, ``before``, ``more``.
    """
    dated = orders.select("customer_id", "margin", day=day_of(orders.ordered_at))
    dated = dated.mutate(first=dated.day.min().over(ibis.window(group_by="customer_id")))
    month = dated.mutate(when=dated.day.strftime("%Y-%m"), begin=dated.day.truncate("M"))
    months = month.group_by(who=month.customer_id, when=month.when).aggregate(before=(month.first < month.begin).any())
    months = months.mutate(more=ibis.literal(value=False))
    inside = dated.day >= ibis.literal(compared.after.start)
    earlier = dated.day.between(ibis.literal(compared.before.start), ibis.literal(compared.before.end))
    nothing = ibis.literal(Decimal("0.00"))
    year = dated.mutate(inside=inside, earlier=earlier)
    now = year.group_by(who=year.customer_id).aggregate(
        inside=year.inside.any(), earlier=year.earlier.any(),
        before=(year["first"] < ibis.literal(compared.after.start)).any(),
        now=ibis.ifelse(year.inside, year.margin, nothing).sum(),
        then=ibis.ifelse(year.earlier, year.margin, nothing).sum(),
    )  # fmt: skip
    now = now.filter(now.inside).select(
        "who", "before", when=ibis.literal(LATEST), more=now.earlier & (now.now > now["then"])
    )
    return months.union(now.select(*months.columns))


def _costs(known: Spent, compared: CreditTimes, *, first: str | None) -> dict[Key, int]:
    """Return the cents of each channel of which spend is known, and of all, by period."""
    found: dict[Key, int] = defaultdict(int)
    for channel, days in known.days.items():
        recent = sum(cents for day, cents in days.items() if day >= compared.after.start)
        months = {
            month: cents for month, cents in known.months[channel].items() if first is not None and month >= first
        }
        for period, cents in (months | {LATEST: recent}).items():
            for name in (channel, EVERY):
                found[name, period, EVERY, EVERY] += cents
    return dict(found)


def _of_won(
    sums: Sequence[Sums], cents: Sequence[int | None], forecast_error: float, usual: float
) -> dict[str, list[Any]]:
    """Return how many were won, what that cost and what they are worth."""
    wide = wide_of(sums, usual)
    return {
        "won": wide["won"].tolist(),
        "cac": cost(cents, wide["won"], wide["won_2"], wide["people"])["cac"],
        **worth_over(wide, cents, forecast_error),
        "status": [cost_status(one, count) for one, count in zip(cents, wide["won"].tolist(), strict=True)],
        "came": [one["people"] for one in sums],
    }  # fmt: skip


def _row(
    key: Key, brought: Mapping[str, Any] | None, costs: _Costs, caused: Mapping[str, Caused], compared: CreditTimes
) -> dict[str, Any]:
    """Return what a row tells of spend and credit."""
    start, end = _days(key[1], compared)
    cents = costs.of(key)
    paid = cents if cents is not None and cents > 0 else None
    latest, status = key[1] == LATEST, compared.status(key[0], start)
    told = _credited(brought, status=status, latest=latest, paid=paid)
    return {
        **dict(zip(_KEYS, key, strict=True)), "from_day": start, "to_day": end, "spend": money(cents),
        "people": 0 if brought is None else brought["people"],
        "credit_status": status, **told, **_caused(key[0], told["margin"], paid, latest=latest, caused=caused),
    }  # fmt: skip


_OF_CREDIT = ("kept", "grown", "orders", "revenue", "margin", "roas", "roi")


def _credited(brought: Mapping[str, Any] | None, *, status: str, latest: bool, paid: int | None) -> dict[str, Any]:
    """Return what is credited to a channel; nothing, which is not 0, where that cannot be told."""
    if status != CREDIT_STATUSES[0]:
        return dict.fromkeys(_OF_CREDIT)
    sums = brought or dict.fromkeys(_SUMMED, 0)
    revenue, margin = (Decimal(sums[name]).quantize(Decimal("0.01")) for name in ("revenue", "margin"))
    return {
        "kept": float(sums["kept"]), "grown": float(sums["grown"]) if latest else None,
        "orders": float(sums["orders"]), "revenue": revenue, "margin": margin,
        "roas": None if paid is None else float(revenue) * 100 / paid,
        "roi": None if paid is None else float(margin) * 100 / paid - 1,
    }  # fmt: skip


def _caused(
    channel: str, margin: Decimal | None, paid: int | None, *, latest: bool, caused: Mapping[str, Caused]
) -> dict[str, Any]:
    """Return what would not have come without the channel; a mix model speaks of the latest period alone."""
    known = caused.get(channel)
    known = known if latest or known is None or known.of_credit else None
    told = None if margin is None or channel == EVERY else float(margin)
    return incremental(told, paid, known)


def _days(period: str, compared: CreditTimes) -> tuple[date, date]:
    if period == LATEST:
        return compared.after.start, compared.after.end
    start = date.fromisoformat(f"{period}-01")
    end = (start + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return start, min(end, compared.after.end)
