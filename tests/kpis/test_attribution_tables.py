"""The same paths from any table, in any order and in batches; and tables that no paths can be read from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from patron.contracts.touch import MODELS
from patron.errors import ArgumentError, ContractError, NotEnoughData
from patron.kpis import attribution, path_credits

CHANNELS = ["display", "email", "paid search", "social"]


@pytest.fixture(scope="module")
def touches() -> pa.Table:
    """Simulate 400 paths of 1 to 8 touches, a third of them with a conversion, by path and moment."""
    rng = np.random.default_rng(5)
    lengths = rng.integers(1, 9, 400)
    path = np.repeat(np.arange(400), lengths)
    seconds = np.cumsum(rng.integers(0, 200_000, len(path)))
    converted = rng.random(400) < 0.33
    return pa.table({
        "path_id": pa.array([f"p{number}" for number in path]),
        "at": pa.array(seconds, pa.timestamp("s")),
        "channel": rng.choice(CHANNELS, len(path)),
        "converted": converted[path],
        "value": (converted * rng.integers(1, 99, 400))[path].astype(float),
    })  # fmt: skip


def written_out(touches: pa.Table) -> pa.Table:
    """Count the paths by hand."""
    paths: dict[str, list[dict[str, Any]]] = {}
    for row in touches.to_pylist():
        paths.setdefault(row["path_id"], []).append(row)
    return pa.Table.from_pylist([
        {
            "path": " > ".join(row["channel"] for row in rows), "conversions": int(rows[0]["converted"]),
            "value": rows[0]["value"], "nulls": int(not rows[0]["converted"]),
        }
        for rows in paths.values()
    ])  # fmt: skip


def same(one: pa.Table, other: pa.Table) -> None:
    assert one.num_rows == other.num_rows
    for name in one.column_names:
        values = other[name].to_pylist()
        number = isinstance(values[0], float)
        assert one[name].to_pylist() == (pytest.approx(values, rel=1e-9, abs=1e-9) if number else values), name


def test_touches_are_the_paths_that_they_make(touches: pa.Table) -> None:
    counts = [model for model in MODELS if model != "time_decay"]
    same(attribution(touches, model=counts), attribution(written_out(touches), model=counts))


@pytest.mark.parametrize(
    "way",
    [
        "pandas",
        "polars",
        "duckdb",
        "shuffled",
        "by moment",
        "coded",
        "ids",
        "far ids",
        "decimals",
        "microseconds",
        "nanoseconds",
        "zone",
    ],
)
def test_every_table_gives_the_same(touches: pa.Table, way: str) -> None:
    rng, column = np.random.default_rng(1), touches.column_names.index
    ids = pa.array([int(name[1:]) for name in touches["path_id"].to_pylist()])
    later = pa.array([moment + timedelta(microseconds=7) for moment in touches["at"].to_pylist()])
    ways = {
        "pandas": lambda: touches.to_pandas(),
        "polars": lambda: pl.from_arrow(touches),
        "duckdb": lambda: ibis.memtable(touches),
        "shuffled": lambda: touches.take(pa.array(rng.permutation(touches.num_rows))),
        "by moment": lambda: touches.take(pa.array(rng.permutation(touches.num_rows))).sort_by("at"),
        "coded": lambda: touches.set_column(column("channel"), "channel", touches["channel"].dictionary_encode()),
        "ids": lambda: touches.set_column(0, "path_id", ids),
        "far ids": lambda: touches.set_column(0, "path_id", pa.array([one * 2**54 - 2**62 for one in ids.to_pylist()])),
        "decimals": lambda: touches.set_column(4, "value", touches["value"].cast(pa.decimal128(12, 2))),
        "nanoseconds": lambda: touches.set_column(1, "at", touches["at"].cast(pa.timestamp("ns"))),
        "zone": lambda: touches.set_column(1, "at", touches["at"].cast(pa.timestamp("ms", "UTC"))),
        "microseconds": lambda: touches.set_column(1, "at", later).take(pa.array(rng.permutation(touches.num_rows))),
    }
    same(attribution(ways[way](), model=MODELS), attribution(touches, model=MODELS))


def test_counted_paths_as_text_or_lists_of_any_kind(touches: pa.Table) -> None:
    table = written_out(touches)
    lists = [path.split(" > ") for path in table["path"].to_pylist()]
    expected = attribution(table, model="linear")
    for other in (
        ibis.memtable(table),
        pl.from_arrow(table),
        pl.from_arrow(table.set_column(0, "path", pa.array(lists))),
        table.to_pandas(),
    ):
        same(attribution(other, model="linear"), expected)
        assert path_credits(other, model="linear").table.num_rows == path_credits(table, model="linear").table.num_rows


def test_batches_add_up_to_the_whole(touches: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch may lack some channels; no path is divided between two."""
    rare = touches.to_pandas()
    rare.loc[rare.path_id == "p7", "channel"] = "rare"
    whole, table = attribution(rare, model=MODELS), ibis.memtable(rare)
    credited = {model: path_credits(rare, model=model).table for model in ("linear", "time_decay")}
    monkeypatch.setattr("patron.kpis.read_paths.AT_ONCE", 100)
    same(attribution(table, model=MODELS), whole)
    for model, expected in credited.items():
        in_parts = path_credits(table, model=model).table
        keys = [("path_id", "ascending"), ("channel", "ascending")]
        same(in_parts.sort_by(keys), expected.sort_by(keys))


def test_touches_of_one_moment_have_one_order() -> None:
    at = [datetime(2024, 1, 1, tzinfo=UTC)] * 3
    seen = pa.table({"path_id": [1, 1, 1], "at": at, "channel": ["b", "c", "a"], "converted": [True] * 3})
    for rows in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        found = attribution(seen.take(rows), model=["first", "last"])
        assert [row["channel"] for row in found.to_pylist() if row["conversions"]] == ["a", "c"]


def test_numbers_that_meet_do_not_join_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a multiplier of 1 a path has the number of its touches in any order: paths are told apart all the same."""
    seen = pa.table({"path": ["a > b", "b > a", "a > b", "c"], "conversions": [1, 2, 3, 4]})
    expected = attribution(seen, model="first")
    monkeypatch.setattr("patron.kpis.counted_paths._MULTIPLIERS", (1, 3))
    assert attribution(seen, model="first").equals(expected)
    assert {row["channel"]: row["conversions"] for row in expected.to_pylist()} == {"a": 4.0, "b": 2.0, "c": 4.0}


def test_a_path_of_twelve_thousand_touches() -> None:
    names = ["a", "b", "c"] * 4_000
    seen = pa.table({"path": [names, ["b"]], "conversions": [1, 1], "nulls": [0, 5]})
    for order in (1, 2, 20_000):
        found = attribution(seen, model=[model for model in MODELS if model != "time_decay"], order=order)
        by_model = found.group_by("model").aggregate([("conversions", "sum")])
        assert by_model["conversions_sum"].to_pylist() == pytest.approx([2.0] * 7)
    far = attribution(seen, model="markov", order=20_000).to_pylist()
    assert {row["channel"]: row["conversions"] for row in far} == pytest.approx({"a": 0.5, "b": 1.0, "c": 0.5})


def test_channels_may_be_called_as_the_states_of_a_chain() -> None:
    plain = pa.table({"path": [["a", "b", "c"], ["b", "c"], ["c"]], "conversions": [2, 1, 1], "nulls": [1, 4, 2]})
    names = {"a": "(conversion)", "b": "(null)", "c": "(start)"}
    odd = plain.set_column(0, "path", pa.array([[names[one] for one in path] for path in plain["path"].to_pylist()]))
    models = [model for model in MODELS if model != "time_decay"]
    expected = [row | {"channel": names[row["channel"]]} for row in attribution(plain, model=models).to_pylist()]
    assert attribution(odd, model=models).to_pylist() == expected


@pytest.mark.parametrize("worth", ["paths", "chain"])
def test_one_channel_has_all(worth: str) -> None:
    seen = pa.table({"path": ["only", "only > only"], "conversions": [3, 1], "value": [9.0, 1.0], "nulls": [5, 0]})
    found = attribution(seen, model=[model for model in MODELS if model != "time_decay"], worth=worth)
    assert found.num_rows == 7
    assert set(found["conversions"].to_pylist()) == {4.0}
    assert set(found["value"].to_pylist()) == {10.0}


def test_without_a_value_there_is_none() -> None:
    found = attribution(pa.table({"path": ["a > b"], "conversions": [1]}), model=["linear", "markov"])
    assert found["value"].null_count == 4


# What cannot be

GOOD: dict[str, Any] = {"path": ["a > b", "b"], "conversions": [1, 2], "nulls": [3, 0]}
SEEN: dict[str, Any] = {
    "path_id": [1, 1],
    "at": [datetime(2024, 1, 1, tzinfo=UTC)] * 2,
    "channel": ["a", "b"],
    "converted": [True] * 2,
}


@pytest.mark.parametrize(
    ("table", "kind", "words"),
    [
        (GOOD | {"conversions": [1, -2]}, ArgumentError, "negative or endless; the first of them is -2.0"),
        (GOOD | {"nulls": [1, -2]}, ArgumentError, "'nulls' are negative"),
        (GOOD | {"value": [1.0, float("inf")]}, ArgumentError, "'value' are negative or endless"),
        (GOOD | {"conversions": [1, 0], "value": [1.0, 2.0]}, ArgumentError, "1 paths have a value and no conversion"),
        (GOOD | {"path": ["a", None]}, ArgumentError, "'path' are empty"),
        (GOOD | {"path": ["a", ""]}, ArgumentError, "are empty"),
        (GOOD | {"path": [["a"], []]}, ArgumentError, "'path' are empty"),
        (GOOD | {"path": [["a"], ["b", None]]}, ArgumentError, "'path' are empty"),
        (GOOD | {"conversions": ["one", "two"]}, ArgumentError, "'conversions' is string"),
        (GOOD | {"conversions": [0, 0]}, NotEnoughData, "None of the paths led to a conversion; 3 led nowhere"),
        ({"path": [], "conversions": []}, NotEnoughData, "no path"),
        ({"paths": ["a"], "conversions": [1]}, ContractError, "path"),
        ({"path": ["a"]}, ContractError, "conversions"),
        (SEEN | {"channel": ["a", None]}, ArgumentError, "'channel' are empty"),
        (SEEN | {"channel": ["a", ""]}, ArgumentError, "'channel' are empty"),
        (SEEN | {"at": [1, 2]}, ArgumentError, "'at' is int64, which is no moment"),
        (SEEN | {"converted": [True, False]}, ArgumentError, "'converted' differs between the touches of one path"),
        (SEEN | {"value": [1.0, 2.0]}, ArgumentError, "'value' differs"),
        (SEEN | {"converted": [False, False]}, NotEnoughData, "None of the paths"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_told_of(table: dict[str, Any], kind: type[Exception], words: str) -> None:
    for call in (attribution, path_credits):
        with pytest.raises(kind, match=words.replace("(", r"\(")):
            call(pa.table(table), model="linear")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"model": "markow"}, "Did you mean 'markov'"),
        ({"model": []}, "`model` names"),
        ({"model": "markov", "order": 0}, "`order` is 0"),
        ({"model": "markov", "order": True}, "`order` is True"),
        ({"model": "linear", "half_life_days": 0.0}, "`half_life_days` is 0.0"),
        ({"model": "position", "ends": 0.6}, "`ends` is 0.6"),
        ({"model": "shapley", "worth": "rates"}, "`worth` is 'rates'"),
        ({"model": "time_decay"}, "Time decay needs the moment of each touch"),
    ],
)
def test_an_option_that_is_not_allowed_is_told_of(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        attribution(pa.table(GOOD), **asked)


def test_a_game_of_too_many_channels_is_refused() -> None:
    many = pa.table({"path": [f"c{number}" for number in range(101)], "conversions": [1] * 101})
    with pytest.raises(ArgumentError, match="have 101 channels"):
        attribution(many, model="shapley", worth="chain")
    assert attribution(many, model="shapley").num_rows == 101


def test_no_table_at_all() -> None:
    with pytest.raises(ArgumentError, match="`paths` is a list"):
        attribution([["a", "b"]], model="linear")
