"""Events leave the database for parts, each exactly once, whatever dies in between and whoever reads them."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from inbox_calls import NOON, call, numbered, receive, row_of
from patron.engines import inbox_parts
from patron.engines.database import writing
from patron.engines.inbox_parts import RAW, Part, Parts
from patron.engines.inbox_state import InboxRow, newest
from patron.engines.inbox_tables import INBOX, INBOX_COUNTER
from patron.engines.state import State
from patron.engines.timer_tables import STREAM_LEASES
from patron.errors import RunError
from patron.pipeline import collecting
from patron.pipeline.collecting import collect, raw_rows, raw_table, waiting
from patron.pipeline.numbers_go_on import numbers_go_on
from patron.privacy import Tombstones
from patron.sources.collected import tables_of
from patron.sources.stream import read_event


def pages(many: int, *, at_hours: int = 0) -> list[InboxRow]:
    """Return page views of ten visitors."""
    return [
        call("page", NOON + timedelta(hours=at_hours, minutes=number), anonymousId=f"A{number % 10}", name="Home")
        for number in range(many)
    ]


def held(parts: Parts) -> list[int]:
    """Return the numbers of the calls that stand in parts, in the order in which they stand there."""
    return [number for file in parts.files(RAW) for number in pq.read_table(file)["number"].to_pylist()]


def left(state: State) -> list[int]:
    """Return the numbers of the calls that stand in the database."""
    with state.engine.connect() as connection:
        return list(connection.execute(select(INBOX.c.number).order_by(INBOX.c.number)).scalars())


def worked_to(state: State, number: int) -> None:
    """Say how far the worker of live triggers has read."""
    with writing(state.engine) as connection:
        connection.execute(delete(STREAM_LEASES))
        connection.execute(
            insert(STREAM_LEASES), {"name": "stream", "holder": "x", "until": NOON.replace(tzinfo=None), "turn": 1,
                                    "number": number},
        )  # fmt: skip


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path / "inbox")


@pytest.fixture
def nobody(tmp_path: Path) -> Tombstones:
    return Tombstones(tmp_path / "erased.jsonl")


def test_what_is_collected_leaves_the_database_and_is_not_collected_again(database, parts, nobody):
    sent = receive(database, pages(7))
    assert waiting(database.engine, parts) == 7
    assert collect(database, parts, erased=nobody).events == 7
    assert (held(parts), left(database), waiting(database.engine, parts)) == ([*range(1, 8)], [], 0)
    again = collect(database, parts, erased=nobody)
    assert (again.events, again.collected_to, held(parts)) == (0, 7, [*range(1, 8)])
    assert [row for file in parts.files(RAW) for row in raw_rows(pq.read_table(file))] == sent, "as they came"


def test_rows_wait_in_the_database_for_the_worker_of_triggers(database, parts, nobody):
    receive(database, pages(6))
    worked_to(database, 2)
    collect(database, parts, erased=nobody)
    assert (held(parts), left(database)) == ([*range(1, 7)], [3, 4, 5, 6])
    receive(database, pages(2), first=7)
    worked_to(database, 6)
    assert collect(database, parts, erased=nobody).events == 2
    assert (held(parts), left(database)) == ([*range(1, 9)], [7, 8])


def test_a_range_may_have_holes(database, parts, nobody):
    receive(database, pages(3))
    receive(database, pages(2), first=10)
    with writing(database.engine) as connection:
        connection.execute(update(INBOX_COUNTER).values(last=15))  # the last ones were rolled back
    assert collect(database, parts, erased=nobody).collected_to == 15
    assert parts.collected() == [Part(1, 15)]
    receive(database, pages(1), first=16)
    collect(database, parts, erased=nobody)
    assert held(parts) == [1, 2, 3, 10, 11, 16]


def test_many_events_are_several_parts(database, parts, nobody, monkeypatch):
    monkeypatch.setattr(collecting, "FETCHED", 3)
    monkeypatch.setattr(collecting, "PART_EVENTS", 5)
    receive(database, pages(14))
    collect(database, parts, erased=nobody)
    assert parts.collected() == [Part(1, 6), Part(7, 12), Part(13, 14)]
    assert held(parts) == [*range(1, 15)]


def test_large_calls_are_several_parts(database, parts, nobody, monkeypatch):
    monkeypatch.setattr(collecting, "FETCHED", 2)
    monkeypatch.setattr(collecting, "PART_BYTES", 150)
    receive(database, pages(6))
    collect(database, parts, erased=nobody)
    assert len(parts.collected()) == 3
    assert held(parts) == [*range(1, 7)]


def test_a_full_disk_loses_nothing(database, parts, nobody, monkeypatch):
    receive(database, pages(5))

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(inbox_parts, "put", full)
        with pytest.raises(RunError, match="No space left"):
            collect(database, parts, erased=nobody)
    assert (held(parts), left(database)) == ([], [*range(1, 6)])
    collect(database, parts, erased=nobody)
    assert (held(parts), left(database)) == ([*range(1, 6)], [])


def test_whoever_was_erased_is_not_collected_and_gone_from_the_database(database, parts, nobody):
    nobody.add("1:x", {"customer_id": ["u1"], "device_id": ["B"], "email": ["eve@x.test"]}, day=date(2026, 3, 1))
    receive(
        database,
        [
            call("track", userId="u1", event="a"), call("page", anonymousId="B"), call("page", anonymousId="C"),
            call("identify", userId="u9", traits={"email": "Eve@x.test"}),
        ],
    )  # fmt: skip
    gathered = collect(database, parts, erased=nobody)
    assert (gathered.events, gathered.refused) == (1, 3)
    assert (held(parts), left(database)) == ([3], [])
    assert [pq.read_table(file)["payload"].to_pylist() for file in parts.files(RAW)] == [
        [call("page", anonymousId="C").payload]
    ]


class Killed(BaseException):
    """Stands for a signal that ends the process."""


@pytest.fixture(scope="module")
def tried() -> Iterator[State]:
    """A database that examples empty."""
    with tempfile.TemporaryDirectory() as folder, State.open(Path(folder) / "state.db") as state:
        yield state


STEPS = st.lists(
    st.tuples(st.sampled_from(["receive", "collect", "killed", "worked"]), st.integers(0, 12)), min_size=3, max_size=12
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_each_event_is_collected_exactly_once(tried, steps):
    """Received, collected, killed after any number of writes, read late by the worker: each number stands once."""
    with writing(tried.engine) as connection:
        for table in (INBOX, INBOX_COUNTER, STREAM_LEASES):
            connection.execute(delete(table))
    count = worked = 0
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patched:
        patched.setattr(collecting, "FETCHED", 2)
        patched.setattr(collecting, "PART_EVENTS", 4)
        parts, nobody = Parts(Path(place) / "inbox"), Tombstones(Path(place) / "erased.jsonl")
        for step, number in steps:
            if step == "receive":
                receive(tried, pages(number), first=count + 1)
                count += number
            elif step == "worked" and count:
                worked = min(count, worked + number)
                worked_to(tried, worked)
            elif step == "collect":
                collect(tried, parts, erased=nobody)
            elif step == "killed":
                with dying_after(number % 5), suppress(Killed):  # it may have less to do
                    collect(tried, parts, erased=nobody)
            assert sorted({*held(parts), *left(tried)}) == [*range(1, count + 1)], "nothing is lost"
        collect(tried, parts, erased=nobody)
        assert held(parts) == [*range(1, count + 1)], "each once, in their order"
        events = [one for file in parts.files("events") for one in pq.read_table(file)["number"].to_pylist()]
        assert events == held(parts), "what they say stands once, too"


class dying_after:  # noqa: N801 - reads as a word
    """Let writing a part die after some files, half of one written."""

    def __init__(self, files: int) -> None:
        self.left, self.patched = files, pytest.MonkeyPatch()

    def __enter__(self) -> None:
        real: Callable[..., None] = inbox_parts.put

        def put(place: Path, table: object) -> None:
            if not self.left:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.with_name(f".{place.name}.1.part").write_bytes(b"PAR1 half")
                raise Killed
            self.left -= 1
            real(place, table)

        self.patched.setattr(inbox_parts, "put", put)

    def __exit__(self, *_error: object) -> None:
        self.patched.undo()


@pytest.mark.slow
def test_collections_that_are_killed_for_real(tmp_path):
    """SIGKILL at moments all over a collection; the next one goes on, and every event stands exactly once."""
    kills = int(os.environ.get("PATRON_KILLS", "10"))
    parts, nobody = Parts(tmp_path / "inbox"), Tombstones(tmp_path / "erased.jsonl")
    many, died = 400, 0
    with State.open(tmp_path / "state.db") as state:
        last = 0
        for number in range(kills):
            receive(state, pages(many), first=last + 1)
            last += many
            child = os.fork()
            if not child:
                try:
                    with State.open(tmp_path / "state.db") as own, pytest.MonkeyPatch.context() as patched:
                        patched.setattr(collecting, "FETCHED", 20)
                        patched.setattr(collecting, "PART_EVENTS", 40)
                        collect(own, parts, erased=nobody)
                finally:
                    os._exit(0)
            time.sleep(0.01 + 0.35 * number / kills)
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            died += os.WIFSIGNALED(status)
            assert sorted({*held(parts), *left(state)}) == [*range(1, last + 1)]
        collect(state, parts, erased=nobody)
        assert held(parts) == [*range(1, last + 1)]
        assert left(state) == []
    assert died > kills // 3, "killed too late to show anything"


def test_parts_that_a_killed_merge_left_do_not_count(parts):
    rows = numbered(pages(4))
    parts.write(Part(1, 2), {RAW: raw_table(rows[:2])})
    parts.write(Part(3, 4), {RAW: raw_table(rows[2:])})
    parts.write(Part(1, 4), {RAW: raw_table(rows)})
    assert parts.collected() == [Part(1, 4)]
    assert held(parts) == [1, 2, 3, 4]
    parts.clear()
    assert len(list((parts.folder / RAW).iterdir())) == 1


def test_small_parts_are_put_together_when_there_are_many(database, parts, nobody, monkeypatch):
    monkeypatch.setattr(collecting, "MOST_PARTS", 3)
    monkeypatch.setattr(collecting, "PART_EVENTS", 5)
    for number in range(7):
        receive(database, pages(2), first=1 + 2 * number)
        collect(database, parts, erased=nobody)
        assert len(parts.collected()) <= 4
    assert held(parts) == [*range(1, 15)]
    assert parts.collected()[:2] == [Part(1, 4), Part(5, 8)], "no part is larger than one that is collected at once"
    events = [one for file in parts.files("events") for one in pq.read_table(file)["number"].to_pylist()]
    assert events == held(parts)


@pytest.mark.parametrize("files", [0, 1, 2])
def test_a_merge_that_dies_counts_whole_or_not_at_all(parts, files):
    rows = numbered(pages(4))
    for first in (1, 3):
        some = rows[first - 1 : first + 1]
        parts.write(Part(first, first + 1), {RAW: raw_table(some), **tables_of(map(read_event, some))})
    with dying_after(files), suppress(Killed):
        parts.merge(rows=100, size=1 << 20)
    assert held(parts) == [1, 2, 3, 4]
    parts.merge(rows=100, size=1 << 20)
    assert parts.collected() == [Part(1, 4)]
    assert [one for file in parts.files("events") for one in pq.read_table(file)["number"].to_pylist()] == [1, 2, 3, 4]


def test_a_new_database_goes_on_after_the_parts(database, parts, nobody):
    """A shop moves to another server of databases: nothing that it is told there gets a number that is collected."""
    parts.write(Part(1, 9), {RAW: raw_table(numbered(pages(9)))})
    assert numbers_go_on(database, parts) == 0
    with database.engine.connect() as connection:
        assert newest(connection) == 9


def test_events_under_numbers_that_are_collected_get_numbers_of_their_own(database, parts, nobody):
    """A database is restored to before the last two events were collected, and takes two others under their numbers."""
    receive(database, pages(5))
    collect(database, parts, erased=nobody)
    old, new = numbered(pages(5))[2:3], [call("page", anonymousId="N", number=number) for number in (4,)]
    receive(database, old, first=3)
    with writing(database.engine) as connection:
        connection.execute(insert(INBOX), {**row_of(new[0]), "message_id": "another"})
        connection.execute(update(INBOX_COUNTER).values(last=4))
    assert collect(database, parts, erased=nobody).events == 1
    assert (held(parts), left(database)) == ([1, 2, 3, 4, 5, 6], [])
    assert pq.read_table(parts.files(RAW)[-1])["message_id"].to_pylist() == ["another"]


def test_who_may_read_parts(database, parts, nobody):
    receive(database, pages(1))
    collect(database, parts, erased=nobody)
    assert {oct(file.stat().st_mode & 0o777) for file in parts.folder.rglob("*") if file.is_file()} == {"0o600"}
    assert {oct(one.stat().st_mode & 0o777) for one in parts.folder.rglob("*") if one.is_dir()} == {"0o700"}
