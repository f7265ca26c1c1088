"""Nobody is in two experiments that exclude each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.engines.experiment_state import Registered, RegisteredArm
from patron.errors import ArgumentError
from patron.experiments.browsers import taking_part
from patron.experiments.exclusion import check_apart, part_of_group

DAY = date(2024, 3, 1)
PEOPLE = ibis.memtable({"customer_id": [f"c{i}" for i in range(300)]})


def experiment(name, low, high, *, days=28, group="spring", stopped=None, started=DAY):
    return Registered(
        name=name, run_id="r", segment="all.all", unit="customer", salt=name, started_on=started,
        ends_on=started + timedelta(days=days), promised={}, exclusive_group=group, space_low=low, space_high=high,
        stopped_on=stopped, arms=(RegisteredArm(arm="control", share=0.5), RegisteredArm(arm="mail", share=0.5)),
    )  # fmt: skip


STARTS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(5, 100), st.booleans()), min_size=1, max_size=7
)


@settings(max_examples=20, deadline=None)
@given(STARTS)
def test_nobody_is_ever_in_two(starts):
    """Experiments start, end and are stopped in any order, and take any part that is free."""
    known = []
    for number, (after, days, percent, stopped) in enumerate(sorted(starts)):
        day = DAY + timedelta(days=after)
        try:
            low, high = part_of_group(percent / 100, known, group="spring", unit="customer", on=day)
        except ArgumentError:
            continue
        assert high - low == pytest.approx(percent / 100)
        one = experiment(f"e{number}", low, high, days=days, started=day)
        check_apart(one, known)
        known.append(replace(one, stopped_on=day + timedelta(days=days // 2)) if stopped else one)
    running = {one.name: {*taking_part(PEOPLE, one, by="customer_id").customer_id.to_pyarrow().to_pylist()}
               for one in known}  # fmt: skip
    for one in known:
        for other in known:
            until = other.stopped_on or other.ends_on
            if one.name > other.name and other.started_on <= one.started_on < until:
                assert not running[one.name] & running[other.name]


def test_what_an_ended_experiment_had_is_free_again():
    others = [experiment("a", 0.0, 0.6), experiment("b", 0.6, 1.0)]
    with pytest.raises(ArgumentError, match="only 0%"):
        part_of_group(0.5, others, group="spring", unit="customer", on=DAY)
    stopped = [replace(others[0], stopped_on=DAY), others[1]]
    assert part_of_group(0.5, stopped, group="spring", unit="customer", on=DAY) == (0.0, 0.5)
    assert part_of_group(1.0, others, group="spring", unit="customer", on=DAY + timedelta(days=28)) == (0.0, 1.0)
    assert part_of_group(1.0, others, group="other", unit="customer", on=DAY) == (0.0, 1.0)


def test_a_hole_between_two_is_found():
    others = [experiment("a", 0.0, 0.2), experiment("b", 0.5, 1.0)]
    assert part_of_group(0.3, others, group="spring", unit="customer", on=DAY) == (0.2, 0.5)


def test_a_group_draws_one_kind_of_unit():
    with pytest.raises(ArgumentError, match="draws by customer"):
        part_of_group(0.1, [experiment("a", 0.0, 0.2)], group="spring", unit="household", on=DAY)


def test_two_that_started_at_the_same_moment_are_told_apart():
    with pytest.raises(ArgumentError, match="started in the meantime"):
        check_apart(experiment("b", 0.1, 0.3), [experiment("a", 0.0, 0.2)])
    check_apart(experiment("b", 0.2, 0.3), [experiment("a", 0.0, 0.2)])
    check_apart(experiment("b", 0.1, 0.3, group=None), [experiment("a", 0.0, 0.2)])
