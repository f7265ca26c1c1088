"""What the server was told of a person is found, erased and told to her; restored parts bring nobody back."""

from __future__ import annotations

import runpy
import shutil
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert, select

from inbox_calls import call, receive
from patron.engines.database import writing
from patron.engines.inbox_parts import RAW, Parts
from patron.engines.inbox_state import micros
from patron.engines.inbox_tables import DEAD_LETTERS, INBOX
from patron.engines.state import State
from patron.pipeline.collecting import collect
from patron.pipeline.erased_inbox import InboxStore, calls_of, purge, with_browsers
from patron.pipeline.erased_whom import tombstones_of
from patron.privacy import Tombstones
from patron.privacy.stores import Subject

conforms = runpy.run_path(str(Path(__file__).parents[1] / "privacy" / "store_conformance.py"))["conforms"]

CALLS = (
    call("page", anonymousId="browser-ann", name="Home"),
    call("identify", anonymousId="browser-ann", userId="ann", traits={"email": "ann@x.test"}),
    call("track", userId="ann", event="Order Completed", properties={"order_id": "o1", "total": 3}),
    call("page", anonymousId="browser-of-both", gpc=True),
    call("identify", anonymousId="browser-of-both", userId="ann"),
    call("identify", anonymousId="browser-of-both", userId="bob", traits={"email": "bob@x.test"}),
    call("page", anonymousId="browser-bob", name="Home"),
    call("identify", anonymousId="browser-bob", userId="bob"),
    call("alias", userId="bob", previousId="browser-bob-old"),
)
"""Ann and Bob share one browser, and have others of their own."""

ANN = Subject("ann", values={"email": frozenset({"ann@x.test"})})
BOB = Subject("bob", values={"email": frozenset({"bob@x.test"})})
HERS, SHARED = [1, 2, 3, 5], 4


def letters(state: State, *payloads: bytes) -> None:
    """Put letters of no use into the database."""
    with writing(state.engine) as connection:
        for payload in payloads:
            connection.execute(
                insert(DEAD_LETTERS),
                {"reason": "unreadable", "source": "web", "kind": "batch", "received_at": micros(CALLS[0].received_at),
                 "sent_at": None, "gpc": False, "context": None, "payload": payload},
            )  # fmt: skip


@pytest.fixture
def parts(tmp_path) -> Parts:
    return Parts(tmp_path / "shop" / ".patron" / "inbox")


@pytest.fixture
def nobody(tmp_path) -> Tombstones:
    return Tombstones(tmp_path / "erased.jsonl")


@pytest.fixture
def told(database: State, parts: Parts, nobody: Tombstones) -> State:
    """Half of the calls are collected, the others still stand in the database."""
    receive(database, CALLS[:5])
    collect(database, parts, erased=nobody)
    receive(database, CALLS[5:], first=6)
    letters(database, b'{"userId": "ann", "event":', b'{"userId": "bob"', b"nobody's", b'[{"email": "ann@x.test"}]')
    return database


def numbers(state: State, parts: Parts) -> list[int]:
    """Return which calls are held anywhere."""
    collected = [one for file in parts.files(RAW) for one in pq.read_table(file)["number"].to_pylist()]
    with state.engine.connect() as connection:
        return sorted([*collected, *connection.execute(select(INBOX.c.number)).scalars()])


def test_browsers_of_one_person_alone_are_hers(told, parts):
    ann, bob = (with_browsers(one, told, parts) for one in (ANN, BOB))
    assert ann.ids == ("ann", "visitor:browser-ann")
    assert set(bob.ids) == {"bob", "visitor:browser-bob", "visitor:browser-bob-old"}
    assert with_browsers(ann, told, parts) == ann, "once is enough"
    assert tombstones_of(ann)["device_id"] == ["browser-ann"]


def test_the_store_keeps_its_promises(told, parts):
    ann, bob = (with_browsers(one, told, parts) for one in (ANN, BOB))
    erased = conforms(InboxStore(told, parts), ann, [bob])
    assert erased.rows["inbox_raw"] == len(HERS)
    assert erased.rows["dead_letters"] == 2
    assert numbers(told, parts) == [4, 6, 7, 8, 9], "of the browser that both used, what nobody signed stays"
    assert b"ann@x.test" not in b"".join(file.read_bytes() for file in parts.folder.rglob("*.parquet"))


def test_she_is_told_what_was_sent_about_her(told, parts):
    found = [(place, row.number) for place, row in calls_of(with_browsers(ANN, told, parts), told, parts)]
    assert [one for one in found if one[0] == "inbox_raw"] == [("inbox_raw", number) for number in HERS]
    assert sum(place == "dead_letters" for place, _ in found) == 2


def test_restored_parts_and_databases_bring_nobody_back(told, parts, nobody, tmp_path):
    assert parts.obeys(nobody.digest())
    ann = with_browsers(ANN, told, parts)
    nobody.add("1:x", {**tombstones_of(ann), "email": ["ann@x.test"]}, day=date(2026, 3, 1))
    assert not parts.obeys(nobody.digest()), "they were written before she was erased"
    purge(told, parts, nobody)
    assert parts.obeys(nobody.digest())
    assert InboxStore(told, parts).find(Subject("ann")).total == 0
    backup = shutil.copytree(parts.folder, tmp_path / "backup")
    receive(told, CALLS[:3], first=20)
    assert collect(told, parts, erased=nobody).refused == 3
    shutil.rmtree(parts.folder)
    shutil.copytree(backup, parts.folder)
    assert parts.obeys(nobody.digest()), "a backup from after the erasure is as it should be"
