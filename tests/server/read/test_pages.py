"""Pages hold every row once and in order, whatever their length, and a cursor that is none of ours is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.server.pages import Paged, cursor_after, cut
from patron.server.refused import Refused

KEYS = st.one_of(
    st.lists(st.integers(), unique=True), st.lists(st.text(), unique=True), st.lists(st.dates(), unique=True),
    st.lists(st.tuples(st.text(), st.integers(), st.booleans()), unique=True),
    st.lists(st.datetimes(timezones=st.just(UTC)), unique=True),
    st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=2), unique=True),
)  # fmt: skip


def _read(keys: list[Any], limit: int) -> list[list[Any]]:
    rows = [{"key": key} for key in sorted(keys)]
    pages, cursor = [], None
    while True:
        page, cursor = cut(rows, lambda row: (row["key"],), Paged(limit, cursor))
        pages.append([row["key"] for row in page])
        if cursor is None:
            return pages


@given(KEYS, st.integers(1, 7))
def test_the_pages_together_are_all_rows_in_order(keys, limit):
    pages = _read(keys, limit)
    assert [key for page in pages for key in page] == sorted(keys)
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1] or not keys


@given(st.sets(st.integers(), min_size=3), st.sets(st.integers()))
def test_a_cursor_goes_on_at_its_place_when_rows_have_come_and_gone(before, after):
    rows = [{"key": key} for key in sorted(before)]
    first, cursor = cut(rows, lambda row: (row["key"],), Paged(2, None))
    now = [{"key": key} for key in sorted(after)]
    rest, _ = cut(now, lambda row: (row["key"],), Paged(1000, cursor))
    assert [row["key"] for row in rest] == sorted(key for key in after if key > first[-1]["key"])


@given(st.text())
def test_any_text_is_a_cursor_or_refused(text):
    rows = [{"key": number} for number in range(3)]
    with suppress(Refused):  # nothing else may come out
        page, _ = cut(rows, lambda row: (row["key"],), Paged(10, text))
        assert len(page) <= 3


@pytest.mark.parametrize("place", [("text",), ([1],), ({"day": "2026-01-01"},), (None,)])
def test_a_cursor_of_another_list_is_refused(place):
    with pytest.raises(Refused):
        cut([{"key": 1}], lambda row: (row["key"],), Paged(10, cursor_after(place)))


@pytest.mark.parametrize(
    "place",
    [("a", 1, True, None), (date(2026, 3, 1),), (datetime(2026, 3, 1, tzinfo=UTC),), (Decimal("1.50"),), ((1, "x"),)],
)
def test_a_cursor_keeps_its_types(place):
    assert Paged(1, cursor_after(place)).after == place
