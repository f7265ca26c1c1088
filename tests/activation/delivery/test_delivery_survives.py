"""Processes are killed while they deliver: what is recognised arrives with its key, what is not at most once.

100 kills on each database: ``PATRON_KILLS=100 pytest -n 0 tests/activation/delivery/test_delivery_survives.py``.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from delivery_process import work
from delivery_support import entry, rows

from destination_server import DestinationServer
from patron.engines.database import writing
from patron.engines.outbox_state import put

KILLS = int(os.environ.get("PATRON_KILLS", "10"))
EACH = 40  # deliveries to either destination before each kill
NAMES = ("hook", "plain")


def until(holds, *, seconds=60):
    """Wait until something holds, and tell whether it did in time."""
    waiting = threading.Event()
    for _ in range(seconds * 50):
        if holds():
            return True
        waiting.wait(0.02)
    return False


class Crowd:
    """Processes that deliver, two at a time."""

    def __init__(self, *told):
        self._making = multiprocessing.get_context("forkserver")
        self._making.set_forkserver_preload(["delivery_process", "patron.activation.delivery"])
        self._told, self._running, self._chance = told, [], random.Random(1)

    def __enter__(self):
        for _ in range(2):
            self.begin()
        return self

    def __exit__(self, *_error):
        for process in self._running:
            process.kill()
            process.join()

    def begin(self):
        process = self._making.Process(target=work, args=self._told, daemon=True)
        process.start()
        self._running.append(process)

    def kill_one(self):
        """Kill one of them somewhere in the middle of its work, and begin another."""
        threading.Event().wait(self._chance.uniform(0, 0.15))
        process = self._running.pop(self._chance.randrange(len(self._running)))
        process.kill()
        process.join()
        self.begin()


def fill(state, start):
    now = datetime.now(UTC)
    for name in NAMES:
        more = {"destination": name, "made_at": now, "due_at": now}
        made = (entry(one, delivery_id=f"{name}-{one}", **more) for one in range(start, start + EACH))
        with writing(state.engine) as connection:
            put(connection, made)


def settled(state):
    return not {"waiting", "handing"} & {row["state"] for name in NAMES for row in rows(state, name)}


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_that_cannot_be_taken_back_leaves_twice(state, database_url, capsys):
    with DestinationServer() as server, Crowd(database_url, server.url) as crowd:
        for kill in range(KILLS):
            before = len(server.requests)
            fill(state, kill * EACH)
            assert until(lambda before=before: len(server.requests) > before)
            crowd.kill_one()
        assert until(lambda: settled(state))
        keys = Counter(request.headers["webhook-id"] for request in server.requests if request.path == "/hook")
        plain = Counter(request.json()["id"] for request in server.requests if request.path.startswith("/plain"))
    hook, known = ({row["delivery_id"]: row["state"] for row in rows(state, name)} for name in NAMES)
    assert set(hook.values()) == {"delivered"}
    assert set(keys) == set(hook)
    assert max(plain.values()) == 1
    delivered = {one for one, is_so in known.items() if is_so == "delivered"}
    unknown = known.keys() - delivered
    assert {known[one] for one in unknown} <= {"unknown"}
    assert delivered <= set(plain) <= set(known)
    assert len(unknown) <= 10 * KILLS
    repeated, arrived = sum(keys.values()) - len(hook), len(unknown & set(plain))
    with capsys.disabled():
        sys.stderr.write(f"\n{KILLS} kills, {KILLS * EACH} to each. Calls repeated under their key: {repeated}. ")
        sys.stderr.write(f"Unknown, of what cannot be taken back: {len(unknown)}; of those arrived: {arrived}.\n")
