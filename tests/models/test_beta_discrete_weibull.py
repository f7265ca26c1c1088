"""The beta discrete Weibull model against its paper's data, a peer, its special case, and simulated truth."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.subscribers import DAY, HIGH_END, LATER, PRO, REGULAR, cohorts, subscriptions
from patron.errors import ArgumentError, NotEnoughData
from patron.models import BetaDiscreteWeibull, ShiftedBetaGeometric
from patron.models.retention import RetentionParams, log_likelihood, log_survival, slopes_of_log_survival
from patron.simulate import beta_discrete_weibull

TRUTH = {"alpha": 0.9, "beta": 3.0, "c": 1.5}


# The data of Fader, Hardie, Liu, Davin & Steenburgh (2018), whose question is what four renewals tell of the next


def test_high_end_customers_after_four_renewals_as_the_peer_fits_them() -> None:
    """The README of retenmod (a port of foretell) prints .25933745, 1.72255566, 1.58435482."""
    model = BetaDiscreteWeibull().fit(cohorts(HIGH_END[:4]))
    assert model.params_ == pytest.approx({"alpha": 0.25934, "beta": 1.72256, "c": 1.58435}, abs=1e-4)
    projected = [0.54661048, 0.51036903, 0.48104436, 0.45668840, 0.43603688, 0.41823190]
    assert model.survival(np.arange(5, 11)) == pytest.approx(projected, abs=2e-5)


def test_four_renewals_project_the_next_eight_better_than_without_duration_dependence() -> None:
    came = [*HIGH_END[4:], *LATER["high end"]]
    wide, narrow = (kind().fit(cohorts(HIGH_END[:4])) for kind in (BetaDiscreteWeibull, ShiftedBetaGeometric))
    off = [np.abs(model.survival(np.arange(5, 13)) - came).max() for model in (wide, narrow)]
    assert off[0] < 0.015 < 0.05 < off[1]


@pytest.mark.parametrize("shares", [REGULAR, HIGH_END])
def test_is_at_least_as_likely_as_its_special_case(shares: list[float]) -> None:
    wide, narrow = (kind().fit(cohorts(shares)) for kind in (BetaDiscreteWeibull, ShiftedBetaGeometric))
    assert wide.log_likelihood_ > narrow.log_likelihood_


# At c = 1 it is the shifted beta-geometric model


def test_at_c_1_everything_is_the_shifted_beta_geometric_model_exactly() -> None:
    wide, narrow = (
        BetaDiscreteWeibull.from_params(alpha=3.0, beta=4.0, c=1.0),
        ShiftedBetaGeometric.from_params(alpha=3.0, beta=4.0),
    )
    t = np.arange(1, 30)
    assert (wide.survival(t) == narrow.survival(t)).all()
    assert (wide.retention_rate(t) == narrow.retention_rate(t)).all()
    assert (wide.expected_periods(t, horizon=50) == narrow.expected_periods(t, horizon=50)).all()
    assert (wide.expected_residual_lifetime(t) == narrow.expected_residual_lifetime(t)).all()
    for rate in (0, 0.1):
        one, other = (model.discounted_residual_lifetime(t, discount_rate=rate) for model in (wide, narrow))
        assert (one == other).all()


@pytest.mark.parametrize("alpha", [0.7, 1.02, 3.0, 200.0])
@pytest.mark.parametrize("tenure", [0, 3, 5_000])
def test_sums_over_all_time_reach_the_closed_forms_next_to_c_1(alpha: float, tenure: int) -> None:
    """The sums know nothing of the closed forms; c is so near to 1 that only their own error is left."""
    wide, narrow = (
        BetaDiscreteWeibull.from_params(alpha=alpha, beta=4.0, c=1 + 1e-12),
        ShiftedBetaGeometric.from_params(alpha=alpha, beta=4.0),
    )
    for horizon in (1, 2_047, 2_048, 10_000, 10**9):
        one, other = (model.expected_periods(tenure, horizon=horizon)[0] for model in (wide, narrow))
        assert one == pytest.approx(other, rel=1e-9)
    for rate in (1e-9, 1e-6, 1e-4, 1e-2, 1.0):
        one, other = (model.discounted_residual_lifetime(tenure, discount_rate=rate)[0] for model in (wide, narrow))
        assert one == pytest.approx(other, rel=1e-9)
    if alpha > 1:
        one, other = (model.expected_residual_lifetime(tenure)[0] for model in (wide, narrow))
        assert one == pytest.approx(other, rel=1e-9)


# Laws


@pytest.mark.parametrize("c", [0.05, 0.6, 1.7, 4.0])
def test_survival_is_a_ratio_of_beta_functions(c: float) -> None:
    model = BetaDiscreteWeibull.from_params(alpha=0.9, beta=3.0, c=c)
    for t in (0, 1, 2, 50, 10_000):
        with mpmath.workdps(40):
            exact = mpmath.beta(0.9, 3 + mpmath.mpf(t) ** c) / mpmath.beta(0.9, 3)
        assert float(model.survival(t)) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("c", [0.4, 1.0, 2.2])
def test_gradient_is_the_slope(c: float) -> None:
    values, step = np.array([0.8, 2.5, c]), 1e-6
    period, at_risk, lost = (
        np.arange(1.0, 7),
        np.array([900.0, 700, 500, 450, 400, 380]),
        np.array([200.0, 200, 50, 50, 20, 9]),
    )

    def at(point: np.ndarray) -> tuple[float, np.ndarray]:
        alpha, beta, power = (float(value) for value in point)
        return log_likelihood(period, at_risk, lost, RetentionParams(alpha=alpha, beta=beta, c=power))

    _, gradient = at(values)
    for column, side in enumerate(np.eye(3) * step):
        assert gradient[column] == pytest.approx((at(values + side)[0] - at(values - side)[0]) / (2 * step), rel=1e-6)


@settings(max_examples=80)
@given(
    alpha=st.floats(-3, 4).map(lambda p: 10.0**p), beta=st.floats(-3, 4).map(lambda p: 10.0**p),
    c=st.floats(-2, 2).map(lambda p: 10.0**p), tenure=st.integers(0, 10**5), horizon=st.integers(0, 5_000),
    rate=st.floats(1e-6, 10),
)  # fmt: skip
def test_forecasts_are_finite_and_in_order(
    alpha: float, beta: float, c: float, tenure: int, horizon: int, rate: float
) -> None:
    model = BetaDiscreteWeibull.from_params(alpha=alpha, beta=beta, c=c)
    stays = model.probability_subscribed(tenure, horizon=horizon)[0]
    periods = model.expected_periods(tenure, horizon=horizon)[0]
    assert 0 <= stays <= 1
    assert stays * horizon * (1 - 1e-6) <= periods <= horizon * (1 + 1e-9)
    lifetime = model.discounted_residual_lifetime(tenure, discount_rate=rate)[0]
    assert 0 <= lifetime <= (1 + 1 / rate) * (1 + 1e-6)
    params = RetentionParams(alpha=alpha, beta=beta, c=c)
    t = np.array([0.0, 1, 2, 1_000, 1e9])
    assert np.isfinite(log_survival(params, t)).all()
    assert (np.diff(log_survival(params, t)) <= 0).all()
    assert np.isfinite(slopes_of_log_survival(params, t)).all()
    if alpha * c > 1.001:
        assert np.isfinite(model.expected_residual_lifetime(tenure)).all()
    elif alpha * c <= 1:
        with pytest.raises(ArgumentError, match="no finite value"):
            model.expected_residual_lifetime(tenure)


def test_a_rising_chance_to_leave_can_make_retention_fall() -> None:
    rates = BetaDiscreteWeibull.from_params(alpha=5.0, beta=50.0, c=1.8).retention_rate(np.arange(1, 12))
    assert (np.diff(rates[:5]) < 0).all()


# Simulated truth


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_parameters_are_recovered_within_three_standard_errors(seed: int) -> None:
    model = BetaDiscreteWeibull().fit(subscriptions(30_000, plan=PRO, seed=seed), as_of=DAY)
    for name, truth in {"alpha": 0.5, "beta": 6.0, "c": 1.4}.items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]


def counted(customers: int, seed: int) -> list[float]:
    lifetime = beta_discrete_weibull(customers, **TRUTH, periods=9, seed=seed)["lifetime"].to_numpy()
    return [float((lifetime > t).mean()) for t in range(1, 10)]


@pytest.mark.slow
def test_95_percent_intervals_of_the_parameters_hold_the_truth_95_times_in_100() -> None:
    draws, held = 200, dict.fromkeys(TRUTH, 0)
    for seed in range(draws):
        intervals = BetaDiscreteWeibull().fit(cohorts(counted(20_000, seed), size=20_000)).confidence_intervals_
        for name, truth in TRUTH.items():
            held[name] += intervals[name][0] <= truth <= intervals[name][1]
    assert all(0.90 <= count / draws <= 0.99 for count in held.values()), held


def test_lifetimes_are_distributed_as_the_fit_says() -> None:
    """A chi-square test of a second draw against the survival that was fitted to the first."""
    model = BetaDiscreteWeibull().fit(cohorts(counted(200_000, 1), size=200_000))
    lifetime = beta_discrete_weibull(20_000, **TRUTH, periods=9, seed=2)["lifetime"].to_numpy()
    came = np.bincount(np.minimum(lifetime, 10), minlength=11)[1:]
    chances = -np.diff(np.append(model.survival(np.arange(10)), 0))
    assert stats.chisquare(came, 20_000 * chances).pvalue > 0.001


@pytest.mark.parametrize("shares", [[0.9, 0.85], [0.5, 0.4]])
def test_two_renewals_do_not_tell_three_parameters(shares: list[float]) -> None:
    with pytest.raises(NotEnoughData, match="2 different renewals"):
        BetaDiscreteWeibull().fit(cohorts(shares))
