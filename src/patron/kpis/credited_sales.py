"""What attribution credits each channel with over one stretch of days, and who bought: counted in the engine.

In   contracts.touch.ORDER_CREDITS, or contracts.customer.ORDERS where no touch is known; MEMBERSHIPS
Out  sums by channel, by new or repeat, and by segment: as many rows as there are combinations
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts.touch import ALL, CUSTOMER, NEW, NONE, REPEAT
from patron.kpis.mix_contributions import Stretch

TIER = "tier"
EXACT = "decimal(38, 6)"

Segment = tuple[str, str]
EVERYBODY: Segment = (ALL, ALL)


@dataclass(frozen=True)
class Sums:
    """What a channel, or everybody, has in one segment."""

    revenue: Decimal = Decimal(0)
    calibrated: Decimal = Decimal(0)
    margin: Decimal = Decimal(0)

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.revenue + other.revenue, self.calibrated + other.calibrated, self.margin + other.margin)


@dataclass(frozen=True)
class Sales:
    """Sums by channel and segment, and the customers of each segment; `credited` where touches tell of channels."""

    sums: Mapping[tuple[str, Segment], Sums]
    customers: Mapping[Segment, int]
    credited: bool

    def of(self, channel: str, segment: Segment = EVERYBODY) -> Sums:
        """Return what a channel has in a segment."""
        return self.sums.get((channel, segment), Sums())

    def total(self, segment: Segment = EVERYBODY) -> Sums:
        """Return what all channels have in a segment."""
        return sum((found for (_, of), found in self.sums.items() if of == segment), start=Sums())

    def channels(self) -> list[str]:
        """Return the channels."""
        return sorted({channel for channel, _ in self.sums})

    def segments(self) -> list[Segment]:
        """Return the segments of every segmentation, without everybody."""
        return sorted(self.customers.keys() - {EVERYBODY})

    @property
    def margin_rate(self) -> float | None:
        """What is left of the revenue as margin; none where nothing was sold."""
        whole = self.total()
        return float(whole.margin / whole.revenue) if whole.revenue > 0 else None


def as_credits(orders: ir.Table) -> ir.Table:
    """Return orders as if no touch were known before any of them.

    Parameters
    ----------
    orders : Table
        contracts.customer.ORDERS, all of them: the first of a customer is told by what stands here.
    """
    by_time = ibis.window(group_by="customer_id", order_by=["ordered_at", "order_id"])
    return orders.select(
        "order_id", "customer_id", "margin", channel=ibis.literal(NONE), ordered_on=orders.ordered_at.date(),
        first_order=ibis.row_number().over(by_time) == 0, credit=ibis.literal(1.0, "float64"),
        calibrated=ibis.literal(1.0, "float64"), revenue=orders.amount,
    )  # fmt: skip


def credited_sales(shares: ir.Table, memberships: ir.Table, stretch: Stretch, *, credited: bool) -> Sales:
    """Return what the orders of a stretch brought, by channel and segment.

    Parameters
    ----------
    shares : Table
        contracts.touch.ORDER_CREDITS, or what `as_credits` returns.
    memberships : Table
        contracts.customer.MEMBERSHIPS, as of the run's day; of them `tier`.
    stretch : Stretch
        The days.
    credited : bool
        Whether the shares know of any touch.
    """
    sums, counts = counted(shares, memberships, stretch)
    return Sales(_folded(sums.to_pyarrow().to_pylist()), _people(counts.to_pyarrow().to_pylist()), credited)


def counted(shares: ir.Table, memberships: ir.Table, stretch: Stretch) -> tuple[ir.Table, ir.Table]:
    """Sum and count in the engine: by channel, new or repeat and tier; customers by tier and by what they did."""
    within = shares.filter(shares.ordered_on.between(ibis.literal(stretch.from_day), ibis.literal(stretch.to_day)))
    tiers = memberships.filter(memberships.segmentation == TIER)
    tiers = tiers.select(member_id="customer_id", tier="segment")
    joined = within.left_join(tiers, within.customer_id == tiers.member_id)
    whole = ibis.window(group_by=["order_id", "customer_id"])
    net = joined.mutate(net=joined.revenue.sum().over(whole))
    sums = net.group_by("channel", "first_order", "tier").aggregate(
        revenue=net.revenue.sum().cast(EXACT), margin=net.margin.sum().cast(EXACT),
        calibrated=(net.net.cast("float64") * net.calibrated).round(6).cast(EXACT).sum(),
    )  # fmt: skip
    people = joined.group_by("customer_id", "tier").aggregate(
        new=joined.first_order.any(), repeat=(~joined.first_order).any()
    )
    return sums, people.group_by("tier", "new", "repeat").aggregate(customers=people.count())


def _folded(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, Segment], Sums]:
    found: dict[tuple[str, Segment], Sums] = {}
    for row in rows:
        sums = Sums(row["revenue"] or Decimal(0), row["calibrated"] or Decimal(0), row["margin"] or Decimal(0))
        kind = NEW if row["first_order"] else REPEAT
        for segment in (EVERYBODY, (CUSTOMER, kind), *_tier(row["tier"])):
            key = (row["channel"], segment)
            found[key] = found.get(key, Sums()) + sums
    return found


def _people(rows: Iterable[Mapping[str, Any]]) -> dict[Segment, int]:
    found: dict[Segment, int] = {}
    for row in rows:
        kinds = [(CUSTOMER, kind) for kind, there in ((NEW, row["new"]), (REPEAT, row["repeat"])) if there]
        for segment in (EVERYBODY, *kinds, *_tier(row["tier"])):
            found[segment] = found.get(segment, 0) + int(row["customers"])
    return found


def _tier(tier: str | None) -> tuple[Segment, ...]:
    return () if tier is None else ((TIER, tier),)
