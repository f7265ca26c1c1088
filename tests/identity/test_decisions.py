"""What people decide is remembered whole or not at all, and what is taken back leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from identity_support import customers_of, identifiers_of, rows_of
from patron.engines.state import State
from patron.errors import ArgumentError, RunError
from patron.identity import (
    NO_DECISIONS,
    Decisions,
    decisions,
    manual_key,
    remember_merge,
    remember_unmerge,
    resolve,
)
from patron.identity.rules import MANUAL

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC).replace(tzinfo=None)
BY = {"actor": "clerk", "made_at": NOON}
RECORDS = identifiers_of(
    {"a": [("email", "x@y.z")], "b": [("email", "x@y.z")], "c": [("email", "u@v.w")], "d": [("city", "x")]}
)


@pytest.fixture(scope="module")
def made():
    return resolve(RECORDS)


def email_key(made):
    return next(key for name, rule, key in rows_of(made.match_keys, "record_id", "rule", "key") if name == "a")


def test_nothing_was_decided(state):
    assert decisions(state) == NO_DECISIONS
    assert not decisions(state)


def test_a_merge_is_remembered_in_either_direction(state, made):
    remember_merge(state, "d", "c", links=made.links, **BY)
    remember_merge(state, "c", "d", links=made.links, **BY)
    assert decisions(state) == Decisions(frozenset({("c", "d")}))
    assert customers_of(resolve(RECORDS, decisions=decisions(state)).links)["d"] == "c"


def test_an_unmerge_takes_one_edge_by_the_first_digits_of_its_key(state, made):
    key = email_key(made)
    assert remember_unmerge(state, "b", rule="email", key=key[:8], match_keys=made.match_keys, **BY) == key
    assert decisions(state) == Decisions(apart=frozenset({("b", "email", key)}))
    assert customers_of(resolve(RECORDS, decisions=decisions(state)).links)["b"] == "b"


def test_a_merge_that_no_run_has_seen_is_taken_back(state, made):
    remember_merge(state, "a", "d", links=made.links, **BY)
    key = manual_key("a", "d")
    remember_unmerge(state, "d", rule=MANUAL, key=key[:6], match_keys=made.match_keys, **BY)
    assert decisions(state) == NO_DECISIONS
    with pytest.raises(ArgumentError, match="has no key"):
        remember_unmerge(state, "d", rule=MANUAL, key=key, match_keys=made.match_keys, **BY)


def test_the_latest_decision_holds(state, made):
    for _ in range(2):
        remember_merge(state, "a", "d", links=made.links, **BY)
        remember_unmerge(state, "a", rule=MANUAL, key=manual_key("d", "a"), match_keys=made.match_keys, **BY)
    remember_merge(state, "a", "d", links=made.links, **BY)
    assert decisions(state).together == {("a", "d")}


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")).filter(lambda p: p[0] != p[1]), max_size=4))
@settings(max_examples=3, deadline=None)
def test_merge_then_unmerge_is_the_identity(pairs):
    made = resolve(RECORDS)
    with State.open(":memory:") as state:
        for left, right in pairs:
            remember_merge(state, left, right, links=made.links, **BY)
        merged = resolve(RECORDS, decisions=decisions(state))
        for left, right in {tuple(sorted(pair)) for pair in pairs}:
            remember_unmerge(state, left, rule=MANUAL, key=manual_key(left, right), match_keys=merged.match_keys, **BY)
        after = resolve(RECORDS, decisions=decisions(state))
    assert rows_of(after.links) == rows_of(made.links)
    assert rows_of(after.match_keys) == rows_of(made.match_keys)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda state, made: remember_merge(state, "a", "a", links=made.links, **BY), "with itself"),
        (lambda state, made: remember_merge(state, "a", "zz", links=made.links, **BY), "no record 'zz'"),
        (
            lambda state, made: remember_unmerge(
                state, "a", rule="email", key="f" * 32, match_keys=made.match_keys, **BY
            ),
            "has no key",
        ),
        (
            lambda state, made: remember_unmerge(
                state, "a", rule="emial", key=email_key(made), match_keys=made.match_keys, **BY
            ),
            "of the rule 'emial'",
        ),
        (
            lambda state, made: remember_unmerge(
                state, "d", rule="email", key=email_key(made), match_keys=made.match_keys, **BY
            ),
            "Record 'd' has no key",
        ),
        (
            lambda state, made: remember_unmerge(
                state, "a", rule="email", key=email_key(made)[:5], match_keys=made.match_keys, **BY
            ),
            "first six digits",
        ),
    ],
    ids=["itself", "unknown record", "unknown key", "unknown rule", "another's edge", "too few digits"],
)
def test_what_cannot_be_decided_is_refused_and_not_remembered(state, made, act, said):
    with pytest.raises(ArgumentError) as caught:
        act(state, made)
    assert said in str(caught.value)
    assert decisions(state) == NO_DECISIONS


def test_two_keys_that_begin_alike_have_to_be_told_apart(state):
    keys = ibis.memtable(
        {"record_id": ["a", "a"], "rule": ["email"] * 2, "key": ["abcdef" + "0" * 26, "abcdef" + "1" * 26]}
    )
    with pytest.raises(ArgumentError, match="2 keys"):
        remember_unmerge(state, "a", rule="email", key="abcdef", match_keys=keys, **BY)
    assert remember_unmerge(state, "a", rule="email", key="ABCDEF1", match_keys=keys, **BY) == "abcdef" + "1" * 26


@pytest.mark.parametrize("state", ["sqlite"], indirect=True)  # its refusal is written for SQLite
def test_a_database_that_refuses_remembers_nothing(state, made):
    with state.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON identity_decisions BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        )
    with pytest.raises(RunError, match="disk full"):
        remember_merge(state, "a", "d", links=made.links, **BY)
    assert decisions(state) == NO_DECISIONS


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_killed_in_between_it_is_there_whole_or_not_at_all(tmp_path, moment):
    code = textwrap.dedent(
        f"""
        import os, signal, sys
        from datetime import datetime
        import ibis
        from sqlalchemy import event
        from patron.engines.state import State
        from patron.identity import remember_merge
        links = ibis.memtable({{"record_id": ["a", "b"]}})
        state = State.open(sys.argv[1])
        if {moment == "before_commit"}:
            event.listen(state.engine, "commit", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        remember_merge(state, "a", "b", links=links, actor="clerk", made_at=datetime(2024, 5, 1))
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    file = tmp_path / "state.db"
    State.open(file).close()
    done = subprocess.run([sys.executable, "-c", code, str(file)], env=os.environ, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with State.open(file) as state:
        assert decisions(state).together == (frozenset() if moment == "before_commit" else {("a", "b")})
