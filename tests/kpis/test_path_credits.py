"""Credits of paths: one over each path, and the model's totals over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from patron.kpis import PathCredits, attribution, path_credits

ASKED: list[dict[str, Any]] = [
    *({"model": model} for model in ("first", "last", "last_non_direct", "linear", "position", "markov", "shapley")),
    {"model": "markov", "order": 3}, {"model": "shapley", "worth": "chain"},
]  # fmt: skip

Row = tuple[tuple[str, ...], int, int, int]
PATHS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=5).map(tuple), st.integers(0, 5), st.integers(0, 99),
        st.integers(0, 5),
    ),
    min_size=1, max_size=10, unique_by=lambda row: row[0],
).filter(lambda rows: any(row[1] for row in rows))  # fmt: skip


def counted(rows: Sequence[Row]) -> pa.Table:
    path, conversions, value, nulls = zip(*rows, strict=True)
    worth = [money if led else 0 for money, led in zip(value, conversions, strict=True)]
    text = [" > ".join(one) for one in path]
    return pa.table({"path": text, "conversions": conversions, "value": worth, "nulls": nulls})


def added(table: pa.Table, owed: PathCredits, column: str, of: str) -> dict[str, float]:
    amount = dict(zip(table["path"].to_pylist(), table[of].to_pylist(), strict=True))
    sums: dict[str, float] = {}
    for row in owed.table.to_pylist():
        sums[row["channel"]] = sums.get(row["channel"], 0.0) + row[column] * amount[row["path"]]
    return sums


@pytest.mark.parametrize("asked", ASKED, ids=str)
@settings(max_examples=20)
@given(rows=PATHS)
def test_credits_add_up_over_a_path_and_over_all(asked: dict[str, Any], rows: list[Row]) -> None:
    table = counted(rows)
    owed, totals = path_credits(table, **asked), attribution(table, **asked)
    own: dict[str, list[float]] = {}
    for row in owed.table.to_pylist():
        assert min(row["credit"], row["value_credit"]) >= 0
        whole = own.setdefault(row["path"], [0.0, 0.0])
        whole[0] += row["credit"]
        whole[1] += row["value_credit"]
    assert set(own) == {" > ".join(path) for path, conversions, _, _ in rows if conversions}
    assert [one for whole in own.values() for one in whole] == pytest.approx([1.0] * 2 * len(own), abs=1e-12)
    for column, of in (("credit", "conversions"), ("value_credit", "value")):
        found = added(table, owed, column, of)
        for row in totals.to_pylist():
            assert found.get(row["channel"], 0.0) == pytest.approx(row[of], abs=1e-6)


@settings(max_examples=20)
@given(PATHS)
def test_a_channel_that_is_not_on_a_path_has_nothing_of_it_unless_that_is_told(rows: list[Row]) -> None:
    owed = path_credits(counted(rows), model="markov")
    strange = sum(
        row["credit"] * next(led for path, led, _, _ in rows if " > ".join(path) == row["path"])
        for row in owed.table.to_pylist()
        if row["channel"] not in row["path"].split(" > ")
    )
    assert strange / sum(row[1] for row in rows) == pytest.approx(owed.outside, abs=1e-9)


def test_what_the_paths_of_a_channel_cannot_give_is_told() -> None:
    """Channel a alone has half of the conversions, and a quarter of the chain's removal effects."""
    table = counted([(("a",), 10, 20, 0), (("b", "c", "d"), 10, 20, 0)])
    owed = path_credits(table, model="markov")
    assert owed.outside == pytest.approx(0.25, abs=1e-9)
    assert owed.value_outside == pytest.approx(0.25, abs=1e-9)
    of_a = {row["channel"]: row["credit"] for row in owed.table.to_pylist() if row["path"] == "a"}
    assert of_a == pytest.approx({"a": 0.5, "b": 1 / 6, "c": 1 / 6, "d": 1 / 6}, abs=1e-9)
    assert path_credits(table, model="shapley").outside == 0.0


@settings(max_examples=20)
@given(PATHS)
def test_no_less_could_go_outside(rows: list[Row]) -> None:
    """A linear programme finds the least that must; what fades slowly may leave a little more."""
    table = counted(rows)
    totals = {row["channel"]: row["conversions"] for row in attribution(table, model="markov").to_pylist()}
    cells = [(path, name) for path, led, _, _ in rows if led for name in set(path)]
    paths, names = {path: led for path, led, _, _ in rows if led}, sorted(totals)
    fits = np.array([[path == own for path, _ in cells] + [False] * len(names) for own in paths], dtype=float)
    given_ = [[name == own for _, name in cells] + [name == own for name in names] for own in names]
    least = linprog(
        [0.0] * len(cells) + [1.0] * len(names), A_eq=fits, b_eq=list(paths.values()),
        A_ub=-np.array(given_, dtype=float), b_ub=[-totals[name] for name in names],
    )  # fmt: skip
    outside = path_credits(table, model="markov").outside * sum(paths.values())
    assert least.fun - 1e-6 <= outside <= least.fun + 0.01 * sum(paths.values())


def test_paths_that_stand_twice_are_told_of_once() -> None:
    table = pa.table({"path": ["a > b", "b", "a > b"], "conversions": [1, 2, 3]})
    assert path_credits(table, model="last").table.to_pylist() == [
        {"path": "a > b", "channel": "b", "credit": 1.0, "value_credit": 1.0},
        {"path": "b", "channel": "b", "credit": 1.0, "value_credit": 1.0},
    ]


def test_touches_keep_the_ids_of_their_paths() -> None:
    day = [datetime(2024, 1, number, tzinfo=UTC) for number in (1, 8, 3, 4, 5)]
    table = pa.table({
        "path_id": ["x", "x", "y", "y", "z"], "at": day, "channel": ["a", "b", "a", "b", "a"],
        "converted": [True, True, True, True, False],
    })  # fmt: skip
    aged = path_credits(table, model="time_decay").table.to_pylist()
    assert [(row["path_id"], row["channel"]) for row in aged] == [("x", "a"), ("x", "b"), ("y", "a"), ("y", "b")]
    assert [row["credit"] for row in aged[:2]] == pytest.approx([1 / 3, 2 / 3])
    even = path_credits(table, model="linear").table.to_pylist()
    assert [(row["path_id"], row["channel"], row["credit"]) for row in even] == [
        ("x", "a", 0.5), ("x", "b", 0.5), ("y", "a", 0.5), ("y", "b", 0.5),
    ]  # fmt: skip
