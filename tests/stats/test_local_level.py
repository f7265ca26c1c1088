"""A drifting level: the truth is inside, gaps are bridged, and what is not known is wide."""

from __future__ import annotations

import numpy as np
import pytest

from patron.stats.local_level import local_level


def drawn(rng: np.random.Generator, *, size: int, slope: float, step: float, noise: float) -> np.ndarray:
    level = 3.0 + slope * np.arange(size) + np.cumsum(rng.normal(0, step, size) if step else np.zeros(size))
    return np.asarray(level + rng.normal(0, noise, size))


@pytest.mark.parametrize(("slope", "step"), [(0.0, 0.0), (0.02, 0.0), (0.0, 0.05), (-0.01, 0.02)])
def test_the_level_ahead_is_inside_its_interval(slope: float, step: float) -> None:
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(200):
        values = drawn(rng, size=36, slope=slope, step=step, noise=0.15)
        ahead = local_level(values[:30], np.full(30, 0.15**2), steps=6)
        spread = np.sqrt(np.diag(ahead.covariance) + 0.15**2 + ahead.noise)
        inside.append(np.abs(values[30:] - ahead.mean) <= 1.96 * spread)
    assert 0.90 <= float(np.mean(inside)) <= 0.995


def test_a_trend_is_found_and_fades() -> None:
    ahead = local_level(0.03 * np.arange(36.0), np.full(36, 0.01), steps=12)
    gained = np.diff(ahead.mean)
    assert ahead.mean[0] == pytest.approx(0.03 * 36, abs=0.05)
    assert gained[0] > gained[-1] > 0


def test_a_gap_is_bridged_and_makes_unsure() -> None:
    values = np.full(24, 2.0)
    whole = local_level(values, np.full(24, 0.04), steps=1)
    values[20:] = np.nan
    gap = local_level(values, np.full(24, 0.04), steps=1)
    assert gap.mean[0] == pytest.approx(2.0, abs=0.02)
    assert gap.covariance[0, 0] > whole.covariance[0, 0]


def test_a_fall_to_nothing_is_followed() -> None:
    values = np.r_[np.full(4, 5.0), np.full(14, -4.0)]
    ahead = local_level(values, np.r_[np.full(4, 0.01), np.full(14, 2.0)], steps=3)
    assert (np.abs(ahead.mean + 4.0) < 1.0).all()


def test_one_value_says_little() -> None:
    one = local_level(np.array([1.0]), np.array([0.04]), steps=12)
    assert one.covariance[11, 11] > one.covariance[0, 0] > 0.04
