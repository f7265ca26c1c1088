"""What is there in each micro-segment, and what came of those who were in it? Counted in the engine, once each.

Customers are counted by cell and by stratum: when they began, and by which channel. Both were settled before anything
that is compared here, so that cells are compared like with like.

In   contracts.customer.MEMBERSHIPS, PROFILES, FORECASTS, ORDERS, TAKINGS, RHYTHM; contracts.micro.MEMBERSHIPS_BEFORE
Out  Arrow tables of counted patterns
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.micro import MEMBERSHIPS_BEFORE, MICRO
from patron.profile.known import day_of
from patron.segments.micro_axes import placed
from patron.segments.micro_cells import Cells, Values, values_of
from patron.segments.micro_members import with_cells

TENURES = (180, 365, 730)
"""Days since the first order at which the next stratum begins."""

CHANNELS = 5
"""Acquisition channels that are strata of their own; the others are one more."""

STRATUM = ("tenure", "channel")
_MONEY = "decimal(18, 2)"
_FOUR = "decimal(18, 4)"


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What micro-segments are counted from; each keeps the contract of its name."""

    memberships: ir.Table
    profiles: ir.Table
    forecasts: ir.Table
    orders: ir.Table
    takings: ir.Table
    rhythm: ir.Table
    before: ir.Table | None = None  # MEMBERSHIPS_BEFORE


def counted_now(tables: Tables, *, as_of: date, horizon_days: int) -> pa.Table:
    """Return size and money of each cell and stratum on the run's day.

    Returns
    -------
    pyarrow.Table, one row per cell and stratum
        ``own`` (the cell), ``cell`` (its segment), ``tenure, channel``, ``customers, margin, margin_last,
        predicted_value`` (exact), and ``total, squares`` of the predicted value in whole cents.
    """
    common = _common(tables.profiles)
    patterns = patterns_now(tables, common, as_of=as_of, horizon_days=horizon_days)
    return patterns.order_by("own", *STRATUM).to_pyarrow()


def patterns_now(tables: Tables, common: Sequence[str], *, as_of: date, horizon_days: int) -> ir.Table:
    """Return the rows of `counted_now` as an expression; `common` are the channels that are strata of their own."""
    first = as_of - timedelta(days=horizon_days)
    taken = _between(tables.takings, first, as_of)
    last = taken.group_by(payer=taken.customer_id).aggregate(margin_last=taken.margin.sum())
    ahead = tables.forecasts.select(who="customer_id", value="predicted_value")
    inside = tables.memberships.filter(tables.memberships.segmentation == MICRO)
    inside = inside.select("customer_id", cell=inside.segment, own=ibis.coalesce(inside.detail, inside.segment))
    people = inside.inner_join(_people(tables.profiles, common, as_of), [("customer_id", "person")])
    people = people.left_join(last, [("customer_id", "payer")]).left_join(ahead, [("customer_id", "who")])
    cents = people.value.round(2).cast(_MONEY).fill_null(_zero())
    people = people.mutate(cents=cents, fine=people.value.round(4).cast(_FOUR).fill_null(_zero(_FOUR)))
    return people.group_by("own", "cell", *STRATUM).aggregate(
        customers=people.count(),
        margin=people.margin.sum().cast(_MONEY),
        margin_last=people.margin_last.sum().fill_null(_zero()).cast(_MONEY),
        predicted_value=people.fine.sum().cast(_FOUR),
        total=people.cents.sum().cast("float64"),
        squares=_square(people.cents).sum().cast("float64"),
    )


def counted_since(
    tables: Tables, names: Sequence[tuple[str, str]], axes: Sequence[str], *, origin: date, as_of: date
) -> pa.Table:
    """Return what came of those who were in each cell before, by cell and stratum of that day.

    Parameters
    ----------
    tables : Tables
        With `before`.
    names : sequence of (str, str)
        Cells and their segments, as of the run's day.
    axes : sequence of str
        What they are cut by. Columns of `profiles` are taken as they are today.
    origin, as_of : date
        What came after the one and up to the other counts.

    Returns
    -------
    pyarrow.Table, one row per cell and stratum
        ``own, cell`` (null where nobody is in it today), ``axis_0, ...`` (the values), ``tenure, channel``,
        ``watched, stayed, ordered, at_risk, lapsed, margin`` (exact), ``total, squares`` of the margin.
    """
    common = _common(tables.profiles)
    patterns = patterns_since(tables, common, names, axes, origin=origin, as_of=as_of)
    return patterns.order_by(*_columns(len(axes)), *STRATUM).to_pyarrow()


def patterns_since(
    tables: Tables, common: Sequence[str], names: Sequence[tuple[str, str]], axes: Sequence[str], *, origin: date,
    as_of: date,
) -> ir.Table:  # fmt: skip
    """Return the rows of `counted_since` as an expression."""
    before = MEMBERSHIPS_BEFORE.empty() if tables.before is None else tables.before
    then = placed(before, tables.profiles, axes)
    then = then.inner_join(before.select(known="customer_id").distinct(), [("customer_id", "known")])
    then = with_cells(then, Cells(segment={values_of(own): cell for own, cell in names}))
    people = _followed(
        then.inner_join(_people(tables.profiles, common, origin), [("customer_id", "person")]), tables, origin, as_of
    )
    return people.group_by("own", "cell", *_columns(len(axes)), *STRATUM).aggregate(
        watched=people.count(),
        stayed=people.count(where=(people.cell == people.cell_now).fill_null(False)),
        ordered=people.count(where=people.came),
        at_risk=people.count(where=people.running),
        lapsed=people.count(where=people.running & people.silent),
        margin=people.brought.sum().cast(_MONEY),
        total=people.brought.sum().cast("float64"),
        squares=_square(people.brought).sum().cast("float64"),
    )


def _square(money: ir.Value) -> ir.Value:
    """Return a square that holds any amount: the engines would keep it in eighteen digits."""
    wide = money.cast("decimal(38, 2)")
    return wide * wide


def axis_values(table: pa.Table) -> list[Values]:
    """Return the values on the axes of each row of `counted_since`."""
    names = [name for name in table.column_names if name.startswith("axis_")]
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def _followed(then: ir.Table, tables: Tables, origin: date, as_of: date) -> ir.Table:
    """Join what customers have done since the origin."""
    now = tables.memberships.filter(tables.memberships.segmentation == MICRO)
    day = day_of(tables.orders.ordered_at)
    dated = tables.orders.select(buyer="customer_id", day=day).filter(lambda t: t.day <= ibis.literal(as_of))
    before = dated.day <= ibis.literal(origin)
    bought = dated.group_by("buyer").aggregate(
        last=ibis.ifelse(before, dated.day, ibis.null("date")).max(), later=dated.count(where=~before)
    )
    taken = _between(tables.takings, origin, as_of)
    money = taken.group_by(payer=taken.customer_id).aggregate(brought=taken.margin.sum().cast(_MONEY))
    people = then.left_join(now.select(member="customer_id", cell_now="segment"), [("customer_id", "member")])
    people = people.left_join(bought, [("customer_id", "buyer")]).left_join(money, [("customer_id", "payer")])
    people = people.left_join(
        tables.rhythm.select(paced="customer_id", patience="lapse_after_days"), [("customer_id", "paced")]
    )
    silence = -people["last"].delta(ibis.literal(origin), unit="day").cast("float64")
    return people.mutate(
        came=(people.later > 0).fill_null(False),
        running=(silence <= people.patience).fill_null(False),
        silent=people.lapsed.fill_null(False),
        brought=people.brought.fill_null(_zero()),
    )


def _people(profiles: ir.Table, common: Sequence[str], day: date) -> ir.Table:
    """Return each customer's money, whether she has lapsed, and her stratum on a day."""
    age = -profiles.first_order_on.delta(ibis.literal(day), unit="day")
    bands = [(age <= days, number) for number, days in enumerate(TENURES)]
    return profiles.select(
        "margin",
        "lapsed",
        person=profiles.customer_id,
        tenure=ibis.cases((age.isnull(), -1), *bands, else_=len(TENURES)).cast("int64"),
        channel=profiles.acquisition_channel.cases(*((name, name) for name in common), else_="") if common
        else ibis.literal(""),
    )  # fmt: skip


def _common(profiles: ir.Table) -> list[str]:
    """Return the channels that brought most customers."""
    known = profiles.filter(profiles.acquisition_channel.notnull())
    counted = known.group_by("acquisition_channel").aggregate(many=known.count())
    most = counted.order_by(counted.many.desc(), "acquisition_channel").limit(CHANNELS).to_pyarrow()
    return [str(name) for name in most["acquisition_channel"].to_pylist()]


def _between(takings: ir.Table, after: date, until: date) -> ir.Table:
    return takings.filter((takings.day > ibis.literal(after)) & (takings.day <= ibis.literal(until)))


def _columns(axes: int) -> list[str]:
    return [f"axis_{number}" for number in range(axes)]


def _zero(dtype: str = _MONEY) -> ir.Value:
    return ibis.literal(0).cast(dtype)
