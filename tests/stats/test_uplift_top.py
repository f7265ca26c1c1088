"""The uplift of the first k, and the curve over all shares."""

from __future__ import annotations

import numpy as np
import pytest

from patron.errors import ArgumentError
from patron.stats.difference import Difference, Moments, NotEnough, difference
from patron.stats.uplift_area import coefficient
from patron.stats.uplift_ranking import Ranked, ranked
from patron.stats.uplift_top import curve_of, uplift_of_first
from uplift_support import campaign, congruential


def _ranked(*arrays: object) -> Ranked:
    people = ranked(*arrays)  # type: ignore[arg-type]
    assert isinstance(people, Ranked)
    return people


def test_the_first_are_compared_as_welch_compares_them() -> None:
    score, treated, outcome = campaign(np.random.default_rng(1), 2_000, money=True)
    first = np.argsort(-score)[:500]
    wanted = difference(
        Moments.of(outcome[first][treated[first]].tolist()), Moments.of(outcome[first][~treated[first]].tolist())
    )
    found = uplift_of_first(_ranked(score, treated, outcome), 500)
    assert isinstance(wanted, Difference)
    assert isinstance(found, Difference)
    assert (found.estimate, found.low, found.p_value) == pytest.approx((wanted.estimate, wanted.low, wanted.p_value))
    assert uplift_of_first(_ranked(score, treated, outcome), 0.25) == found


def test_a_cut_through_equal_scores_takes_them_in_part() -> None:
    score, treated, outcome = congruential(3, 400, 2)
    half = _ranked(score, treated, outcome)
    whole = uplift_of_first(half, int(half.people[0]))
    part = uplift_of_first(half, int(half.people[0]) // 2)
    assert isinstance(whole, Difference)
    assert isinstance(part, Difference)
    assert part.estimate == pytest.approx(whole.estimate)
    assert part.standard_error > whole.standard_error


def test_the_curve_ends_at_the_effect_of_all_and_its_area_is_the_coefficient() -> None:
    score, treated, outcome = campaign(np.random.default_rng(2), 5_000)
    people = _ranked(score, treated, outcome)
    curve = curve_of(people, points=5_000)
    effect = difference(Moments.of(outcome[treated].tolist()), Moments.of(outcome[~treated].tolist()))
    found = coefficient(people, "gutierrez_gerardy")
    assert isinstance(effect, Difference)
    assert curve.gain[-1] == pytest.approx(effect.estimate)
    assert (curve.high[-1] - curve.low[-1]) == pytest.approx(effect.high - effect.low, rel=1e-3)
    assert np.trapezoid(curve.gain, curve.share) == pytest.approx(found.value, abs=1e-12)  # type: ignore[union-attr]
    qini = curve_of(people, "qini", points=5_000)
    area = np.trapezoid(qini.gain - qini.chance, qini.share)
    assert area == pytest.approx(coefficient(people).value, abs=1e-12)  # type: ignore[union-attr]
    assert qini.gain[-1] == pytest.approx(effect.estimate)
    assert curve.gain[0] == curve.low[0] == curve.high[0] == 0


def test_too_few_of_an_arm_among_the_first() -> None:
    people = _ranked(np.arange(10.0), [0] * 6 + [1] * 4, [0.0, 1.0] * 5)
    assert uplift_of_first(people, 4) == NotEnough("too_few")
    assert np.isnan(curve_of(people, points=10).low[1:6]).all()


@pytest.mark.parametrize("k", [0, 11, 0.0, 1.5, -0.1])
def test_a_k_that_is_not_inside_is_refused(k: float) -> None:
    people = _ranked(np.arange(10.0), [0, 1] * 5, [0.0, 1.0, 1.0, 0.0, 1.0] * 2)
    with pytest.raises(ArgumentError):
        uplift_of_first(people, k)


def test_other_options_are_refused() -> None:
    people = _ranked(np.arange(10.0), [0, 1] * 5, [0.0, 1.0, 1.0, 0.0, 1.0] * 2)
    with pytest.raises(ArgumentError):
        uplift_of_first(people, 5, strategy="both")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        curve_of(people, points=0)
