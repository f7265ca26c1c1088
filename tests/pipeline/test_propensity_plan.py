"""From which days a propensity is learned: the judged model knows nothing of the judged days."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from patron.pipeline.propensity_plan import LEAST_HISTORY_DAYS, MOST_TESTS, plan
from patron.pipeline.propensity_settings import DEFAULT, PropensityTarget

TODAY = date(2024, 12, 31)


@given(st.integers(1, 1_500), st.integers(1, 500))
def test_every_outcome_was_over_before_the_day_on_which_it_is_learned(span: int, horizon: int) -> None:
    found = plan(TODAY, first=TODAY - timedelta(days=span), horizon=horizon)
    if found is None:
        return
    ahead = timedelta(days=horizon)
    assert all(day + ahead <= TODAY for day in found.now)
    assert found.tests[0].judged == max(found.now)
    for test in found.tests:
        assert test.judged + ahead <= test.known_on
        assert all(day + ahead <= test.judged for day in test.before)
        assert max(test.before) < test.judged
    least = max(LEAST_HISTORY_DAYS, horizon // 2)
    assert all((day - (TODAY - timedelta(days=span))).days >= least for day in found.days)
    for question in found.questions:
        assert question.as_of + ahead <= question.known_on


@given(st.integers(150, 1_500), st.integers(1, 200))
def test_no_day_judges_twice(span: int, horizon: int) -> None:
    found = plan(TODAY, first=TODAY - timedelta(days=span), horizon=horizon)
    ends = [] if found is None else [(test.judged, test.known_on) for test in found.tests]
    assert len(ends) <= MOST_TESTS
    assert all(later[0] == earlier[1] for later, earlier in pairwise(ends))
    assert not ends or ends[0][1] == TODAY


@pytest.mark.parametrize(
    ("span", "horizon", "there"),
    [(149, 30, False), (152, 30, True), (738, 90, True), (738, 365, False), (911, 365, False), (912, 365, True)],
)
def test_it_takes_two_horizons_and_some_past(span: int, horizon: int, there: bool) -> None:
    assert (plan(TODAY, first=TODAY - timedelta(days=span), horizon=horizon) is not None) == there


def test_a_year_back_is_among_the_days_where_the_data_reach_it() -> None:
    found = plan(TODAY, first=date(2022, 1, 1), horizon=90)
    assert found is not None
    assert TODAY - timedelta(days=365) in found.now
    assert any(abs((found.tests[0].judged - day).days - 365) < 3 for day in found.tests[0].before)


def test_what_is_made_by_default_is_a_setting_that_can_be_written() -> None:
    assert len({(one.target, one.horizon) for one in DEFAULT}) == len(DEFAULT)
    assert PropensityTarget.model_validate({"target": "buys", "horizon": "60d"}).horizon == 60
    assert PropensityTarget.model_validate({"target": "buys", "horizon": 60}).horizon == 60, "as a manifest keeps it"


@pytest.mark.parametrize(
    "wrong",
    [{"target": "flies"}, {"target": "buys", "horizon": "0d"}, {"target": "spends", "above": 0}, {"horizon": "9d"}],
)
def test_a_setting_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PropensityTarget.model_validate(wrong)
