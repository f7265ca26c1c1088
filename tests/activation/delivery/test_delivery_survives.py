"""Processes are killed while they deliver: what is recognised arrives with its key, what is not at most once.

100 kills on each database: ``PATRON_KILLS=100 pytest -n 0 tests/activation/delivery/test_delivery_survives.py``.
"""

from __future__ import annotations

import multiprocessing
import os
import random
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


def until(holds, *, seconds=60):
    """Wait until something holds, and tell whether it did in time."""
    waiting = threading.Event()
    for _ in range(seconds * 50):
        if holds():
            return True
        waiting.wait(0.02)
    return False


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_that_cannot_be_taken_back_leaves_twice(state, database_url, capsys):
    making = multiprocessing.get_context("forkserver")
    making.set_forkserver_preload(["delivery_process", "patron.activation.delivery", "patron.activation.destinations"])
    chance, made, running = random.Random(1), 0, []

    def begin():
        process = making.Process(target=work, args=(database_url, server.url), daemon=True)
        process.start()
        running.append(process)

    def fill():
        nonlocal made
        now = datetime.now(UTC)
        for destination in ("hook", "plain"):
            numbers = range(made, made + EACH)
            with writing(state.engine) as connection:
                put(connection, (
                    entry(number, delivery_id=f"{destination}-{number}", destination=destination, made_at=now, due_at=now)
                    for number in numbers
                ))  # fmt: skip
        made += EACH

    def settled():
        left = [
            row for name in ("hook", "plain") for row in rows(state, name) if row["state"] in ("waiting", "handing")
        ]
        return not left

    with DestinationServer() as server:
        try:
            for _ in range(2):
                begin()
            for _ in range(KILLS):
                before = len(server.requests)
                fill()
                assert until(lambda before=before: len(server.requests) > before)
                threading.Event().wait(chance.uniform(0, 0.15))  # somewhere in the middle of it
                process = running.pop(chance.randrange(len(running)))
                process.kill()
                process.join()
                begin()
            assert until(settled)
        finally:
            for process in running:
                process.kill()
                process.join()
        keys = Counter(request.headers["webhook-id"] for request in server.requests if request.path == "/hook")
        plain = Counter(request.json()["id"] for request in server.requests if request.path.startswith("/plain"))
    hook = {row["delivery_id"]: row["state"] for row in rows(state, "hook")}
    assert set(hook.values()) == {"delivered"}
    assert set(keys) == set(hook)
    assert max(plain.values()) == 1
    known = {row["delivery_id"]: row["state"] for row in rows(state, "plain")}
    assert {one for one, is_so in known.items() if is_so == "delivered"} <= set(plain)
    assert set(plain) <= set(known)
    assert set(known.values()) <= {"delivered", "unknown"}
    unknown = [one for one, is_so in known.items() if is_so == "unknown"]
    assert len(unknown) <= 10 * KILLS
    with capsys.disabled():
        arrived = sum(one in plain for one in unknown)
        print(f"\n{KILLS} kills: {made} to each; webhook {sum(keys.values()) - made} repeated under their key; "
              f"plain calls {len(unknown)} unknown, of which {arrived} had arrived")  # fmt: skip
