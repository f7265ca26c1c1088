"""Movements between any two days or runs are what a run's own movements are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patron.errors import ArgumentError

EXACT = ("customers", "from_customers", "margin_between")


def test_two_days_computed_again_give_what_the_run_itself_gave_and_know_no_later_ones(ran_project):
    own = ran_project.table("movements").to_pyarrow().to_pylist()
    start, end = own[0]["from_day"], own[0]["to_day"]
    again = ran_project.movements(start, end).to_pyarrow().to_pylist()
    own = [row for row in own if row["segmentation"] != "behaviour"]  # divided by the model of a run, not of a day
    told, twice = ({(r["segmentation"], r["from_segment"], r["to_segment"]): r for r in rows} for rows in (own, again))
    assert told.keys() == twice.keys()
    for key, row in told.items():
        assert [row[name] for name in EXACT] == [twice[key][name] for name in EXACT]
        assert row["worth"] == pytest.approx(twice[key]["worth"], abs=1e-6)
    assert {row["compared_with"] for row in again} == {"days"}


def test_before_anybody_bought_there_is_nothing_to_compare(ran_project):
    end = ran_project.last().manifest.as_of
    assert ran_project.movements(end - timedelta(days=9_999), end).to_pyarrow().num_rows == 0


def test_what_cannot_be_compared_is_refused(ran_project):
    last = ran_project.last().manifest
    with pytest.raises(ArgumentError, match="knows the days up to"):
        ran_project.movements(last.as_of, last.as_of + timedelta(days=1))
    with pytest.raises(ArgumentError, match="a run and a day"):
        ran_project.movements(last.run_id, last.as_of)
    with pytest.raises(ArgumentError, match="must be the earlier one"):
        ran_project.movements(last.run_id, last.run_id)
