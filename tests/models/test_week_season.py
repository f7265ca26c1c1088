"""The season of weeks: found where years show it alike, nothing where they do not, closed weeks apart."""

from __future__ import annotations

import numpy as np
import pytest

from patron.models.week_season import group_season, week_season

DAYS = (np.arange(120) * 7.0 + 3) % 365.25
TRUE = 1 + 1.5 * np.exp(-((np.minimum(np.abs(DAYS - 340), 365.25 - np.abs(DAYS - 340)) / 30) ** 2))


def sales(seed: int, *, weeks: int = 112, noise: float = 0.1, season: np.ndarray = TRUE) -> np.ndarray:
    rng = np.random.default_rng(seed)
    drift = np.exp(np.cumsum(rng.normal(0, 0.01, weeks)))
    return 1_000 * drift * season[:weeks] * np.exp(rng.normal(0, noise, weeks))


@pytest.mark.parametrize("seed", range(4))
def test_a_season_is_found_again(seed: int) -> None:
    found = week_season(sales(seed), DAYS)
    true = TRUE / TRUE[60:112].mean()
    assert np.corrcoef(np.log(found), np.log(true))[0, 1] > 0.95
    assert np.abs(np.log(found / true)).mean() < 0.12
    assert found[60:112].mean() == pytest.approx(1)


@pytest.mark.parametrize("seed", range(4))
def test_noise_is_no_season(seed: int) -> None:
    found = week_season(sales(seed, season=np.ones(120)), DAYS)
    assert np.abs(np.log(found)).mean() < 0.06


def test_one_year_counts_for_less_than_two() -> None:
    one, two = (week_season(sales(1, weeks=weeks, noise=0.2), DAYS[: weeks + 8]) for weeks in (60, 112))
    true = np.log(TRUE) - np.log(TRUE).mean()
    slopes = [np.polyfit(true[: len(each)], np.log(each), 1)[0] for each in (one, two)]
    assert 0.4 < slopes[0] < slopes[1] < 1.15


def test_short_data_and_mostly_empty_ones_have_none() -> None:
    assert (week_season(np.ones(55), DAYS[:60]) == 1).all()
    assert (week_season(np.where(np.arange(100) % 3 == 0, 5.0, 0.0), DAYS[:100]) == 1).all()


def test_a_closed_week_is_expected_again() -> None:
    made = sales(1)
    closed = np.flatnonzero((DAYS > 355) | (DAYS < 3))
    made[closed[closed < 112]] = 0.0
    plain, found = (week_season(one, np.arange(164) * 7.0 % 365.25 + 3) for one in (sales(1), made))
    again = np.flatnonzero(np.arange(164) * 7.0 % 365.25 > 356)[-1]
    assert again >= 112
    assert found[again] < 0.3 * plain[again]


def test_a_group_s_own_season_comes_from_earlier_years_alone() -> None:
    season = np.where((DAYS[:112] > 160) & (DAYS[:112] < 220), 4.0, 1.0)
    made = np.column_stack([30 * season, np.full(112, 30.0)])
    exposure = np.ones((112, 2))
    found = group_season(made, exposure, DAYS, 30.0)
    assert (found[:26] == 1).all()
    later = np.flatnonzero((DAYS > 175) & (DAYS < 205) & (np.arange(120) > 60))
    assert (found[later, 0] > 1.5).all()
    assert np.abs(np.log(found[:, 1])).max() < 1e-9
    made[80:] *= 100
    assert (group_season(made, exposure, DAYS, 30.0)[:106] == found[:106]).all()
