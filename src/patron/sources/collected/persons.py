"""identify and alias -> rows of `customers` and `identifiers`: who somebody is, and by what else she is known.

Ref  Segment Spec, Identify: reserved traits; Common fields: context.device.token, to which push messages go
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patron.sources.collected.row import Row, Rows, any_of, day_said, moment_said, row, written
from patron.sources.stream import StreamEvent

_KNOWN_BY = {
    "email": ("email",),
    "phone": ("phone",),
    "loyalty_id": ("loyalty_id", "loyaltyId", "loyalty_card"),
}
"""Identifiers by our kinds, and the traits that hold them."""


def persons(event: StreamEvent) -> Rows:
    """Yield what a call says of a customer and her identifiers; who has no user id is no customer yet."""
    customer = event.user_id
    if customer is None:
        return
    seen_on = written(event.occurred_at)
    for kind, value in _identifiers(event):
        yield "identifiers", {"customer_id": customer, "kind": kind, "value": value, "seen_on": seen_on}
    if event.kind == "identify":
        yield "customers", {**_customer(event.traits), "customer_id": customer, "updated_on": seen_on}


def _identifiers(event: StreamEvent) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if event.kind in ("identify", "alias"):
        devices = (event.anonymous_id, event.previous_id)
        found += [("device_id", one) for one in devices if one is not None and one != event.user_id]
    if event.kind == "identify":
        told = {kind: any_of(event.traits, *names) for kind, names in _KNOWN_BY.items()}
        found += [(kind, value) for kind, value in told.items() if value is not None]
        device = event.context.get("device")
        if isinstance(device, Mapping) and (token := any_of(device, "token")) is not None:
            found.append(("push_token", token))
    return found


def _customer(traits: Mapping[str, Any]) -> Row:
    address = traits.get("address")
    where: Mapping[str, Any] = address if isinstance(address, Mapping) else {}
    return row(
        email=any_of(traits, "email"),
        phone=any_of(traits, "phone"),
        name=any_of(traits, "name"),
        given_name=any_of(traits, "firstName", "first_name", "firstname"),
        family_name=any_of(traits, "lastName", "last_name", "lastname"),
        birth_date=day_said(traits.get("birthday")),
        street=any_of(where, "street"),
        city=any_of(where, "city") or any_of(traits, "city"),
        region=any_of(where, "state", "region") or any_of(traits, "state", "region"),
        postal_code=any_of(where, "postalCode", "postal_code", "zip"),
        country=any_of(where, "country") or any_of(traits, "country"),
        acquired_on=moment_said(traits.get("createdAt") or traits.get("created_at")),
    )
