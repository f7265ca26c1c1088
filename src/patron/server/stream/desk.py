"""What is needed to decide about a live message and holds for every customer: made once a run, a day and a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from patron.decisions.triggers.live_value import LiveValues
from patron.engines.approval_state import approvals
from patron.engines.condition import Condition
from patron.engines.schedule_state import planned
from patron.engines.trigger_state import trigger_events
from patron.errors import MissingTable
from patron.pipeline.deciding import Deciding, changes, deciding
from patron.pipeline.live_triggers import LiveTriggers, live_triggers
from patron.pipeline.serving import Published
from patron.server.services import Services

Version = tuple[str, date, int, int, int, bool]
"""Of what a desk depends on: the run, the day, how many commands, requests and answers there were, any consent."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What holds for every customer."""

    published: Published
    today: date
    zone: ZoneInfo
    triggers: LiveTriggers
    deciding: Deciding
    values: LiveValues
    sensitive: tuple[Condition, ...] = ()

    def local(self, moment: datetime) -> date:
        """Return the day of an aware moment in the project's time zone."""
        return moment.astimezone(self.zone).date()

    def customers(self, start: int, many: int) -> list[str]:
        """Return a part of the customers of the run, in the order of their ids."""
        profiles = self.published.table("profiles").select("customer_id").order_by("customer_id")
        found: list[str] = profiles.limit(many, offset=start).to_pyarrow()["customer_id"].to_pylist()
        return found

    def is_planned(self, connection: Connection) -> bool:
        """Tell whether every trigger that fires by the clock has its next moment, and no other."""
        clocked = {name for name in self.triggers.running if self.triggers.rule(name).schedule is not None}
        return clocked == planned(connection).keys()


class Desks:
    """Gives the desk of a moment, and makes a new one only when something has changed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: tuple[Version, Desk] | None = None
        self._lock = Lock()

    def at(self, connection: Connection, published: Published, now: datetime) -> Desk:
        """Return what holds at a moment (aware)."""
        today = now.astimezone(ZoneInfo(self._services.settings.timezone)).date()
        version = (published.run_id, today, *changes(connection))
        with self._lock:
            if self._known is None or self._known[0] != version:
                self._known = version, self._make(published, today)
            return self._known[1]

    def _make(self, published: Published, today: date) -> Desk:
        settings, state = self._services.settings, self._services.state
        found = _rows(published, "triggers")
        triggers = live_triggers(
            settings, events=trigger_events(state), approvals=approvals(state), found=found, today=today,
            read=lambda text, where: published.condition(text, where=where),
        )  # fmt: skip
        return Desk(
            published=published, today=today, zone=ZoneInfo(settings.timezone), triggers=triggers,
            deciding=deciding(published, settings, state, as_of=today),
            values=LiveValues.of(_rows(published, "action_effects"), found),
            sensitive=tuple(
                published.condition(text, where=f"contact.sensitive.{name}")
                for name, text in settings.contact.sensitive.items()
            ),
        )  # fmt: skip


def _rows(published: Published, name: str) -> list[Mapping[str, Any]]:
    """Return the rows of a small table; none where the run does not hold it."""
    try:
        return list(published.table(name).to_pyarrow().to_pylist())
    except MissingTable:
        return []


__all__ = ["Desk", "Desks"]
