"""Logistic regression, with scikit-learn beside it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special
from sklearn.linear_model import LogisticRegression

from patron.stats.logistic_regression import logistic_regression


def test_it_equals_scikit_learn_without_a_penalty() -> None:
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(2_000, 3))
    came = (rng.random(2_000) < special.expit(columns @ [1.0, -2.0, 0.5] - 1.0)).astype(float)
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(columns, came)
    ours = logistic_regression(columns, came)
    assert ours == pytest.approx([theirs.intercept_[0], *theirs.coef_[0]], rel=1e-3)


def test_outcomes_that_can_be_told_apart_completely_give_finite_weights() -> None:
    columns = np.linspace(-1, 1, 50)[:, None]
    weights = logistic_regression(columns, (columns[:, 0] > 0).astype(float))
    assert np.isfinite(weights).all()
    assert weights[1] > 10


def test_a_column_that_says_nothing_has_no_weight() -> None:
    weights = logistic_regression(np.zeros((10, 1)), np.arange(10) < 3)
    assert weights == pytest.approx([np.log(3 / 7), 0.0], abs=1e-4)
