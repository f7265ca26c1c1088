"""Periods of mix models over one stretch of days: nothing twice, nothing lost, intervals at one level."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_support import LAST, Row, cents, weeks
from patron.kpis.mix_contributions import Stretch, read_mix

CENT = Decimal("0.01")


def test_the_stretch_is_the_last_year_in_whole_periods_of_the_model_that_knows_most_recent_days() -> None:
    old = [row | {"period_start": row["period_start"] - timedelta(days=70)} for row in weeks({"TV": 5}, model="old")]
    stretch = read_mix([*weeks({"TV": 10}), *old], aliases={}).stretch()
    assert stretch == Stretch(from_day=LAST - timedelta(days=363), to_day=LAST)
    assert stretch.days == 364
    since = read_mix(weeks({"TV": 10}), aliases={}).stretch(since=LAST - timedelta(days=40))
    assert since == Stretch(from_day=LAST - timedelta(days=34), to_day=LAST), "no half week before touches are known"
    assert read_mix(weeks({"TV": 10}), aliases={}).stretch(since=LAST) is None
    assert read_mix([], aliases={}).stretch() is None


def test_one_row_that_is_longer_than_a_year_is_a_stretch_of_its_own() -> None:
    row = weeks({"TV": 10}, count=1)[0] | {"period_start": date(2023, 1, 2), "period_days": 730}
    assert read_mix([row], aliases={}).stretch() == Stretch(from_day=date(2023, 1, 2), to_day=LAST)


def test_a_channel_has_one_name_and_the_baseline_is_none() -> None:
    mix = read_mix(weeks({"Paid Search": 10, "google ads": 3, "Baseline": 90}), aliases={"google ads": "paid search"})
    (found,) = mix.contributions(mix.stretch(), source="mix_model")  # type: ignore[arg-type]
    assert (found.channel, found.amount, found.spend) == ("paid_search", Decimal(52 * 13), Decimal(52 * 200))
    assert (found.low, found.high) == (cents(52 * 13 * 0.7), cents(52 * 13 * 1.3))


def test_overlapping_periods_count_once() -> None:
    year = weeks({"TV": 520}, count=1)[0] | {"period_start": LAST - timedelta(days=363), "period_days": 364}
    mix = read_mix([*weeks({"TV": 10}, count=52), year], aliases={})
    (found,) = mix.contributions(Stretch(from_day=LAST - timedelta(days=363), to_day=LAST), source="mix_model")
    assert found.amount == Decimal(520)


@pytest.mark.parametrize(("level", "times"), [(0.95, 1.0), (0.5, 2.9058), (0.99, 0.76091)])
def test_intervals_are_brought_to_95_percent(level: float, times: float) -> None:
    mix = read_mix(weeks({"TV": 100}, count=4, level=level), aliases={})
    (found,) = mix.contributions(mix.stretch(), source="mix_model")  # type: ignore[arg-type]
    assert found.high is not None
    assert float(found.high - found.amount) == pytest.approx(120 * times, rel=1e-4)


def test_of_a_sum_of_which_a_part_has_no_interval_there_is_none() -> None:
    rows = weeks({"TV": 100}, count=4)
    rows[1] |= {"low": None, "spend": None}
    (found,) = read_mix(rows, aliases={}).contributions(
        Stretch(from_day=LAST - timedelta(days=27), to_day=LAST), source="m"
    )
    assert (found.low, found.spend, found.amount, found.high) == (None, None, Decimal(400), Decimal(520))


def test_a_model_that_does_not_know_the_whole_stretch_says_nothing_of_it() -> None:
    mix = read_mix([*weeks({"TV": 10}), *weeks({"TV": 30}, count=20, model="new")], aliases={})
    whole = mix.contributions(Stretch(from_day=LAST - timedelta(days=363), to_day=LAST), source="m")
    short = mix.contributions(Stretch(from_day=LAST - timedelta(days=69), to_day=LAST), source="m")
    assert [(one.model, one.amount) for one in whole] == [("mix", Decimal(520))]
    assert [(one.model, one.amount) for one in short] == [("mix", Decimal(100)), ("new", Decimal(300))]


@st.composite
def periods(draw: st.DrawFn) -> list[Row]:
    lengths = draw(st.lists(st.integers(1, 40), min_size=1, max_size=12))
    amounts = draw(st.lists(st.integers(-500, 90_000), min_size=len(lengths), max_size=len(lengths)))
    day, rows = LAST - timedelta(days=sum(lengths) - 1), []
    for length, amount in zip(lengths, amounts, strict=True):
        money = Decimal(amount) / 100
        rows.append(weeks({"TV": 1}, count=1)[0] | {
            "period_start": day, "period_days": length, "contribution": money, "low": money - 1, "high": money + 2,
        })  # fmt: skip
        day += timedelta(days=length)
    return rows


@settings(max_examples=60, deadline=None)
@given(rows=periods(), cut=st.floats(0, 1))
def test_two_parts_of_a_stretch_have_what_the_whole_has(rows: list[Row], cut: float) -> None:
    mix = read_mix(rows, aliases={})
    first, days = rows[0]["period_start"], sum(row["period_days"] for row in rows)
    (whole,) = mix.contributions(Stretch(from_day=first, to_day=LAST), source="m")
    assert whole.amount == sum(row["contribution"] for row in rows)
    assert whole.low is not None
    assert whole.high is not None
    assert (whole.amount - whole.low, whole.high - whole.amount) == (len(rows), 2 * len(rows))
    at = int(cut * (days - 1))
    if at == 0:
        return
    middle = first + timedelta(days=at)
    parts = [Stretch(from_day=first, to_day=middle - timedelta(days=1)), Stretch(from_day=middle, to_day=LAST)]
    amounts = [one.amount for part in parts for one in mix.contributions(part, source="m")]
    assert abs(sum(amounts) - whole.amount) <= CENT
