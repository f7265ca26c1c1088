"""Workers of the stream are killed while they work, two at a time: each event and each timer counts once."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from stream_process import work
from stream_support import Inbox, added, ordered, sends, timers

from patron.engines.lease_state import worked_to

KILLS = int(os.environ.get("PATRON_KILLS", "5"))
PEOPLE = 8

BOTH = """
left_cart:
  live: {events: [cart_add], after: 1s, unless: [order], key: cart}
  action: remind
  holdout: none
  state: scaled
  kind: legal
thanks:
  live: {events: [order], key: order}
  action: thank
  holdout: none
  state: scaled
  kind: legal
"""


def until(holds, *, seconds=60):
    """Wait until something holds, and tell whether it did in time."""
    waiting = threading.Event()
    for _ in range(seconds * 20):
        if holds():
            return True
        waiting.wait(0.05)
    return False


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_done_twice(shop_made, database, database_url):
    making = multiprocessing.get_context("forkserver")
    making.set_forkserver_preload(["stream_process", "patron.server.stream", "stream_support"])
    inbox, chance = Inbox(database), random.Random(1)
    running = []

    def begin():
        process = making.Process(target=work, args=(str(shop_made), database_url, BOTH), daemon=True)
        process.start()
        running.append(process)

    def worked():
        with database.engine.connect() as connection:
            return worked_to(connection, "stream")

    last = carts = orders = 0
    try:
        for _ in range(2):
            begin()
        for kill in range(KILLS):
            before = worked()
            for _ in range(4):
                at = datetime.now(UTC)
                last = inbox.put(
                    *(added(f"new-{kill}-{one}", cart_id=f"{carts + one}") for one in range(PEOPLE)), at=at
                )
                last = inbox.put(*(ordered(f"old-{one}", order_id=f"{orders + one}") for one in range(PEOPLE)), at=at)
                carts, orders = carts + PEOPLE, orders + PEOPLE
            assert until(lambda before=before: worked() > before)
            threading.Event().wait(chance.uniform(0, 0.2))  # somewhere in the middle of it
            process = running.pop(chance.randrange(len(running)))
            process.kill()
            process.join()
            begin()
        assert until(lambda: worked() == last)
        assert until(lambda: not timers(database))
    finally:
        for process in running:
            process.kill()
            process.join()
    rows = sends(database)
    assert Counter(row["trigger"] for row in rows) == {"left_cart": carts, "thanks": orders}
    assert {row["subject"] for row in rows if row["trigger"] == "left_cart"} == {str(one) for one in range(carts)}
    assert {row["outcome"] for row in rows} == {"waiting"}
