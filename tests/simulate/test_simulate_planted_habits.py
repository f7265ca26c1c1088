"""Planted habits are what they say: some deeds move the chance to come back, others know nothing of it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest
from scipy.stats import chi2_contingency

from patron.errors import ArgumentError
from patron.simulate import PlantedHabits, planted_habits
from patron.simulate.planted_habits import RETURNING, TRAP


def who(truth: PlantedHabits, event: str) -> set[str]:
    return set(truth.events.filter(pc.field("event") == event)["customer_id"].to_pylist())


def test_planted_deeds_move_the_chance_and_no_other_does() -> None:
    truth = planted_habits(40_000, seed=3)
    young = pc.field("at") < truth.as_of - timedelta(days=365)
    firsts = truth.events.filter((pc.field("event") == "first_order") & young)
    everybody, back = set(firsts["customer_id"].to_pylist()), who(truth, "second_order")
    p = {}
    for deed in (*truth.true, *truth.null):
        did = who(truth, deed) & everybody
        counts = [[len(part & back), len(part - back)] for part in (did, everybody - did)]
        p[deed] = chi2_contingency(counts).pvalue
    assert max(p[deed] for deed in truth.true) < 1e-4
    assert np.mean([p[deed] < 0.05 for deed in truth.null]) < 0.2
    assert TRAP not in p


def test_without_effects_as_many_come_back_as_told() -> None:
    truth = planted_habits(20_000, seed=4, effects=(), null_deeds=3)
    assert truth.returning == pytest.approx(RETURNING)
    assert truth.true == ()
    assert len(truth.null) == 3


def test_the_critical_day_solves_its_equation() -> None:
    truth = planted_habits(5_000, seed=5)
    day = truth.critical_day(threshold=0.15, horizon_days=90)
    stay = 1 - truth.returning + truth.returning * np.exp(-truth.rate * np.array([day, day + 90]))
    assert 1 - stay[1] / stay[0] == pytest.approx(0.15)


def test_a_customer_begins_once_and_nothing_happens_after_the_end() -> None:
    truth = planted_habits(2_000, seed=6)
    assert max(truth.events["at"].to_pylist()) <= truth.as_of == date(2024, 12, 30)
    assert len(who(truth, "first_order")) == 2_000
    counted = truth.events.group_by(["customer_id", "event"]).aggregate([("at", "count")])
    once = counted.filter(pc.field("event") != "order")
    assert set(once["at_count"].to_pylist()) == {1}


def test_the_same_seed_gives_the_same_customers() -> None:
    assert planted_habits(500, seed=7).events == planted_habits(500, seed=7).events
    assert planted_habits(500, seed=7).events != planted_habits(500, seed=8).events


@pytest.mark.parametrize("terms", [{"customers": 0}, {"customers": 10, "null_deeds": -1}, {"customers": 1.5}])
def test_what_cannot_be_is_refused(terms: dict[str, int]) -> None:
    with pytest.raises(ArgumentError):
        planted_habits(**{"seed": 1, **terms})
