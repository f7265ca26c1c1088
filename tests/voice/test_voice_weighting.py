"""Weights: the planted bias goes, intervals hold as often as they say, and the laws of raking."""

from __future__ import annotations

import numpy as np
import pytest
from answered import COLUMNS, Answered, answered
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.simulate import shop
from patron.simulate.experiences.asked import SURVEY
from patron.voice.bands import CELLS
from patron.voice.estimates import Said, Score, mean_score, net_promoter_score, share_of
from patron.voice.weighting import CAP, LEAST, design_effect, response_weights

SURVEYS = 300
CHOSEN = np.array([9.0, 10.0])


def nps(said: Said) -> Score:
    return net_promoter_score(said, promoter=9, passive=7)


def promoters(said: Said) -> Score:
    chosen = np.isin(said.value, CHOSEN).astype(float)
    return share_of(Said(value=chosen, count=said.count, weight=said.weight, margins=said.margins))


@pytest.fixture(scope="module")
def surveys() -> list[Answered]:
    """Three hundred surveys of 600 customers, a third of whom answer."""
    rng = np.random.default_rng(5)
    return [answered(rng, 600) for _ in range(SURVEYS)]


def test_the_planted_bias_goes_and_the_plain_score_keeps_it(surveys: list[Answered]) -> None:
    plain = np.array([nps(one.plain).score - one.nps for one in surveys])
    weighted = np.array([nps(one.said).score - one.nps for one in surveys])
    assert plain.mean() > 8
    assert abs(weighted.mean()) < 1.5


def test_intervals_hold_as_often_as_they_say_and_those_of_plain_scores_do_not(surveys: list[Answered]) -> None:
    held = {
        "nps": [one.nps for one in surveys], "mean": [one.mean for one in surveys],
        "share": [one.promoters for one in surveys],
    }  # fmt: skip
    found = {
        "nps": [nps(one.said) for one in surveys],
        "mean": [mean_score(one.said, least=0, most=10) for one in surveys],
        "share": [promoters(one.said) for one in surveys],
    }
    for name, scores in found.items():
        inside = np.mean([score.low <= true <= score.high for score, true in zip(scores, held[name], strict=True)])
        assert 0.92 <= inside <= 0.985, name
    plain = np.mean([nps(one.plain).low <= one.nps <= nps(one.plain).high for one in surveys])
    assert plain < 0.7


def test_where_nothing_depends_on_the_bands_weighting_costs_little() -> None:
    rng = np.random.default_rng(2)
    asked = np.bincount(rng.integers(0, CELLS, 5000), minlength=CELLS).astype(float)
    back = rng.binomial(asked.astype(int), 0.3).astype(float)
    found = response_weights(asked, back, COLUMNS)
    assert 1 <= found.design_effect < 1.03
    assert found.capped == 0


counts = st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1)), min_size=CELLS, max_size=CELLS)


@settings(max_examples=30)
@given(counts)
def test_weights_meet_the_numbers_asked_in_every_band_or_say_that_they_were_capped(
    drawn: list[tuple[int, float]],
) -> None:
    asked = np.array([many for many, _ in drawn], dtype=float)
    back = np.floor(asked * np.array([share for _, share in drawn]))
    if not back.sum():
        return
    found = response_weights(asked, back, COLUMNS)
    used = found.weight[back > 0]
    assert (used > 0).all()
    assert float((back * found.weight).sum()) == pytest.approx(back.sum())
    assert found.design_effect >= 1 - 1e-9
    assert found.design_effect == pytest.approx(design_effect(found.weight, back))
    for bands in found.margins.values():
        assert (np.bincount(bands, back) >= LEAST).all()
    if found.capped == 0:
        scale = asked.sum() / back.sum()
        for bands in found.margins.values():
            have = np.bincount(bands, back * found.weight) * scale
            assert have == pytest.approx(np.bincount(bands, asked), rel=0.02, abs=1.0)


@settings(max_examples=5)
@given(st.integers(2, 9))
def test_weights_do_not_depend_on_the_unit_in_which_people_are_counted(times: int) -> None:
    rng = np.random.default_rng(times)
    asked = rng.integers(5, 40, CELLS).astype(float)
    back = np.floor(asked * rng.random(CELLS))
    once, often = (response_weights(k * asked, back, COLUMNS).weight for k in (1, times))
    assert once == pytest.approx(often)


def test_one_answer_that_would_stand_for_hundreds_is_cut_and_counted() -> None:
    asked, back = np.zeros(CELLS), np.zeros(CELLS)
    asked[[0, CELLS - 1]], back[[0, CELLS - 1]] = [5000.0, 300.0], [10.0, 290.0]
    found = response_weights(asked, back, COLUMNS)
    assert found.capped == pytest.approx(10 / 300)
    assert found.weight.max() == pytest.approx(CAP, rel=1e-5)
    assert 1 < found.weight[0] / found.weight[CELLS - 1] < 10  # 480 before


@pytest.mark.parametrize("answers", [1, 3, 10])
@pytest.mark.parametrize("score", [0.0, 8.0, 10.0])
def test_a_few_answers_all_alike_are_never_sure(answers: int, score: float) -> None:
    said = Said(
        value=np.array([score]), count=np.array([float(answers)]), weight=np.ones(1), margins=np.zeros((0, 1), int)
    )
    for found, width in ((nps(said), 30), (mean_score(said, least=0, most=10), 0.5), (share_of(_share(said)), 0.25)):
        assert found.low <= found.score <= found.high
        assert found.high - found.low > width
        assert found.effective == pytest.approx(answers)


def _share(said: Said) -> Said:
    return Said(value=np.ones(1), count=said.count, weight=said.weight, margins=said.margins)


def test_the_simulated_shop_is_asked_with_a_bias_and_its_truth_is_known() -> None:
    made = shop(customers=1500, seed=3, experience=True)
    truth = made.truth["silence"].to_pandas()
    assert 0.1 < truth.answered.mean() < 0.4
    assert truth.answered.mean() == pytest.approx(truth.answers.mean(), abs=0.04)
    everybody, came = (
        100 * ((some >= 9).mean() - (some < 7).mean()) for some in (truth.nps, truth.nps[truth.answered])
    )
    assert came - everybody > 10
    assert set(made.invitations["survey"].to_pylist()) == {SURVEY}
    answers = made.surveys.to_pandas().dropna(subset="invitation_id")
    assert set(answers.invitation_id) <= set(made.invitations["invitation_id"].to_pylist())
    assert len(answers) == 4 * truth.answered.sum()
