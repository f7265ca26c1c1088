"""Kaplan-Meier, Greenwood and the comparison at a point of time, against published figures and their own laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, kstest

from patron.errors import ArgumentError
from patron.stats.incidence import incidence_ratio
from patron.stats.survival import Survival, counted, interval, survival

# Freireich et al. (1963): weeks of remission under 6-mercaptopurine; the second column says whether it ended.
TREATED = [
    (6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1), (17, 0), (19, 0),
    (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0),
]  # fmt: skip

# The curve as textbooks print it: week, at risk, survival, Greenwood's standard error; and the log(-log) interval, by
# lifelines 0.30.3 (benchmarks/references/kaplan_meier_lifelines.py).
PRINTED = [
    (6, 21, 0.8571, 0.0764, 0.6197, 0.9516),
    (7, 17, 0.8067, 0.0869, 0.5631, 0.9228),
    (10, 15, 0.7529, 0.0963, 0.5032, 0.8894),
    (13, 12, 0.6902, 0.1068, 0.4316, 0.8491),
    (16, 11, 0.6275, 0.1141, 0.3675, 0.8049),
    (22, 7, 0.5378, 0.1282, 0.2678, 0.7468),
    (23, 6, 0.4482, 0.1346, 0.1881, 0.6801),
]


def freireich() -> tuple[NDArray[np.int64], Survival]:
    weeks, came, lost = counted(*zip(*TREATED, strict=True))
    return weeks, survival(came, lost)


@pytest.mark.parametrize(("week", "at_risk", "share", "error", "low", "high"), PRINTED)
def test_freireich_6_mp_as_printed(
    week: int, at_risk: int, share: float, error: float, low: float, high: float
) -> None:  # fmt: skip
    weeks, curve = freireich()
    at = weeks.tolist().index(week)
    ends = interval(curve)
    assert curve.at_risk[at] == at_risk
    assert curve.survival[at] == pytest.approx(share, abs=6e-5)
    assert curve.survival[at] * np.sqrt(curve.log_variance[at]) == pytest.approx(error, abs=6e-5)
    assert (ends[0][at], ends[1][at]) == pytest.approx((low, high), abs=6e-5)


def test_the_placebo_arm_without_censoring_is_the_plain_share() -> None:
    weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    steps, came, lost = counted(weeks, [1] * 21)
    curve = survival(came, lost)
    assert curve.survival == pytest.approx([np.mean(np.array(weeks) > step) for step in steps])
    assert curve.survival[-1] == 0
    assert np.isinf(curve.log_variance[-1])
    low, high = interval(curve)
    assert low[-1] == 0
    assert high[-1] == pytest.approx(0.975)  # one at risk, who did it


counts = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=12)


@given(counts)
def test_a_curve_falls_from_one_and_its_interval_holds_it(steps: list[tuple[int, int]]) -> None:
    curve = survival(*zip(*steps, strict=True))
    low, high = interval(curve)
    assert (np.diff(np.concatenate([[1.0], curve.survival])) <= 0).all()
    assert ((low >= 0) & (low <= curve.survival) & (curve.survival <= high) & (high <= 1)).all()


@given(counts, counts)
def test_many_curves_at_once_are_the_curves_one_by_one(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:  # fmt: skip
    size = min(len(one), len(other))
    pair = np.array([one[:size], other[:size]], dtype=float)
    both = survival(pair[:, :, 0], pair[:, :, 1])
    for at in range(2):
        alone = survival(pair[at, :, 0], pair[at, :, 1])
        assert np.array_equal(both.survival[at], alone.survival)
        assert np.array_equal(both.log_variance[at], alone.log_variance)


def test_intervals_of_censored_samples_cover_the_truth() -> None:
    rng = np.random.default_rng(1)
    inside, rounds = 0, 600
    for _ in range(rounds):
        time, watched = np.ceil(rng.exponential(30, 80)), rng.integers(1, 60, 80)
        steps, came, lost = counted(np.minimum(time, watched), time <= watched)
        low, high = interval(survival(came, lost))
        at = np.searchsorted(steps, 20, side="right") - 1
        inside += bool(low[at] <= np.exp(-20 / 30) <= high[at])
    assert inside / rounds == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize(("events", "censored"), [([1, 2], [1]), ([-1], [1]), ([float("nan")], [1]), (3, 4)])
def test_counts_that_cannot_be_are_refused(events: object, censored: object) -> None:
    with pytest.raises(ArgumentError, match="one shape"):
        survival(events, censored)  # type: ignore[arg-type]


@pytest.mark.parametrize("table", [(30, 70, 15, 85), (5, 495, 20, 480), (40, 60, 41, 59)])
def test_with_everybody_watched_the_test_is_pearsons(table: tuple[int, int, int, int]) -> None:
    """However the events lie in time."""
    a, b, c, d = table
    whole = incidence_ratio(survival([0, a, 0], [0, 0, b]), survival([c - 2, 1, 1], [0, 0, d]))
    assert float(whole.p_value) == pytest.approx(chi2_contingency([[a, b], [c, d]], correction=False).pvalue, rel=1e-9)
    error = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)  # Katz et al. 1978, equation 3
    ratio = a / (a + b) / (c / (c + d))
    assert float(whole.ratio) == pytest.approx(ratio)
    assert float(whole.low) == pytest.approx(ratio * np.exp(-1.959963985 * np.sqrt(error)))


def test_p_values_are_uniform_where_censoring_differs_and_nothing_else() -> None:
    rng = np.random.default_rng(2)
    size, rounds = 300, 2_000
    groups = []
    for longest in (120, 60):  # the second group came later, and was watched for less long
        time, watched = np.ceil(rng.exponential(90, (rounds, size))), rng.integers(20, longest, (rounds, size))
        wide = np.zeros((rounds, 2, 31))
        step = np.minimum(np.minimum(time, watched), 31).astype(int)
        came = (time <= watched) & (time <= 30)
        step[~came] = np.minimum(watched, 31)[~came]
        rows = np.repeat(np.arange(rounds), size)
        np.add.at(wide, (rows, came.ravel().astype(int), np.minimum(step, 31).ravel() - 1), 1)
        groups.append(survival(wide[:, 1, :30], wide[:, 0, :30] + (np.arange(30) == 29) * wide[:, 0, 30:]))
    p = incidence_ratio(*groups).p_value
    assert kstest(p, "uniform").pvalue > 0.01
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.015)


def test_where_nobody_of_one_group_did_it_there_is_still_an_answer() -> None:
    found = incidence_ratio(survival([30], [70]), survival([0], [100]))
    assert np.isinf(found.ratio)
    assert np.isinf(found.high)
    assert 5 < float(found.low) < 8  # at least 22 % against at most 3.6 %
    assert float(found.p_value) < 1e-8
    turned = incidence_ratio(survival([0], [100]), survival([30], [70]))
    assert (float(turned.ratio), float(turned.low)) == (0.0, 0.0)
    assert 0 < float(turned.high) < 0.2
