"""What may be told of a customer to systems that work with her: names, and of which kind each is.

A field has the same name everywhere; a system's own prefix comes before it. Systems with typed properties (HubSpot)
make them by these kinds.
"""

from __future__ import annotations

from typing import Literal

FieldKind = Literal["number", "text", "date", "yes_no"]

FIELDS: dict[str, FieldKind] = {
    "predicted_value": "number", "predicted_value_low": "number", "predicted_value_high": "number",
    "expected_orders": "number", "past_value": "number", "orders": "number", "days_since_last": "number",
    "last_order_on": "date", "lapse_chance": "number", "buy_chance": "number",
    "tier": "text", "past_tier": "text", "rfm": "text", "value_map": "text", "behaviour": "text", "stage": "text",
    "next_product": "text", "next_product_name": "text", "next_action": "text", "next_action_reason": "text",
    "next_channel": "text", "next_send_on": "date", "preferred_channel": "text", "held_out": "yes_no",
}  # fmt: skip
"""All of them, by kind."""

USUAL = (
    "predicted_value", "predicted_value_low", "predicted_value_high", "past_value", "orders", "last_order_on",
    "lapse_chance", "tier", "rfm", "stage", "next_product", "next_action", "next_action_reason", "next_channel",
    "preferred_channel", "held_out",
)  # fmt: skip
"""Those that are told unless the settings say otherwise."""

__all__ = ["FIELDS", "USUAL", "FieldKind"]
