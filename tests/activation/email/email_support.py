"""One message to one person, for the tests of e-mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from patron.activation.destinations import Delivery

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def message(number: int = 1, **more: Any) -> Delivery:
    """Return the n-th message, with everything that an e-mail may have."""
    content = {
        "subject": "Grüße, Annabel", "text": "Annabel, your basket waits.",
        "html": "<p>Annabel, your basket waits.</p>",
        "language": "en", "direction": "ltr", "unsubscribe_url": "https://shop.example/u/t0ken",
        "preferences_url": "https://shop.example/preferences/t0ken", "campaign": "left_cart",
    }  # fmt: skip
    facts = {
        "delivery_id": f"{number:032x}", "kind": "message", "customer_id": "c1", "content": content, "channel": "email",
        "address": "ann@example.org", "trigger": "left_cart", "iteration": 1, "variant": "plain",
    }  # fmt: skip
    return Delivery(**(facts | more))
