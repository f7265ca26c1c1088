"""New customers: who only looks new in the first months is told apart, and the rest is followed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from patron.models.months import month_of, windows_ahead
from patron.models.new_customers import arrivals, truly_new

MONTHS = 30


def shop(
    rng: np.random.Generator, *, regulars: int, newcomers: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw regulars who were always there and newcomers; return who looks new, gaps, purchases, and the truth."""
    new, gaps, purchases, truth = np.zeros(MONTHS), np.zeros((MONTHS, MONTHS)), np.zeros(MONTHS), np.zeros(MONTHS)
    for person in range(regulars + int(newcomers * MONTHS)):
        start = -60 if person < regulars else int(rng.integers(MONTHS))
        rate = rng.gamma(1.0, 0.4)
        months = [month for month in range(start, MONTHS) if rng.random() < rate or month == start]
        if person >= regulars:
            truth[start] += 1
        seen = [month for month in months if month >= 0]
        for place, month in enumerate(seen):
            purchases[month] += 1
            if place:
                gaps[month - seen[place - 1], month] += 1
            else:
                new[month] += 1
    return new, gaps, purchases, truth


def test_old_customers_who_look_new_are_taken_off() -> None:
    new, gaps, purchases, truth = shop(np.random.default_rng(1), regulars=600, newcomers=20)
    found = truly_new(new, gaps, purchases)
    assert new[:6].sum() > 3 * truth[:6].sum()
    assert found[3:].sum() == pytest.approx(truth[3:].sum(), rel=0.12)
    assert found[15:].sum() == pytest.approx(new[15:].sum(), rel=0.1)
    assert (found <= new).all()


def test_a_shop_without_old_customers_is_left_alone() -> None:
    new, gaps, purchases, truth = shop(np.random.default_rng(2), regulars=0, newcomers=25)
    assert truly_new(new, gaps, purchases).sum() > 0.85 * truth.sum()


def ahead(new: np.ndarray, *, last: date = date(2024, 12, 31), skipped: int = 0) -> tuple[np.ndarray, np.ndarray]:
    windows = windows_ahead(last, horizon_days=90)
    found = arrivals(
        new, new, days=np.full(len(new), 30.4), factors=np.ones(len(new)), windows=windows,
        ahead_factors=np.ones(len(windows)), skipped=skipped,
    )  # fmt: skip
    return found.expected, found.covariance


def test_the_number_ahead_is_inside_its_interval() -> None:
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(200):
        came = rng.poisson(40 * np.exp(0.01 * np.arange(27))).astype(float)
        expected, covariance = ahead(came[:24])
        days = np.array([window.days for window in windows_ahead(date(2024, 12, 31), horizon_days=90)])
        actual = rng.poisson(40 * np.exp(0.01 * np.arange(24, 27)) * days / 30.4)
        inside.append(np.abs(actual - expected) <= 1.96 * np.sqrt(np.diag(covariance)))
    assert 0.90 <= float(np.mean(inside)) <= 0.99


def test_where_nobody_came_for_long_hardly_anybody_is_expected() -> None:
    expected, _ = ahead(np.r_[np.full(3, 800.0), np.zeros(15)])
    assert (expected < 8).all()  # of 800 a month


def test_a_month_that_has_begun_is_a_step_of_its_own() -> None:
    windows = windows_ahead(date(2024, 12, 9), horizon_days=60)
    assert [window.month - month_of(date(2024, 12, 9)) for window in windows] == [0, 1, 2]
    expected, _ = ahead(np.full(24, 30.4), last=date(2024, 12, 9))
    assert expected[0] == pytest.approx(22, rel=0.1)  # the 22 days that are left of December
