"""The expected count of every k-th event before dropout, against high precision and its own laws."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.stats.every_kth import counts_until_dropout
from patron.stats.special import arrival_chances, count_until_dropout, log_rising


def by_event(k: int, j: int, shape: float, odds: float, a: float, b: float) -> mp.mpf:
    """Add up, over the number of events, its negative binomial chance times the mean count that it leads to."""
    with mp.workdps(30):
        s, w, a_, b_ = mp.mpf(shape) + j, mp.mpf(odds), mp.mpf(a), mp.mpf(b)
        z = w / (1 + w)
        chance, stay = (1 - z) ** s, mp.mpf(1)
        total = counted = mp.mpf(0)
        events = count = 0
        while events < s * w + 10 or chance * (events + 1) * 50 / (1 - z) > total * mp.mpf(10) ** -18:
            if (events + j) // k > count:
                counted, count = counted + stay, count + 1
                stay *= (b_ + count - 1) / (a_ + b_ + count - 1)
            total += chance * counted
            chance *= (s + events) / (events + 1) * z
            events += 1
        return total


def by_quadrature(k: int, j: int, shape: float, odds: float, a: float, b: float) -> mp.mpf:
    """Average (1 - G(1 - p)) / p over the dropout chance, with so many digits that no cancellation matters."""
    with mp.workdps(40):
        s, w, a_, b_ = mp.mpf(shape) + j, mp.mpf(odds), mp.mpf(a), mp.mpf(b)
        turns = [mp.expjpi(2 * mp.mpf(i) / k) for i in range(k)]

        def integrand(y: mp.mpf) -> mp.mpf:
            p, q = 1 / (1 + mp.exp(-y)), 1 / (1 + mp.exp(y))
            roots = [q ** (mp.mpf(1) / k) * turn for turn in turns]
            mean = sum(v**j * (1 + (1 - v) * w) ** -s * sum(v**-i for i in range(k)) for v in roots) / k
            return p ** (a_ - 1) * q**b_ * (1 - mean.real)

        ends = [-90, -45, -25, -15, -10, -6, -3, 0, 3, 6, 12, 25, 60, 150]
        return mp.quad(integrand, ends, maxdegree=5) / mp.beta(a_, b_)


def relative_error(k: int, j: int, truth: mp.mpf, *given: float) -> float:
    return float(abs(mp.mpf(float(counts_until_dropout(k, *given)[j])) - truth) / truth)


@settings(max_examples=40, deadline=None)
@given(
    k=st.sampled_from([2, 3, 5, 12]), r=st.floats(0.01, 20), x=st.sampled_from([0, 1, 3, 20, 200]),
    odds=st.floats(-12, 1).map(np.exp).map(float), a=st.floats(0.01, 20), b=st.floats(0.01, 20), data=st.data(),
)  # fmt: skip
def test_ten_digits(k: int, r: float, x: int, odds: float, a: float, b: float, data: st.DataObject) -> None:
    j = data.draw(st.integers(0, k - 1))
    one = (r + k * x, odds, a, b + x)
    assert relative_error(k, j, by_event(k, j, *one), *one) < 1e-10


@pytest.mark.parametrize(
    ("k", "j", "shape", "odds", "a", "b"),
    [
        (2, 1, 40_000.6, 0.02, 0.79, 20_002.4),  # the busiest customer, a short horizon: summed
        (3, 0, 60_000.6, 1e-12, 0.79, 20_002.4),  # next to no time: three events of next to no chance each
        (2, 0, 40_000.6, 0.4, 0.79, 20_002.4),  # the busiest customer, a long horizon: by roots
        (3, 2, 3_000.2, 2.0, 15.0, 1_020.0),
        (2, 0, 60.0, 20.0, 0.5, 0.7),
    ],
)
def test_ten_digits_for_many_events(k: int, j: int, shape: float, odds: float, a: float, b: float) -> None:
    assert relative_error(k, j, by_event(k, j, shape, odds, a, b), shape, odds, a, b) < 1e-10


@pytest.mark.parametrize(
    ("k", "j", "shape", "odds", "a", "b"),
    [
        (3, 1, 6.01, 4e5, 0.5, 3.01),  # more time than anybody has
        (2, 0, 0.05, 5e4, 0.8, 0.5),  # nearly nobody buys, some for ever; nearly everybody leaves at once
        (4, 3, 2.0, 1e4, 3.0, 0.3),
    ],
)
def test_ten_digits_for_a_long_tail(k: int, j: int, shape: float, odds: float, a: float, b: float) -> None:
    assert relative_error(k, j, by_quadrature(k, j, shape, odds, a, b), shape, odds, a, b) < 1e-10


@pytest.mark.parametrize(("k", "odds"), [(2, 3.0), (3, 900.0), (12, 900.0)])
def test_where_nobody_leaves_the_mean_is_that_of_the_floor(k: int, odds: float) -> None:
    reach = odds / (1 + odds)
    means = counts_until_dropout(k, 5.0, odds, 0.0, 1.0)
    for j in range(k):
        chances = arrival_chances(5.0 + j, np.array([reach]), 120_000)[0]
        assert means[j] == pytest.approx(chances @ ((np.arange(120_000) + j) // k), rel=1e-9)


LOGS = st.floats(-5, 5).map(np.exp).map(float)


@settings(max_examples=60, deadline=None)
@given(k=st.integers(2, 12), shape=LOGS, a=LOGS, b=LOGS, odds=LOGS)
def test_laws(k: int, shape: float, a: float, b: float, odds: float) -> None:
    a_little_more = 1 + 1e-10
    less, longer = counts_until_dropout(k, [shape, shape], [odds, odds * 1.5], a, b)
    assert (less >= 0).all()
    assert (less <= longer * a_little_more).all()
    assert (np.diff(less) >= -1e-10 * less[1:]).all()  # who is further on buys more
    assert (less <= count_until_dropout(shape + np.arange(k), odds, a, b) * a_little_more).all()  # than if each counts


def test_sums_and_roots_meet_where_one_takes_over_from_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = (7, [5.0, 80.0, 300.0], [9.0, 2.0, 1.5], 0.9, [3.0, 20.0, 60.0])
    summed = counts_until_dropout(*cases)
    monkeypatch.setattr("patron.stats.every_kth.WIDTHS", ())
    assert counts_until_dropout(*cases) == pytest.approx(summed, rel=1e-12)


def test_a_row_is_the_same_in_every_company() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 40, 300)
    shape, odds, b = 0.7 + 3 * x, rng.exponential(1.0, 300), 2.4 + x
    together = counts_until_dropout(3, shape, odds, 0.8, b)
    for row in range(0, 300, 37):
        assert counts_until_dropout(3, shape[row], odds[row], 0.8, b[row]).tolist() == together[row].tolist()


def test_no_time_no_counts_and_the_shape_of_the_input_is_kept() -> None:
    result = counts_until_dropout(3, np.ones((2, 4)), 0.0, 0.5, 2.0)
    assert result.shape == (2, 4, 3)
    assert not result.any()


@pytest.mark.parametrize("shape", [0.01, 3.0, 59.9, 60.1, 5e3, 6e5])
@pytest.mark.parametrize("steps", [0, 1, 7, 1_999])
def test_log_rising_has_an_error_that_grows_with_the_steps_alone(shape: float, steps: int) -> None:
    with mp.workdps(40):
        truth = mp.loggamma(mp.mpf(shape) + steps) - mp.loggamma(mp.mpf(shape))
        assert abs(mp.mpf(float(log_rising(shape, steps))) - truth) < 1e-15 * (20 + abs(truth) * 3)
