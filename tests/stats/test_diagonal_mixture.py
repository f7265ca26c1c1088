"""The mixture with independent features against scikit-learn's, and with values missing."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from patron.stats.agreement import adjusted_rand, crossed, jaccard, matched
from patron.stats.diagonal_mixture import DiagonalMixture, fit_mixture


def drawn(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    groups = np.repeat([0, 1, 2], [4_000, 2_000, 1_000])
    middles = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 1.0], [0.0, 4.0, -2.0]])
    spreads = np.array([[1.5, 1.0, 1.0], [0.5, 0.5, 0.7], [0.8, 0.6, 0.4]])
    return middles[groups] + spreads[groups] * rng.normal(size=(len(groups), 3)), groups


def test_it_finds_what_scikit_learn_finds() -> None:
    rows, groups = drawn()
    ours = fit_mixture(rows, groups, most_rounds=300)
    theirs = GaussianMixture(3, covariance_type="diag", means_init=ours.means, tol=1e-6, max_iter=500).fit(rows)
    np.testing.assert_allclose(ours.means, theirs.means_, atol=0.03)
    np.testing.assert_allclose(ours.variances, theirs.covariances_, rtol=0.05)  # ours are held a little
    assert ours.log_likelihood == pytest.approx(theirs.score(rows), abs=1e-3)
    same = DiagonalMixture(weights=theirs.weights_, means=theirs.means_, variances=theirs.covariances_)
    np.testing.assert_allclose(same.log_densities(rows[:9]), theirs._estimate_log_prob(rows[:9]) + np.log(same.weights))


def test_values_missing_at_random_leave_the_groups_where_they_are() -> None:
    rows, groups = drawn()
    holes = rows.copy()
    holes[np.random.default_rng(2).random(rows.shape) < 0.3] = np.nan
    whole, holed = fit_mixture(rows, groups), fit_mixture(holes, groups)
    np.testing.assert_allclose(holed.means, whole.means, atol=0.15)
    assert adjusted_rand(whole.assign(rows), groups) > adjusted_rand(holed.assign(holes), groups) > 0.5


def test_a_group_cannot_shrink_onto_a_point() -> None:
    rows = np.concatenate([np.zeros((50, 2)), np.random.default_rng(1).normal(size=(500, 2))])
    found = fit_mixture(rows, np.repeat([0, 1], [50, 500]))
    assert found.variances.min() >= 0.04


def test_a_mixture_on_some_features_is_its_margin() -> None:
    rows, groups = drawn()
    whole = fit_mixture(rows, groups)
    holed = rows[:5].copy()
    holed[:, 2] = np.nan
    np.testing.assert_allclose(whole.of(np.array([0, 1])).log_densities(rows[:5, :2]), whole.log_densities(holed))


def test_it_can_start_from_another_mixture() -> None:
    rows, groups = drawn()
    middles = np.array([[0.0, 0, 0], [3, 0, 1], [0, 4, -2]])
    start = DiagonalMixture(weights=np.full(3, 1 / 3), means=middles, variances=np.ones((3, 3)))
    assert adjusted_rand(fit_mixture(rows, start).assign(rows), fit_mixture(rows, groups).assign(rows)) > 0.99


def test_agreement_is_that_of_the_field() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.integers(0, 5, 400), rng.integers(0, 3, 400)
    mixed = np.where(rng.random(400) < 0.7, one, other)
    for pair in ((one, other), (one, mixed), (one, (one + 2) % 5)):
        assert adjusted_rand(*pair) == pytest.approx(adjusted_rand_score(*pair))
    assert crossed(one, mixed).sum() == 400
    assert np.allclose(jaccard(one, one), np.eye(5))
    assert dict(matched(jaccard(one, (one + 2) % 5))) == {group: (group + 2) % 5 for group in range(5)}
