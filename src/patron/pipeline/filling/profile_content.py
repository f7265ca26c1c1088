"""What is told of one customer: values to a precision that means something, and a fingerprint of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from patron.pipeline.contact_settings import ContactSettings
from patron.pipeline.filling.profile_rows import CUSTOMER, NEXT
from patron.pipeline.next_said import said_next

Values = dict[str, Any]

_MONEY = ("predicted_value", "predicted_value_low", "predicted_value_high", "past_value")
_CHANCES = ("lapse_chance", "buy_chance", "expected_orders")
_DOING = ("send", "wait", "suggested")
"""What happens of which it may be told what is done; what a hold-out keeps back is nobody's to do elsewhere."""

NOTHING = "nothing"


def told(
    row: Mapping[str, Any], fields: Sequence[str], *, digits: int, contact: ContactSettings, currency: str
) -> Values:
    """Return what is told of a customer, in the order of `fields`; what is not known of her is none.

    Parameters
    ----------
    row : mapping
        From `profile_rows`, with ``preferred_channel`` and ``held_out``.
    fields : sequence of str
        Of `patron.activation.destinations.profile_fields.FIELDS`.
    digits : int
        To how many digits money is told: a value that moves by less has not changed.
    contact : ContactSettings
        What the shop keeps to, for the words about the next action.
    currency : str
        ISO 4217.
    """
    following = {name.removeprefix(NEXT): value for name, value in row.items() if name.startswith(NEXT)}
    known = {**row, **_next(following, row, contact, currency)}
    return {name: _rounded(name, known.get(name), digits) for name in fields}


def _next(
    following: Mapping[str, Any], row: Mapping[str, Any], contact: ContactSettings, currency: str
) -> Mapping[str, Any]:
    if following.get("does") is None:
        return {}
    doing = following["does"] in _DOING
    return {
        "next_action": (following.get("action") or following["does"]) if doing else NOTHING,
        "next_action_reason": said_next({**following, CUSTOMER: row[CUSTOMER]}, contact, currency=currency),
        "next_channel": following.get("channel") if doing else None,
        "next_send_on": following.get("send_on") if doing else None,
    }


def _rounded(name: str, value: Any, digits: int) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | int):
        return value
    if name in _MONEY:
        return float(f"{value:.{digits}g}")
    return round(float(value), 2) if name in _CHANCES else float(value)


def print_of(values: Mapping[str, Any]) -> str:
    """Return a fingerprint of what is told."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:32]


__all__ = ["NOTHING", "Values", "print_of", "told"]
