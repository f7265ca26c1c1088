"""A PostgreSQL that is killed and started again under load: nothing acknowledged is lost, and the server goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from itertools import count
from threading import Event, Lock, Thread

import httpx
import pytest
from sqlalchemy import func, select

from patron.engines.inbox_tables import INBOX
from patron.engines.state import State
from patron.pipeline import clock
from patron.privacy.tokens import create_token
from postgres_server import PostgresServer, for_sqlalchemy
from served import Served
from server_project import empty_project

SENDERS = 6
EACH = 150  # acknowledged events between two kills
KILLS = min(int(os.environ.get("PATRON_KILLS", "3")), 10)


def until(true: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Wait for something, but not for ever."""
    for _ in range(int(seconds * 20)):
        if true():
            return
        time.sleep(0.05)
    pytest.fail(f"waited in vain: {what}")


class Load:
    """Several senders; each sends an event again until it is acknowledged, as the official clients do."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address, token
        self.acknowledged: set[str] = set()
        self.refused: list[int] = []
        self._numbers, self._lock, self._ends = count(), Lock(), Event()
        self._threads = [Thread(target=self._send) for _ in range(SENDERS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with httpx.Client(base_url=self.address, auth=(self.token, ""), timeout=30) as client:
            while not self._ends.is_set():
                with self._lock:
                    name = f"message-{next(self._numbers)}"
                while not self._taken(client, name) and not self._ends.is_set():
                    time.sleep(0.02)

    def _taken(self, client: httpx.Client, name: str) -> bool:
        try:
            answer = client.post("/v1/track", json={"messageId": name, "userId": "ann", "event": "Product Viewed"})
        except httpx.TransportError:
            return False
        with self._lock:
            if answer.status_code == 200:
                self.acknowledged.add(name)
            else:
                self.refused.append(answer.status_code)
        return answer.status_code == 200


@pytest.mark.slow
def test_a_database_killed_under_load_loses_no_acknowledged_event_and_holds_none_twice(tmp_path):
    server = PostgresServer()
    try:
        server.start()
        url = for_sqlalchemy(server.make("patron"))
        project = empty_project(tmp_path, f"state: {url}\n")
        with project.state() as state:
            _made, token = create_token(state, name="shop", scopes=["write"], now=clock.now(), actor="test")
        with Served(project.folder, "--workers", "2") as served, Load(served.address, token) as load:
            with served.client() as client:
                for _ in range(KILLS):
                    _kill(server, client, load)
            before = len(load.acknowledged)
            until(lambda: len(load.acknowledged) > before + EACH, "events after the last kill")
        assert "Traceback" not in served.told()
        assert set(load.refused) == {503}
        with State.open(url) as state, state.engine.connect() as connection:
            rows = connection.execute(select(INBOX.c.message_id, func.count()).group_by(INBOX.c.message_id)).all()
        assert load.acknowledged - {name for name, _many in rows} == set()
        assert [name for name, many in rows if many > 1] == []
    finally:
        server.remove()


def _kill(server: PostgresServer, client: httpx.Client, load: Load) -> None:
    before, refused = len(load.acknowledged), len(load.refused)
    until(lambda: len(load.acknowledged) > before + EACH, "events before a kill")
    server.stop(how=signal.SIGQUIT)  # as a crash: no time to tidy up
    until(lambda: len(load.refused) > refused, "a refusal while there is no database")
    until(lambda: client.get("/ready").status_code == 503, "the server says that it cannot work")
    assert client.get("/health").status_code == 200
    server.start()
    until(lambda: client.get("/ready").status_code == 200, "the server works again")
