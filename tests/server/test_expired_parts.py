"""What the server was told is kept no longer than the settings say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, insert, select

from inbox_calls import NOON, call, receive
from patron.engines.database import writing
from patron.engines.inbox_parts import RAW, Parts
from patron.engines.inbox_state import micros
from patron.engines.inbox_tables import DEAD_LETTERS
from patron.pipeline.collecting import collect
from patron.pipeline.expired_parts import expire
from patron.privacy import Tombstones

TODAY = NOON.date()


@pytest.fixture
def parts(tmp_path: Path, database) -> Parts:
    """A part with a call of each of the last five days, and one of today."""
    made = Parts(tmp_path / "inbox")
    nobody = Tombstones(tmp_path / "erased.jsonl")
    receive(database, [call("page", NOON - timedelta(days=days), anonymousId="A") for days in range(4, -1, -1)])
    collect(database, made, erased=nobody)
    receive(database, [call("identify", NOON, anonymousId="A", userId="u1", traits={"email": "u@x.test"})], first=6)
    collect(database, made, erased=nobody)
    return made


def kept(parts: Parts, kind: str) -> list[int]:
    return [number for file in parts.files(kind) for number in pq.read_table(file)["number"].to_pylist()]


def test_calls_go_after_their_window_and_what_they_say_after_its_own(database, parts):
    assert expire(database, parts, {"inbox": 2}, today=TODAY) == 2
    assert (kept(parts, RAW), kept(parts, "events")) == ([3, 4, 5, 6], [1, 2, 3, 4, 5, 6])
    assert expire(database, parts, {"raw_events": 1}, today=TODAY) == 3
    assert (kept(parts, RAW), kept(parts, "events")) == ([3, 4, 5, 6], [4, 5, 6])
    assert expire(database, parts, {"inbox": 1, "raw_events": 1, "raw_identifiers": 1}, today=TODAY) == 1


def test_a_part_without_calls_stays_collected(database, parts, tmp_path):
    expire(database, parts, {"inbox": 1}, today=TODAY + timedelta(days=90))
    assert (kept(parts, RAW), parts.newest) == ([], 6)
    receive(database, [call("page", anonymousId="A")], first=7)
    collect(database, parts, erased=Tombstones(tmp_path / "erased.jsonl"))
    assert kept(parts, RAW) == [7]


def test_what_is_young_is_not_written_again(database, parts):
    before = {file: file.stat().st_ino for file in parts.folder.rglob("*.parquet")}
    assert expire(database, parts, {"inbox": 30, "raw_events": 30, "raw_messages": 30}, today=TODAY) == 0
    assert {file: file.stat().st_ino for file in parts.folder.rglob("*.parquet")} == before


def test_letters_go_with_the_calls(database, parts):
    letter = {"reason": "unreadable", "source": "web", "kind": "batch", "gpc": False, "payload": b"?"}
    with writing(database.engine) as connection:
        for days in (1, 5):
            connection.execute(insert(DEAD_LETTERS), {**letter, "received_at": micros(NOON - timedelta(days=days))})
    expire(database, parts, {"inbox": 2}, today=TODAY)
    with database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(DEAD_LETTERS)).scalar_one() == 1
