"""Lookalikes: the truth of simulated people is found again, chance is called chance, and bad input is named."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted, SettingsError
from patron.models import Lookalike
from patron.models.feature_table import read_features
from patron.models.lookalike_fit import contributions, learn_weights
from patron.models.lookalike_levels import coded, learn_levels
from patron.simulate import Lookalikes, lookalikes
from patron.simulate.lookalikes import TRAITS
from patron.stats.auc import auc
from patron.stats.logistic_regression import logistic_regression

SHOPS = 200


@pytest.fixture(scope="module")
def drawn() -> Lookalikes:
    return lookalikes(6_000, 4_000, seed=3)


@pytest.fixture(scope="module")
def model(drawn: Lookalikes) -> Lookalike:
    return Lookalike().fit(drawn.people, ideal=ideal_of(drawn.truth))


def ideal_of(truth: pa.Table) -> Any:
    return truth["ideal"].to_numpy()


# The truth


def test_prospects_are_ranked_nearly_as_well_as_can_be(drawn: Lookalikes, model: Lookalike) -> None:
    came, best = ideal_of(drawn.prospect_truth), drawn.prospect_truth["log_ratio"].to_numpy()
    mine = np.log(model.score(drawn.prospects)["ratio"].to_numpy())
    assert auc(mine, came).value == pytest.approx(auc(best, came).value, abs=0.015)
    assert np.corrcoef(mine, best)[0, 1] > 0.95
    slope, shift = np.polyfit(best, mine, 1)
    assert slope == pytest.approx(1, abs=0.15)  # a ratio as the truth has it, whatever the share of ideal prospects
    assert shift == pytest.approx(0, abs=0.15)


def test_the_lift_on_the_held_out_half_is_near_that_of_the_truth(drawn: Lookalikes, model: Lookalike) -> None:
    order = np.argsort(-drawn.truth["log_ratio"].to_numpy(), kind="stable")
    came = ideal_of(drawn.truth)
    best = came[order[: len(came) // 10]].mean() / came.mean()
    first = model.judged_.deciles[0]
    assert first.low is not None
    assert first.high is not None
    assert first.low <= best <= first.high * 1.1
    assert first.lift > 0.85 * best
    assert first.expected == pytest.approx(first.ideal, rel=0.2)  # calibrated where it matters most


@pytest.mark.slow
def test_intervals_of_the_area_hold_the_truth_and_meaningless_traits_are_called_chance() -> None:
    """200 shops whose traits mean nothing; the verdict is ``chance`` in at least 95 % of them."""
    called, held = 0, 0
    for seed in range(SHOPS):
        dull = lookalikes(1_000, 1, seed=seed, effect=0.0)
        judged = Lookalike().fit(dull.people, ideal=ideal_of(dull.truth)).judged_
        called += judged.verdict == "chance"
        held += judged.low <= 0.5 <= judged.high
    assert called >= 0.95 * SHOPS
    assert held >= 0.90 * SHOPS


def test_a_trait_that_means_nothing_is_drawn_to_nothing(model: Lookalike) -> None:
    odds = {(row["trait"], row["level"]): row["odds"] for row in model.traits_.to_pylist()}
    assert all(odds["newspaper", level] == pytest.approx(1, abs=0.12) for level in TRAITS["newspaper"].values)
    assert odds["home", "house"] > 1.4 > 0.8 > odds["home", "flat"]
    weights = {row["trait"]: row["weight"] for row in model.traits_.to_pylist()}
    assert min(weights, key=lambda name: weights[name]) == "newspaper"
    assert sum(weights.values()) == pytest.approx(1)


def test_against_unlabelled_people_the_order_is_the_same(drawn: Lookalikes, model: Lookalike) -> None:
    """Elkan & Noto (2008), lemma 1: the score against unlabelled people rises with the one against the others."""
    panel, rest = drawn.prospects.slice(0, 2_000), drawn.prospects.slice(2_000)
    other = Lookalike().fit(drawn.people, ideal=ideal_of(drawn.truth), unlabelled=panel)
    ours, theirs = (one.score(rest)["ratio"].to_numpy() for one in (model, other))
    assert other.params_.against == "unlabelled"
    assert np.corrcoef(np.argsort(np.argsort(ours)), np.argsort(np.argsort(theirs)))[0, 1] > 0.95
    assert other.judged_.auc < model.judged_.auc + 0.03  # among the unlabelled some are ideal


# Laws


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(60, 300))
def test_without_a_ridge_to_speak_of_it_is_plain_logistic_regression(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, (people, 2)).astype(np.int16)
    came = (rng.random(people) < 0.2 + 0.5 * codes[:, 0]).astype(float)
    came[:4], codes[:4] = (0, 1, 0, 1), [[0, 0], [0, 1], [1, 0], [1, 1]]
    found = learn_weights(codes, came, (2, 2))
    plain = logistic_regression(codes.astype(float), came)
    spread = found.levels[0][1] - found.levels[0][0]
    assert abs(spread) <= abs(plain[1]) + 1e-6  # drawn towards zero, never away
    assert np.sign(spread) == np.sign(plain[1]) or abs(spread) < 0.05
    expected = 1 / (1 + np.exp(-(found.intercept + contributions(codes, found).sum(axis=1))))
    assert expected.sum() == pytest.approx(came.sum(), rel=1e-4)  # the intercept has no ridge


def test_the_rows_may_come_in_any_order_and_in_any_kind_of_table(drawn: Lookalikes, model: Lookalike) -> None:
    whole = drawn.people.append_column("ideal", drawn.truth["ideal"])
    mixed = whole.take(pa.array(np.random.default_rng(1).permutation(whole.num_rows)))
    by_id = drawn.truth.select(["customer_id", "ideal"]).rename_columns(["customer_id", "outcome"])
    same = [
        Lookalike().fit(mixed, ideal="ideal"),
        Lookalike().fit(mixed.to_pandas(), ideal="ideal"),
        Lookalike().fit(pl.from_arrow(mixed), ideal="ideal"),
        Lookalike().fit(ibis.memtable(mixed), ideal="ideal"),
        Lookalike().fit(drawn.people, ideal=by_id),
    ]
    assert {one.to_json() for one in same} == {model.to_json()}


def test_saved_and_read_again_it_scores_the_same(drawn: Lookalikes, model: Lookalike) -> None:
    again = Lookalike.from_json(model.to_json())
    assert again.score(drawn.prospects).equals(model.score(drawn.prospects))
    assert again.params_ == model.params_
    assert repr(again) == repr(model)


def test_what_is_not_known_moves_nobody(drawn: Lookalikes, model: Lookalike) -> None:
    nothing = pa.table({"prospect_id": ["a", "b"], "home": pa.array([None, "castle"], pa.string())})
    scored = model.score(nothing)
    assert scored["ratio"].to_pylist() == [scored["ratio"][0].as_py()] * 2
    assert scored["ratio"][0].as_py() == pytest.approx(1, rel=0.1)
    assert scored["traits"].to_pylist() == [0, 0]
    assert scored["grade"].to_pylist() == ["C", "C"]
    assert scored["rank"].to_pylist() == [1, 1]
    assert set(scored["reason"].to_pylist()) == {"nothing that is known makes the odds better"}


def test_scores_are_given_back_as_they_were_asked_for(drawn: Lookalikes, model: Lookalike) -> None:
    plain = model.score(drawn.prospects)
    assert plain["prospect_id"].equals(drawn.prospects["prospect_id"])
    asked = model.score(ibis.memtable(drawn.prospects))
    assert asked.order_by("prospect_id").to_pyarrow()["rank"].to_pylist() == plain["rank"].to_pylist()
    assert model.score(drawn.people.slice(0, 5)).column_names[0] == "customer_id"
    best = plain.filter(pa.compute.equal(plain["rank"], 1))
    assert best["ratio"][0].as_py() == pytest.approx(max(plain["ratio"].to_pylist()))
    assert "times the odds" in best["reason"][0].as_py()


def test_prospects_who_are_other_people_are_told(drawn: Lookalikes, model: Lookalike) -> None:
    same = model.shift(drawn.people)
    assert max(same.values()) < 1e-9
    villagers = drawn.prospects.filter(pa.compute.equal(drawn.prospects["town"], "village"))
    assert model.shift(villagers)["town"] > 0.6
    assert "home" not in model.shift(villagers.drop_columns(["home"]))


def test_numbers_become_ranges_of_about_as_many_people() -> None:
    ages = np.repeat([20.0, 30.0, 40.0, 50.0, np.nan], [100, 100, 100, 100, 50])
    table = read_features(pa.table({"customer_id": [str(one) for one in range(450)], "age": ages, "one": [1] * 450}))
    (levels,) = learn_levels(table)
    assert levels.ends == (20.0, 30.0, 40.0)
    assert np.bincount(coded(table, [levels])[:, 0] + 1).tolist() == [50, 100, 100, 100, 100]


# Bad input


def test_before_it_is_fitted_it_says_so() -> None:
    for asked in (lambda model: model.params_, lambda model: model.score(pa.table({})), lambda model: model.to_json()):
        with pytest.raises(NotFitted):
            asked(Lookalike())
    assert repr(Lookalike()) == "Lookalike()"


@pytest.mark.parametrize(("ideal", "which"), [(99, "99 ideal"), (5_901, "99 people")])
def test_too_few_of_either_are_refused(drawn: Lookalikes, ideal: int, which: str) -> None:
    came = np.repeat([1, 0], [ideal, 6_000 - ideal])
    with pytest.raises(NotEnoughData, match=which):
        Lookalike().fit(drawn.people, ideal=came)


def test_nobody_is_scored_by_chance() -> None:
    dull = lookalikes(2_000, 10, seed=1, effect=0.0)
    model = Lookalike().fit(dull.people, ideal=ideal_of(dull.truth))
    with pytest.raises(NotEnoughData, match="no better than chance") as caught:
        model.score(dull.prospects)
    assert caught.value.data["people"] == 1_000


def test_a_table_without_traits_to_tell_by_is_refused() -> None:
    ids = [str(one) for one in range(400)]
    table = pa.table({"customer_id": ids, "same": ["x"] * 400, "own": ids})
    with pytest.raises(NotEnoughData, match="No trait has two values"):
        Lookalike().fit(table, ideal=np.repeat([1, 0], 200))


def test_what_the_law_protects_is_no_trait(drawn: Lookalikes) -> None:
    table = drawn.people.append_column("religion", drawn.people["home"])
    with pytest.raises(SettingsError, match="religion"):
        Lookalike().fit(table, ideal=ideal_of(drawn.truth))
    assert Lookalike(allowed=["religion"]).fit(table, ideal=ideal_of(drawn.truth)).customers_ == 6_000


def test_tables_that_are_not_what_they_should_be_are_named(drawn: Lookalikes) -> None:
    with pytest.raises(ArgumentError, match="'best'"):
        Lookalike().fit(drawn.people, ideal="best")
    with pytest.raises(ContractError, match="customer_id"):
        Lookalike().fit(drawn.people.drop_columns(["customer_id"]), ideal=ideal_of(drawn.truth))
    twice = pa.concat_tables([drawn.people, drawn.people.slice(0, 1)])
    with pytest.raises(ContractError):
        Lookalike().fit(twice, ideal=np.append(ideal_of(drawn.truth), 1))
    with pytest.raises(ArgumentError):
        Lookalike().fit(drawn.people, ideal=pd.Series([1, 0]))
    with pytest.raises(ArgumentError):
        Lookalike.from_json('{"model": "Lookalike"}')
