"""Coefficients of uplift: equal to the peers, exact derivatives, intervals that hold, and their laws."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.stats.uplift_area import DEFINITIONS, Coefficient, coefficient, coefficient_difference
from patron.stats.uplift_mean import coefficient_mean
from patron.stats.uplift_ranking import NoRanking, Ranked, ranked
from patron.stats.uplift_top import uplift_of_first
from uplift_support import campaign, congruential

with (Path(__file__).parent / "uplift_peers.csv").open(encoding="utf-8") as file:
    PEERS = list(csv.DictReader(file))
BINARY = ("radcliffe_surry_q0", "scikit_uplift_qini", "scikit_uplift_auuc")
FREE_OF_SIZES = tuple(name for name in DEFINITIONS if "absolute" not in name and "causalml" not in name)


def _ranked(score: object, treated: object, outcome: object, weight: object = None) -> Ranked:
    people = ranked(score, treated, outcome, weight=weight)  # type: ignore[arg-type]
    assert isinstance(people, Ranked)
    return people


def _found(people: Ranked, definition: str) -> Coefficient:
    found = coefficient(people, definition)  # type: ignore[arg-type]
    assert isinstance(found, Coefficient)
    return found


@pytest.mark.parametrize("row", PEERS, ids=lambda row: f"{row['figure']}-{row['seed']}")
def test_the_peers_figures(row: dict[str, str]) -> None:
    people = _ranked(*congruential(int(row["seed"]), int(row["people"]), int(row["ties"])))
    if row["figure"] in DEFINITIONS:
        value = _found(people, row["figure"]).value
    else:
        strategy, k = row["figure"].split()
        value = uplift_of_first(people, float(k), strategy=strategy).estimate  # type: ignore[arg-type, union-attr]
    assert value == pytest.approx(float(row["value"]), abs=1e-12)


def test_every_definition_is_the_mean_over_the_orders_of_equal_scores_where_the_curve_is_straight() -> None:
    # y_t - y_c is additive, so the straight line across a tie is exactly the mean over its orders.
    score, treated, outcome = congruential(7, 40, 3)
    generator = np.random.default_rng(0)
    orders = [
        _found(_ranked(score + 1e-6 * generator.random(40), treated, outcome), "devriendt_joint_relative").value
        for _ in range(3_000)
    ]
    wanted = _found(_ranked(score, treated, outcome), "devriendt_joint_relative").value
    assert wanted == pytest.approx(float(np.mean(orders)), abs=4 * float(np.std(orders)) / math.sqrt(3_000))


@pytest.mark.parametrize("ties", [0, 9])
@pytest.mark.parametrize("definition", FREE_OF_SIZES)
def test_the_influence_is_the_derivative_by_a_persons_weight(definition: str, ties: int) -> None:
    score, treated, outcome = congruential(2, 300, ties)
    found = _found(_ranked(score, treated, outcome), definition)
    for person in (0, 17, 133, 299):
        values = []
        for step in (1e-5, -1e-5):
            weight = np.ones(300)
            weight[person] += step
            values.append(_found(_ranked(score, treated, outcome, weight), definition).value)
        assert found.influence[person] == pytest.approx((values[0] - values[1]) / 2e-5, abs=1e-7)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_whole_weights_are_people_who_came_several_times(definition: str) -> None:
    score, treated, outcome = congruential(2, 300, 20)
    times = np.arange(300) % 3 + 1
    weighted = _found(_ranked(score, treated, outcome, times), definition)
    repeated = _found(_ranked(*(np.repeat(values, times) for values in (score, treated, outcome))), definition)
    assert weighted.value == pytest.approx(repeated.value, abs=1e-12)


people_drawn = st.integers(20, 120).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(-5, 5), min_size=size, max_size=size),
        st.lists(st.booleans(), min_size=size, max_size=size),
        st.lists(st.integers(0, 3), min_size=size, max_size=size),
    )
)


@given(people_drawn)
@settings(max_examples=60, deadline=None)
def test_laws(drawn: tuple[list[int], list[bool], list[int]]) -> None:
    score, treated, outcome = (np.array(values) for values in drawn)
    people = ranked(score, treated, outcome)
    if not isinstance(people, Ranked):
        return
    for definition in ("radcliffe", "gutierrez_gerardy", "devriendt_joint_relative", "devriendt_separate_relative"):
        found = coefficient(people, definition)
        if not isinstance(found, Coefficient):
            continue
        # A score only ranks: any rising function of it, and any order of the rows, is the same.
        order = np.argsort(np.sin(np.arange(len(score))))
        moved = _found(_ranked((np.exp(score / 3) - 7)[order], treated[order], outcome[order]), definition)
        assert moved.value == pytest.approx(found.value, abs=1e-9)
        assert moved.standard_error == pytest.approx(found.standard_error, abs=1e-9)
        assert moved.influence[np.argsort(order)] == pytest.approx(found.influence, abs=1e-9)
        # The unit of the outcome is the unit of the coefficient; what all have more changes nothing.
        scaled = _found(_ranked(score, treated, 5 * outcome), definition)
        assert scaled.value == pytest.approx(5 * found.value, abs=1e-9)
        if definition != "radcliffe":  # its curve is per treated person
            swapped = _found(_ranked(score, ~treated, outcome), definition)
            assert swapped.value == pytest.approx(-found.value, abs=1e-9)
            assert swapped.standard_error == pytest.approx(found.standard_error, abs=1e-9)


def test_a_score_without_knowledge_has_a_qini_of_nought_on_average() -> None:
    generator = np.random.default_rng(1)
    values, alarms = [], 0
    for _ in range(400):
        _, treated, outcome = campaign(generator, 600)
        found = _found(_ranked(generator.random(600), treated, outcome), "radcliffe")
        values.append(found.value)
        alarms += found.p_value is not None and found.p_value < 0.05
    error = float(np.std(values)) / math.sqrt(len(values))
    assert abs(float(np.mean(values))) < 3 * error
    assert 0.02 < alarms / 400 < 0.09


@pytest.mark.slow
@pytest.mark.parametrize("money", [False, True], ids=["visits", "money"])
@pytest.mark.parametrize("definition", ["radcliffe", "gutierrez_gerardy", "scikit_uplift_qini"])
def test_the_interval_holds(definition: str, money: bool) -> None:
    if money and definition in BINARY:
        pytest.skip("the definition is for binary outcomes")
    large = campaign(np.random.default_rng(0), 4_000_000, money=money)
    truth = _found(_ranked(*large), definition).value
    generator = np.random.default_rng(3)
    held = 0
    for _ in range(600):
        found = _found(_ranked(*campaign(generator, 4_000, money=money)), definition)
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 600 <= 0.975


def test_a_difference_of_two_scores_is_paired() -> None:
    score, treated, outcome = campaign(np.random.default_rng(5), 20_000)
    noise = np.random.default_rng(6).normal(size=20_000)
    first = _found(_ranked(score, treated, outcome), "radcliffe")
    near = _found(_ranked(score + 0.1 * noise, treated, outcome), "radcliffe")
    apart = coefficient_difference(first, near)
    assert isinstance(apart, Coefficient)
    assert apart.value == pytest.approx(first.value - near.value)
    assert apart.standard_error < 0.5 * first.standard_error
    assert coefficient_difference(first, first) == NoRanking("no_spread")
    with pytest.raises(ArgumentError):
        coefficient_difference(first, _found(_ranked(score, treated, outcome), "gutierrez_gerardy"))


def test_the_mean_over_splits_is_surer_than_one_split_and_as_sure_as_all_people() -> None:
    score, treated, outcome = campaign(np.random.default_rng(8), 8_000)
    generator, found, people = np.random.default_rng(9), [], []
    for _ in range(5):
        half = generator.random(8_000) < 0.5
        for part in (half, ~half):
            found.append(_found(_ranked(score[part], treated[part], outcome[part]), "radcliffe"))
            people.append(part)
    mean = coefficient_mean(found, people)
    whole = _found(_ranked(score, treated, outcome), "radcliffe")
    assert isinstance(mean, Coefficient)
    assert mean.value == pytest.approx(np.mean([one.value for one in found]))
    assert mean.value == pytest.approx(whole.value, abs=0.3 * whole.standard_error)
    assert mean.standard_error == pytest.approx(whole.standard_error, rel=0.05)
    assert coefficient_mean([whole], [np.arange(8_000)]) == whole
    for wrong in (([], []), (found, people[1:]), (found[:1], [np.arange(5)])):
        with pytest.raises(ArgumentError):
            coefficient_mean(*wrong)


def test_what_cannot_be_ranked_is_said() -> None:
    score, treated, outcome = congruential(1, 400, 0)
    assert ranked(score, np.ones(400), outcome) == NoRanking("one_arm")
    assert ranked(np.ones(400), treated, outcome) == NoRanking("constant_score")
    assert ranked(score, treated, np.ones(400)) == NoRanking("no_spread")
    harmful = _ranked(score, treated, treated == 0)
    assert coefficient(harmful, "radcliffe_surry_q0") == NoRanking("no_effect")


def test_what_cannot_be_is_refused() -> None:
    score, treated, outcome = congruential(1, 400, 0)
    for bad in (
        (score[1:], treated, outcome),
        (score, treated + 1, outcome),
        (np.where(score > 0.9, np.nan, score), treated, outcome),
        (score, treated, np.where(score > 0.9, np.inf, outcome)),
        ([], [], []),
    ):
        with pytest.raises(ArgumentError):
            ranked(*bad)
    people = _ranked(score, treated, 2.0 * outcome)
    for definition in (*BINARY, "gini"):
        with pytest.raises(ArgumentError):
            coefficient(people, definition)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        coefficient(people, level=1.0)
