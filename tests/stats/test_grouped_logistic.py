"""Logistic regression with grouped priors: equal to scikit-learn's where the prior is fixed; variances learned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from patron.errors import ArgumentError
from patron.stats.grouped_logistic import WeightPrior, grouped_logistic


def cells(rng: np.random.Generator, *, spread: float, options: int = 30, trials: int = 2_000) -> tuple[np.ndarray, ...]:
    effects = rng.normal(scale=spread, size=options)
    columns = np.hstack([np.ones((options, 1)), np.eye(options)])
    sent = np.full(options, float(trials))
    return columns, sent, rng.binomial(trials, expit(-2.0 + effects)).astype(float), effects


def prior(options: int, *, strength: float, variance: float = 0.04) -> WeightPrior:
    return WeightPrior(
        mean=np.r_[-3.0, np.zeros(options)], group=np.r_[0, np.ones(options, dtype=int)], relative=np.ones(options + 1),
        variance=np.array([4.0, variance]), strength=np.array([np.inf, strength]),
    )  # fmt: skip


def test_with_a_fixed_prior_it_is_the_ridge_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(40, 3))
    sent = rng.integers(20, 60, 40).astype(float)
    came = rng.binomial(sent.astype(int), expit(columns @ np.array([0.5, -1.0, 0.2]))).astype(float)
    flat = WeightPrior(
        mean=np.zeros(3), group=np.zeros(3, dtype=int), relative=np.ones(3), variance=np.array([0.5]),
        strength=np.array([np.inf]),
    )  # fmt: skip
    belief = grouped_logistic(columns, sent, came, flat)
    peer = LogisticRegression(C=0.5, fit_intercept=False, tol=1e-10, max_iter=1000)
    peer.fit(np.vstack([columns, columns]), np.repeat([1, 0], 40), sample_weight=np.r_[came, sent - came])
    assert belief.mean == pytest.approx(peer.coef_[0], abs=1e-4)
    chance = expit(columns @ belief.mean)
    bend = (columns.T * (sent * chance * (1 - chance))) @ columns + np.eye(3) / 0.5
    assert belief.covariance == pytest.approx(np.linalg.inv(bend), rel=1e-3)


def test_the_spread_of_a_group_is_learned() -> None:
    for spread in (0.1, 0.5, 1.0):
        learned = []
        for seed in range(10):
            columns, sent, came, _ = cells(np.random.default_rng(seed), spread=spread)
            learned.append(grouped_logistic(columns, sent, came, prior(30, strength=2.0)).variance[1])
        assert np.sqrt(np.mean(learned)) == pytest.approx(spread, rel=0.35)


def test_what_is_believed_holds_the_truth_as_often_as_it_says() -> None:
    held = []
    for seed in range(30):
        columns, sent, came, effects = cells(np.random.default_rng(seed), spread=0.3, trials=500)
        belief = grouped_logistic(columns, sent, came, prior(30, strength=4.0))
        against = np.eye(30) - 1 / 30
        error = np.sqrt(np.einsum("ij,jk,ik->i", against, belief.covariance[1:, 1:], against))
        held.append(np.abs(against @ (belief.mean[1:] - effects)) <= 1.96 * error)
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)


def test_without_counts_the_prior_stands_and_a_start_changes_nothing() -> None:
    columns, sent, came, _ = cells(np.random.default_rng(3), spread=0.4)
    nothing = grouped_logistic(columns, np.zeros(30), np.zeros(30), prior(30, strength=4.0))
    assert nothing.mean == pytest.approx(np.r_[-3.0, np.zeros(30)])
    assert nothing.variance == pytest.approx([4.0, 0.04], rel=0.05)
    fresh = grouped_logistic(columns, sent, came, prior(30, strength=4.0))
    from_there = grouped_logistic(columns, sent, came, prior(30, strength=4.0), start=fresh)
    assert from_there.mean == pytest.approx(fresh.mean, abs=0.01)


@pytest.mark.parametrize(("sent", "came"), [(1.0, 2.0), (np.nan, 0.0), (1.0, -1.0), (np.inf, 1.0)])
def test_counts_that_cannot_be_are_refused(sent: float, came: float) -> None:
    with pytest.raises(ArgumentError):
        grouped_logistic(np.ones((1, 1)), np.array([sent]), np.array([came]), prior(0, strength=1.0))
