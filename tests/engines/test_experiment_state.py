"""Experiments and hold-outs in the operational database: whole or not at all, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from patron.engines.experiment_state import (
    Registered,
    RegisteredArm,
    experiment_members,
    experiments,
    publish_experiment,
    remember_experiment,
    stop_experiment,
)
from patron.engines.holdout_state import HeldSince, holdouts, remember_holdouts
from patron.engines.state import STATE_FILE, FrozenAudience, State
from patron.errors import ArgumentError, RunError

DAY = date(2024, 3, 1)
CARDS = Registered(
    name="cards", run_id="r1", segment="all.all", unit="customer", salt="experiment:cards", started_on=DAY,
    ends_on=date(2024, 3, 29), promised={"hypothesis": "Cards work better.", "purpose": "marketing"},
    arms=(RegisteredArm(arm="control", share=0.5), RegisteredArm(arm="card", share=0.5, file="/x.csv")),
    exclusive_group="spring", space_low=0.25, space_high=0.75,
)  # fmt: skip
GLOBAL = HeldSince(name="global", since=DAY, share=0.05, salt="holdout:global")


def batch(*ids, **more):
    arms = ["card" if place % 2 else "control" for place in range(len(ids))]
    return pa.record_batch({"customer_id": pa.array(ids, pa.string()), "arm": arms, **more})


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request, tmp_path):
    target = tmp_path / STATE_FILE if request.param == "sqlite" else request.getfixturevalue("empty_database")
    with State.open(target) as opened:
        yield opened


def test_what_was_promised_comes_back(state):
    made = remember_experiment(state, CARDS, [batch("ann", "bob"), batch("eve", unit=[7], stratum=["gold"])])
    assert [one.customers for one in made.arms] == [2, 1]
    assert experiments(state) == [made]
    publish_experiment(state, "cards")
    stop_experiment(state, "cards", on=date(2024, 3, 9), reason="It rained.")
    (known,) = experiments(state)
    assert known == replace(made, published=True, stopped_on=date(2024, 3, 9), stop_reason="It rained.")
    rows = experiment_members(state, ["cards"]).to_pylist()
    assert [(row["customer_id"], row["arm"], row["unit"], row["stratum"]) for row in rows] == [
        ("ann", "control", None, None), ("bob", "card", None, None), ("eve", "control", 7, "gold"),
    ]  # fmt: skip


def test_nothing_is_remembered_when_something_fails(state):
    def breaking():
        yield batch("ann")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        remember_experiment(state, CARDS, breaking())
    with pytest.raises(RunError, match="cards"):
        remember_experiment(state, CARDS, [batch("ann", "ann")])
    assert experiments(state) == []
    assert experiment_members(state, ["cards"]).num_rows == 0


def test_an_unfinished_start_is_replaced_by_the_same_draw_only(state):
    remember_experiment(state, CARDS, [batch("ann", "bob")])
    with pytest.raises(ArgumentError, match="another draw"):
        remember_experiment(state, replace(CARDS, promised={"purpose": "analytics"}), [])
    remember_experiment(state, CARDS, [batch("ann", "bob", "eve")])
    assert experiment_members(state, ["cards"]).num_rows == 3
    publish_experiment(state, "cards")
    with pytest.raises(ArgumentError, match="used once"):
        remember_experiment(state, CARDS, [])


def test_a_name_that_an_audience_has_is_refused(state):
    frozen = FrozenAudience(
        name="cards", segmentation="rfm", segment="lost", purpose="marketing", assigned_on=DAY, run_id="r", salt="s",
        holdout=0.1, programme="winback",
    )  # fmt: skip
    state.remember_audience(frozen, [])
    assert state.audience("cards").programme == "winback"
    with pytest.raises(ArgumentError, match="audience is called"):
        remember_experiment(state, CARDS, [])


def test_a_hold_out_is_recorded_with_the_day_since_which_it_holds(state):
    assert remember_holdouts(state, [GLOBAL]) == [GLOBAL]
    later = replace(GLOBAL, since=date(2024, 5, 1))
    assert remember_holdouts(state, [later]) == []  # nothing changed: it still holds since March
    larger = replace(later, share=0.1)
    assert remember_holdouts(state, [larger]) == [larger]
    assert holdouts(state) == [GLOBAL, larger]
    # An older run is published again: no change can stand before what it changes.
    given_up = remember_holdouts(state, [replace(GLOBAL, share=0.0)])
    assert given_up == [replace(larger, share=0.0)]
    assert holdouts(state) == [GLOBAL, *given_up]


def test_what_was_never_held_out_is_not_given_up(state):
    assert remember_holdouts(state, [replace(GLOBAL, share=0.0)]) == []
    assert holdouts(state) == []
