"""An event of the stream as a row of the live state, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from patron.profile.live_columns import CANCEL, CENT, ORDER, REFUND, OrderLine
from patron.sources.collected.bought import bought
from patron.sources.collected.doings import doings
from patron.sources.stream import StreamEvent, StreamProduct

ORDERING = (ORDER, CANCEL, REFUND)
"""Events about orders."""

_AS_THEY_ARE = ("number", "session_id", "kind", "event", "channel", "product_id", "order_id", "decision_id", "gpc")
_TEXTS = ("cart_id", "currency", "utm_source", "utm_medium", "utm_campaign")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent:
    """One event since the run, by the names of `StreamEvent`."""

    number: int
    kind: str
    event: str
    occurred_at: datetime  # UTC
    user_id: str | None = None
    anonymous_id: str | None = None
    session_id: str | None = None
    channel: str | None = None
    product_id: str | None = None
    order_id: str | None = None
    cart_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    products: tuple[StreamProduct, ...] = ()
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    decision_id: str | None = None
    gpc: bool = False
    done: bool = False  # whether a run would read it as a row of `events`
    lines: tuple[OrderLine, ...] = ()  # of an order or a refund, as a run would read them


def row_of(event: StreamEvent) -> dict[str, Any]:
    """Return an event as a row of `engines.live_tables.LIVE_EVENTS`."""
    done = next((row for _, row in doings(event)), None)
    # A run reads an alias as a sign-in on the browser that it names.
    browser = event.anonymous_id if done is None else done.get("anonymous_id")
    details: dict[str, Any] = {name: value for name in _TEXTS if (value := getattr(event, name)) is not None}
    details["done"] = done is not None
    if event.amount is not None:
        details["amount"] = str(event.amount)
    if event.products:
        details["products"] = [_texts(one.product_id, one.variant, one.price, one.quantity) for one in event.products]
    if event.event in ORDERING:
        details["lines"] = [_texts(one.product_id, one.units, one.amount, one.discount) for one in _lines(event)]
    return {name: getattr(event, name) for name in _AS_THEY_ARE} | {
        "user_id": event.user_id,
        "anonymous_id": browser,
        "occurred_at": event.occurred_at.astimezone(UTC).replace(tzinfo=None),
        "details": json.dumps(details, separators=(",", ":")),
    }


def _lines(event: StreamEvent) -> Iterator[OrderLine]:
    """Yield the lines of an order, or of what came back, as a run reads them: those without an amount it refuses."""
    for _, line in bought(event):
        units = abs(Decimal(line.get("quantity", "1")))
        price, whole = line.get("unit_price"), line.get("amount")
        amount = Decimal(price) * units if price is not None else None if whole is None else abs(Decimal(whole))
        if line.get("says") != CANCEL and units and amount:
            yield OrderLine(
                product_id=line.get("product_id"), units=units, amount=amount.quantize(CENT),
                discount=Decimal(line.get("discount", "0")),
            )  # fmt: skip


def event_of(row: Mapping[str, Any]) -> LiveEvent:
    """Return the event that a row holds."""
    details = json.loads(row["details"])
    return LiveEvent(
        **{name: row[name] for name in _AS_THEY_ARE},
        **{name: details.get(name) for name in _TEXTS},
        user_id=row["user_id"],
        anonymous_id=row["anonymous_id"],
        occurred_at=row["occurred_at"].replace(tzinfo=UTC),
        amount=_exact(details.get("amount")),
        done=details["done"],
        products=tuple(
            StreamProduct(product_id=product, variant=variant, price=_exact(price), quantity=_exact(quantity))
            for product, variant, price, quantity in details.get("products", ())
        ),
        lines=tuple(
            OrderLine(product_id=product, units=Decimal(units), amount=Decimal(amount), discount=Decimal(discount))
            for product, units, amount, discount in details.get("lines", ())
        ),
    )


def _texts(*values: object) -> list[str | None]:
    return [None if value is None else str(value) for value in values]


def _exact(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
