"""What is the customer base worth, and who made it worth more or less than before?

Customer equity is the sum of the customers' predicted values. Between two days it changes as customers are acquired,
won back, developed and lost, and the parts add up to the change exactly.

In   values of both days by one model: with another yardstick for each day, a change of model would look like customers
     who changed
Out  contracts.outcome.EQUITY    one row per component, in total and by tier
Ref  Blattberg & Deighton (1996), Manage marketing by the customer equity test, Harvard Business Review 74(4), 136-144:
     acquisition, retention and add-on selling as the parts of customer equity
     Rust, Lemon & Zeithaml (2004), Return on marketing, Journal of Marketing 68(1), 109-127: equity as a sum of values
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import MONEY
from patron.contracts.outcome import COMPONENTS, EQUITY
from patron.errors import ArgumentError
from patron.language import day, failure

NEARLY_NOTHING = 0.1
"""Of the value then: who has less than this left is lost, whatever the own rhythm says."""

CENT = Decimal("0.01")
OPENING, *MOVES, CLOSING = COMPONENTS
WHOLE = "all"
NO_TIER = "none"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The customers of one tier and component: how many, how many of them then, and their value on both days."""

    tier: str
    component: str
    customers: int
    known_then: int
    then: Decimal
    now: Decimal


def bridge(cells: Iterable[Cell]) -> Iterator[dict[str, Any]]:
    """Yield the components of each tier and of all, empty ones too, as rows of EQUITY without what is common to all.

    Examples
    --------
    >>> won = Cell(tier="gold", component="acquired", customers=2, known_then=0, then=Decimal(0), now=Decimal("7.10"))
    >>> [(row["component"], str(row["amount"])) for row in bridge([won]) if row["segment"] == "all" and row["amount"]]
    [('acquired', '7.10'), ('closing', '7.10')]
    """
    known = list(cells)
    for segmentation, segment in [(WHOLE, WHOLE), *(("tier", tier) for tier in sorted({cell.tier for cell in known}))]:
        mine = [cell for cell in known if segmentation == WHOLE or cell.tier == segment]
        sums = {OPENING: (sum(cell.known_then for cell in mine), _total(cell.then for cell in mine))}
        for name in MOVES:
            moved = [cell for cell in mine if cell.component == name]
            sums[name] = sum(cell.customers for cell in moved), _total(cell.now - cell.then for cell in moved)
        sums[CLOSING] = sum(cell.customers for cell in mine), _total(cell.now for cell in mine)
        for position, (component, (customers, amount)) in enumerate(sums.items(), start=1):
            yield {
                "segmentation": segmentation, "segment": segment, "component": component, "position": position,
                "customers": customers, "amount": amount,
            }  # fmt: skip


def equity(
    before: ir.Table, after: ir.Table, tiers: ir.Table, forecast: ir.Table, *, compared_with: str, from_day: date,
    to_day: date,
) -> ir.Table:  # fmt: skip
    """Split the change of customer equity between two days into what was acquired, won back, developed and lost.

    Parameters
    ----------
    before, after : Table, one row per customer with a purchase by `from_day`, and by `to_day`
        ``customer_id``; ``value``, predicted by one model for both days; ``lapsed``, by the own rhythm on that day;
        ``after`` also ``basis``.
    tiers : Table, one row per customer
        ``customer_id`` and ``tier``: of the earlier day, for acquired customers of the later one.
    forecast : Table
        Keeps the contract REVENUE_FORECAST as of `to_day`: how sure the revenue of present customers is, tells how sure
        their value is.
    compared_with : str
        The earlier run's id, or ``month``.
    from_day, to_day : date
        The two days.

    Returns
    -------
    Table
        Keeps the contract EQUITY, held in memory (two engine calls). Each customer is in exactly one component:

        ``acquired``        not in `before`
        ``won_back``        lapsed then and not now
        ``lost``            lapsed now and not then; or with less than a tenth of a positive value left; or not in
                            `after` any more, because all that was bought came back
        ``developed_up``    none of these, and worth as much as then or more
        ``developed_down``  none of these, and worth less

        Values are rounded to the cent before they are added, so that every sum is exact.

    Raises
    ------
    ArgumentError
        `from_day` is not before `to_day`.
    """
    if from_day >= to_day:
        raise failure(ArgumentError, "segments.days", from_day=day(from_day), to_day=day(to_day))
    people = _people(before, after, tiers)
    table = people.group_by("tier", "component").aggregate(
        customers=people.count(), known_then=people.known_then.sum(), then=people.then.sum(), now=people.now.sum(),
        basis=people.basis.max(),
    )  # fmt: skip
    records = table.to_pyarrow().to_pylist()
    if not records:
        return EQUITY.empty()
    low, high = _certainty(forecast)
    facts: dict[str, Any] = {
        "compared_with": compared_with, "from_day": from_day, "to_day": to_day, "low": None, "high": None,
        "basis": next((record["basis"] for record in records if record["basis"]), "revenue"),
    }  # fmt: skip
    rows = [facts | row for row in bridge(Cell(**_without(record, "basis")) for record in records)]
    for row in rows:
        if (row["segment"], row["component"]) == (WHOLE, CLOSING) and low is not None and high is not None:
            ends = sorted((row["amount"] * share).quantize(CENT, rounding=ROUND_HALF_UP) for share in (low, high))
            row |= dict(zip(("low", "high"), ends, strict=True))
    return EQUITY.shape(ibis.memtable(pa.Table.from_pylist(rows, schema=EQUITY.schema.to_pyarrow())))


def _people(before: ir.Table, after: ir.Table, tiers: ir.Table) -> ir.Table:
    """Return each customer of either day with both values, to the cent, the component and the tier."""
    then = before.select("customer_id", then=_to_cents(before.value), lapsed_then="lapsed")
    now = after.select("customer_id", "basis", now=_to_cents(after.value), lapsed_now="lapsed")
    both = then.outer_join(now, "customer_id")
    both = both.mutate(who=ibis.coalesce(both.customer_id, both.customer_id_right))
    both = both.drop("customer_id", "customer_id_right").rename(customer_id="who")
    both = both.left_join(tiers.select("customer_id", "tier"), "customer_id").drop("customer_id_right")
    left = both.then.cast("float64") * ibis.literal(NEARLY_NOTHING, "float64")
    spent = (both.then > 0) & (both.now.cast("float64") < left)
    component = ibis.cases(
        (both.then.isnull(), "acquired"),
        (both.now.isnull(), "lost"),
        (both.lapsed_then & ~both.lapsed_now, "won_back"),
        ((both.lapsed_now & ~both.lapsed_then) | spent, "lost"),
        (both.now >= both.then, "developed_up"),
        else_="developed_down",
    )
    nothing = ibis.literal(0).cast(MONEY)
    return both.select(
        "basis",
        tier=both.tier.fill_null(NO_TIER),
        component=component,
        known_then=both.then.notnull().cast("int64"),
        then=ibis.coalesce(both.then, nothing),
        now=ibis.coalesce(both.now, nothing),
    )


def _to_cents(value: ir.Value) -> ir.Value:
    return value.cast("float64").round(2).cast(MONEY)


def _certainty(forecast: ir.Table) -> tuple[Decimal | None, Decimal | None]:
    """Return the ends of the interval of the present customers' revenue, as shares of what is expected."""
    latest = forecast.filter((forecast.span == "horizon") & (forecast.part == "present"))
    for row in latest.to_pyarrow().to_pylist():
        if row["revenue"] > 0:
            return row["revenue_low"] / row["revenue"], row["revenue_high"] / row["revenue"]
    return None, None


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}
