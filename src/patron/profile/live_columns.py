"""Which columns of a customer are live, and what are they now?

In   her row of contracts.customer.PROFILES and her rows of ORDERS, as of the run; her order events since
Out  the columns that are laid over the run's

Two kinds of columns are live. Those of `EXACT` say what the batch would say if it were made now with the same events.
Those of `BY_RUN` move with her days and orders, too, but are measured by what the run found of all customers: her usual
interval. Everything else stays as of the run until the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = Mapping[str, Any]

EXACT = (
    "as_of", "first_order_on", "last_order_on", "days_since_last", "tenure_days", "orders", "purchase_days", "units",
    "average_order_value", "net_revenue",
)  # fmt: skip
"""Columns of profiles that are what the batch would say."""

BY_RUN = ("lateness", "lapsed")
"""Columns of profiles that are live, measured by the run's rhythm."""

ORDER, CANCEL, REFUND = "order", "order_cancel", "refund"
CENT = Decimal("0.01")
_NEAR = CENT
_NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One line of an order, and what of it came back; or a line that came back."""

    product_id: str | None
    units: Decimal
    amount: Decimal  # before discount
    discount: Decimal = _NOTHING
    back_units: Decimal = _NOTHING
    back_amount: Decimal = _NOTHING

    @property
    def price(self) -> Decimal:
        """Of one unit."""
        return self.amount / self.units

    @property
    def kept_units(self) -> Decimal:
        """How many units were kept."""
        return self.units - self.back_units

    @property
    def kept_amount(self) -> Decimal:
        """What was paid for them: what came back gave back its share of the discount, to the cent."""
        share = (self.discount * self.back_units / self.units).quantize(CENT, ROUND_HALF_UP)
        return self.amount - self.back_amount - (self.discount - share)


@dataclass(frozen=True, kw_only=True)
class OrderEvent:
    """One event about an order: ``order``, ``order_cancel`` (without lines) or ``refund``."""

    event: str
    order_id: str
    day: date  # in the project's time zone
    lines: tuple[OrderLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """One order, as far as it was kept. Of one that the run knows the sums are known, but not the lines."""

    day: date
    units: Decimal
    amount: Decimal  # less discount and what came back
    lines: tuple[OrderLine, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Orders:
    """The orders that a customer kept, by their ids, and money that came back without being found in one of them."""

    kept: Mapping[str, Ordered]
    unmatched: Decimal = _NOTHING


def orders_now(known: Sequence[Row], events: Sequence[OrderEvent]) -> Orders:
    """Return what a customer ordered and kept.

    Parameters
    ----------
    known : sequence of mapping
        Her rows of contracts.customer.ORDERS, as of the run.
    events : sequence of OrderEvent
        What happened since, in its order. An order that is known already, or comes twice, counts once.

    Returns
    -------
    Orders
        An order that was cancelled or taken back whole is no order.
    """
    kept = {str(row["order_id"]): _known(row) for row in known}
    seen = set(kept)
    unmatched = _NOTHING
    for one in events:
        if one.event == ORDER:
            if one.order_id not in seen and one.lines:
                seen.add(one.order_id)
                kept[one.order_id] = _summed(one.day, one.lines)
        elif one.event == CANCEL:
            kept.pop(one.order_id, None)
        else:
            for back in one.lines:
                order = kept.get(one.order_id)
                left = None if order is None else _less(order, back)
                if left is None:
                    unmatched += back.amount
                elif left.units > 0:
                    kept[one.order_id] = left
                else:
                    del kept[one.order_id]
    return Orders(kept=kept, unmatched=unmatched)


def _known(row: Row) -> Ordered:
    return Ordered(day=row["ordered_at"].date(), units=Decimal(repr(row["units"])), amount=row["amount"])


def _summed(day: date, lines: tuple[OrderLine, ...]) -> Ordered:
    amount = sum((line.kept_amount for line in lines), _NOTHING)
    return Ordered(day=day, units=sum((line.kept_units for line in lines), _NOTHING), amount=amount, lines=lines)


def _less(order: Ordered, back: OrderLine) -> Ordered | None:
    """Return an order less a line that came back; none where it has no such line."""
    if order.lines is None:  # of the run: what was bought at which price is not known here
        if back.product_id is None or back.units > order.units:
            return None
        return replace(order, units=order.units - back.units, amount=order.amount - back.amount)
    for place, line in enumerate(order.lines):
        same = line.product_id == back.product_id and line.kept_units >= back.units
        if same and abs(line.price - back.price) <= _NEAR:
            left = replace(line, back_units=line.back_units + back.units, back_amount=line.back_amount + back.amount)
            return _summed(order.day, (*order.lines[:place], left, *order.lines[place + 1 :]))
    return None


def live_profile(
    row: Row | None, known: Sequence[Row], events: Sequence[OrderEvent], *, as_of: date, lapse_after_days: float | None
) -> dict[str, Any]:
    """Return the columns of profiles that are live, as they are on a day.

    Parameters
    ----------
    row : mapping, optional
        Her row of contracts.customer.PROFILES; none of somebody whom the run does not know.
    known : sequence of mapping
        Her rows of contracts.customer.ORDERS; not looked at where there are no events.
    events : sequence of OrderEvent
        As for `orders_now`.
    as_of : date
        The day; nothing that happened after it may be among the events.
    lapse_after_days : float, optional
        From her row of contracts.customer.RHYTHM: silence after which she counts as lapsed.

    Returns
    -------
    dict
        `EXACT` and `BY_RUN`. Empty for somebody who never ordered.
    """
    if row is None and not events:
        return {}
    if events:
        made = _of_orders(row, known, orders_now(known, events))
    else:
        assert row is not None  # by the first line
        made = {name: row[name] for name in EXACT}
    first, last = made["first_order_on"], made["last_order_on"]
    made["as_of"] = as_of
    made["days_since_last"] = None if last is None else (as_of - last).days
    made["tenure_days"] = None if first is None else (as_of - first).days
    return made | _by_rhythm(made["days_since_last"], row, lapse_after_days)


def _of_orders(row: Row | None, known: Sequence[Row], orders: Orders) -> dict[str, Any]:
    kept = orders.kept.values()
    days = sorted({one.day for one in kept})
    amount = sum((one.amount for one in kept), _NOTHING)
    before = sum((one["amount"] for one in known), _NOTHING)
    revenue = row["net_revenue"] if row is not None else _NOTHING
    return {
        "first_order_on": days[0] if days else None,
        "last_order_on": days[-1] if days else None,
        "orders": len(kept),
        "purchase_days": len(days),
        "units": float(sum((one.units for one in kept), _NOTHING)),
        "average_order_value": float(amount) / len(kept) if kept else None,
        "net_revenue": (revenue + amount - before - orders.unmatched).quantize(CENT),
    }


def _by_rhythm(silent: int | None, row: Row | None, lapse_after_days: float | None) -> dict[str, Any]:
    usual = None if row is None else row["expected_interval_days"]
    return {
        "lateness": silent / usual if silent is not None and usual else None,
        "lapsed": silent is not None and lapse_after_days is not None and silent > lapse_after_days,
    }
