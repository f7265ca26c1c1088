"""Amounts and the places of an axis."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.charts.amounts import brief, money_axis, round_places, whole

ends = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 2))


@settings(deadline=None, max_examples=200)
@given(one=ends, other=ends, count=st.integers(2, 8))
def test_places_enclose_the_ends_evenly(one: float, other: float, count: int) -> None:
    low, high = sorted((one, other))
    places = round_places(low, high, count=count)
    step = places[1] - places[0] if len(places) > 1 else 1.0
    tiny = 1e-6 * max(1.0, abs(low), abs(high))
    assert places[0] <= low + tiny
    assert places[-1] >= high - tiny
    assert len(places) <= 2 * count + 3
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - nice) for nice in (1, 2, 5, 10)) < 1e-4


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 100, ["£0", "£20", "£40", "£60", "£80", "£100"]),
        (0, 1.1, ["£0.00", "£0.20", "£0.40", "£0.60", "£0.80", "£1.00", "£1.20"]),
        (-40_000, 20_000, ["-£40K", "-£30K", "-£20K", "-£10K", "£0", "£10K", "£20K"]),
    ],
)
def test_labels_have_the_decimals_they_need(low: float, high: float, labels: list[str]) -> None:
    assert money_axis(low, high, "GBP")["ticktext"] == labels


def test_no_two_labels_are_equal() -> None:
    for high in (0.3, 7, 99, 1234, 45_678, 9_876_543):
        labels = money_axis(0, high, "EUR")["ticktext"]
        assert len(set(labels)) == len(labels)


def test_nothing_is_written_as_nothing() -> None:
    assert whole(0, "GBP") == brief(0, "GBP") == "£0"
    assert brief(9_999, "GBP") == "£9,999"
    assert brief(10_000, "GBP") == "£10K"
