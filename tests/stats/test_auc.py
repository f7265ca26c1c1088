"""The area under the curve: DeLong, DeLong & Clarke-Pearson (1988), and scikit-learn beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from patron.stats.auc import auc, auc_difference

pairs = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40)


@given(pairs)
def test_it_is_the_share_of_pairs_in_the_right_order(drawn: list[tuple[int, bool]]) -> None:
    scores, came = (np.array(column) for column in zip(*drawn, strict=True))
    found = auc(scores, came)
    yes, no = scores[came], scores[~came]
    if not len(yes) or not len(no):
        assert (found.value, found.low, found.high) == (None, None, None)
        return
    wins = [(a > b) + 0.5 * (a == b) for a in yes for b in no]
    assert found.value == pytest.approx(np.mean(wins))
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_it_equals_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    came = rng.random(5_000) < 0.2
    scores = np.round(came + rng.normal(0, 1.5, 5_000), 1)
    assert auc(scores, came).value == pytest.approx(roc_auc_score(came, scores), abs=1e-12)


def test_the_intervals_cover_the_truth_in_95_of_100() -> None:
    """Scores of two normal groups one apart: the area is P(z < 1 / sqrt 2), a poorer one P(z < 1 / 2)."""
    rng = np.random.default_rng(2)
    covered, apart = [], []
    for _ in range(400):
        came = np.arange(300) < 60
        good = rng.normal(came, 1.0)
        poor = good + rng.normal(0, 1.0, 300)
        one, both = auc(good, came), auc_difference(good, poor, came)
        covered.append(one.low <= 0.76025 <= one.high)
        apart.append(both.low <= 0.76025 - 0.69146 <= both.high)
    assert 0.92 <= np.mean(covered) <= 0.98
    assert 0.92 <= np.mean(apart) <= 0.98


def test_a_score_against_itself_differs_by_nothing() -> None:
    scores, came = np.arange(20.0), np.arange(20) % 3 == 0
    same = auc_difference(scores, scores, came)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert auc_difference(scores, scores, np.ones(20)).value is None
