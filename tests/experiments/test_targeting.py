"""Qini and uplift in public: arrays and tables give the same, several actions, and what is said of bad input."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import patron
from patron.errors import ArgumentError, ContractError
from patron.experiments import Ranking, qini, uplift_at, uplift_curve
from patron.stats.difference import Difference
from patron.stats.uplift_area import Coefficient
from patron.stats.uplift_ranking import NoRanking
from uplift_support import campaign

SCORE, TREATED, OUTCOME = campaign(np.random.default_rng(0), 3_000)
ARMS = np.where(TREATED, "mail", "control")


def _ranking(found: Ranking | NoRanking) -> Ranking:
    assert isinstance(found, Ranking)
    return found


@pytest.mark.parametrize("kind", [pa.table, pd.DataFrame, pl.DataFrame, ibis.memtable])
def test_a_table_and_arrays_give_the_same(kind: object) -> None:
    table = kind({"propensity": SCORE, "arm": ARMS, "visit": OUTCOME})  # type: ignore[operator]
    wanted = _ranking(patron.experiments.qini(SCORE, TREATED, OUTCOME))
    found = _ranking(qini("propensity", "arm", "visit", table=table, control="control"))
    assert found.coefficient == wanted.coefficient
    assert (found.value, found.low, found.high) == (wanted.value, wanted.low, wanted.high)
    assert (found.treated, found.control) == (float(TREATED.sum()), float((~TREATED).sum()))
    assert _ranking(qini(SCORE, TREATED.astype(int), OUTCOME)).coefficient == wanted.coefficient
    first = uplift_at("propensity", "arm", "visit", table=table, control="control", k=300)
    assert first == uplift_at(SCORE, TREATED, OUTCOME, k=0.1)
    assert isinstance(first, Difference)


def test_a_better_score_is_better() -> None:
    noise = np.random.default_rng(1).normal(size=3_000)
    good, poor = _ranking(qini(SCORE, TREATED, OUTCOME)), _ranking(qini(noise, TREATED, OUTCOME))
    gain = good.better_than(poor)
    assert isinstance(gain, Coefficient)
    assert gain.value == pytest.approx(good.value - poor.value)
    assert gain.low < gain.value < gain.high
    assert _ranking(uplift_curve(SCORE, TREATED, OUTCOME)).curve.gain[-1] == pytest.approx(good.curve.gain[-1])


def test_unequal_chances_are_allowed_for() -> None:
    # Half of the people are treated nine times in ten, the others once: their outcomes differ, the effect does not.
    generator = np.random.default_rng(2)
    keen = generator.random(40_000) < 0.5
    chance = np.where(keen, 0.9, 0.1)
    treated = generator.random(40_000) < chance
    outcome = 10.0 * keen + generator.normal(size=40_000)
    score = generator.normal(size=40_000)
    got = np.where(treated, chance, 1 - chance)
    naive = _ranking(uplift_curve(score, treated, outcome))
    found = _ranking(uplift_curve(score, treated, outcome, propensity=got))
    assert naive.curve.gain[-1] > 5
    assert found.low < 0 < found.high


def test_several_actions_are_judged_as_one_policy() -> None:
    generator = np.random.default_rng(3)
    known = generator.normal(size=60_000)
    arm = generator.choice(["none", "men", "women"], size=60_000, p=[0.5, 0.3, 0.2])
    effect = {"none": 0 * known, "men": 1 + known, "women": 1 - known}
    outcome = generator.normal(size=60_000) + np.select([arm == name for name in effect], list(effect.values()))
    scores = {"men": effect["men"], "women": effect["women"]}
    found = _ranking(uplift_curve(scores, arm, outcome, control="none"))
    # Everybody gets the better of two: 1 + |known| on average.
    wanted, reach = 1 + float(np.sqrt(2 / np.pi)), found.curve.high[-1] - found.curve.gain[-1]
    assert reach < 0.05
    assert found.curve.gain[-1] == pytest.approx(wanted, abs=2 * reach)
    one = _ranking(
        uplift_curve(
            {"men": effect["men"][arm != "women"]}, arm[arm != "women"], outcome[arm != "women"], control="none"
        )
    )
    assert one.curve.gain[-1] < found.curve.gain[-1]
    with pytest.raises(ArgumentError):
        qini({"men": scores["men"]}, arm, outcome, control="none")


def test_what_cannot_be_ranked_is_said() -> None:
    assert qini(SCORE, np.ones(3_000), OUTCOME) == NoRanking("one_arm")
    assert uplift_curve(np.zeros(3_000), TREATED, OUTCOME) == NoRanking("constant_score")
    assert uplift_at(SCORE, TREATED, np.zeros(3_000)) == NoRanking("no_spread")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"score": "a score"}, ArgumentError),
        ({"score": "a score", "table": pa.table({"score": SCORE})}, ContractError),
        ({"score": np.where(SCORE > 1, np.nan, SCORE)}, ArgumentError),
        ({"score": SCORE[1:]}, ArgumentError),
        ({"outcome": np.array(["a"] * 3_000)}, ArgumentError),
        ({"treatment": ARMS}, ArgumentError),
        ({"treatment": np.where(SCORE > 1, 2, TREATED)}, ArgumentError),
        ({"treatment": np.where(SCORE > 1, np.nan, TREATED)}, ArgumentError),
        ({"propensity": np.zeros(3_000)}, ArgumentError),
        ({"table": [1]}, ArgumentError),
        ({"definition": "gini"}, ArgumentError),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        qini(**{"score": SCORE, "treatment": TREATED, "outcome": OUTCOME} | wrong)  # type: ignore[arg-type]
