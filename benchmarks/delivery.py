"""How many deliveries a second leave, against a bare loop that hands the same over, and what a long queue costs.

The peer is a loop that calls the same webhook with the same deliveries and writes nothing down: what it had handed over
when it died, nobody would know.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from result import Result, at_least, at_most

SECRET = bytes(32)
MEMORY_MB = 64  # more than this much beside the queue is not bounded


def delivery(*, quick: bool) -> Result:
    """Measure rates, and memory and times beside many waiting deliveries."""
    many, waiting, rounds = (300, 20_000, 1) if quick else (1_000, 1_000_000, 3)
    with tempfile.TemporaryDirectory() as folder, _Receiver() as url:
        rates: dict[str, list[float]] = {"bare loop": [], "couriers": [], "couriers, to memory": []}
        for number in range(rounds):
            rates["bare loop"].append(_bare(url, many))
            rates["couriers"].append(_couriers(Path(folder) / f"hook{number}", _webhook(url), many))
            rates["couriers, to memory"].append(_couriers(Path(folder) / f"memory{number}", _memory(), many))
        queue = _queue(Path(folder) / "queue", waiting)
    ratio = statistics.median(ours / bare for ours, bare in zip(rates["couriers"], rates["bare loop"], strict=True))
    return Result(
        name="delivery",
        title="Delivery on SQLite",
        included="Deliveries a second over one connection to a webhook on this machine: signed calls, and of the "
        "couriers also claim and outcome on the disk before and after. To memory: without any call. "
        f"Then {waiting:,} deliveries wait: the memory that grows while 2,000 of them leave, the next claim, and the "
        f"counts by destination and state. Medians of {rounds}.",
        columns=("what", "figure"),
        rows=[
            *([f"deliveries a second: {name}", f"{statistics.median(rate):,.0f}"] for name, rate in rates.items()),
            *([name, figure] for name, (_value, figure) in queue.items()),
        ],
        targets=[
            at_least("deliveries a second, against the bare loop", ratio, 0.5, "x"),
            at_most(f"memory beside {waiting:,} waiting deliveries", queue["memory that grew"][0], MEMORY_MB, "MB"),
        ],
    )


class _Quick(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(b"HTTP/1.1 204 X\r\n\r\n")

    def log_message(self, *_args: Any) -> None:
        """Write nothing."""


def _receive(told: Any) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Quick)
    told.send(server.server_address[1])
    server.serve_forever()


class _Receiver:
    """A webhook in a process of its own."""

    def __enter__(self) -> str:
        ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_receive, args=(theirs,), daemon=True)
        self._process.start()
        return f"http://127.0.0.1:{ours.recv()}"

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.join()


def _webhook(url: str) -> Any:
    from patron.activation.destinations.webhook import Webhook

    return Webhook("hook", url, secrets=[SECRET])


def _memory() -> Any:
    from patron.activation.destinations.memory import Memory

    return Memory("hook")


def _clock() -> datetime:
    return datetime.now(UTC)


def _entries(many: int) -> list[Any]:
    from patron.engines.outbox_state import Entry

    now = _clock()
    return [
        Entry(
            delivery_id=f"d{number:08}", destination="hook", kind="message", source="live", customer_id=f"c{number}",
            content={"text": "Your basket waits. " * 10}, address=f"c{number}@example.org", channel="email",
            made_at=now, due_at=now,
        )
        for number in range(many)
    ]  # fmt: skip


def _bare(url: str, many: int) -> float:
    from patron.activation.destinations import Delivery

    hook, entries = _webhook(url), _entries(many)
    began = time.perf_counter()
    for one in entries:
        made = Delivery(
            delivery_id=one.delivery_id, kind="message", customer_id=one.customer_id, content=one.content,
            channel=one.channel, address=one.address,
        )  # fmt: skip
        assert hook.deliver([made], now=_clock())[0].status == "accepted"
    took = time.perf_counter() - began
    hook.close()
    return many / took


def _couriers(file: Path, destination: Any, many: int) -> float:
    from patron.engines.database import writing
    from patron.engines.outbox_state import put
    from patron.engines.state import State

    with State.open(file) as state:
        with writing(state.engine) as connection:
            put(connection, _entries(many))
        began = time.perf_counter()
        _run(state, destination)
        took = time.perf_counter() - began
    return many / took


def _run(state: Any, destination: Any, *, most: int | None = None) -> None:
    """Deliver all that is due, or until so many have left."""
    from patron.activation.delivery import Courier, Couriers, Terms

    terms = Terms(per_second=10_000, at_once=most or 10_000, timeout_s=20)
    stop = threading.Event()
    couriers = Couriers([Courier(state, destination, terms=terms, holder="bench", clock=_clock)], clock=_clock)
    if most is None:
        couriers.run_once()
        return
    couriers.start()
    while len(destination.taken) < most:
        stop.wait(0.05)
    couriers.stop()


def _queue(file: Path, waiting: int) -> dict[str, tuple[float, str]]:
    """Return what a long queue costs: megabytes and seconds, and the same as text."""
    from sqlalchemy import text

    from patron.engines.database import writing
    from patron.engines.outbox_claims import due
    from patron.engines.outbox_state import counts, put
    from patron.engines.state import State

    with State.open(file) as state:
        with writing(state.engine) as connection:
            put(connection, _entries(1))
            connection.execute(text(_MANY), {"many": waiting - 1})
        memory = _memory()
        _run(state, _memory(), most=500)  # what is made once
        before = _resident_mb()
        _run(state, memory, most=2_000)
        grew = _resident_mb() - before
        with state.engine.connect() as connection:
            claim = _seconds(lambda: due(connection, "hook", now=_clock(), limit=100))
            counted = _seconds(lambda: counts(connection))
    return {
        "memory that grew": (grew, f"{grew:.1f} MB"),
        "next claim of 100": (claim, f"{claim * 1000:.1f} ms"),
        "counts by destination and state": (counted, f"{counted * 1000:.0f} ms"),
    }


_MANY = """
INSERT INTO outbox (delivery_id, destination, kind, source, customer_id, purpose, channel, address, content, state,
                    attempts, made_at, due_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
SELECT 'm' || i, destination, kind, source, 'm' || i, purpose, channel, address, content, 'waiting', 0, made_at, due_at
FROM n, (SELECT * FROM outbox WHERE delivery_id = 'd00000000')
"""


def _seconds(does: Any) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        does()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6
