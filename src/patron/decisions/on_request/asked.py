"""What was asked for, and what was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

KINDS = ("message", "offer", "products", "banner")
OUTCOMES = ("given", "held_out", "nothing")


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A place on a page, in an app or in a conversation.

    `n` is how many products it shows; `options` are the names of the banners that the page has for it. `product_id` and
    `category` say what the page is about.
    """

    name: str
    kind: str
    n: int = 1
    options: tuple[str, ...] = ()
    product_id: str | None = None
    category: str | None = None


@dataclass(frozen=True, kw_only=True)
class Product:
    """One product of a list, and why it is there: a key of `on_request.why`."""

    product_id: str
    why: str
    name: str | None = None
    category: str | None = None
    price: float | None = None  # what a unit costs, money
    chance: float | None = None  # that it is in her next basket, or in anybody's where she is not known
    with_product: str | None = None  # what it goes with


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is shown in one placement.

    `choice` is what was chosen among `shares`, the chance of each; `propensity` is its own. `reason` is a key of
    `on_request.reason`, with `facts` for its sentence. The held out get what they would get without us.
    """

    outcome: str
    reason: str
    choice: str | None = None
    propensity: float = 1.0
    shares: Mapping[str, float] = field(default_factory=dict)
    products: tuple[Product, ...] = ()
    trigger: str | None = None
    iteration: int | None = None
    action: str | None = None
    subject: str | None = None
    offer: str | None = None
    discount: float | None = None
    price: float | None = None
    variant: str | None = None
    variant_propensity: float | None = None
    held_by: str | None = None
    until: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def nothing(reason: str, **facts: Any) -> Given:
    """Return that nothing is given, and why."""
    return Given(outcome="nothing", reason=reason, facts=facts)


def kept_back(held_by: str, **about: Any) -> Given:
    """Return that a hold-out keeps it back."""
    return Given(outcome="held_out", reason="held_out", held_by=held_by, **about)
