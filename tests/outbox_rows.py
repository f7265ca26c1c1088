"""Rows of the outbox, put there by hand; and deliveries as they are about to leave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert

from patron.activation.destinations import Delivery
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.state import State

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def put_rows(state: State, *rows: dict[str, Any]) -> None:
    """Write deliveries; what a row does not say is as of an e-mail that waits."""
    naive = NOON.replace(tzinfo=None)
    plain = {
        "destination": "mail", "kind": "message", "source": "decision", "customer_id": "ann", "channel": "email",
        "purpose": "marketing", "state": "waiting", "attempts": 0, "made_at": naive, "due_at": naive,
        "trigger": None, "step": None, "variant": None, "audience": None, "address_hash": None,
    }  # fmt: skip
    with writing(state.engine) as connection:
        connection.execute(insert(OUTBOX), [{**plain, **row} for row in rows])


def leaving(delivery_id: str, **said: Any) -> Delivery:
    """Return a delivery as it is about to leave."""
    plain = {"kind": "message", "customer_id": "ann", "channel": "email", "content": {"text": "Hello"}}
    return Delivery(**{**plain, **said}, delivery_id=delivery_id)
