"""How long from an event to the decision about a message, and how many events a second does one worker work?

The peer is what one would write first: a worker that takes an event at a time and sets its timer, one transaction each,
on the same database with the same settings, without live state, conditions, consents, hold-outs or an auction.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from result import Result, at_least, at_most
from sqlalchemy import insert, select

PACE = 50  # events a second while delays are measured
TRIGGERS = {
    "left_cart": {"live": {"events": ["cart_add"], "after": "4h", "unless": ["order"], "key": "cart"},
                  "action": "remind", "holdout": "none", "state": "scaled"},
    "thanks": {"live": {"events": ["order"], "key": "order"}, "action": "thank", "holdout": "none", "state": "scaled",
               "kind": "transactional"},
}  # fmt: skip
EVENTS = {"nobody listens": "Product Viewed", "arms a timer": "Product Added", "decides at once": "Order Completed"}


class Shop:
    """A simulated shop, its database, and one worker."""

    def __init__(self, folder: Path, customers: int) -> None:
        from patron.cli.demo import SETTINGS
        from patron.pipeline import open_project
        from patron.pipeline.leavable import LEAVABLE
        from patron.pipeline.serving import published_of
        from patron.pipeline.settings import Settings
        from patron.server.services import Services
        from patron.simulate import shop

        shop(customers=customers, seed=1).write(folder)
        (folder / "patron.yaml").write_text(f"{SETTINGS}leave_out: [{', '.join(LEAVABLE)}]\n", encoding="utf-8")
        project = open_project(folder)
        project.run()
        said = project.settings.model_dump(mode="json", exclude_unset=True)
        settings = Settings.model_validate({**said, "triggers": TRIGGERS, "sequences": {}, "campaigns": {}})
        self.people = sorted(project.table("profiles").customer_id.to_pyarrow().to_pylist())
        self.state = project.state()
        self.services = Services(
            project=project, settings=settings, state=self.state, clock=lambda: datetime.now(UTC),
            published=published_of(project, settings=settings),
        )  # fmt: skip
        self.put_at: dict[int, float] = {}

    def put(self, name: str, many: int) -> None:
        """Write events into the inbox, in one transaction as the intake does."""
        from patron.engines.database import writing
        from patron.engines.inbox_state import micros, newest
        from patron.engines.inbox_tables import INBOX, INBOX_COUNTER

        now = datetime.now(UTC)
        with writing(self.state.engine) as connection:
            first = newest(connection) + 1
            rows = [
                _row(number, name, self.people[number % len(self.people)], now) for number in range(first, first + many)
            ]
            connection.execute(insert(INBOX), [row | {"received_at": micros(now)} for row in rows])
            changed = connection.execute(INBOX_COUNTER.update().values(last=first + many - 1))
            if not changed.rowcount:
                connection.execute(insert(INBOX_COUNTER).values(id=1, last=many))
        self.put_at[first + many - 1] = time.perf_counter()


def _row(number: int, name: str, user: str, now: datetime) -> dict[str, Any]:
    payload = {
        "type": "track", "event": name, "userId": user, "messageId": f"m{number}", "timestamp": now.isoformat(),
        "properties": {"product_id": f"p{number % 50}", "price": 20, "cart_id": f"c{number}", "order_id": f"o{number}",
                       "revenue": 40, "currency": "EUR"},
    }  # fmt: skip
    return {"number": number, "message_id": f"m{number}", "source": "web", "kind": "track", "sent_at": None,
            "gpc": False, "context": None, "payload": json.dumps(payload).encode()}  # fmt: skip


def live_triggers(*, quick: bool) -> Result:
    """Measure delays and rates."""
    events, rounds = (300, 1) if quick else (1_000, 5)
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder), 300)
        shop.put("Order Completed", 1)  # opens what is opened once
        _work_off(shop)
        delays = {kind: _delays(shop, events // 2, wake=wake) for kind, wake in (("woken", True), ("found", False))}
        rates: dict[str, list[float]] = {name: [] for name in (*EVENTS, "peer")}
        for _ in range(rounds):
            for name in rates:
                rates[name].append(_rate(shop, name, events))
    ratio = statistics.median(ours / peer for ours, peer in zip(rates["arms a timer"], rates["peer"], strict=True))
    told = {
        "woken": "event to decision, taken in by the same process, ms",
        "found": "event to decision, taken in by another process, ms",
    }
    marks = {kind: np.percentile(delay, (50, 99, 100)) * 1000 for kind, delay in delays.items()}
    return Result(
        name="live_triggers",
        title="Live triggers on SQLite",
        included=f"From the commit of an event to the commit of the decision about its message, at {PACE} events a "
        "second; and events a second of one worker that has many waiting: live state, timers, decisions. The peer "
        f"takes one event a transaction and only sets its timer. Medians of {rounds}.",
        columns=("what", "median", "p99", "largest"),
        rows=[
            *([told[kind], *(f"{one:.0f}" for one in marks[kind])] for kind in told),
            *([f"events a second: {name}", f"{statistics.median(rates[name]):,.0f}", "", ""] for name in rates),
        ],
        targets=[
            at_most("event to decision, p99, same process", float(marks["woken"][1]), 1000, "ms"),
            at_most("event to decision, p99, another process", float(marks["found"][1]), 1000, "ms"),
            at_least("events that arm a timer, against the peer", ratio, 1.0, "x"),
        ],
    )


def _delays(shop: Shop, many: int, *, wake: bool) -> list[float]:
    """Return the seconds from the commit of each event to the commit of its decision."""
    from patron.engines.lease_state import worked_to
    from patron.server.stream import StreamWorker, Turn

    done: dict[int, float] = {}

    class Watched(StreamWorker):
        def turn(self) -> Turn:
            turn = super().turn()
            if turn.events:
                with shop.state.engine.connect() as connection:
                    done[worked_to(connection, "stream")] = time.perf_counter()
            return turn

    worker, shop.put_at = Watched(shop.services), {}
    worker.start()
    pause = threading.Event()
    for _ in range(many):
        shop.put("Order Completed", 1)
        if wake:
            worker.wake()
        pause.wait(1 / PACE)
    pause.wait(3)
    worker.stop()
    return [min(at for number, at in done.items() if number >= one) - put for one, put in shop.put_at.items()]


def _rate(shop: Shop, name: str, many: int) -> float:
    """Return how many events a second are worked."""
    shop.put(EVENTS.get(name, "Product Added"), many)
    work: Callable[[], None] = (lambda: _one_by_one(shop)) if name == "peer" else (lambda: _work_off(shop))
    began = time.perf_counter()
    work()
    return many / (time.perf_counter() - began)


def _work_off(shop: Shop) -> None:
    from patron.server.stream import StreamWorker

    worker = StreamWorker(shop.services)
    while worker.turn().more:
        pass
    worker.stop()


def _one_by_one(shop: Shop) -> None:
    """Work events as the peer does: of the same rows, from where the worker stands."""
    from patron.engines.database import writing
    from patron.engines.inbox_state import events_after
    from patron.engines.lease_state import worked_to
    from patron.engines.timer_state import Timer, arm
    from patron.engines.timer_tables import STREAM_LEASES
    from patron.sources.stream import read_event

    with shop.state.engine.connect() as connection:
        number = worked_to(connection, "stream")
    while True:
        with shop.state.engine.connect() as connection:
            rows = events_after(connection, number, limit=1)
        if not rows:
            return
        event = read_event(rows[0])
        with writing(shop.state.engine) as connection:
            connection.execute(select(STREAM_LEASES))
            arm(connection, [
                Timer(trigger="peer", person=str(event.user_id), subject=str(event.cart_id), subject_kind="cart",
                      occasion=event.message_id, fired_at=event.occurred_at, due_at=datetime(2100, 1, 1, tzinfo=UTC),
                      expires_at=datetime(2100, 1, 2, tzinfo=UTC))
            ])  # fmt: skip
            connection.execute(STREAM_LEASES.update().values(number=rows[0].number))
        number = rows[0].number


if __name__ == "__main__":
    print(live_triggers(quick=True))
