"""What a run changes in who is who is remembered once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts.person import LINKS
from patron.engines.state import EVENT_SCHEMA, FrozenAudience, State
from patron.errors import RunError
from patron.identity import id_history
from patron.pipeline.id_changes import published_before, remember_who_became_who

DAY = date(2024, 3, 1)


@dataclass
class FakeRun:
    """As much of a run as is asked for."""

    number: int
    owners: Mapping[str, str]
    as_of: date = DAY
    rule: str = "email"

    @property
    def manifest(self) -> Any:
        mark = SimpleNamespace(fingerprint=str(sorted(self.owners.items())))
        return SimpleNamespace(run_id=f"{self.as_of:%Y%m%d}-{self.number:04d}", as_of=self.as_of, steps={"links": mark})

    def holds(self, _names: Any) -> bool:
        return bool(self.owners)

    def table(self, _name: str, _connection: Any) -> ir.Table:
        rows = [
            {"source": "customers", "record_id": record_id, "customer_id": owner, "rule": self.rule, "confidence": 1.0}
            for record_id, owner in self.owners.items()
        ]
        return ibis.memtable(pa.Table.from_pylist(rows, schema=LINKS.schema.to_pyarrow()))


@dataclass
class FakeStore:
    runs: list[FakeRun]
    published: str | None

    def readable(self) -> list[FakeRun]:
        return self.runs

    def last_id(self) -> str | None:
        return self.published


@pytest.fixture
def frozen(state: State) -> State:
    """With a list: a, b and c on it, d held out."""
    spring = FrozenAudience(
        name="spring", segmentation="rfm", segment="champions", purpose="marketing", assigned_on=DAY,
        run_id="20240301-0001", salt="salt", holdout=0.25,
    )  # fmt: skip
    arms = pa.record_batch({"customer_id": ["a", "b", "c", "d"], "arm": ["treated"] * 3 + ["control"]})
    state.remember_audience(spring, [arms])
    state.publish_audience("spring")
    return state


NO_ENGINE: Any = None  # a memory table needs none

APART = {one: one for one in "abcd"}
ONE = APART | {"b": "a"}


def remember(state: State, *runs: Any) -> None:
    before: Any = None
    for run in runs:
        remember_who_became_who(state, before, run, NO_ENGINE)
        before = run


def history(state: State) -> list[tuple[str, str, str, str]]:
    rows = id_history(state).to_pylist()
    return [(row["run_id"][-1], row["record_id"], row["before_id"], row["after_id"]) for row in rows]


def events(state: State) -> list[tuple[str, str, str, str]]:
    rows = state.audience_events().to_pylist()
    return [(row["run_id"][-1], row["customer_id"], row["event"], row["reason"]) for row in rows]


def test_a_merge_and_its_undoing_are_remembered(state: State) -> None:
    remember(state, FakeRun(1, APART), FakeRun(2, ONE), FakeRun(3, ONE), FakeRun(4, APART))
    assert history(state) == [("2", "b", "b", "a"), ("4", "b", "a", "b")]


def test_remembering_again_changes_nothing(frozen: State) -> None:
    first, second = FakeRun(1, APART), FakeRun(2, ONE)
    for _ in range(3):
        remember(frozen, first, second)
    assert history(frozen) == [("2", "b", "b", "a")]
    assert events(frozen) == [("2", "b", "remove", "merged")]


def test_holders_of_a_list_are_told_once_and_told_when_it_is_undone(frozen: State) -> None:
    remember(frozen, *(FakeRun(1 + n, owners) for n, owners in enumerate([APART, ONE, ONE, APART, APART, ONE])))
    assert events(frozen) == [
        ("2", "b", "remove", "merged"), ("4", "b", "add", "unmerged"), ("6", "b", "remove", "merged"),
    ]  # fmt: skip


def test_an_id_that_was_added_goes_when_it_is_undone(frozen: State) -> None:
    renamed = APART | {"c": "e", "e": "e"}
    remember(frozen, FakeRun(1, APART), FakeRun(2, renamed), FakeRun(3, APART))
    assert events(frozen) == [
        ("2", "c", "remove", "merged"), ("2", "e", "add", "merged"),
        ("3", "c", "add", "unmerged"), ("3", "e", "remove", "unmerged"),
    ]  # fmt: skip


def test_a_run_about_an_earlier_day_tells_nobody_anything(frozen: State) -> None:
    remember(frozen, FakeRun(1, APART), FakeRun(2, ONE, date(2024, 4, 1)))
    told = events(frozen)
    remember_who_became_who(frozen, None, _run(3, date(2024, 2, 1)), NO_ENGINE)
    remember_who_became_who(frozen, None, _run(4, date(2024, 3, 15)), NO_ENGINE)
    assert events(frozen) == told


def _run(number: int, day: date) -> Any:
    return FakeRun(number, APART, day)


def test_browsers_are_no_records(state: State) -> None:
    remember(state, FakeRun(1, APART, rule="visitor"), FakeRun(2, ONE, rule="visitor"))
    assert history(state) == []


def test_what_a_kill_left_unremembered_is_made_up_for(state: State) -> None:
    runs: list[Any] = [FakeRun(1, APART), FakeRun(2, ONE)]
    store: Any = FakeStore(runs, runs[1].manifest.run_id)
    for _ in range(2):
        assert published_before(state, store, NO_ENGINE) is runs[1]
        assert history(state) == [("2", "b", "b", "a")]


def test_what_was_remembered_is_not_remembered_anew(state: State) -> None:
    runs: list[Any] = [FakeRun(1, APART), FakeRun(2, APART | {"d": "c"}), FakeRun(3, ONE)]
    remember_who_became_who(state, runs[0], runs[2], NO_ENGINE)  # run 1 was published again
    store: Any = FakeStore(runs, runs[2].manifest.run_id)
    published_before(state, store, NO_ENGINE)
    assert history(state) == [("3", "b", "b", "a")]


@pytest.mark.parametrize("published", [None, "20240301-0009"])
def test_no_run_or_one_that_cannot_be_read(state: State, published: str | None) -> None:
    store: Any = FakeStore([FakeRun(1, APART)], published)
    assert published_before(state, store, NO_ENGINE) is None


def test_a_run_without_links_has_no_history(state: State) -> None:
    remember(state, FakeRun(1, {}), FakeRun(2, ONE))
    assert history(state) == []


def test_events_are_remembered_whole_or_not_at_all(frozen: State) -> None:
    row = {
        "audience": "spring",
        "customer_id": "a",
        "run_id": "20240301-0002",
        "event": "add",
        "reason": "merged",
        "day": DAY,
    }
    with pytest.raises(RunError, match="could not be remembered"):
        frozen.remember_audience_events([row, row | {"audience": "no such list"}])
    assert frozen.audience_events().num_rows == 0
    assert frozen.remember_audience_events([row, row]) == 1
    assert frozen.remember_audience_events(iter([row, row | {"event": "remove"}])) == 1
    assert frozen.audience_events().schema == EVENT_SCHEMA
    assert frozen.audience_events().num_rows == 2
