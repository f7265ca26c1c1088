"""An intake on an empty project, and what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app_client import AppClient
from patron.engines.inbox_dead import DeadLetter, dead_letters
from patron.engines.inbox_state import InboxRow, events_after
from patron.engines.state import State
from patron.privacy.tokens import create_token
from patron.server.app import create_app
from patron.sources.stream import StreamEvent, read_event
from server_project import empty_project


@dataclass
class Site:
    """Somebody who sends events."""

    client: httpx.Client
    state: State
    key: str

    def send(self, path: str, json: Any = None, **more: Any) -> httpx.Response:
        more.setdefault("auth", (self.key, ""))
        return self.client.post(f"/v1/{path}", json=json, **more)

    def rows(self) -> list[InboxRow]:
        with self.state.engine.connect() as connection:
            return events_after(connection, 0, limit=100_000)

    def events(self) -> list[StreamEvent]:
        return [read_event(row) for row in self.rows()]

    def dead(self) -> list[DeadLetter]:
        with self.state.engine.connect() as connection:
            return dead_letters(connection, limit=100_000)


@pytest.fixture
def site(tmp_path: Any, database: State, clock: Any) -> Iterator[Site]:
    """An intake on each of both databases."""
    app = create_app(empty_project(tmp_path), state=database, clock=clock, workers_inside=False)
    _, key = create_token(database, name="shop", scopes=["write"], now=clock(), actor="test")
    with AppClient(app) as client:
        yield Site(client, database, key)
