"""Fences: whoever shares a value pays one price, and nobody else is bound."""

from __future__ import annotations

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.decisions.price_fences import fenced, same_price
from patron.errors import ArgumentError

PEOPLE = ibis.memtable({
    "customer_id": ["a", "b", "c", "d"], "country": ["FR", "FR", "UK", None],
    "main_channel": ["web", "app", "app", None],
})  # fmt: skip
MEMBERS = ibis.memtable({
    "customer_id": ["a", "b", "c", "d"], "segmentation": ["tier"] * 4, "segment": ["top", "low", "mid", "new"],
})  # fmt: skip
ALL = [("tier", segment) for segment in ("top", "low", "mid", "new")]


def prices(*fences: str) -> dict[str, str]:
    shared = fenced(MEMBERS, PEOPLE, fences=fences)
    return {segment: price for (_, segment), price in same_price(ALL, shared).items()}


def test_segments_with_customers_of_one_country_pay_one_price() -> None:
    assert prices("country") == {"low": "low", "top": "low", "mid": "mid", "new": "new"}


def test_fences_chain() -> None:
    assert prices("country", "main_channel") == {"low": "low", "top": "low", "mid": "low", "new": "new"}


def test_without_a_fence_each_segment_has_its_own() -> None:
    assert prices() == {segment: segment for _, segment in ALL}


def test_a_fence_that_is_no_column_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"contry.*\n.*country"):
        fenced(MEMBERS, PEOPLE, fences=["contry"])


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("123456")), max_size=12))
def test_two_segments_have_one_price_just_when_a_chain_of_values_joins_them(links: list[tuple[str, str]]) -> None:
    found = same_price([("s", one) for one in "abcdef"], [("s", one, value) for one, value in links])
    reach = {one: {one} for one in "abcdef"}
    for _ in range(6):
        for one, value in links:
            for other, again in links:
                if value == again:
                    reach[one] |= reach[other]
    for one in "abcdef":
        for other in "abcdef":
            joined = other in reach[one]
            assert (found["s", one] == found["s", other]) == joined
        assert found["s", one] == min(reach[one])
