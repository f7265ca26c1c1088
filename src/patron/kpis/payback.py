"""When have the customers of a channel brought back what winning them cost?

A cohort is a month of first orders, so all of its customers were watched for the same number of whole months of 30
days. What one of them has brought by the end of a month is the sum of what each month so far brought on average, each
mean over the cohorts that have lived it.

In   `kpis.won.Won`, contracts.customer.TAKINGS, contracts.raw.RAW_SPEND
Out  contracts.channel.PAYBACK
Ref  Mack (1993), Measuring the variability of chain ladder reserve estimates, ASTIN Bulletin 23(2), 213-225: later
     months of young cohorts from those of the older ones
     Fay & Feuer (1997), Tiwari, Clegg & Zou (2006): see `stats.compound_sum`
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.channel import BEGAN_WITH, EVERY, PAYBACK
from patron.kpis.channel_spend import cost_status
from patron.kpis.won import Won
from patron.stats.compound_sum import compound_interval, mean_interval, steadied

Floats = NDArray[np.float64]

MONTH_DAYS = 30
LEAST = 20
"""Customers of a cohort or first purchase whose curve is told."""

_FINE = "decimal(38, 4)"  # floats added up depend on the order of the rows, and narrower squares overflow
_KINDS = ("category", "product")

Group = tuple[str, str, str, str]  # channel, cohort, began_with, item


@dataclass(frozen=True, kw_only=True)
class Lived:
    """Sums over customers alike; arrays of shape (months,) are by month since the first order.

    `won` (shares) and `won_2` (their squares) are of those who were watched to the end of the month.
    """

    people: int
    all_won: float
    all_won_2: float
    won: Floats
    won_2: Floats
    margin: Floats  # share x what each brought in the month
    squares: Floats  # by how much (share x what each had brought so far) squared grew in it

    @classmethod
    def of(cls, parts: Iterable[Lived]) -> Lived:
        """Add up customers."""
        every = list(parts)
        names = ("won", "won_2", "margin", "squares")
        sums = {name: np.sum([getattr(one, name) for one in every], axis=0) for name in names}
        return cls(
            people=sum(one.people for one in every), all_won=sum(one.all_won for one in every),
            all_won_2=sum(one.all_won_2 for one in every), **sums,
        )  # fmt: skip


def payback(won: Won, takings: ir.Table, *, horizon_days: int = 365) -> ir.Table:
    """Return what a customer won has brought by month since her first order, beside what she cost.

    Parameters
    ----------
    won : Won
        Which channel won whom (`kpis.won`), with its spend.
    takings : Table
        contracts.customer.TAKINGS.
    horizon_days : int
        How far the curves go: to the last whole month of 30 days within it.

    Returns
    -------
    Table
        Keeps the contract PAYBACK, held in memory; two engine calls beside that for the spend. Without a row where
        nobody was won, or nobody was watched for a month.
    """
    if won.since is None:
        return PAYBACK.empty()
    months = max(1, min(horizon_days, (won.as_of - won.since).days) // MONTH_DAYS)
    lived = _lived(won, takings, months=months)
    if not lived:
        return PAYBACK.empty()
    usual = _steps(lived[EVERY, EVERY, EVERY, EVERY], ()).relative
    rows = [row for group in sorted(lived, key=_order) for row in _curve(group, lived, usual, won)]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=PAYBACK.schema.to_pyarrow()))


def _order(group: Group) -> tuple[Any, ...]:
    return (group[0] != EVERY, group[0], group[1] != EVERY, group[1], BEGAN_WITH.index(group[2]), group[3])


def months_watched(cohort: str, *, as_of: date, months: int) -> int:
    """Return for how many months of 30 days the last customer of a cohort was watched; -1: not to the month's end.

    Examples
    --------
    >>> months_watched("2024-01", as_of=date(2024, 4, 1), months=12), months_watched("2024-04", as_of=date(2024, 4, 9),
    ...     months=12)
    (2, -1)
    """
    first = date.fromisoformat(f"{cohort}-01")
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return min((as_of - last).days // MONTH_DAYS, months)


def _lived(won: Won, takings: ir.Table, *, months: int) -> dict[Group, Lived]:
    """Return the sums of every group that is told, and of the cohorts that make them up."""
    keys = ("channel", "cohort", "category", "product_id")
    part = won.customers.share.round(4).cast(_FINE)
    people = won.customers.group_by(*keys).aggregate(
        people=won.customers.count().cast("int64"), won=won.customers.share.sum().cast("float64"),
        won_2=(part * part).sum().cast("float64"),
    ).order_by(*keys).to_pyarrow().to_pylist()  # fmt: skip
    sums = _brought(won, takings, months=months).to_pyarrow().to_pylist()
    often = _often(people)
    watched = {row["cohort"]: months_watched(row["cohort"], as_of=won.as_of, months=months) for row in people}
    grouped: dict[Group, list[Lived]] = defaultdict(list)
    brought: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in sums:
        brought[tuple(row[key] for key in keys)].append(row)
    for row in people:
        one = _one(row, brought[tuple(row[key] for key in keys)], watched[row["cohort"]], months)
        for group in _groups(row, often):
            grouped[group].append(one)
    added = {group: Lived.of(parts) for group, parts in grouped.items()}
    return {group: one for group, one in added.items() if group[1:3] == (EVERY, EVERY) or one.all_won >= LEAST}


def _often(people: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Return the categories and products that enough customers began with."""
    count: dict[tuple[str, str], float] = defaultdict(float)
    for row in people:
        for kind, column in zip(_KINDS, ("category", "product_id"), strict=True):
            if row[column] is not None:
                count[kind, row[column]] += row["won"]
    return {key for key, many in count.items() if many >= LEAST}


def _groups(row: Mapping[str, Any], often: set[tuple[str, str]]) -> Iterator[Group]:
    items = [(EVERY, EVERY)] + [
        (kind, row[column]) for kind, column in zip(_KINDS, ("category", "product_id"), strict=True)
        if (kind, row[column]) in often
    ]  # fmt: skip
    for channel in (row["channel"], EVERY):
        for cohort in (row["cohort"], EVERY):
            for kind, item in items:
                yield channel, cohort, kind, item


def _one(row: Mapping[str, Any], brought: Sequence[Mapping[str, Any]], watched: int, months: int) -> Lived:
    size = months + 1
    seen = np.arange(size) <= watched
    wide = {name: np.zeros(size) for name in ("margin", "squares")}
    for one in brought:
        for name, values in wide.items():
            values[one["month"]] += one[name]
    kept = {name: np.where(seen, values, 0.0) for name, values in wide.items()}
    return Lived(
        people=row["people"], all_won=row["won"], all_won_2=row["won_2"],
        won=np.where(seen, row["won"], 0.0), won_2=np.where(seen, row["won_2"], 0.0), **kept,
    )  # fmt: skip


def _brought(won: Won, takings: ir.Table, *, months: int) -> ir.Table:
    """Add up what the customers brought in each month since their first order, and how the squares grew."""
    who = won.customers.select("customer_id", "channel", "cohort", "category", "product_id", "share", "first_day")
    money = takings.filter(takings.day <= ibis.literal(won.as_of)).select(one="customer_id", day="day", margin="margin")
    both = who.inner_join(money, [("customer_id", "one")])
    wait = both.day.delta(both.first_day, unit="day").cast("int64")
    month = ibis.ifelse(wait <= 0, 0, ((wait - 1) // MONTH_DAYS + 1)).cast("int64")
    part = (both.share.cast("float64") * both.margin.cast("float64")).round(4).cast(_FINE)
    dated = both.mutate(month=month, part=part)
    dated = dated.filter(dated.month <= months)
    keys = ("channel", "cohort", "category", "product_id", "month")
    by_month = dated.group_by("customer_id", *keys).aggregate(brought=dated.part.sum().cast(_FINE))
    until = ibis.cumulative_window(group_by=["customer_id", "channel"], order_by="month")
    grown = by_month.mutate(now=by_month.brought.sum().over(until).cast(_FINE))
    grown = grown.mutate(before=(grown.now - grown.brought).cast(_FINE))
    return grown.group_by(*keys).aggregate(
        margin=grown.brought.sum().cast("float64"),
        squares=(grown.now * grown.now).sum().cast("float64") - (grown.before * grown.before).sum().cast("float64"),
    ).order_by(*keys)  # fmt: skip


def _curve(group: Group, lived: Mapping[Group, Lived], usual: Floats, won: Won) -> list[dict[str, Any]]:
    one = lived[group]
    cents = _cents(group, won)
    rest = [
        other for other in (
            lived.get((group[0], EVERY, *group[2:])), lived.get((group[0], EVERY, EVERY, EVERY)),
            lived.get((EVERY, EVERY, EVERY, EVERY)),
        ) if other is not None
    ]  # fmt: skip
    steps = _steps(one, rest)
    if not len(steps.mean):
        return []
    steps = steps.steadied(one, usual)
    cac = None if cents is None or cents <= 0 else cents / 100 / lived[group[0], group[1], EVERY, EVERY].all_won
    rows = [
        dict(zip(("channel", "cohort", "began_with", "item"), group, strict=True))
        | {"month": month, "people": one.people, "won": one.all_won} | values
        for month, values in enumerate(steps.rows(one, cac))
    ]  # fmt: skip
    status = _status(rows, cents, one.all_won)
    return [row | {"status": status} for row in rows]


def _cents(group: Group, won: Won) -> int | None:
    """Return what was spent on a channel and cohort; nobody spends by what customers begin with."""
    channel, cohort, *_ = group
    known = won.spent.months
    names = list(known) if channel == EVERY else [channel]
    if not names or any(name not in known for name in names):
        return None
    wanted = [known[name] for name in names]
    return sum(
        cents for months in wanted for month, cents in months.items()
        if month >= won.first_cohort and cohort in (EVERY, month)
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Steps:
    """One curve, by month: who was watched, the mean so far, its variance, and the mean square of what one brought."""

    watched: Floats
    mean: Floats
    variance: Floats
    second: Floats

    def steadied(self, one: Lived, usual: Floats) -> _Steps:
        """Return the curve with the spread that it would have, had some customers as all are been there, too."""
        size = len(self.mean)
        weights = np.full(size, one.all_won), np.full(size, one.all_won_2)
        squares = steadied(weights[0], self.mean * weights[0], self.second * weights[1], weights[1], usual=usual[:size])
        second = squares / weights[1]
        own, wanted = self.second - self.mean**2, np.maximum(second - self.mean**2, 0.0)
        drawn = wanted * weights[1] / weights[0] ** 2  # the least: of all who were won, had all been watched
        scaled = np.divide(self.variance * wanted, own, out=drawn.copy(), where=own > 1e-9 * self.mean**2)
        return replace(self, variance=np.maximum(scaled, drawn), second=second)

    @property
    def relative(self) -> Floats:
        """The mean square over the square of the mean; 1 where the mean is not above 0."""
        squared = self.mean**2
        return np.divide(self.second, squared, out=np.ones_like(squared), where=self.mean > 0)

    def rows(self, one: Lived, cac: float | None) -> list[dict[str, Any]]:
        """Return the columns of each month."""
        ones = np.ones(len(self.mean))
        # Of one member without a spread of her own: the variance of the mean is known.
        _, low, high = mean_interval(ones, self.mean, self.mean**2, ones, extra=self.variance)
        columns: dict[str, Any] = {
            "watched": self.watched, "margin": self.mean, "margin_low": low, "margin_high": high,
        }  # fmt: skip
        if cac is not None:
            drawn = (self.second - self.mean**2) * one.all_won_2
            more = np.maximum(self.variance * one.all_won**2 - drawn, 0.0)  # of months that were taken from others
            sums = self.mean * one.all_won, self.second * one.all_won_2, ones * one.people
            ends = (self.mean * one.all_won, *compound_interval(*sums, extra=more))
            names = ("returned", "returned_low", "returned_high")
            columns |= dict(zip(names, (end / (cac * one.all_won) for end in ends), strict=True))
        rows = zip(*(values.tolist() for values in columns.values()), strict=True)
        nothing = {"cac": cac, "returned": None, "returned_low": None, "returned_high": None}
        return [nothing | dict(zip(columns, row, strict=True)) for row in rows]


def _steps(one: Lived, rest: Sequence[Lived]) -> _Steps:
    """Put a curve together, month by month, from the own customers as far as they were watched and then from others.

    What a month adds to the mean square, less what it adds to the squared mean, is divided by the customers of that
    month; as fewer and fewer have lived the later months, that errs on the safe side.
    """
    columns: list[tuple[float, float, float, float]] = []
    mean = variance = second = 0.0
    for month in range(len(one.won)):
        source = next((other for other in (one, *rest) if other.won[month] > 0), None)
        if source is None:
            break
        before, squared = mean**2, second
        mean += source.margin[month] / source.won[month]
        second = max(second + source.squares[month] / source.won_2[month], mean**2)
        spread = max((second - squared) - (mean**2 - before), 0.0)
        variance += spread * source.won_2[month] / source.won[month] ** 2
        columns.append((one.won[month], mean, variance, second))
    names = ("watched", "mean", "variance", "second")
    return _Steps(**dict(zip(names, np.array(columns).reshape(-1, 4).T, strict=True)))


def _status(rows: Sequence[Mapping[str, Any]], cents: int | None, count: float) -> str:
    status = cost_status(cents, count)
    if status != "read":
        return status
    back = next((row for row in rows if row["returned"] >= 1), None)
    if back is None:
        return "not_within_horizon"
    return "paid_back" if back["watched"] > 0 else "expected"
