"""What is a new customer worth by the channel that brings her, and what may acquiring her cost?

A channel's own value is what its customers brought within a horizon of their first order. Those who came later have
been seen for a part of it only: they count for the share of the horizon's value that a new customer of the model brings
by that age. Few customers say little, so each channel is drawn towards the mean of all.

In   contracts.customer.PROFILES, TAKINGS, contracts.raw.RAW_SPEND, and prospects where they are known
Out  contracts.outcome.ACQUISITION_VALUE    one row per channel
Ref  Blattberg & Deighton (1996), Harvard Business Review 74(4), 136-144: how much to spend on acquisition
     Mack (1993), Measuring the variability of chain ladder reserve estimates, ASTIN Bulletin 23(2), 213-225: totals
     over the shares that are expected by each age
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.outcome import ACQUISITION_VALUE
from patron.models.estimator import NORMAL_95, check_number
from patron.models.purchase_model import PurchaseModel
from patron.stats.shrinkage import shrink

Floats = NDArray[np.float64]

TARGET_SHARE = 1 / 3
"""Of a customer's value: what may go into acquiring her. Three to one is what most of the field asks for."""

EARLY_DAYS = 90  # of the data, in which old customers look new; an eighth of the data where that is less
LEAST_CUSTOMERS = 30
RIPE_DAYS = 90  # a prospect first seen later may still be deciding
YEAR_DAYS = 365
WHOLE, UNKNOWN = "all", "unknown"


@dataclass(frozen=True, kw_only=True)
class Worth:
    """The value of a new customer of each channel, shrunk: its own, how much of that is kept, and its error."""

    own: Floats
    value: Floats
    error: Floats
    weight: Floats
    mean: float
    mean_error: float


def share_by_age(model: PurchaseModel, ages: Floats, *, horizon_days: int) -> Floats:
    """Return which part of a new customer's purchases within the horizon is expected by some ages, with the first.

    Examples
    --------
    >>> from patron.models import BgNbd
    >>> model = BgNbd.from_params(r=0.8, alpha=40.0, a=0.9, b=4.0)
    >>> share_by_age(model, np.array([0.0, 90.0, 365.0]), horizon_days=365).round(2).tolist()
    [0.21, 0.5, 1.0]
    """
    days = np.arange(1.0, horizon_days + 1)
    curve = 1 + np.concatenate([[0.0], model.expected_purchases_of_new(days)])
    return np.asarray(curve[np.clip(ages, 0, horizon_days).astype(np.int64)] / curve[-1])


def worth(exposure: Floats, total: Floats, squares: Floats, cross: Floats, exposure_squares: Floats) -> Worth:
    """Return each channel's value of a new customer, drawn towards that of all.

    Parameters
    ----------
    exposure : array of shape (channels,)
        Sum of the customers' shares of the horizon that are over.
    total : array of shape (channels,)
        Sum of what they brought.
    squares, cross, exposure_squares : array of shape (channels,)
        Sums of what they brought squared, times the share, and of the share squared.

    Examples
    --------
    >>> found = worth(*(np.array(v) for v in ([50.0, 50.0], [500.0, 700.0], [6e3, 11e3], [500.0, 700.0], [50.0, 50.0])))
    >>> found.own.tolist(), bool(found.own[0] < found.value[0] < found.value[1] < found.own[1]), found.mean
    ([10.0, 14.0], True, 12.0)
    """
    own = total / exposure
    mean = float(total.sum() / exposure.sum())
    around = squares - 2 * own * cross + own**2 * exposure_squares
    scatter = max(float(around.sum() / exposure.sum()), 1e-9)  # of one customer who is seen through the whole horizon
    drawn = shrink(own, scatter / exposure)
    mean_error = float(np.sqrt(scatter / exposure.sum()))
    error = np.sqrt(drawn.variance + ((1 - drawn.weight) * mean_error) ** 2)
    return Worth(own=own, value=drawn.estimate, error=error, weight=drawn.weight, mean=mean, mean_error=mean_error)


def prospect_value(
    profiles: ir.Table,
    takings: ir.Table,
    spend: ir.Table,
    *,
    model: PurchaseModel,
    as_of: date,
    horizon_days: int,
    prospects: ir.Table | None = None,
    target_share: float = TARGET_SHARE,
) -> ir.Table:
    """Value a new customer by acquisition channel, beside what acquiring one costs.

    Parameters
    ----------
    profiles : Table
        ``customer_id, first_order_on, acquisition_channel`` of the contract PROFILES.
    takings : Table
        Keeps the contract TAKINGS.
    spend : Table
        Keeps the contract RAW_SPEND; it may have no rows.
    model : PurchaseModel
        Fitted: how a new customer's purchases spread over time. T is in days.
    as_of : date
        The last day we may know about.
    horizon_days : int
        How long a new customer is watched.
    prospects : Table, optional
        One row per prospect: ``first_seen_on``, ``channel``, ``converted_on`` (none before she buys).
    target_share : float
        Which part of a customer's value may go into acquiring her.

    Returns
    -------
    Table
        Keeps the contract ACQUISITION_VALUE, held in memory (two engine calls, three with prospects): `all` and each
        channel with a new customer. Customers of the first 90 days of the data are left out, because old ones look new
        then. Without rows for fewer than 30 new customers.
    """
    check_number("horizon", horizon_days)
    check_number("level", target_share, high=1, open_ended=True)
    cells = _columns(_cells(profiles, takings, as_of=as_of, horizon_days=horizon_days))
    if float(cells["customers"].sum()) < LEAST_CUSTOMERS:
        return ACQUISITION_VALUE.empty()
    names, at = np.unique(cells["channel"].astype(str), return_inverse=True)
    share = share_by_age(model, cells["age"], horizon_days=horizon_days)
    found = worth(*(
        np.bincount(at, values).astype(np.float64) for values in (
            cells["customers"] * share, cells["total"], cells["squares"], cells["total"] * share,
            cells["customers"] * share**2,
        )
    ))  # fmt: skip
    costs = _costs(profiles, spend, as_of=as_of)
    chances = {} if prospects is None else conversions(prospects, as_of=as_of)
    basis = str(cells["basis"].max())
    curve = share_by_age(model, np.arange(horizon_days + 1.0), horizon_days=horizon_days)
    sizes = np.bincount(at, cells["customers"])
    rows = [(WHOLE, int(sizes.sum()), found.mean, found.mean, found.mean_error, 1.0)]
    columns = (names, sizes.astype(int), found.own, found.value, found.error, found.weight)
    rows += list(zip(*(column.tolist() for column in columns), strict=True))
    records = [
        {"horizon_days": horizon_days, "basis": basis}
        | _row(row, cost=costs.get(row[0]), chance=chances.get(row[0]), curve=curve, target_share=target_share)
        for row in rows
    ]
    schema = ACQUISITION_VALUE.schema.to_pyarrow()
    return ACQUISITION_VALUE.shape(ibis.memtable(pa.Table.from_pylist(records, schema=schema)))


def conversions(prospects: ir.Table, *, as_of: date) -> dict[str, float]:
    """Return the chance that a prospect of each channel, and of `all`, becomes a customer, drawn towards that of all.

    Of prospects who were first seen at least 90 days ago.
    """
    ripe = prospects.filter(prospects.first_seen_on <= ibis.literal(as_of - timedelta(days=RIPE_DAYS)))
    won = (ripe.converted_on.notnull() & (ripe.converted_on <= ibis.literal(as_of))).fill_null(False).cast("int64")
    counted = ripe.group_by(channel=ripe.channel.fill_null(UNKNOWN)).aggregate(seen=ripe.count(), won=won.sum())
    table = _columns(counted.order_by("channel"))
    if not len(table["seen"]):
        return {}
    whole = float(table["won"].sum() / table["seen"].sum())
    spread = max(whole * (1 - whole), 1 / float(table["seen"].sum()))
    drawn = shrink(table["won"] / table["seen"], spread / table["seen"])
    return {WHOLE: whole} | dict(zip(table["channel"].tolist(), drawn.estimate.tolist(), strict=True))


def _row(
    row: tuple[Any, ...], *, cost: float | None, chance: float | None, curve: Floats, target_share: float
) -> dict[str, Any]:
    channel, customers, own, value, error, weight = row
    paid = None if cost is None else np.flatnonzero(value * curve >= cost)
    return {
        "channel": channel, "customers": customers, "own_value": own, "value": value, "weight": weight,
        "value_low": value - NORMAL_95 * error, "value_high": value + NORMAL_95 * error,
        "conversion": chance, "prospect_value": None if chance is None else value * chance,
        "allowable_cost": max(value, 0.0) * target_share, "cost": cost,
        "payback_days": float(paid[0]) if paid is not None and len(paid) else None,
    }  # fmt: skip


def _cells(profiles: ir.Table, takings: ir.Table, *, as_of: date, horizon_days: int) -> ir.Table:
    """Add up what the new customers of each channel and age brought within the horizon of their first order."""
    people = profiles.filter(profiles.first_order_on <= ibis.literal(as_of))
    began = people.aggregate(first=people.first_order_on.min())
    people = people.cross_join(began)
    span = ibis.literal(as_of).delta(people["first"], unit="day")
    early = ibis.least(ibis.literal(EARLY_DAYS), (span / 8).floor().cast("int64"))
    people = people.filter(people.first_order_on.delta(people["first"], unit="day") >= early)
    people = people.select(
        "customer_id", "first_order_on", channel=people.acquisition_channel.fill_null(UNKNOWN),
        age=ibis.least(ibis.literal(as_of).delta(people.first_order_on, unit="day"), ibis.literal(horizon_days)),
    )  # fmt: skip
    money = takings.inner_join(people.select("customer_id", "first_order_on"), "customer_id")
    after = money.day.delta(money.first_order_on, unit="day")
    known = (after >= 0) & (after < horizon_days) & (money.day <= ibis.literal(as_of))
    brought = money.filter(known).group_by("customer_id").aggregate(
        brought=lambda t: t.margin.sum(), basis=lambda t: t.basis.max()
    )  # fmt: skip
    both = people.left_join(brought, "customer_id").drop("customer_id_right")
    both = both.mutate(brought=both.brought.cast("float64").fill_null(0.0))
    both = both.mutate(square=(both.brought * both.brought).round(4).cast("decimal(38, 4)"))
    return both.group_by("channel", "age").aggregate(
        customers=both.count().cast("float64"),
        total=both.brought.cast("decimal(38, 2)").sum().cast("float64"),
        squares=both.square.sum().cast("float64"),
        basis=both.basis.max().fill_null("revenue"),
    ).order_by("channel", "age")  # fmt: skip


def _costs(profiles: ir.Table, spend: ir.Table, *, as_of: date) -> dict[str, float]:
    """Return what a new customer of each channel, and of all, cost over the last year, where money was spent."""
    since, until = ibis.literal(as_of - timedelta(days=YEAR_DAYS)), ibis.literal(as_of)
    paid = spend.filter((spend.day > since) & (spend.day <= until))
    paid = paid.group_by("channel").aggregate(amount=paid.amount.sum().cast("float64"))
    came = profiles.filter((profiles.first_order_on > since) & (profiles.first_order_on <= until))
    came = came.group_by(channel=came.acquisition_channel.fill_null(UNKNOWN)).aggregate(customers=came.count())
    both = came.outer_join(paid, "channel")
    table = both.select(
        channel=ibis.coalesce(both.channel, both.channel_right), customers=both.customers.fill_null(0),
        amount=both.amount.fill_null(0.0),
    ).order_by("channel").to_pyarrow().to_pylist()  # fmt: skip
    costs = {row["channel"]: row["amount"] / row["customers"] for row in table if row["customers"] and row["amount"]}
    total, customers = (sum(row[name] for row in table) for name in ("amount", "customers"))
    return costs | ({WHOLE: total / customers} if total and customers else {})


def _columns(table: ir.Table) -> dict[str, NDArray[Any]]:
    read = table.to_pyarrow()
    return {
        name: read[name].to_numpy()
        if not pa.types.is_string(read[name].type)
        else np.array(read[name].to_pylist(), dtype=object)
        for name in read.column_names
    }
