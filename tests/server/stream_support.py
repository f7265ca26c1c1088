"""A shop with live triggers, and events put into its inbox by hand."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert, select

from patron.engines.database import writing
from patron.engines.inbox_state import micros, newest
from patron.engines.inbox_tables import INBOX, INBOX_COUNTER
from patron.engines.state import State
from patron.engines.timer_tables import SENDS, TIMERS
from patron.pipeline import Project, open_project
from patron.pipeline.serving import published_of
from patron.pipeline.settings import Settings
from patron.server.services import Services

CART = """
left_cart:
  live: {events: [cart_add], after: 4h, unless: [order], key: cart}
  action: remind
  holdout: none
  state: scaled
  kind: service
"""
"""A cart that is left for four hours. Of the kind service, which bids against no price."""


def services_of(project: Project, state: State, clock: Any, triggers: str = CART, **more: Any) -> Services:
    """Return the services of one process on a database, with these live triggers in the place of all that there were.

    Parameters
    ----------
    project : Project
        With a published run; nothing in it is changed.
    state : State
        The database.
    clock : callable
        Gives the moment.
    triggers : str
        The section of that name, as YAML.
    more : sections
        Others, as they are read off YAML: ``contact={"most": 1}``.
    """
    none: dict[str, Any] = {name: {} for name in ("sequences", "campaigns", "messages", "teams", "holdouts")}
    own = {**none, "triggers": yaml.safe_load(triggers) or {}, **more}
    settings = Settings.model_validate({**_said(project.folder), **own})
    return Services(
        project=project, settings=settings, state=state, clock=clock, published=published_of(project, settings=settings)
    )


@cache
def _said(folder: Path) -> dict[str, Any]:
    return open_project(folder).settings.model_dump(mode="json", exclude_unset=True)


class Inbox:
    """Puts events into the inbox as the intake does."""

    def __init__(self, state: State) -> None:
        self.state = state

    def put(self, *events: dict[str, Any], at: datetime) -> int:
        """Write events as received at a moment, and return the number of the last."""
        with writing(self.state.engine) as connection:
            number = newest(connection)
            for event in events:
                number += 1
                payload = {"timestamp": at.isoformat(), "messageId": f"m{number}", **event}
                row = {
                    "number": number, "message_id": payload["messageId"], "source": "web",
                    "kind": payload.get("type", "track"), "received_at": micros(at), "sent_at": None, "gpc": False,
                    "context": None, "payload": json.dumps(payload).encode(),
                }  # fmt: skip
                connection.execute(insert(INBOX).values(row))
            connection.execute(INBOX_COUNTER.update().values(last=number))
            if connection.execute(select(INBOX_COUNTER.c.last)).scalar_one_or_none() is None:
                connection.execute(insert(INBOX_COUNTER).values(id=1, last=number))
        return number


def added(user: str, **properties: Any) -> dict[str, Any]:
    """Return the event of something put into a cart."""
    return {"type": "track", "event": "Product Added", "userId": user,
            "properties": {"product_id": "p1", "price": 40, "quantity": 2, **properties}}  # fmt: skip


def ordered(user: str, **properties: Any) -> dict[str, Any]:
    """Return the event of an order."""
    return {"type": "track", "event": "Order Completed", "userId": user,
            "properties": {"order_id": "o1", "revenue": 80, "currency": "EUR", **properties}}  # fmt: skip


def sends(state: State) -> list[dict[str, Any]]:
    """Return all decisions, in their order."""
    with state.engine.connect() as connection:
        rows = connection.execute(select(SENDS).order_by(SENDS.c.decided_at, SENDS.c.send_id))
        return [dict(row._mapping) for row in rows]


def timers(state: State) -> list[dict[str, Any]]:
    """Return all timers that run, in their order."""
    with state.engine.connect() as connection:
        rows = connection.execute(select(TIMERS).order_by(TIMERS.c.due_at, TIMERS.c.person, TIMERS.c.subject))
        return [dict(row._mapping) for row in rows]
