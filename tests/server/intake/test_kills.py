"""SIGKILL in the middle of load: every event that was acknowledged is there, and none is there twice."""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from intake_served import Serving

from patron.engines.inbox_state import events_after
from patron.engines.state import State
from server_project import empty_project

SENDERS = 6


class Sender(threading.Thread):
    """Sends one request after the other, and the same again until it is acknowledged, as the official clients do."""

    def __init__(self, name: str, serving: Serving, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.name, self.serving, self.over = name, serving, over
        self.acknowledged: list[str] = []
        self.again = 0

    def run(self) -> None:
        place, connection, port = 0, None, 0
        while not self.over.is_set():
            ids = [f"{self.name}-{place}-{one}" for one in range(1 if place % 3 else 20)]
            events = [{"type": "track", "userId": "ann", "event": "x", "messageId": one} for one in ids]
            while not self.over.is_set():
                if connection is None or port != self.serving.port:
                    if connection is not None:
                        connection.close()
                    port = self.serving.port
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                try:
                    status = self._send(connection, events)
                except (OSError, http.client.HTTPException):
                    connection.close()
                    connection, status = None, 0
                if status == 200:
                    self.acknowledged += ids
                    break
                self.again += 1
                self.over.wait(0.01)
            place += 1
        if connection is not None:
            connection.close()

    def _send(self, connection: http.client.HTTPConnection, events: list[dict[str, str]]) -> int:
        secret = base64.b64encode(f"{self.serving.key}:".encode()).decode()
        path, body = ("/v1/track", events[0]) if len(events) == 1 else ("/v1/batch", {"batch": events})
        connection.request("POST", path, json.dumps(body), {"Authorization": f"Basic {secret}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status


def killed_under_load(folder: Path, database: str, kills: int) -> None:
    serving, over, chance = Serving(folder, database), threading.Event(), random.Random(7)
    senders = [Sender(f"s{number}", serving, over) for number in range(SENDERS)]
    try:
        serving.start()
        for one in senders:
            one.start()
        for _ in range(kills):
            before = sum(len(one.acknowledged) for one in senders)
            ends = time.monotonic() + 30
            while sum(len(one.acknowledged) for one in senders) < before + 100 and time.monotonic() < ends:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.05)  # any moment of a transaction
            serving.kill()
            serving.start()
        over.set()
        for one in senders:
            one.join(timeout=30)
        serving.kill(signal.SIGTERM)
    finally:
        over.set()
        serving.close()
    with State.open(database) as state, state.engine.connect() as connection:
        rows = events_after(connection, 0, limit=10_000_000)
    there = Counter(row.message_id for row in rows)
    acknowledged = [one for sender in senders for one in sender.acknowledged]
    print(f"{kills} kills, {len(acknowledged)} acknowledged, {sum(one.again for one in senders)} sent again")  # noqa: T201
    assert len(acknowledged) >= kills * 100
    assert set(acknowledged) <= set(there)
    assert set(there.values()) == {1}
    assert [row.number for row in rows] == sorted({row.number for row in rows})


@pytest.mark.slow
def test_a_server_that_is_killed_under_load_keeps_what_it_acknowledged(tmp_path):
    project = empty_project(tmp_path)
    kills = int(os.environ.get("PATRON_KILLS", "10"))
    killed_under_load(project.folder, str(project.folder / ".patron" / "state.db"), kills)


@pytest.mark.slow
def test_a_server_on_postgresql_that_is_killed_under_load_keeps_what_it_acknowledged(tmp_path, empty_database):
    project = empty_project(tmp_path)
    killed_under_load(project.folder, empty_database, max(1, int(os.environ.get("PATRON_KILLS", "10")) // 5))
