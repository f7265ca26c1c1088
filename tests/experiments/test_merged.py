"""Two ids of an experiment turn out to be one person: who is in which arm, and what holders of lists have to change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.experiment import ASSIGNMENTS
from patron.contracts.person import LINKS
from patron.experiments import list_changes, merged

SPRING, AUTUMN = date(2024, 3, 1), date(2024, 9, 1)


def drawn(*rows: tuple[Any, ...]) -> ir.Table:
    """Return ASSIGNMENTS as drawn: (customer, arm), or with a day, or with a day and an audience."""
    made = [
        {
            "experiment": more[1] if len(more) > 1 else "list", "customer_id": customer_id, "arm": arm,
            "segment": "rfm.champions", "assigned_on": more[0] if more else SPRING, "purpose": "marketing",
            "contaminated": False,
        }
        for customer_id, arm, *more in rows
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(made, schema=ASSIGNMENTS.schema.to_pyarrow()))


def links(owners: Mapping[str, str], **rules: str) -> ir.Table:
    """Return LINKS: whose each record is."""
    made = [
        {
            "source": source, "record_id": record_id, "customer_id": customer_id, "rule": rules.get(record_id, "email"),
            "key": None, "linked_on": None, "confidence": 1.0,
        }
        for record_id, customer_id in owners.items()
        for source in ("customers", "order_lines")
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(made, schema=LINKS.schema.to_pyarrow()))


def arms(table: ir.Table) -> dict[str, tuple[str, bool]]:
    """Return arm and contamination by customer."""
    return {row["customer_id"]: (row["arm"], row["contaminated"]) for row in table.to_pyarrow().to_pylist()}


def changes(table: ir.Table) -> set[tuple[str, ...]]:
    """Return customer, event and reason."""
    return {(row["customer_id"], row["event"], row["reason"]) for row in table.to_pyarrow().to_pylist()}


CASES: dict[str, Any] = {
    "nobody was merged": (
        [("a", "treated"), ("b", "control")], {"a": "a", "b": "b"}, {"a": ("treated", False), "b": ("control", False)},
        set(),
    ),
    "a record that no run knows any more keeps its id": (
        [("a", "treated"), ("b", "control")], {"b": "b"}, {"a": ("treated", False), "b": ("control", False)}, set(),
    ),
    "both on the list: the id that is none any more goes": (
        [("a", "treated"), ("b", "treated")], {"a": "a", "b": "a"}, {"a": ("treated", False)},
        {("b", "remove", "merged")},
    ),
    "a customer got another id": (
        [("b", "treated")], {"a": "a", "b": "a"}, {"a": ("treated", False)},
        {("b", "remove", "merged"), ("a", "add", "merged")},
    ),
    "nobody of the control group is ever added": (
        [("b", "control")], {"a": "a", "b": "a"}, {"a": ("control", False)}, set(),
    ),
    "the first assigned arm stands: treated": (
        [("a", "control", AUTUMN), ("b", "treated", SPRING)], {"a": "a", "b": "a"}, {"a": ("treated", True)},
        {("b", "remove", "merged"), ("a", "add", "merged")},
    ),
    "the first assigned arm stands: control, and she may not stay on the list": (
        [("a", "treated", AUTUMN), ("b", "control", SPRING)], {"a": "a", "b": "a"}, {"a": ("control", True)},
        {("a", "remove", "held_out")},
    ),
    "of one day the arm of the id that she still has": (
        [("a", "control"), ("b", "treated")], {"a": "b", "b": "b"}, {"b": ("treated", True)}, set(),
    ),
    "of one day and neither id hers, the smallest": (
        [("c", "treated"), ("b", "control")], {"a": "a", "b": "a", "c": "a"}, {"a": ("control", True)},
        {("c", "remove", "merged")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_who_is_in_which_arm(name: str) -> None:
    rows, owners, expected, _ = CASES[name]
    assert arms(ASSIGNMENTS.check(merged(drawn(*rows), links(owners)))) == expected


@pytest.mark.parametrize("name", CASES)
def test_what_holders_of_a_list_have_to_change(name: str) -> None:
    rows, owners, _, expected = CASES[name]
    assert changes(list_changes(drawn(*rows), links(owners))) == expected


def test_audiences_are_told_apart() -> None:
    rows = drawn(("a", "control", AUTUMN, "autumn"), ("b", "treated", SPRING, "spring"))
    found = merged(rows, links({"a": "a", "b": "a"})).to_pyarrow().to_pylist()
    assert {(row["experiment"], row["arm"], row["contaminated"]) for row in found} == {
        ("autumn", "control", False), ("spring", "treated", False),
    }  # fmt: skip


def test_a_visit_is_nobodys_record() -> None:
    """A browser's cookie may read like a customer's id; it says nothing of whose that is."""
    found = merged(drawn(("a", "treated")), links({"a": "z"}, a="visitor"))
    assert arms(found) == {"a": ("treated", False)}


people = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["treated", "control"]), min_size=1)


@given(people, st.lists(st.integers(0, 2), min_size=6, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
@settings(max_examples=15, deadline=None)
def test_merging_then_unmerging_gives_the_drawn_assignments_back(
    assigned: dict[str, str], groups: list[int], late: list[bool]
) -> None:
    days = dict(zip("abcdef", (AUTUMN if one else SPRING for one in late), strict=True))
    rows = drawn(*((customer_id, arm, days[customer_id]) for customer_id, arm in assigned.items()))
    group = dict(zip("abcdef", groups, strict=True))
    owners = {one: min(other for other in group if group[other] == group[one]) for one in group}
    after = merged(rows, links(owners))
    found = after.to_pyarrow().to_pylist()
    assert len(found) == len({owners[one] for one in assigned}), "each person once"
    for row in found:
        hers = [one for one in assigned if owners[one] == row["customer_id"]]
        first = min(days[one] for one in hers)
        assert row["assigned_on"] == first
        assert row["arm"] in {assigned[one] for one in hers if days[one] == first}
        assert row["contaminated"] == (len({assigned[one] for one in hers}) == 2)
    # An earlier run's answer is never the input of the next: what was drawn stands, so nothing of a merge is left.
    back = merged(rows, links({one: one for one in "abcdef"}))
    assert sorted(back.to_pyarrow().to_pylist(), key=str) == sorted(rows.to_pyarrow().to_pylist(), key=str)
    assert not changes(list_changes(rows, links({one: one for one in "abcdef"})))


@given(people, st.lists(st.integers(0, 2), min_size=6, max_size=6))
@settings(max_examples=15, deadline=None)
def test_a_list_with_its_changes_holds_the_treated_of_the_run(assigned: dict[str, str], groups: list[int]) -> None:
    rows = drawn(*assigned.items())
    group = dict(zip("abcdef", groups, strict=True))
    now = links({one: max(other for other in group if group[other] == group[one]) for one in group})
    held = {one for one, arm in assigned.items() if arm == "treated"}
    for customer_id, event, _ in changes(list_changes(rows, now)):
        assert (customer_id in held) == (event == "remove")
        held ^= {customer_id}
    assert held == {one for one, (arm, _) in arms(merged(rows, now)).items() if arm == "treated"}


@pytest.mark.parametrize("function", [merged, list_changes])
def test_it_compiles_for_spark(function: Any) -> None:
    assert ibis.pyspark
    sql = ibis.to_sql(function(ASSIGNMENTS.unbound(), LINKS.unbound()), dialect="pyspark")
    assert "assigned_on" in sql
