"""Curves that make probabilities come true: Platt (1999), Kull et al. (2017), isotonic; which one is measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from sklearn.isotonic import IsotonicRegression

from patron.stats.calibration_error import brier_score, calibration_error, perfect_calibration_error
from patron.stats.calibrators import KINDS, choose_calibrator, fit_calibrator, log_loss


def drawn(curve: object, *, people: int = 20_000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Predictions, and outcomes whose true chance is a curve of them."""
    rng = np.random.default_rng(seed)
    predicted = rng.beta(1.2, 3.0, people)
    return predicted, (rng.random(people) < curve(predicted)).astype(float)  # type: ignore[operator]


def test_the_logistic_curve_finds_the_slope_and_level_that_made_the_data() -> None:
    predicted, came = drawn(lambda p: special.expit(-0.5 + 1.6 * special.logit(p)))
    found = fit_calibrator("logistic", predicted, came)
    assert found.weights == pytest.approx((-0.5, 1.6), abs=0.08)


def test_the_beta_curve_finds_its_three_weights() -> None:
    predicted, came = drawn(lambda p: special.expit(0.2 + 0.7 * np.log(p) - 1.8 * np.log1p(-p)), people=100_000)
    found = fit_calibrator("beta", predicted, came)
    assert found.weights == pytest.approx((0.2, 0.7, 1.8), abs=0.12)


def test_the_isotonic_curve_is_scikit_learns_at_the_middle_of_its_steps() -> None:
    predicted, came = drawn(lambda p: p**2, people=3_000)
    ours = fit_calibrator("isotonic", predicted, came)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(predicted, came)
    sizes = np.bincount(np.unique(theirs.predict(predicted), return_inverse=True)[1])
    wide = sizes > 200
    assert np.asarray(ours.y)[wide] == pytest.approx(theirs.predict(np.asarray(ours.x))[wide], abs=0.005)


@pytest.mark.parametrize("kind", KINDS)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=12, max_size=60))
def test_a_curve_never_turns_the_ranking_over_nor_leaves_0_to_1(kind: str, pairs: list[tuple[float, bool]]) -> None:
    predicted, came = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    if came.min() == came.max():
        return
    curve = fit_calibrator(kind, predicted, came)
    grid = curve.apply(np.linspace(0, 1, 101))
    assert (np.diff(grid) >= -1e-12).all()
    assert (grid > 0).all()
    assert (grid < 1).all()


def test_what_is_calibrated_stays_as_it_is() -> None:
    chosen = [choose_calibrator(*drawn(lambda p: p, people=4_000, seed=seed)).kind for seed in range(8)]
    assert chosen.count("none") >= 7


@pytest.mark.parametrize(
    "curve",
    [lambda p: special.expit(2.2 * special.logit(p)), lambda p: np.where(p < 0.3, 0.05, 0.6)],
    ids=["steep", "step"],
)
def test_what_is_off_is_put_right(curve: object) -> None:
    predicted, came = drawn(curve, seed=3)
    found = choose_calibrator(predicted, came)
    assert found.kind != "none"
    new, outcome = drawn(curve, seed=4)
    mended = found.apply(new)
    assert log_loss(mended, outcome) < log_loss(new, outcome)
    assert calibration_error(mended, outcome) < perfect_calibration_error(mended, seed=1) + 0.01


def test_a_perfect_forecast_is_at_the_floor_and_a_wrong_one_is_not() -> None:
    predicted, came = drawn(lambda p: p, people=5_000)
    floor = perfect_calibration_error(predicted, seed=1)
    assert 0.005 < floor < 0.02
    assert calibration_error(predicted, came) == pytest.approx(floor, abs=0.008)
    assert calibration_error(predicted / 2, came) > 0.1


def test_equal_predictions_are_one_group() -> None:
    assert calibration_error(np.full(10, 0.3), np.arange(10) < 3) == 0
    assert brier_score(np.full(10, 0.3), np.arange(10) < 3) == pytest.approx(0.21)
