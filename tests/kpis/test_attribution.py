"""Eight models against published figures, brute force, their own laws, and tables that cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.touch import MODELS
from patron.kpis import attribution
from patron.kpis.counted_paths import distinct
from patron.kpis.path_chain import path_chain
from patron.kpis.read_paths import read_paths
from patron.stats.removal_effects import gains
from patron.stats.shapley import shapley

OF_COUNTS = [model for model in MODELS if model != "time_decay"]

Row = tuple[list[str], int, float, int]
"""A path, its conversions, their value and how often it led nowhere."""


def counted(rows: Sequence[Row]) -> pa.Table:
    path, conversions, value, nulls = zip(*rows, strict=True)
    return pa.table({
        "path": pa.array(path, pa.list_(pa.string())), "conversions": conversions, "nulls": nulls,
        "value": [money if led else 0.0 for money, led in zip(value, conversions, strict=True)],
    })  # fmt: skip


PATHS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), st.integers(0, 5), st.integers(0, 9_999),
        st.integers(0, 5),
    ),
    min_size=1, max_size=12,
).filter(lambda rows: any(row[1] for row in rows))  # fmt: skip


def parts(table: pa.Table, model: str | None = None, column: str = "conversions") -> dict[str, float]:
    rows = [row for row in table.to_pylist() if model in (None, row["model"])]
    return {row["channel"]: row[column] for row in rows}


# The PathData of ChannelAttribution: what was counted and worked out independently of this code

FIRST = {
    "alpha": 6308, "iota": 4606, "eta": 3164, "beta": 2831, "theta": 1606, "lambda": 902, "gamma": 165, "epsilon": 99,
    "kappa": 74, "zeta": 27, "mi": 2, "delta": 1,
}  # fmt: skip
LAST = {
    "alpha": 8447, "eta": 4167, "iota": 3355, "lambda": 1207, "beta": 989, "theta": 653, "epsilon": 531, "kappa": 230,
    "zeta": 107, "gamma": 92, "delta": 5, "mi": 2,
}  # fmt: skip
MARKOV = {
    "alpha": 5344.94768, "iota": 3884.61470, "eta": 3340.84740, "beta": 2527.35217, "theta": 1971.91288,
    "lambda": 1282.84722, "epsilon": 599.57065, "zeta": 381.06255, "kappa": 274.36326, "gamma": 171.14544,
    "delta": 4.61362, "mi": 1.72242,
}  # fmt: skip


@pytest.fixture(scope="module")
def path_data(shared_data: Callable[[str], Path]) -> pa.Table:
    return pyarrow.csv.read_csv(shared_data("attribution") / "mta_data.csv.gz")


@pytest.mark.real_data
def test_path_data_to_the_printed_digits(path_data: pa.Table) -> None:
    found = attribution(path_data, model=OF_COUNTS)
    assert parts(found, "first") == FIRST
    assert parts(found, "last") == LAST
    assert {name: round(value, 5) for name, value in parts(found, "markov").items()} == MARKOV
    linear = parts(found, "linear")
    assert [round(linear[name], 4) for name in ("alpha", "eta", "iota")] == [7574.7186, 3539.9512, 3857.0962]
    assert gains(path_chain(distinct(next(read_paths(path_data)).paths)))[0] == pytest.approx(
        0.22384513559686386, abs=1e-15
    )


@pytest.mark.real_data
def test_path_data_adds_up(path_data: pa.Table) -> None:
    of_chain = attribution(path_data, model="shapley", worth="chain")
    found = [attribution(path_data, model=OF_COUNTS), of_chain, attribution(path_data, model="markov", order=3)]
    value = math.fsum(path_data["total_conversion_value"].to_pylist())
    for table in found:
        for model in table["model"].unique().to_pylist():
            assert math.fsum(parts(table, model).values()) == pytest.approx(19_785, abs=1e-9)
            assert math.fsum(parts(table, model, "value").values()) == pytest.approx(value, abs=1e-9)
    assert min(found[0]["conversions"].to_pylist()) >= 0
    assert of_chain["standard_error"].null_count == 12  # twelve channels: nothing is drawn


# Laws


@settings(max_examples=40)
@given(PATHS)
def test_no_part_is_negative_and_all_add_up(rows: list[Row]) -> None:
    found = attribution(counted(rows), model=OF_COUNTS)
    value = sum(row[2] for row in rows if row[1])
    for model in OF_COUNTS:
        own = parts(found, model)
        assert min(own.values()) >= 0
        assert math.fsum(own.values()) == pytest.approx(sum(row[1] for row in rows), rel=1e-12)
        money = parts(found, model, "value")
        assert min(money.values()) >= 0
        assert math.fsum(money.values()) == pytest.approx(value, rel=1e-12)


@settings(max_examples=40)
@given(PATHS, st.integers(1, 4))
def test_markov_of_any_order_by_brute_force(rows: list[Row], order: int) -> None:
    whole = _reached(rows, order, set())
    lost = {name: whole - _reached(rows, order, {name}) for name in {one for row in rows for one in row[0]}}
    scale = sum(row[1] for row in rows) / sum(lost.values())
    expected = {name: effect * scale for name, effect in lost.items()}
    assert parts(attribution(counted(rows), model="markov", order=order)) == pytest.approx(expected, abs=1e-9)


def _reached(rows: list[Row], order: int, gone: set[str]) -> float:
    """Return the chance of a conversion when whoever comes to one of `gone` is lost; states are tuples of channels."""
    moves: dict[Any, dict[Any, float]] = {}
    for path, conversions, _, nulls in rows:
        states = [(), *(tuple(path[max(end - order, 0) : end]) for end in range(1, len(path) + 1))]
        for here, there in zip(states, [*states[1:], None], strict=True):
            ends = {"won": conversions, "lost": nulls} if there is None else {there: conversions + nulls}
            for end, times in ends.items():
                moves.setdefault(here, {}).setdefault(end, 0.0)
                moves[here][end] += times
    names = [state for state, ends in moves.items() if sum(ends.values())]
    inside, won = np.zeros((len(names), len(names))), np.zeros(len(names))
    for here, state in enumerate(names):
        whole = sum(moves[state].values())
        for end, times in moves[state].items():
            if end == "won":
                won[here] = times / whole
            elif end != "lost" and end in names and end[-1] not in gone:
                inside[here, names.index(end)] = times / whole
    return float(np.linalg.solve(np.eye(len(names)) - inside, won)[names.index(())])


@settings(max_examples=40)
@given(PATHS)
def test_an_order_as_long_as_the_paths_knows_who_was_on_them(rows: list[Row]) -> None:
    lost: dict[str, float] = {}
    for path, conversions, _, _ in rows:
        for name in set(path):
            lost[name] = lost.get(name, 0.0) + conversions
    scale = sum(row[1] for row in rows) / sum(lost.values())
    expected = {name: effect * scale for name, effect in lost.items()}
    assert parts(attribution(counted(rows), model="markov", order=6)) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40)
@given(PATHS)
def test_shapley_of_paths_is_that_of_its_game(rows: list[Row]) -> None:
    names = sorted({one for row in rows for one in row[0]})

    def worth(who: np.ndarray) -> np.ndarray:
        inside = [{name for name, there in zip(names, one, strict=True) if there} for one in who]
        return np.array([[sum(row[1] for row in rows if set(row[0]) <= some)] for some in inside], dtype=float)

    expected = dict(zip(names, shapley(worth, len(names))[0][:, 0], strict=True))
    assert parts(attribution(counted(rows), model="shapley")) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40)
@given(PATHS)
def test_shapley_of_the_chain_is_that_of_its_game(rows: list[Row]) -> None:
    names = sorted({one for row in rows for one in row[0]})

    def worth(who: np.ndarray) -> np.ndarray:
        outside = [{name for name, there in zip(names, one, strict=True) if not there} for one in who]
        return np.array([[_reached(rows, 1, gone)] for gone in outside])

    shares = shapley(worth, len(names))[0][:, 0]
    expected = dict(zip(names, shares / shares.sum() * sum(row[1] for row in rows), strict=True))
    found = attribution(counted(rows), model="shapley", worth="chain")
    assert parts(found) == pytest.approx(expected, abs=1e-9)


def test_shapley_of_the_chain_with_many_channels_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels 0 to 19 are alike: each has a twentieth, and the errors say how near that is."""
    names = [f"{number:02}" for number in range(20)]
    rows: list[Row] = [([one, other], 1, 2.0, 3) for one in names for other in names]
    found = attribution(counted(rows), model="shapley", worth="chain", seed=3)
    apart = np.array(found["conversions"]) - 20.0
    assert np.abs(apart / np.array(found["standard_error"])).max() < 4
    assert math.fsum(found["conversions"].to_pylist()) == pytest.approx(400, abs=1e-9)
    monkeypatch.setattr("patron.kpis.path_chain.CELLS", 10_000)  # in many pieces
    again = attribution(counted(rows), model="shapley", worth="chain", seed=3)
    assert parts(again) == pytest.approx(parts(found), abs=1e-9)


def test_states_beyond_a_square_are_counted_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    rows: list[Row] = [(list(rng.choice(list("abcdefg"), 9)), 1, 1.0, int(rng.integers(0, 3))) for _ in range(300)]
    square = attribution(counted(rows), model="markov", order=2)
    monkeypatch.setattr("patron.kpis.path_chain.DENSE", 0)
    sparse = attribution(counted(rows), model="markov", order=2)
    assert parts(sparse) == pytest.approx(parts(square), abs=1e-9)


# Rules of thumb on the smallest paths that show them


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["a"], {"a": 1.0}),
        (["a", "b"], {"a": 0.5, "b": 0.5}),
        (["a", "b", "c", "d"], {"a": 0.4, "b": 0.1, "c": 0.1, "d": 0.4}),
        (["a", "b", "a"], {"a": 0.8, "b": 0.2}),
    ],
)
def test_position(path: list[str], expected: dict[str, float]) -> None:
    assert parts(attribution(counted([(path, 1, 1.0, 0)]), model="position")) == pytest.approx(expected)


def test_last_but_direct() -> None:
    rows: list[Row] = [(["mail", "direct"], 2, 1.0, 0), (["direct"], 3, 1.0, 0), (["walk-in", "direct"], 5, 1.0, 0)]
    assert parts(attribution(counted(rows), model="last_non_direct")) == {"mail": 2, "direct": 3, "walk-in": 5}
    both = attribution(counted(rows), model="last_non_direct", direct=("direct", "walk-in"))
    assert parts(both) == {"mail": 2, "direct": 8, "walk-in": 0}


def touches(rows: Sequence[tuple[Any, int, str, bool, float]]) -> pa.Table:
    """Make touches of (path, day, channel, converted, value)."""
    path, day, channel, converted, value = zip(*rows, strict=True)
    at = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in day]
    return pa.table({"path_id": path, "at": at, "channel": channel, "converted": converted, "value": value})


def test_time_decay_halves_with_each_half_life() -> None:
    seen = touches([("p", 0, "a", True, 8.0), ("p", 7, "b", True, 8.0), ("p", 14, "c", True, 8.0)])
    found = attribution(seen, model="time_decay")
    assert parts(found) == pytest.approx({"a": 1 / 7, "b": 2 / 7, "c": 4 / 7})
    assert parts(found, column="value") == pytest.approx({"a": 8 / 7, "b": 16 / 7, "c": 32 / 7})
    slow = attribution(seen, model="time_decay", half_life_days=1e9)
    assert parts(slow) == pytest.approx(parts(attribution(seen, model="linear")))
    long_ago = touches([("p", 0, "a", True, 1.0), ("p", 40_000, "b", True, 1.0)])
    assert parts(attribution(long_ago, model="time_decay", half_life_days=0.5)) == {"b": 1.0, "a": 0.0}
