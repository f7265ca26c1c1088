"""Touches cut into paths: each counts for one order alone, and every order and touch is accounted for."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.kpis.touch_paths import DAY, Ways, ways

AS_OF = date(2024, 3, 31)
START = datetime(2024, 1, 1)
END = 91 * DAY
"""Seconds from the start to the end of the last day."""

Mark = tuple[str, int, str | None]


def cut(marks: list[Mark], *, lookback_days: int = 30) -> Ways:
    """Cut touches (who, hours, channel) and orders (who, hours, None), sorted as the engine sorts them."""
    rows = sorted(marks, key=lambda mark: (mark[0], mark[1], mark[2] is None, mark[2] or ""))
    base = int((START - datetime(1970, 1, 1)).total_seconds())
    orders = [f"O{place}" if channel is None else None for place, (_, _, channel) in enumerate(rows)]
    stream = pa.table({
        "who": [who for who, _, _ in rows], "at": [base + 3600 * hours for _, hours, _ in rows],
        "channel": pa.array([channel for _, _, channel in rows], pa.string()),
        "order_id": pa.array(orders, pa.string()), "customer_id": [who for who, _, _ in rows],
        "ordered_on": [(START + timedelta(hours=hours)).date() for _, hours, _ in rows],
    })  # fmt: skip
    return ways(stream, as_of=AS_OF, lookback_days=lookback_days)


def paths(found: Ways) -> list[tuple[list[str], int]]:
    """Return the channels of each path and the order that it led to, -1 where to none."""
    return [
        ([found.channels[code] for code in found.channel[found.path == path]], int(order))
        for path, order in enumerate(found.order_of)
    ]


def test_touches_count_for_the_next_order_alone() -> None:
    found = cut([("ann", 1, "a"), ("ann", 2, "b"), ("ann", 3, None), ("ann", 4, "c"), ("ann", 5, None)])
    assert paths(found) == [(["a", "b"], 0), (["c"], 1)]
    assert found.orders.num_rows == 2


def test_a_touch_of_the_very_moment_of_the_order_came_before_it() -> None:
    assert paths(cut([("ann", 3, "a"), ("ann", 3, None)])) == [(["a"], 0)]


def test_what_is_older_than_the_look_back_led_nowhere() -> None:
    found = cut([("ann", 1, "a"), ("ann", 24 * 31, "b"), ("ann", 24 * 32, None)])
    assert paths(found) == [(["a"], -1), (["b"], 0)]
    edge = cut([("ann", 0, "a"), ("ann", 24 * 30, None)])
    assert paths(edge) == [(["a"], 0)]


def test_a_path_without_an_order_ends_in_silence_and_one_that_may_still_lead_to_one_is_left_out() -> None:
    assert paths(cut([("bob", 0, "a"), ("bob", 24, "b"), ("bob", 24 * 40, "c")])) == [(["a", "b"], -1), (["c"], -1)]
    assert paths(cut([("bob", 24 * 80, "a")])) == []


def test_an_order_without_touches_has_no_path() -> None:
    found = cut([("ann", 1, None), ("bob", 1, "a"), ("bob", 2, None)])
    assert paths(found) == [(["a"], 1)]


def test_no_rows_are_no_paths() -> None:
    found = cut([])
    assert (found.orders.num_rows, len(found.path), found.channels) == (0, 0, ())


marks = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 24 * 90), st.sampled_from(["x", "y", None])), max_size=14
)


@settings(max_examples=150, deadline=None)
@given(marks, st.integers(1, 40))
def test_it_is_what_the_rule_says_touch_by_touch(told: list[Mark], lookback_days: int) -> None:
    found = cut(told, lookback_days=lookback_days)
    rows = sorted(told, key=lambda mark: (mark[0], mark[1], mark[2] is None, mark[2] or ""))
    wanted: list[Any] = []
    number = {place: count for count, place in enumerate(place for place, row in enumerate(rows) if row[2] is None)}
    for place, (who, hours, channel) in enumerate(rows):
        if channel is None:
            continue
        later = (other for other in range(place, len(rows)) if rows[other][2] is None and rows[other][0] == who)
        order = next(later, None)
        near = order is not None and rows[order][1] - hours <= 24 * lookback_days
        wanted.append((channel, number[order] if near and order is not None else -1))
    led = [
        (found.channels[code], int(found.order_of[path])) for code, path in zip(found.channel, found.path, strict=True)
    ]
    assert [one for one in led if one[1] >= 0] == [one for one in wanted if one[1] >= 0]
    # What is left out is open: nothing else of a person is later, and the look-back reaches beyond the last day.
    lost = len(wanted) - len(led)
    last = {who: 3600 * hours for who, hours, channel in rows if channel is not None}
    open_still = {who for who, at in last.items() if at + lookback_days * DAY >= END}
    assert not lost or open_still


@settings(max_examples=100, deadline=None)
@given(marks, st.integers(1, 40))
def test_paths_are_numbered_without_a_gap_and_orders_have_one_at_most(told: list[Mark], lookback_days: int) -> None:
    found = cut(told, lookback_days=lookback_days)
    assert np.array_equal(np.unique(found.path), np.arange(len(found.order_of)))
    led = found.order_of[found.order_of >= 0]
    assert len(set(led.tolist())) == len(led)
    assert found.orders.num_rows == sum(channel is None for _, _, channel in told)
