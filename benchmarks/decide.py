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
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import duckdb
from result import Result, at_most

CUSTOMERS, SECONDS, RATE = 1_000_000, 30, 200
SEED_CUSTOMERS = 200
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
        ids = _shop(folder, customers, seed)
        token = _patron("token", "create", "--scope", "decide", "--name", "load", "--project", folder).splitlines()[-1]
        port = _free_port()
        with _server([sys.executable, "-m", "patron", "serve", str(folder), "--port", str(port)], port) as process:
            _warm(port, ids, token)
            memory = [_resident_mb(process)]
            loads = []
            spent = _processor_s(process)
            for _ in range(max(minutes, 1)):
                loads.append(asyncio.run(_load(port, ids, token, seconds=60 if minutes else seconds)))
                memory.append(_resident_mb(process))
                print(f"{len(loads)}: p50 {loads[-1].quantile(0.5):.1f} ms, p99 {loads[-1].quantile(0.99):.1f} ms, "
                      f"{memory[-1]:.0f} MB, {loads[-1].failed} failed", flush=True)  # fmt: skip
            spent = _processor_s(process) - spent
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


def _shop(folder: Path, customers: int, seed: Path | None) -> list[str]:
    """Run a small shop and copy its customers, and what was found of each, until there are enough."""
    if seed is not None:
        shutil.copytree(seed, folder)
    else:
        _patron("demo", folder, "--customers", SEED_CUSTOMERS)
    if not (folder / ".patron" / "runs" / "LAST").exists():
        _patron("run", folder)
    runs = folder / ".patron" / "runs"
    run = runs / (runs / "LAST").read_text().strip()
    manifest = json.loads((run / "manifest.json").read_text())
    seeds = manifest["tables"]["profiles"]["rows"]
    copies = -(-customers // seeds)
    for table in (*OWN, "links"):
        names = ["record_id", "customer_id"] if table == "links" else ["customer_id"]
        manifest["tables"][table]["rows"] = _copied(run / f"{table}.parquet", names, copies)
    (run / "manifest.json").write_text(json.dumps(manifest))
    some = duckdb.sql(f"SELECT customer_id FROM '{run / 'profiles.parquet'}' USING SAMPLE 20000 (reservoir, 1)")
    return [row[0] for row in some.fetchall()]


def _copied(file: Path, names: Sequence[str], copies: int) -> int:
    into = file.with_suffix(".larger")
    named = ", ".join(f"{name} || '-' || lpad(n::VARCHAR, 5, '0') AS {name}" for name in names)
    order = names[-1]
    every = f"SELECT * REPLACE ({named}) FROM '{file}', range({copies}) AS r(n) ORDER BY {order}"
    duckdb.sql(f"COPY ({every}) TO '{into}' (FORMAT parquet)")
    into.replace(file)
    return int(duckdb.sql(f"SELECT count(*) FROM '{file}'").fetchall()[0][0])


def _bare(aside: Path, ids: Sequence[str], seconds: int) -> Load:
    """Measure the bare endpoint on the same load."""
    file, script, port = aside / "bare.db", aside / "bare.py", _free_port()
    script.write_text(BARE)
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE shown (who TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    body = json.dumps({"decisions": [{"placement": "home", "products": ["p"] * 4}] * 2}).encode()
    connection.executemany("INSERT INTO shown VALUES (?, ?)", ((one, body) for one in ids))
    connection.commit()
    connection.close()
    with _server([sys.executable, str(script), str(file), str(port)], port) as process:
        spent = _processor_s(process)
        load = asyncio.run(_load(port, ids, "none", seconds=seconds))
        return Load(load.waits, load.failed, (_processor_s(process) - spent) * 1000 / len(load.waits))


@contextmanager
def _server(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5).read()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"{command} ended") from None
                time.sleep(0.2)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


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


def _patron(*words: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "patron", *map(str, words)], check=True, capture_output=True, text=True
    )  # fmt: skip
    return done.stdout.strip()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _resident_mb(process: subprocess.Popen[bytes]) -> float:
    """Return the memory of a process and its children that is its own, page cache of mapped files left out."""
    pids = [process.pid, *_children(process.pid)]
    return sum(_anonymous_kb(pid) for pid in pids) / 1024


def _processor_s(process: subprocess.Popen[bytes]) -> float:
    """Return the processor seconds of a process and its children."""
    spent = 0
    for pid in (process.pid, *_children(process.pid)):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(one) for one in found]


def _anonymous_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


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
