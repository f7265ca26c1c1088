"""Decisions that were asked for: written once, answered by events, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from patron.engines.database import writing
from patron.engines.decision_log_state import (
    Answered,
    Logged,
    answered_counts,
    decisions_since,
    forget_decisions,
    log_decisions,
    note_answers,
)
from patron.engines.state import STATE_FILE, State
from patron.privacy.state_store import StateStore
from patron.privacy.stores import Subject

NOON = datetime.fromisoformat("2026-03-02T12:00")
ONE = Logged(
    decision_id="d1", decided_at=NOON, asked_by="token:site", customer_id="c1", user_id="u1", anonymous_id="v1",
    placement="home", kind="banner", outcome="given", reason="banner", personal=None, choice="a", propensity=0.5,
    shares={"a": 0.5, "b": 0.5}, given={"products": ["p1"]},
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    target = tmp_path / STATE_FILE if request.param == "sqlite" else request.getfixturevalue("empty_database")
    with State.open(target) as opened:
        yield opened


def kept(state: State, since: datetime = NOON) -> list[dict[str, object]]:
    with state.engine.connect() as connection:
        return list(decisions_since(connection, since))


def log(state: State, *decisions: Logged) -> None:
    with writing(state.engine) as connection:
        log_decisions(connection, decisions)


def tell(state: State, *answers: Answered) -> None:
    with writing(state.engine) as connection:
        note_answers(connection, answers)


def test_decisions_are_written_once_answered_counted_and_forgotten(state: State) -> None:
    second = replace(ONE, decision_id="d2", choice="b", customer_id=None, user_id=None, anonymous_id="v2")
    log(state, ONE, second)
    log(state, replace(ONE, choice="b"))  # asked again: what was given stays
    rows = kept(state)
    assert [(row["decision_id"], row["choice"]) for row in rows] == [("d1", "a"), ("d2", "b")]
    assert (rows[0]["shares"], rows[0]["given"]) == ({"a": 0.5, "b": 0.5}, {"products": ["p1"]})
    assert kept(state, NOON + timedelta(seconds=1)) == []

    at = NOON + timedelta(minutes=1)
    shown, clicked = Answered(kind="shown", decision_id="d1", at=at), Answered(kind="clicked", decision_id="d1", at=at)
    later = replace(clicked, at=at + timedelta(hours=1))
    tell(state, shown, clicked, later, clicked, Answered(kind="clicked", decision_id="nobody's", at=at))
    tell(state, Answered(kind="clicked", decision_id="d2", at=at))
    assert kept(state)[0]["clicked_at"] == at
    with state.engine.connect() as connection:
        assert answered_counts(connection, "home", since=NOON) == {"a": (1, 1), "b": (1, 1)}
        assert answered_counts(connection, "other", since=NOON) == {}
    assert forget_decisions(state, before=at) == 2
    assert kept(state) == []


def test_an_order_counts_for_what_the_same_person_saw_in_the_days_before(state: State) -> None:
    others = [replace(ONE, decision_id=name, customer_id=None, user_id=None, anonymous_id=name) for name in "xyz"]
    log(state, ONE, *others)
    seen = [Answered(kind="shown", decision_id=name, at=NOON) for name in ("d1", "x", "y")]
    tell(state, *seen)
    soon = NOON + timedelta(days=6)
    tell(
        state,
        Answered(kind="ordered", at=soon, customer_id="c1", amount=Decimal("12.50")),
        Answered(kind="ordered", at=soon + timedelta(hours=1), customer_id="c1", amount=Decimal("99")),
        Answered(kind="ordered", at=NOON + timedelta(days=8), anonymous_id="x"),  # too late
        Answered(kind="ordered", at=soon, anonymous_id="z"),  # who was shown nothing
        Answered(kind="ordered", at=soon),
    )
    found = {row["decision_id"]: (row["ordered_at"], row["ordered"]) for row in kept(state)}
    nothing = (None, None)
    assert found == {"d1": (soon, "12.50"), "x": nothing, "y": nothing, "z": nothing}


def test_a_person_is_found_by_any_of_her_ids_and_erased(tmp_path: Path) -> None:
    with State.open(tmp_path / STATE_FILE) as state:
        log(state, ONE, replace(ONE, decision_id="d2", customer_id=None, user_id=None, anonymous_id="v9"))
        assert len(kept(state)) == 2
        subject = Subject(customer_id="c1", record_ids=frozenset({"u1"}))
        assert StateStore(state).erase(subject).rows["decision_log"] == 1
        assert [row["decision_id"] for row in kept(state)] == ["d2"]
