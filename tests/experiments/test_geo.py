"""Geo tests: planted effects are found, intervals hold with a dozen units, and too few units are said to be so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from patron.errors import ArgumentError, ContractError
from patron.experiments.geo import GeoReading, geo, geo_power
from patron.stats.few_units import TooFewUnits

WEEKS = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(26)]
START = WEEKS[18]


def _panel(
    seed: int, units: int = 12, *, treated: int = 5, effect: float = 0.0, trend: float = 0.0
) -> tuple[pa.Table, list[str]]:
    """Return stores of different sizes with a common season, and noise that stays for weeks."""
    generator = np.random.default_rng(seed)
    noise = generator.normal(0, 5, (units, 26))
    for week in range(1, 26):
        noise[:, week] += 0.6 * noise[:, week - 1]
    figures = 100 + generator.normal(0, 30, (units, 1)) + 10 * np.sin(np.arange(26) / 4) + noise
    figures[:treated, 18:] += effect
    figures[:treated] += trend * np.arange(26)
    names = [f"store {place:02d}" for place in range(units)]
    rows = {
        "unit": np.repeat(names, 26),
        "period": WEEKS * units,
        "revenue": figures.ravel(),
    }
    return pa.table(rows), names[:treated]


def _read(panel: Any, treated: Any, **options: Any) -> GeoReading:
    found = geo(panel, metric="revenue", treated=treated, start=START, **options)
    assert isinstance(found, GeoReading)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("method", ["permutation", "t"])
def test_the_interval_holds_with_twelve_units(method: str) -> None:
    held = alarms = warned = 0
    for seed in range(150):
        panel, treated = _panel(seed, effect=8.0)
        found = _read(panel, treated, method=method)
        held += found.effect_low <= 8.0 <= found.effect_high
        warned += found.warning is not None
        null, _ = _panel(seed + 1_000)
        alarms += _read(null, treated, method=method).p_value <= 0.05
    assert held >= 0.9 * 150
    assert alarms <= 0.1 * 150
    assert warned <= 0.1 * 150


def test_an_effect_is_found_in_all_its_units() -> None:
    panel, treated = _panel(1, effect=20.0)
    found = _read(panel, treated)
    assert found.effect_low > 0
    assert found.effect_low < 20 < found.effect_high
    assert found.p_value == pytest.approx(1 / 792)  # the most uneven of the 12 choose 5 draws
    assert found.total == pytest.approx(found.effect * 5 * 8)
    assert (found.units, found.treated, found.periods_before, found.periods_after) == (12, 5, 18, 8)
    revenue = np.array(panel["revenue"]).reshape(12, 26)
    had = revenue[:5, 18:].mean() - found.effect
    assert found.relative == pytest.approx(found.effect / had)
    as_words = panel.to_pandas()
    as_words["period"] = as_words["period"].astype(str)
    again = geo(as_words, metric="revenue", treated=set(treated), start=START.isoformat())
    assert isinstance(again, GeoReading)
    assert again.effect == pytest.approx(found.effect)


def test_units_that_ran_apart_before_are_warned_of() -> None:
    panel, treated = _panel(2, trend=2.0)
    found = _read(panel, treated)
    assert found.warning == "trends_differ"
    assert found.trend_unseen is not None
    assert found.trend_unseen < 2.0 * 13


def test_what_it_could_have_seen_is_what_it_sees_four_times_in_five() -> None:
    panel, _ = _panel(3, units=16, treated=8)
    before = panel.filter(np.array([day < START for day in panel["period"].to_pylist()]))
    smallest = geo_power(before, metric="revenue", treated=8, periods_after=8)
    assert isinstance(smallest, float)
    seen = 0
    for seed in range(50):
        tried, treated = _panel(seed, units=16, treated=8, effect=smallest)
        seen += _read(tried, treated, method="t").p_value < 0.05
    assert 25 <= seen <= 49  # one panel's noise says only roughly how much there is


def test_too_few_units_are_said_to_be_so() -> None:
    panel, treated = _panel(4, units=8, treated=1)
    found = geo(panel, metric="revenue", treated=treated, start=START)
    assert found == TooFewUnits(reason="too_few", treated=1, control=7, smallest_p=0.125, needed=20)
    assert _read(panel, treated, method="t").change.low is None
    few, treated = _panel(4, units=3, treated=1)
    assert isinstance(geo(few, metric="revenue", treated=treated, start=START, method="t"), TooFewUnits)
    assert isinstance(geo_power(few, metric="revenue", treated=1, periods_after=8), TooFewUnits)
    still = panel.set_column(2, "revenue", pa.array([5.0] * panel.num_rows))
    silent = geo(still, metric="revenue", treated=treated, start=START, method="t")
    assert isinstance(silent, TooFewUnits)
    assert silent.reason == "no_spread"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"metric": "margin"}, ContractError),
        ({"unit": "store"}, ContractError),
        ({"treated": ["nowhere"]}, ArgumentError),
        ({"treated": []}, ArgumentError),
        ({"start": WEEKS[1]}, ArgumentError),
        ({"start": date(2030, 1, 1)}, ArgumentError),
        ({"start": 7}, ArgumentError),
        ({"method": "bayes"}, ArgumentError),
        ({"level": 0.0}, ArgumentError),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any], error: type[Exception]) -> None:
    panel, treated = _panel(5)
    with pytest.raises(error):
        geo(panel, **{"metric": "revenue", "treated": treated, "start": START} | wrong)


def test_a_panel_with_gaps_is_refused() -> None:
    panel, treated = _panel(6)
    frame = panel.to_pandas()
    for broken in (frame.iloc[1:], pd.concat([frame, frame.iloc[:1]]), frame.assign(revenue=np.nan), frame.iloc[:0]):
        with pytest.raises(ArgumentError):
            geo(broken, metric="revenue", treated=treated, start=START)
    with pytest.raises(ArgumentError):
        geo([1], metric="revenue", treated=treated, start=START)
    with pytest.raises(ArgumentError):
        geo_power(panel, metric="revenue", treated=12, periods_after=8)
    with pytest.raises(ArgumentError):
        geo_power(panel, metric="revenue", treated=5, periods_after=25)
