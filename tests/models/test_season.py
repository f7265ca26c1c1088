"""The season is what years show alike: found where it is, drawn to nothing where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.models.season import NO_SEASON, season

MONTHS = np.arange(24_000, 24_036)
TRUE = np.array([0.8, 0.8, 0.9, 0.9, 1.0, 1.0, 0.9, 0.9, 1.0, 1.1, 1.3, 1.6])
TRUE = TRUE / TRUE.mean()


def takings(
    rng: np.random.Generator, *, noise: float, factors: np.ndarray = TRUE, months: np.ndarray = MONTHS
) -> np.ndarray:
    trend = np.exp(0.02 * np.arange(len(months)))
    return np.asarray(100 * trend * factors[months % 12] * np.exp(rng.normal(0, noise, len(months))))


def test_the_true_season_is_found() -> None:
    found = season(MONTHS, takings(np.random.default_rng(1), noise=0.05))
    assert found.months == 36
    assert np.abs(found.factors / TRUE - 1).max() < 0.10
    assert found.noise == pytest.approx(0.05**2, rel=0.8)


def test_the_stated_error_is_the_error() -> None:
    rng = np.random.default_rng(2)
    found = [season(MONTHS, takings(rng, noise=0.15)) for _ in range(100)]
    errors = np.array([np.log(one.factors) - np.log(TRUE) for one in found])
    errors -= errors.mean(axis=1, keepdims=True)
    assert float((errors**2).mean()) == pytest.approx(float(np.mean([one.variance for one in found])), rel=0.35)


def test_without_a_season_none_is_seen() -> None:
    rng = np.random.default_rng(3)
    flat = [season(MONTHS, takings(rng, noise=0.10, factors=np.ones(12))).factors for _ in range(50)]
    assert float(np.std(flat)) < 0.03


def test_less_than_two_years_or_a_month_of_nothing_gives_none() -> None:
    one = takings(np.random.default_rng(4), noise=0.05)
    assert season(MONTHS[:23], one[:23]) is NO_SEASON
    assert season(MONTHS, np.where(np.arange(36) == 5, 0.0, one)) is NO_SEASON
    assert season(MONTHS[:24], one[:24]).months == 24


@given(scale=st.floats(0.01, 1e6), growth=st.floats(-0.05, 0.05))
def test_neither_the_currency_nor_growth_is_a_season(scale: float, growth: float) -> None:
    one = takings(np.random.default_rng(5), noise=0.05)
    other = one * scale * np.exp(growth * np.arange(len(one)))
    assert np.allclose(season(MONTHS, one).factors, season(MONTHS, other).factors, atol=0.02)


def test_factors_have_a_mean_of_one() -> None:
    assert season(MONTHS, takings(np.random.default_rng(6), noise=0.1)).factors.mean() == pytest.approx(1.0)
