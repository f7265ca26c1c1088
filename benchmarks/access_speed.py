"""How long do reads of persons wait for the audit? Many at once, in shared commits and with a commit each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from result import Result, at_least, at_most

READERS, TOKENS = 32, 1000
FASTER = 3.0  # times as many reads a second
MICROSECONDS = 25.0  # of a request for its token

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)


def audited_reads(*, quick: bool) -> Result:
    """Write reads of persons down from many threads at once, and check tokens, on SQLite."""
    each, rounds = (10, 1) if quick else (40, 3)
    taken: dict[str, list[float]] = {"together": [], "alone": []}
    waits: dict[str, list[float]] = {"together": [], "alone": []}
    for _ in range(rounds):
        for name, makes in (("together", _together), ("alone", _alone)):
            with tempfile.TemporaryDirectory() as folder:
                seconds, longest = makes(Path(folder), each)
            taken[name].append(seconds)
            waits[name].append(longest)
    reads = READERS * each
    ratio = median(theirs / ours for ours, theirs in zip(taken["together"], taken["alone"], strict=True))
    check = _token_check(2_000 if quick else 20_000)
    return Result(
        name="audited_reads",
        title=f"{reads:,} reads of persons by {READERS} at once, each in the audit before it is answered",
        included="From the call to the commit on the disk, pseudonyms included; SQLite with a write-ahead log. Alone: "
        f"the same entries with a transaction each. "
        f"One token of {TOKENS:,} is checked in {check:.1f} microseconds.",
        columns=("contestant", "reads a second", "99th percentile, ms"),
        rows=[
            [label, f"{reads / median(taken[name]):,.0f}", f"{median(waits[name]) * 1000:.0f}"]
            for name, label in (("together", "Patron: shared commits"), ("alone", "a commit each"))
        ],
        targets=[
            at_least("reads a second over a commit each", ratio, FASTER, "x"),
            at_most("a token is checked", check, MICROSECONDS, "us"),
        ],
    )


def _together(folder: Path, each: int) -> tuple[float, float]:
    from patron.engines.state import State
    from patron.server.access import TokenBook
    from patron.server.access.read_log import Read, ReadLog

    with State.open(folder / "state.db") as state:
        log = ReadLog(state, TokenBook(state, lambda: NOW))
        log.start()
        try:
            return _timed(lambda customer: log.note([Read("token:bench", customer, "profile", NOW)]), each)
        finally:
            log.stop()


def _alone(folder: Path, each: int) -> tuple[float, float]:
    from patron.engines.database import writing
    from patron.engines.state import State
    from patron.privacy.audit import append
    from patron.privacy.pseudonyms import pseudonym

    with State.open(folder / "state.db") as state:

        def note(customer: str) -> None:
            with writing(state.engine) as connection:
                subject, facts = pseudonym(connection, customer), {"what": "profile"}
                append(connection, actor="token:bench", action="customer.read", subject=subject, facts=facts, now=NOW)

        return _timed(note, each)


def _timed(note: Callable[[str], None], each: int) -> tuple[float, float]:
    """Return the seconds of all reads, and the 99th percentile of one."""

    def reader(number: int) -> list[float]:
        waits = []
        for place in range(each):
            began = perf_counter()
            note(f"c{(number * each + place) % 500}")
            waits.append(perf_counter() - began)
        return waits

    with ThreadPoolExecutor(READERS) as pool:
        began = perf_counter()
        waits = sorted(wait for waits in pool.map(reader, range(READERS)) for wait in waits)
        seconds = perf_counter() - began
    return seconds, waits[int(len(waits) * 0.99)]


def _token_check(times: int) -> float:
    """Return how long one of a thousand tokens is checked, in microseconds."""
    from patron.engines.state import State
    from patron.privacy.tokens import create_token
    from patron.server.access import TokenBook

    with tempfile.TemporaryDirectory() as folder, State.open(Path(folder) / "state.db") as state:
        made = [
            create_token(state, name=f"t{one}", scopes=["decide"], now=NOW, actor="bench")[1] for one in range(TOKENS)
        ]
        book = TokenBook(state, lambda: NOW)
        book.known(made[0])
        began = perf_counter()
        for place in range(times):
            assert book.known(made[place % TOKENS]) is not None
        return (perf_counter() - began) / times * 1e6
