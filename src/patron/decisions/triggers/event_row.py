"""One event of the stream as a row that a condition can be asked of."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import ibis

from patron.contracts.contract import MONEY
from patron.engines.condition import Condition, condition
from patron.sources.stream import StreamEvent

EVENT_COLUMNS = ibis.schema(
    {
        "event": "string", "name": "string", "kind": "string", "source": "string", "channel": "string",
        "session_id": "string", "product_id": "string", "order_id": "string", "cart_id": "string", "amount": MONEY,
        "currency": "string", "products": "int64", "utm_source": "string", "utm_medium": "string",
        "utm_campaign": "string", "gpc": "boolean",
    }
)  # fmt: skip
"""What a condition over an event may name; `products` is how many the event is about."""

_CENT = Decimal("0.01")


def event_condition(text: str, *, where: str) -> Condition:
    """Read a condition over an event.

    Raises
    ------
    ConditionError
        It names no column of `EVENT_COLUMNS`, or compares what cannot be compared.
    """
    return condition(text, ibis.table(EVENT_COLUMNS, name="event"), where=where)


def event_row(event: StreamEvent) -> dict[str, Any]:
    """Return an event's values by `EVENT_COLUMNS`."""
    row = {name: getattr(event, name) for name in EVENT_COLUMNS if name not in ("amount", "products")}
    return row | {"amount": _money(event.amount), "products": len(event.products)}


def stake_of(event: StreamEvent) -> float | None:
    """Return the money that an event is about: its amount, else what its products cost together."""
    if event.amount is not None:
        return float(event.amount)
    prices = [
        one.price * (1 if one.quantity is None else one.quantity) for one in event.products if one.price is not None
    ]
    return float(sum(prices)) if prices else None


def _money(amount: Decimal | None) -> Decimal | None:
    try:
        return None if amount is None else amount.quantize(_CENT)
    except InvalidOperation:  # more digits than any money has
        return None


__all__ = ["EVENT_COLUMNS", "event_condition", "event_row", "stake_of"]
