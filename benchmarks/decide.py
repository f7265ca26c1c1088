"""How long does a decision take that is asked for, with a million customers? Over HTTP, at a fixed rate, from outside.

python benchmarks/decide.py                   30 seconds of load beside a bare endpoint, a million customers
python benchmarks/decide.py --minutes 10      a soak of ours alone: memory over time
python benchmarks/decide.py --customers 20000 --seconds 5

Requests begin when the clock says so, whether or not those before them are answered (an open loop): a server that stops
for a moment is late for everything that came meanwhile, and the times say so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from many_customers import shop_of
from result import Result, at_most
from served_process import free_port, patron, processor_s, resident_mb, server

CUSTOMERS, SECONDS, RATE = 1_000_000, 30, 200
P99_MS, GIGABYTES = 20.0, 1.5
CONNECTIONS = 32
OWN = ("profiles", "forecasts", "memberships", "consents", "decisions", "contacts", "next_actions", "next_products")
"""Tables of one customer that a decision reads; each customer of a small shop is copied until there are enough."""

PLACEMENTS = [{"name": "home", "kind": "products", "n": 4}, {"name": "bar", "kind": "message"}]

BARE = """
import json, sqlite3, sys, threading
import uvicorn
from fastapi import FastAPI, Request, Response
mine, pages = threading.local(), FastAPI()
def rows():
    if not hasattr(mine, "c"): mine.c = sqlite3.connect(sys.argv[1])
    return mine.c
@pages.post("/v1/decisions")
def decide(body: dict):
    found = rows().execute("SELECT body FROM shown WHERE who = ?", [body.get("user_id", "")]).fetchone()
    return Response(found[0] if found else b"{}", media_type="application/json")
@pages.get("/ready")
def ready(): return {}
uvicorn.run(pages, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
"""
"""What one would write in an afternoon: the answer of each customer, made beforehand, in a table of SQLite."""


@dataclass(frozen=True)
class Load:
    """Milliseconds from the moment at which each request was to begin until its answer was there; and what failed."""

    waits: list[float]
    failed: int
    processor_ms: float = 0.0  # of the server, a request

    def quantile(self, share: float) -> float:
        """Return a quantile of the waits."""
        return sorted(self.waits)[min(int(share * len(self.waits)), len(self.waits) - 1)]


def decisions(*, quick: bool) -> Result:
    """Ask for decisions at a fixed rate, and a bare endpoint for what was made beforehand."""
    return measured(20_000 if quick else CUSTOMERS, seconds=5 if quick else SECONDS, minutes=0)


def measured(customers: int, *, seconds: int, minutes: int, seed: Path | None = None) -> Result:
    """Make a shop, serve it, and measure."""
    with tempfile.TemporaryDirectory(prefix="patron-decide-") as aside:
        folder = Path(aside) / "shop"
        ids = shop_of(customers, folder, tables=(*OWN, "links"), seed=seed)
        token = patron("token", "create", "--scope", "decide", "--name", "load", "--project", folder).splitlines()[-1]
        port = free_port()
        with server([sys.executable, "-m", "patron", "serve", str(folder), "--port", str(port)], port) as process:
            _warm(port, ids, token)
            memory = [resident_mb(process)]
            loads = []
            spent = processor_s(process)
            for _ in range(max(minutes, 1)):
                loads.append(asyncio.run(_load(port, ids, token, seconds=60 if minutes else seconds)))
                memory.append(resident_mb(process))
                print(f"{len(loads)}: p50 {loads[-1].quantile(0.5):.1f} ms, p99 {loads[-1].quantile(0.99):.1f} ms, "
                      f"{memory[-1]:.0f} MB, {loads[-1].failed} failed", flush=True)  # fmt: skip
            spent = processor_s(process) - spent
        bare = None if minutes else _bare(Path(aside), ids, seconds)
    waits = [wait for load in loads for wait in load.waits]
    ours = Load(waits, sum(load.failed for load in loads), spent * 1000 / len(waits))
    return _result(customers, ours, bare, memory)


def _result(customers: int, ours: Load, bare: Load | None, memory: Sequence[float]) -> Result:
    p99 = ours.quantile(0.99)
    targets = [
        at_most(f"decision p99 at {RATE} requests a second", p99, P99_MS, "ms"),
        at_most("requests that failed", float(ours.failed), 0.0, ""),
        at_most("resident memory of the server", memory[-1] / 1024, GIGABYTES, "GB"),
    ]
    rows = [_row("Patron", ours, memory[-1], None)]
    if bare is not None:
        rows.append(_row("bare FastAPI, answers made beforehand", bare, None, ours))
    return Result(
        name="decisions", title=f"Decisions on request with {customers:,} customers",
        included=f"Two placements (four products, a message) at {RATE} requests a second over {CONNECTIONS} "
        "connections on loopback, from another process; three of four for customers by their ids in the "
        "shop, one for a visitor. Token checked, person read live, choices drawn and written down. The bare endpoint "
        "checks, chooses and writes nothing.",
        columns=("contestant", "p50 ms", "p95 ms", "p99 ms", "processor ms", "MB", "Patron's p99 over it"),
        rows=rows, targets=targets,
    )  # fmt: skip


def _row(name: str, load: Load, memory: float | None, ours: Load | None) -> list[str]:
    return [
        name, *(f"{load.quantile(share):.1f}" for share in (0.5, 0.95, 0.99)),
        f"{load.processor_ms:.1f}", "" if memory is None else f"{memory:.0f}",
        "" if ours is None else f"{ours.quantile(0.99) / load.quantile(0.99):.2f} x",
    ]  # fmt: skip


def _bare(aside: Path, ids: Sequence[str], seconds: int) -> Load:
    """Measure the bare endpoint on the same load."""
    file, script, port = aside / "bare.db", aside / "bare.py", free_port()
    script.write_text(BARE)
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE shown (who TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    body = json.dumps({"decisions": [{"placement": "home", "products": ["p"] * 4}] * 2}).encode()
    connection.executemany("INSERT INTO shown VALUES (?, ?)", ((one, body) for one in ids))
    connection.commit()
    connection.close()
    with server([sys.executable, str(script), str(file), str(port)], port) as process:
        spent = processor_s(process)
        load = asyncio.run(_load(port, ids, "none", seconds=seconds))
        return Load(load.waits, load.failed, (processor_s(process) - spent) * 1000 / len(load.waits))


def _warm(port: int, ids: Sequence[str], token: str) -> None:
    """Ask until the files of point reads are made: once a run, by whoever comes first."""
    began = time.perf_counter()
    for body in _bodies(ids, 40):
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/decisions", data=body, headers=_headers(token), method="POST"
        )  # fmt: skip
        with urllib.request.urlopen(asked, timeout=900) as answer:
            answer.read()
    print(f"warm after {time.perf_counter() - began:.1f} s", flush=True)


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _bodies(ids: Sequence[str], many: int) -> Iterator[bytes]:
    draw = Random(3)
    for number in range(many):
        who = {"user_id": draw.choice(ids)} if number % 4 < 3 else {"anonymous_id": f"visitor-{draw.random()}"}
        yield json.dumps({**who, "placements": PLACEMENTS}).encode()


async def _load(port: int, ids: Sequence[str], token: str, *, seconds: int) -> Load:
    """Send requests at `RATE` a second, each at its own moment."""
    load = Load([], 0)
    failed = 0
    moments: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(token).items())

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> bool:
        length = f"Content-Length: {len(body)}\r\n\r\n"
        writer.write(f"POST /v1/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}{length}".encode() + body)
        answered = await reader.readuntil(b"\r\n\r\n")
        told = (line.split(b":") for line in answered.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(next(told)[1]))
        return answered.startswith(b"HTTP/1.1 200")

    async def worker() -> None:
        nonlocal failed
        opened = await asyncio.open_connection("127.0.0.1", port)
        while (one := await moments.get()) is not None:
            due, body = one
            try:
                good = await ask(*opened, body)
            except (asyncio.IncompleteReadError, ConnectionError):  # closed because it was idle: once more
                opened = await asyncio.open_connection("127.0.0.1", port)
                good = await ask(*opened, body)
            failed += not good
            load.waits.append((time.perf_counter() - due) * 1000)
        opened[1].close()

    workers = [asyncio.create_task(worker()) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for number, body in enumerate(_bodies(ids, RATE * seconds)):
        due = began + number / RATE
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        moments.put_nowait((due, body))
    for _ in workers:
        moments.put_nowait(None)
    await asyncio.gather(*workers)
    return Load(load.waits, failed)


def main() -> None:
    """Measure and print; the page is written by `all.py`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--minutes", type=int, default=0, help="a soak of so many minutes instead")
    parser.add_argument("--seed", type=Path, help="a project with a published run, instead of a new simulated shop")
    asked = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    found = measured(asked.customers, seconds=asked.seconds, minutes=asked.minutes, seed=asked.seed)
    for row in (found.columns, *found.rows):
        print(" | ".join(row))
    for target in found.targets:
        print(f"{target.what}: {target.came} ({target.limit}, {'met' if target.met else 'not met'})")


if __name__ == "__main__":
    main()
