"""The distribution of the purchases ahead under Pareto/NBD: a series of beta functions, the mean, and its own laws."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from patron.models.pareto_nbd_counts import ParetoNbdOutlook, outlook
from patron.models.pareto_nbd_scores import ParetoNbdParams, expected_purchases
from patron.models.purchase_counts import count_interval

PARAMS = ParetoNbdParams(r=0.553, alpha=10.578, s=0.606, beta=11.669)  # CDNOW, in weeks
LOGS = st.floats(-4, 4).map(np.exp).map(float)


def one(*, shape: float, a: float, s: float, b: float, horizon: float) -> ParetoNbdOutlook:
    return ParetoNbdOutlook(
        alive=np.ones(1), shape=np.array([shape]), a=np.array([a]), s=s, b=np.array([b]), horizon=horizon
    )  # fmt: skip


def exact(*, shape: float, a: float, s: float, b: float, horizon: float, count: int) -> float:
    """Expand the chance to stay in powers of p or of 1 - p, whichever have positive terms; each is a beta function."""
    with mp.workdps(40):
        k, a_, s_, b_, m = (mp.mpf(v) for v in (shape, a, s, b, count))
        p = mp.mpf(horizon) / (a_ + mp.mpf(horizon))
        grows, z = b_ >= a_, 1 - min(a_, b_) / max(a_, b_)
        weight, total = mp.mpf(1), mp.mpf(0)
        for i in range(2_000):
            first, second = (m + i, k + s_) if grows else (m, k + s_ + i)
            term = weight * mp.betainc(first, second, 0, p)
            total += term
            if term < total * (1 - z) * mp.mpf(10) ** -20:
                break
            weight *= (s_ + i) / (i + 1) * z
        return float(total / mp.beta(m, k) * (1 if grows else (b_ / a_) ** s_))


@settings(max_examples=30, deadline=None)
@given(
    r=LOGS, x=st.sampled_from([0, 1, 5, 40]), s=LOGS, a=st.floats(1, 100), ratio=st.floats(0.2, 5),
    share=st.floats(0.05, 2), place=st.floats(0.2, 1.8),
)  # fmt: skip
def test_ten_digits(r: float, x: int, s: float, a: float, ratio: float, share: float, place: float) -> None:
    case = {"shape": r + x, "a": a, "s": s, "b": a * ratio, "horizon": a * share}
    count = 1 + int((r + x) * share * place)
    assert one(**case).at_least([count])[0] == pytest.approx(exact(**case, count=count), abs=1e-10)


@pytest.mark.parametrize(
    ("shape", "a", "horizon", "count"),
    [(0.3, 1e-3, 4_000.0, 3), (300.0, 1.3, 0.4, 89), (20_000.5, 100.0, 80.0, 16_000), (5e5, 100.0, 80.0, 400_100)],
)
def test_without_leaving_it_is_negative_binomial(shape: float, a: float, horizon: float, count: int) -> None:
    for b in (a / 100, a, a * 100):
        came = one(shape=shape, a=a, s=0.0, b=b, horizon=horizon).at_least([count])[0]
        assert came == pytest.approx(special.betainc(count, shape, horizon / (a + horizon)), abs=3e-9)


@pytest.mark.parametrize("horizon", [0.0, 0.5, 39.0, 2_000.0])
def test_tables_hold_the_chances_and_their_mean_is_the_expected_count(horizon: float) -> None:
    rng = np.random.default_rng(1)
    x = np.r_[rng.integers(0, 9, 3_000), [120, 900]].astype(float)
    T = np.r_[rng.integers(0, 60, 3_000), [50, 50]].astype(float)
    t_x = np.where(x > 0, T * rng.random(len(T)).round(1), 0)
    ahead = outlook(PARAMS, x, t_x, T, horizon)
    asked, seen, means = np.minimum(x, 5) + 1, np.zeros(len(x)), np.zeros(len(x))
    singly = ahead.at_least(asked)
    for rows, table in ahead.tables():
        assert (table[:, 0] == 1).all()
        assert (np.diff(table, axis=1) <= 0).all()
        assert table[np.arange(len(rows)), asked[rows].astype(int)] == pytest.approx(singly[rows], abs=1e-12)
        seen[rows] += 1
        means[rows] = table[:, 1:].sum(axis=1)
    assert (seen == 1).all()
    assert means == pytest.approx(expected_purchases(PARAMS, x, t_x, T, horizon), rel=1e-5, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(factor=st.floats(0.01, 30), x=st.integers(0, 30), age=st.floats(0.5, 60))
def test_rescaled_means_as_many_times_the_count(factor: float, x: int, age: float) -> None:
    before = outlook(PARAMS, np.array([float(x)]), np.array([age / 2 if x else 0.0]), np.array([age]), 20.0)
    after = before.rescaled(np.array([factor]))
    means = [sum(table[:, 1:].sum() for _, table in which.tables()) for which in (before, after)]
    assert means[1] == pytest.approx(factor * means[0], rel=1e-4)
    assert 0 <= after.alive[0] <= 1


def test_what_is_taken_is_what_was_there() -> None:
    x, T = np.arange(40.0), np.full(40, 50.0)
    whole = outlook(PARAMS, x, T / 2 * (x > 0), T, 26.0)
    rows = np.array([3, 30, 7])
    part = whole.take(rows)
    assert (
        part.at_least([1, 2, 3])
        == whole.at_least(np.r_[np.zeros(3), 1, np.zeros(3), 3, np.zeros(22), 2, np.zeros(9)])[rows]
    ).all()
    low, high = count_interval(part, level=0.9)
    every_low, every_high = count_interval(whole, level=0.9)
    assert (low == every_low[rows]).all()
    assert (high == every_high[rows]).all()


def test_no_count_is_certain_and_more_are_less_likely() -> None:
    ahead = outlook(PARAMS, np.full(4, 3.0), np.full(4, 20.0), np.full(4, 30.0), 26.0)
    chance = ahead.at_least([0, 1, 2, 10])
    assert chance[0] == 1
    assert ahead.alive[0] >= chance[1] > chance[2] > chance[3] > 0
