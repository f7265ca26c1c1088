"""Systems that take messages, lists and scores: one protocol, and one file for each of them."""

from __future__ import annotations

from patron.activation.destinations.destination import (
    Delivery,
    Destination,
    Kind,
    MessageContent,
    Outcome,
    Repeats,
    Status,
)
from patron.activation.destinations.webhook_signature import verified_webhook

__all__ = ["Delivery", "Destination", "Kind", "MessageContent", "Outcome", "Repeats", "Status", "verified_webhook"]
