"""Merging small cells: nobody is lost, sizes add up, and names are nothing but names."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.segments.micro_cells import REST, cells, name_of, parent_of, values_of

texts = st.one_of(st.none(), st.text(alphabet="ab/*%+(none)2AF", max_size=5))
sizes = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", None]), st.sampled_from("12")), st.integers(1, 90),
    min_size=1,
)  # fmt: skip


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_name_says_its_values(values: list[str | None]) -> None:
    name = name_of(values)
    assert values_of(name) == tuple(values)
    assert "+" not in name  # it stands between the segments of a list
    assert parent_of(name) == name_of(values[:-1], depth=len(values))


@given(st.lists(st.lists(texts, min_size=2, max_size=2), min_size=2, max_size=30))
def test_different_values_have_different_names(cells_: list[list[str | None]]) -> None:
    assert len({name_of(values) for values in cells_}) == len(set(map(tuple, cells_)))


@given(sizes, st.integers(1, 200))
def test_each_cell_is_in_one_segment_that_is_large_enough_or_the_rest_of_all(
    customers: dict[tuple[str | None, ...], int], least: int
) -> None:
    found = cells(customers, least=least)
    assert found.segment.keys() == customers.keys()
    together = Counter(dict.fromkeys(found.segment.values(), 0))
    for values, segment in found.segment.items():
        together[segment] += customers[values]
        assert values[: len(values_of(segment))] == values_of(segment)  # itself, or a rest that it belongs to
        assert (segment == name_of(values)) == (customers[values] >= least)
    assert all(size >= least for name, size in together.items() if name != REST)
    assert sum(together.values()) == sum(customers.values())


@given(sizes, st.integers(1, 200))
def test_names_and_order_decide_nothing(customers: dict[tuple[str | None, ...], int], least: int) -> None:
    found = cells(customers, least=least).segment
    assert cells(dict(reversed(customers.items())), least=least).segment == found
    other = {"a": "zebra", "b": None, "c": "c/d", "x": "a", "y": "*", None: "b", "1": "2", "2": "1"}
    renamed = {tuple(other[value] for value in values): size for values, size in customers.items()}
    again = cells(renamed, least=least).segment
    for values, segment in found.items():
        mine = again[tuple(other[value] for value in values)]
        assert values_of(mine) == tuple(other[value] for value in values_of(segment))


def test_one_cell_and_a_cell_of_one() -> None:
    assert cells({("a",): 5}, least=5).segment == {("a",): "a"}
    assert cells({("a",): 4}, least=5).segment == {("a",): REST}
    assert cells({("a", "b"): 1, ("a", "c"): 9}, least=5).segment == {("a", "b"): REST, ("a", "c"): "a/c"}
    assert cells({}, least=5).segment == {}


@pytest.mark.parametrize(
    ("name", "parent"), [("a/b/c", "a/b/*"), ("a/b/*", "a/*"), ("a/*", "*"), ("a", "*"), ("*", None)]
)
def test_a_cell_goes_to_the_rest_above_it(name: str, parent: str | None) -> None:
    assert parent_of(name) == parent
