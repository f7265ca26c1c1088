"""A small shop without a run whose links to unsubscribe and to choose are asked for, and what stands written then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from app_client import AppClient
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.state import State
from patron.engines.state_tables import AUDIT, CONSENT_STATEMENTS
from patron.pipeline import Project
from patron.pipeline.public_links import PublicLinks, links_of
from patron.server.app import create_app
from server_project import empty_project

BASE = "https://shop.example"
MORE = """\
server: {public_url: https://shop.example, log: text}
contact: {most: 4, window: 7d}
triggers:
  hello: {signal: lapse_risk, action: remind, channels: [email, sms], holdout: none}
"""
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Hand:
    """A clock that only a test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Move on."""
        self.now += timedelta(**span)


class Asked:
    """The application of such a shop, its client and its links."""

    def __init__(self, folder: Path, state: State, *, more: str = MORE, project: Project | None = None) -> None:
        self.clock, self.state = Hand(), state
        self.project = project or empty_project(folder, more)
        self.app = create_app(self.project, state=state, clock=self.clock, workers_inside=False)
        self.client = AppClient(self.app)

    @property
    def links(self) -> PublicLinks:
        """Links of the moment."""
        return links_of(self.project, now=self.clock())

    def unsubscribe(self, who: str = "ann", *, channel: str | None = "email", delivery_id: str = "d1") -> str:
        """Return the path of a link to unsubscribe."""
        return self.links.unsubscribe(who, channel=channel, delivery_id=delivery_id).removeprefix(BASE)

    def preferences(self, who: str = "ann", *, delivery_id: str = "d1") -> str:
        """Return the path of a link to the preference centre."""
        return self.links.preferences(who, delivery_id=delivery_id).removeprefix(BASE)

    def delivered(self, delivery_id: str = "d1", who: str = "ann", channel: str = "email") -> None:
        """Note that a message has left."""
        at = self.clock().replace(tzinfo=None)
        with writing(self.state.engine) as connection:
            connection.execute(
                insert(OUTBOX).values(
                    delivery_id=delivery_id,
                    destination="mail",
                    kind="message",
                    source="live",
                    customer_id=who,
                    channel=channel,
                    purpose="marketing",
                    trigger="hello",
                    state="delivered",
                    attempts=1,
                    made_at=at,
                    due_at=at,
                    done_at=at,
                )
            )

    def said(self) -> list[Mapping[str, Any]]:
        """Return every statement, in order."""
        return self._rows(select(CONSENT_STATEMENTS).order_by(CONSENT_STATEMENTS.c.id))

    def audit(self) -> list[Mapping[str, Any]]:
        """Return every entry of the audit, in order."""
        return self._rows(select(AUDIT).order_by(AUDIT.c.number))

    def _rows(self, query: Any) -> list[Mapping[str, Any]]:
        with self.state.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def __enter__(self) -> Asked:
        self.client.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.client.__exit__(*error)
