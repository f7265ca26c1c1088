"""How many events does the intake take in, beside what one would write by hand?

The peers are a bare FastAPI endpoint and a raw ASGI function: both commit in groups to SQLite as durably as Patron
does, and do nothing else. Patron validates, authenticates, removes repeated events and keeps what finds each again. All
are asked by the same process over 64 open connections, in turn, and each has the machine to itself while it is asked.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from result import Result, at_least

WORK = Path(__file__).parent / "work"
CONNECTIONS = 64
EACH = {"single requests": 1, "batches of 100": 100}
NAMES = {"patron": "Patron", "fastapi": "bare FastAPI", "raw": "raw ASGI function"}


class Load(NamedTuple):
    """What came of one round."""

    requests: float  # a second
    events: float  # a second
    p50_ms: float
    p99_ms: float


def intake(*, quick: bool) -> Result:
    """Measure each server in turn, several times."""
    seconds, rounds = (1, 1) if quick else (5, 3)
    found: dict[tuple[str, str], list[Load]] = {}
    for _ in range(rounds):
        for kind, each in EACH.items():
            for name in NAMES:
                with _server(name) as (port, key):
                    found.setdefault((kind, name), []).append(_asked(port, key, seconds, each))
    return Result(
        name="intake",
        title="Events taken in",
        included=f"Loopback, {CONNECTIONS} connections, one process each for the server and for who asks, SQLite with "
        f"synchronous FULL, group commit everywhere; {seconds} seconds a round. Patron's figures include validation, "
        f"the write key, removing repeated events and the inbox as runs read it. Medians of {rounds} rounds.",
        columns=("what", "events a second", "p50, ms", "p99, ms"),
        rows=[_row(f"{NAMES[name]}, {kind}", loads) for (kind, name), loads in found.items()],
        targets=[
            at_least("single requests against bare FastAPI", _ratio(found, "single requests", "fastapi"), 2.5, "x"),
            at_least("batches against bare FastAPI", _ratio(found, "batches of 100", "fastapi"), 1.5, "x"),
            at_least("single requests against the raw function", _ratio(found, "single requests", "raw"), 1.0, "x"),
            at_least("batches against the raw function", _ratio(found, "batches of 100", "raw"), 1.0, "x"),
        ],
    )


def _ratio(found: dict[tuple[str, str], list[Load]], kind: str, peer: str) -> float:
    """Return the median of the rounds' ratios: each round is a pair of the same minute."""
    pairs = zip(found[kind, "patron"], found[kind, peer], strict=True)
    return statistics.median(ours.events / theirs.events for ours, theirs in pairs)


def _row(what: str, loads: list[Load]) -> list[str]:
    events, p50, p99 = (statistics.median(values) for values in ([*zip(*loads, strict=True)][1:]))
    return [what, f"{events:,.0f}", f"{p50:.1f}", f"{p99:.1f}"]


@contextmanager
def _server(name: str) -> Iterator[tuple[str, str]]:
    """Start a server on a free port; yield the port and a write key."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, WORK / "intake_server.py", name, folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            key = process.stdout.readline().strip() if name == "patron" else "key"
            yield process.stdout.readline().strip(), key
        finally:
            process.stdin.close()  # it ends by itself
            process.wait(timeout=60)
            process.stdout.close()


def _asked(port: str, key: str, seconds: float, each: int) -> Load:
    words = [sys.executable, WORK / "intake_load.py", port, key, str(seconds), str(each), str(CONNECTIONS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    return Load(**json.loads(done.stdout))


if __name__ == "__main__":
    print(intake(quick=True))
