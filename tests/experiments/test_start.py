"""An experiment is started whole or not at all: promises, arms and lists."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date

import ibis
import pyarrow as pa
import pyarrow.csv
import pytest

from patron.activation.members import Members
from patron.decisions.arms import arm_among
from patron.decisions.holdouts import Holdout, holds
from patron.engines.experiment_state import Registered, RegisteredArm, experiment_members, experiments
from patron.engines.state import State
from patron.errors import ArgumentError, NotEnoughData, RunError
from patron.experiments.start import start
from patron.pipeline.erased_lists import ListsStore
from patron.privacy.state_store import StateStore
from patron.privacy.stores import Subject

DAY = date(2024, 3, 1)
SIZE = 900


def members(unit="customer"):
    ids = [f"c{i:03d}" for i in range(SIZE)]
    table = ibis.memtable(pa.table({
        "customer_id": ids, "segment": ["rfm.champions"] * SIZE, "days_since_last": [3] * SIZE,
        "expected_orders": [1.5] * SIZE, "predicted_value": [9.5] * SIZE, "basis": ["margin"] * SIZE,
        "household_id": [f"h{i // 3}" for i in range(SIZE)]}))  # fmt: skip
    return Members(segmentation="rfm", segment="champions", as_of=DAY, run_id="r1", table=table, unit=unit)


def promised(**changed):
    arms = (RegisteredArm(arm="none", share=0.2), RegisteredArm(arm="mail", share=0.3),
            RegisteredArm(arm="card", share=0.5))  # fmt: skip
    return replace(
        Registered(name="spring", run_id="r1", segment="rfm.champions", unit="customer", salt="experiment:spring",
                   started_on=DAY, ends_on=date(2024, 3, 29), promised={"purpose": "marketing"}, arms=arms),
        **changed,
    )  # fmt: skip


@pytest.fixture
def state(tmp_path):
    with State.open(tmp_path / ".patron" / "state.db") as opened:
        yield opened


def drawn(state, name="spring"):
    return {row["customer_id"]: row for row in experiment_members(state, [name]).to_pylist()}


def listed(file):
    return pyarrow.csv.read_csv(file)["customer_id"].to_pylist()


def test_each_list_holds_its_arm_and_none_holds_the_control(state, tmp_path):
    made = start(members(), promised(), state=state, folder=tmp_path)
    known = drawn(state)
    assert len(known) == SIZE
    for who, row in known.items():
        assert row["arm"] == arm_among(who, salt="experiment:spring", shares=made.shares)
    for arm in ("mail", "card"):
        file = tmp_path / f"spring-{arm}.csv"
        assert listed(file) == [who for who, row in known.items() if row["arm"] == arm]
        assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.glob("*")) == [".patron", "spring-card.csv", "spring-mail.csv"]
    assert experiments(state) == [made]
    assert {one.arm: one.customers for one in made.arms} == Counter(row["arm"] for row in known.values())


def test_hold_outs_are_in_no_arm(state, tmp_path):
    held = (Holdout(name="global", share=0.2), Holdout(name="programme:win", share=0.3, programme="win"))
    start(members(), promised(), state=state, folder=tmp_path, holdouts=held)
    assert set(drawn(state)) == {f"c{i:03d}" for i in range(SIZE) if holds(f"c{i:03d}", held) is None}


def test_two_of_a_group_share_no_customer(state, tmp_path):
    low = promised(exclusive_group="g", space_high=0.4)
    high = promised(name="summer", salt="experiment:summer", exclusive_group="g", space_low=0.4, space_high=1.0)
    start(members(), low, state=state, folder=tmp_path)
    start(members(), high, state=state, folder=tmp_path)
    one, other = set(drawn(state)), set(drawn(state, "summer"))
    assert not one & other
    assert len(one | other) == SIZE
    with pytest.raises(ArgumentError, match="started in the meantime"):
        start(members(), replace(high, name="autumn", space_low=0.3), state=state, folder=tmp_path)
    assert not list(tmp_path.glob("autumn*"))


def test_strata_are_balanced_and_remembered(state, tmp_path):
    strata = ibis.memtable(
        pa.table({"customer_id": [f"c{i:03d}" for i in range(SIZE)], "stratum": ["a", "b", "c"] * 300})
    )
    start(members(), promised(), state=state, folder=tmp_path, strata=strata)
    counts = Counter((row["stratum"], row["arm"]) for row in drawn(state).values())
    assert counts == {(s, arm): n for s in "abc" for arm, n in (("none", 60), ("mail", 90), ("card", 150))}


@pytest.mark.parametrize("balanced", [False, True])
def test_a_household_is_in_one_arm_and_the_database_does_not_name_it(state, tmp_path, balanced):
    strata = ibis.memtable(
        pa.table({"customer_id": [f"c{i:03d}" for i in range(SIZE)], "stratum": ["b", "a", "c"] * 300})
    )
    start(
        members("household"),
        promised(unit="household"),
        state=state,
        folder=tmp_path,
        strata=strata if balanced else None,
    )
    homes = {}
    for who, row in drawn(state).items():
        homes.setdefault(int(who[1:]) // 3, set()).add((row["arm"], row["unit"], row["stratum"]))
    assert all(len(rows) == 1 for rows in homes.values())
    assert len({unit for rows in homes.values() for _, unit, _ in rows}) == SIZE // 3
    if balanced:  # a household is in the first of its members' strata
        counts = Counter(arm for rows in homes.values() for arm, _, _ in rows)
        assert counts == {"none": 60, "mail": 90, "card": 150}


def test_what_is_there_is_replaced_by_force_only_and_a_name_is_used_once(state, tmp_path):
    (tmp_path / "spring-card.csv").write_text("mine")
    with pytest.raises(RunError, match="already there"):
        start(members(), promised(), state=state, folder=tmp_path)
    assert experiments(state) == []
    start(members(), promised(), state=state, folder=tmp_path, force=True)
    with pytest.raises(ArgumentError, match="used once"):
        start(members(), promised(), state=state, folder=tmp_path, force=True)


def test_nobody_left_leaves_nothing(state, tmp_path):
    with pytest.raises(NotEnoughData, match="held out"):
        start(members(), promised(), state=state, folder=tmp_path, holdouts=[Holdout(name="global", share=0.999999)])
    with pytest.raises(NotEnoughData, match="holds none"):
        start(members(), promised(space_high=1e-9), state=state, folder=tmp_path)
    with pytest.raises(RunError, match="It has not started"):
        start(members(), promised(), state=state, folder=tmp_path / "missing")
    assert experiments(state) == []


def test_visitors_are_promised_their_arms_and_no_list_is_made(state):
    made = start(None, promised(unit="visitor"), state=state)
    assert experiments(state) == [made]
    assert drawn(state) == {}


def test_who_is_erased_is_in_no_list_and_in_no_arm(state, tmp_path):
    start(members(), promised(), state=state, folder=tmp_path)
    who = listed(tmp_path / "spring-card.csv")[0]
    subject = Subject(who, frozenset({who}), {})
    lists = ListsStore(state, tmp_path / ".patron")
    assert lists.find(subject).rows == {"spring-card": 1}
    assert lists.erase(subject).rows == {"spring-card": 1}
    assert StateStore(state).erase(subject).rows == {"experiment_members": 1}
    assert who not in listed(tmp_path / "spring-card.csv")
    assert who not in drawn(state)
    other = listed(tmp_path / "spring-mail.csv")[0]
    (tmp_path / "spring-mail.csv").unlink()
    assert list(lists.erase(Subject(other, frozenset({other}), {})).exempt) == ["spring-mail"]


CHILD = """
import os, sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
import patron.experiments.start as starting
from patron.engines.state import State
from patron.errors import PatronError
from test_start import members, promised

folder, what = Path(sys.argv[1]), sys.argv[2]
replace, made = Path.replace, []

def between(self, target):
    if made:
        os.kill(os.getpid(), 9)
    made.append(replace(self, target))

with State.open(folder / "state.db") as state:
    members().table.count().to_pyarrow()
    if what == "before":
        Path.replace = lambda *_: os.kill(os.getpid(), 9)
    if what == "between":
        Path.replace = between
    if what == "after":
        starting.publish_experiment = lambda *_: os.kill(os.getpid(), 9)
    try:
        starting.start(members(), promised(), state=state, folder=folder)
    except PatronError as error:
        print(type(error).__name__, error)
"""


def child(folder, what):
    """Start in a process of its own, and return how it ended."""
    here = str(__import__("pathlib").Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), what, here], capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    assert not done.stdout, done.stdout
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize(("what", "standing"), [("before", 0), ("between", 1), ("after", 2)])
def test_killed_at_any_moment_no_list_stands_whose_control_is_not_known(tmp_path, what, standing):
    assert child(tmp_path, what) == -9
    lists = sorted(tmp_path.glob("spring-*.csv"))
    assert len(lists) == standing
    with State.open(tmp_path / "state.db") as state:
        (known,) = experiments(state)
        assert not known.published
        for file in lists:  # promised and drawn before any of them stood
            arm = file.stem.removeprefix("spring-")
            assert listed(file) == [who for who, row in drawn(state).items() if row["arm"] == arm]
    assert child(tmp_path, "") == 0  # the same command finishes it
    with State.open(tmp_path / "state.db") as state:
        (known,) = experiments(state)
        assert known.published
        assert (
            sum(len(listed(tmp_path / f"spring-{arm}.csv")) for arm in ("mail", "card"))
            == SIZE - known.arms[0].customers
        )
