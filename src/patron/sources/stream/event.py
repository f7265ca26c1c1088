"""One event of the stream, as everything behind the intake reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

KINDS = ("track", "identify", "page", "screen", "group", "alias")
"""The calls of the Segment specification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamProduct:
    """One product that an event is about."""

    product_id: str
    variant: str | None = None
    name: str | None = None
    category: str | None = None
    price: Decimal | None = None  # of one unit
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """One event, read.

    Numbers with a fraction in `traits` and `properties` are decimals, exact as they were written. Texts hold no
    character that a database refuses.
    """

    number: int
    message_id: str
    source: str
    kind: str  # one of KINDS
    event: str  # by the one table of names, else as it came: product_view, order, identify
    name: str | None = None  # as it came: the event's name, or the page's
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None  # alias: who user_id was before
    group_id: str | None = None
    occurred_at: datetime  # UTC, corrected for the sender's clock
    received_at: datetime  # UTC
    gpc: bool = False  # by the request's header or the event's context
    channel: str | None = None  # web, app, store, or the sender's word
    session_id: str | None = None
    product_id: str | None = None
    order_id: str | None = None
    cart_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    products: tuple[StreamProduct, ...] = ()
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    decision_id: str | None = None  # which of our decisions it answers
    traits: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
