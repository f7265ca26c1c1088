"""What is shared tells nothing about fewer people than the smallest cell: neither by itself, nor by subtraction."""

from __future__ import annotations

from itertools import product

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts import TABLES
from patron.errors import ArgumentError
from patron.kpis.metrics import METRICS
from patron.privacy.anonymity import suppressed, withheld
from patron.privacy.people_behind import BEHIND, COUNTS
from patron.privacy.repeated import Cell, Version, repeated
from patron.privacy.shared_tables import NEVER_SHARED, NO_PEOPLE, SHARED

PERSONAL = {"customer_id", "record_id", "subject"}


def possible(counts: list[int], hidden: list[bool], rows: list[int], columns: list[int] | None) -> list[set[int]]:
    """Every count that each withheld cell could have, by trying all tables that fit what is shown and the totals."""
    places = [place for place, hide in enumerate(hidden) if hide]
    found: list[set[int]] = [set() for _ in counts]
    ways = [rows] if columns is None else [rows, columns]
    sums = [
        {group: sum(counts[place] for place in places if way[place] == group) for group in set(way)} for way in ways
    ]
    most = [min(known[way[place]] for way, known in zip(ways, sums, strict=True)) for place in places]
    for guess in product(*(range(1, top + 1) for top in most)):
        table = dict(zip(places, guess, strict=True))
        if all(
            sum(value for place, value in table.items() if way[place] == group) == total
            for way, known in zip(ways, sums, strict=True)
            for group, total in known.items()
        ):
            for place, value in table.items():
                found[place].add(value)
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=5), st.integers(2, 4))
def test_a_total_and_the_cells_shown_leave_a_small_cell_open(counts: list[int], least: int) -> None:
    hidden = withheld(counts, [[("all",)] * len(counts)], least=least)
    assert all(hide for hide, count in zip(hidden, counts, strict=True) if 0 < count < least)
    assert not any(hide for hide, count in zip(hidden, counts, strict=True) if not count)
    open_to = possible(counts, hidden, [0] * len(counts), None)
    everything = all(hide or not count for hide, count in zip(hidden, counts, strict=True))
    for choice, hide in zip(open_to, hidden, strict=True):
        assert not hide or everything or len(choice) >= least - 1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=9, max_size=9), st.integers(2, 3))
def test_rows_and_columns_together_leave_a_small_cell_open(counts: list[int], least: int) -> None:
    rows, columns = [place // 3 for place in range(9)], [place % 3 for place in range(9)]
    hidden = withheld(counts, [[(row,) for row in rows], [(column,) for column in columns]], least=least)
    open_to = possible(counts, hidden, rows, columns)
    for place, hide in enumerate(hidden):
        mine = [other for other in range(9) if rows[other] == rows[place] or columns[other] == columns[place]]
        exhausted = all(hidden[other] or not counts[other] for other in mine)
        assert not hide or exhausted or len(open_to[place]) >= least - 1


def test_one_small_cell_takes_the_next_smallest_with_it() -> None:
    assert withheld([3, 50, 7, 20], [[()] * 4], least=5) == [True, False, True, False]


def test_small_cells_that_protect_each_other_take_nobody_with_them() -> None:
    assert withheld([3, 50, 4, 20], [[()] * 4], least=5) == [True, False, True, False]


def test_two_that_add_up_to_too_few_take_a_third() -> None:
    assert withheld([1, 1, 30, 9], [[()] * 4], least=5) == [True, True, False, True]


def test_a_square_is_closed_in_a_two_way_table() -> None:
    """Hiding one more in the row and one more in the column is not enough: the fourth corner must go, too."""
    rows = [("a",)] * 3 + [("b",)] * 3 + [("c",)] * 3
    columns = [("x",), ("y",), ("z",)] * 3
    hidden = withheld([2, 20, 30, 20, 20, 30, 30, 30, 30], [rows, columns], least=5)
    assert sum(hidden) == 4


def test_without_a_known_total_only_the_small_go() -> None:
    assert withheld([2, 50, 7], [], least=5) == [True, False, False]


def test_a_row_loses_its_figures_and_keeps_its_name() -> None:
    table = ibis.memtable(pa.table({"group": ["a", "b"], "customers": [4, 60], "money": [1.0, 2.0]}))
    rows = suppressed(table, people="customers", figures=["money"]).to_pyarrow().to_pylist()
    assert rows == [
        {"group": "a", "customers": None, "money": None, "withheld": True},
        {"group": "b", "customers": 60, "money": 2.0, "withheld": False},
    ]


@pytest.mark.parametrize("least", [1, 0, -5, True])
def test_a_smallest_cell_of_one_is_refused(least: int) -> None:
    table = ibis.memtable({"customers": [1]})
    with pytest.raises(ArgumentError, match="smallest cell"):
        suppressed(table, people="customers", figures=[], least=least)


def test_an_unknown_column_is_told() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'customers'"):
        suppressed(ibis.memtable({"customers": [1]}), people="customer", figures=[])


def test_every_table_is_about_one_person_or_counts_its_people_or_is_about_none() -> None:
    for name, contract in TABLES.items():
        own = PERSONAL & set(contract.names)
        told = contract.people is not None or name in SHARED
        assert bool(own) + bool(told) + (name in NO_PEOPLE) + (name in NEVER_SHARED) == 1, name
        if contract.people is not None:
            assert contract.people in contract.names
            assert name in SHARED


def test_counts_of_people_are_the_registrys() -> None:
    assert set(COUNTS) == {metric.name for metric in METRICS if metric.unit == "customers"}
    behind = {metric.name: metric.people for metric in METRICS if metric.people and metric.unit != "customers"}
    assert behind == BEHIND


# Two reports compared

PEOPLE = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 99)), min_size=0, max_size=30)


def cells(people: list[tuple[str, int]], least: int) -> list[Cell]:
    groups = sorted({group for group, _ in people})
    counts = [sum(own == group for own, _ in people) for group in groups]
    hidden = withheld(counts, [[()] * len(groups)], least=least)
    return [
        Cell(
            key=(group,),
            people=count,
            row={"money": None if hide else sum(money for own, money in people if own == group), "withheld": hide},
            groups=((),),
        )
        for group, count, hide in zip(groups, counts, hidden, strict=True)
    ]


def page(shown: object) -> dict[object, object]:
    return {one.state.key: dict(one.state.row) for one in shown}  # type: ignore[attr-defined]


def remembered(before: list[Version], shown: object) -> list[Version]:
    return before + [one.state for one in shown if not one.repeated]  # type: ignore[attr-defined]


@settings(max_examples=150, deadline=None)
@given(PEOPLE, st.integers(0, 29), st.integers(2, 5))
def test_when_one_person_goes_or_comes_no_report_differs(
    people: list[tuple[str, int]], which: int, least: int
) -> None:  # fmt: skip
    without = [one for place, one in enumerate(people) if place != which % max(1, len(people))]
    for first, second in ((people, without), (without, people)):
        one = repeated(cells(first, least), [], least=least)
        if not one:
            continue
        two = repeated(cells(second, least), remembered([], one), least=least)
        assert page(one) == page(two)


@settings(max_examples=100, deadline=None)
@given(st.lists(PEOPLE, min_size=2, max_size=5), st.integers(2, 5))
def test_of_all_reports_no_two_differ_in_a_cell_for_fewer_people(
    days: list[list[tuple[str, int]]], least: int
) -> None:  # fmt: skip
    """The bound is that of the counts: a cell shows something else only where it has `least` people more or fewer."""
    before: list[Version] = []
    told: dict[object, list[Version]] = {}
    for people in days:
        shown = repeated(cells(people, least), before, least=least)
        before = remembered(before, shown)
        for one in shown:
            for other in told.get(one.state.key, []):
                if other.row != one.state.row:
                    assert abs(other.people - one.state.people) >= least
            told.setdefault(one.state.key, []).append(one.state)


def test_a_repeated_cell_is_not_the_rest_of_a_total() -> None:
    """The total is shared anew, so what is repeated must have changed for enough people together."""
    was = [Version(key=(name,), people=n, row={"n": n}, groups=((),)) for name, n in (("a", 40), ("b", 60), ("c", 80))]
    now = [
        Cell(key=("a",), people=41, row={"n": 41}, groups=((),)),
        Cell(key=("b",), people=70, row={"n": 70}, groups=((),)),
        Cell(key=("c",), people=90, row={"n": 90}, groups=((),)),
    ]
    assert page(repeated(now, was, least=5)) == {("a",): {"n": 40}, ("b",): {"n": 60}, ("c",): {"n": 90}}


def test_who_bought_since_makes_a_figure_new() -> None:
    was = Version(key=("a",), people=40, row={"n": 40, "money": 1.0})
    now = Cell(key=("a",), people=40, row={"n": 40, "money": 2.0}, moved=5)
    assert page(repeated([now], [was], least=5)) == {("a",): {"n": 40, "money": 2.0}}
