from __future__ import annotations

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.segments import standing

values = st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1, max_size=15)


def shares(numbers, **options):
    rows = {"place": list(range(len(numbers))), "score": numbers}
    people = ibis.memtable(rows, schema={"place": "int64", "score": "int64"})
    found = standing(people, "score", **options).order_by("place")
    return found.score_standing.to_pyarrow().to_pylist()


@settings(max_examples=20, deadline=None)
@given(values)
def test_it_is_the_share_strictly_below_counted_by_hand(numbers):
    known = [number for number in numbers if number is not None]
    low = [None if one is None else sum(other < one for other in known) / len(known) for one in numbers]
    half = [None if one is None else share + known.count(one) / 2 / len(known)
            for one, share in zip(numbers, low, strict=True)]  # fmt: skip
    assert shares(numbers) == pytest.approx(low)
    assert shares(numbers, ties="middle") == pytest.approx(half)


def test_no_row_is_lost_or_added():
    assert shares([3, 3, None, 1]) == [pytest.approx(1 / 3), pytest.approx(1 / 3), None, 0.0]
