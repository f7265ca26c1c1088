"""The map of journeys: counts against a peer and by hand, money against the truth, and bad input."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.journey import JOURNEY_EDGES
from patron.errors import ArgumentError, ContractError, NotEnoughData
from patron.journeys import JourneyMap, journey_map
from patron.simulate import planted_journeys

BEGIN = datetime(2024, 1, 1)  # noqa: DTZ001


def events(ways: dict[str, str], *, hours: int = 1, value: float = 10.0) -> pa.Table:
    """Return events of people, a letter a step, one an hour; an `o` is an order."""
    rows = [
        {"customer_id": who, "step": step, "at": BEGIN + timedelta(hours=hours * place),
         "value": value if step == "o" else 0.0}
        for who, way in ways.items() for place, step in enumerate(way)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def rows_of(drawn: JourneyMap) -> dict[tuple[str, str], dict[str, Any]]:
    JOURNEY_EDGES.check(ibis.memtable(drawn.edges))
    return {(row["from_step"], row["to_step"]): row for row in drawn.edges.to_pylist() if row["segment"] == "all"}


@pytest.mark.real_data
@pytest.mark.parametrize("journey", ["person", "visit"])
def test_counts_are_those_of_retentioneering(shared_data: Callable[[str], Path], journey: str) -> None:
    """benchmarks/references/journeys_retentioneering.py wrote the figures, by retentioneering 5.2.4."""
    seen = pd.read_csv(shared_data("clickstream") / "ecom.csv.gz", parse_dates=["timestamp"])
    seen["position"] = range(len(seen))
    drawn = rows_of(journey_map(seen if journey == "visit" else seen.drop(columns="session_id")))
    ends = {"path_start": "start", "path_end": "drop_off"}
    with (Path(__file__).parent / "retentioneering_ecom.csv").open(encoding="utf-8") as file:
        wanted = {
            (ends.get(row["event"], row["event"]), ends.get(row["next_event"], row["next_event"])): row
            for row in csv.DictReader(file) if row["journey"] == journey
        }  # fmt: skip
    assert {key: row["times"] for key, row in drawn.items()} == {key: int(row["count"]) for key, row in wanted.items()}
    if journey == "person":  # of visits we count people, and they count visits
        assert {key: row["people"] for key, row in drawn.items()} == {
            key: int(row["unique_paths"]) for key, row in wanted.items()
        }


@pytest.mark.slow
def test_money_and_shares_hold_the_truth_as_often_as_they_say() -> None:
    planted = planted_journeys(customers=120, seed=5, shops=150)
    found = journey_map(planted.events, by="shop").edges.to_pandas()
    both = found.rename(columns={"segment": "shop"}).merge(
        planted.truth.to_pandas(), on=["shop", "from_step", "to_step"]
    )
    assert len(both) == 450
    for _, rows in both.groupby(["from_step", "to_step"]):
        value, low, high = (rows[name].astype(float) for name in ("value_at_stake", "stake_low", "stake_high"))
        assert 0.90 <= ((low <= rows["value"]) & (rows["value"] <= high)).mean() <= 0.99
        assert abs(value.sum() / rows["value"].sum() - 1) < 0.05
    carts = found[(found.segmentation == "shop") & (found.from_step == "product") & (found.to_step == "cart")]
    assert 0.90 <= ((carts.share_low <= 0.5) & (carts.share_high >= 0.5)).mean() <= 0.99


def test_who_compares_all_with_all_is_wrong_and_we_are_not() -> None:
    """Those who bought before order more and meet as many errors: without the situation the error would cost less."""
    planted = planted_journeys(customers=15_000, seed=2)
    row = rows_of(journey_map(planted.events))["checkout", "payment_error"]
    truth = planted.truth.to_pandas().set_index(["from_step", "to_step"])["value"]["checkout", "payment_error"]
    assert float(row["value_at_stake"]) == pytest.approx(truth, rel=0.06)
    assert row["stake_low"] < row["value_at_stake"] < row["stake_high"]
    assert row["evidence"] == "assumed"
    assert row["comparable"] == 1.0


def test_by_hand() -> None:
    drawn = rows_of(journey_map(events({"a": "pco", "b": "pcxo", "c": "pc", "d": "p"})))
    assert {key: row["times"] for key, row in drawn.items()} == {
        ("start", "p"): 4, ("p", "c"): 3, ("p", "drop_off"): 1, ("c", "o"): 1, ("c", "x"): 1, ("c", "drop_off"): 1,
        ("x", "o"): 1, ("o", "drop_off"): 2,
    }  # fmt: skip
    assert drawn["c", "o"]["share"] == pytest.approx(1 / 3)
    assert drawn["c", "o"]["conversion"] == pytest.approx(2 / 3)  # with another step between, too
    assert drawn["c", "o"]["median_hours"] == 1.0
    assert drawn["start", "p"]["conversion"] == 1.0
    assert drawn["p", "drop_off"]["median_hours"] is None
    # One dropped off at c; the two who went on brought 10 each.
    assert float(drawn["c", "drop_off"]["value_at_stake"]) == 10.0
    assert drawn["c", "drop_off"]["stake_low"] is None  # one person says nothing of the spread
    assert drawn["start", "p"]["value_at_stake"] is None


def test_all_kinds_of_table_and_any_order_of_rows_give_one_map() -> None:
    table = events({f"c{place}": "pcoxpo"[: place % 6 + 1] for place in range(60)})
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(len(table))))
    maps = [journey_map(one).edges for one in (table, shuffled, table.to_pandas(), pl.from_arrow(table))]
    maps.append(journey_map(ibis.memtable(table)).edges)
    assert all(one.equals(maps[0]) for one in maps)


def test_equals_in_time_stand_in_the_order_of_their_names_or_positions() -> None:
    at = [BEGIN] * 3
    table = pa.table({"visitor_id": ["a"] * 3, "event": ["z", "a", "m"], "occurred_at": at})
    assert set(rows_of(journey_map(table))) == {("start", "a"), ("a", "m"), ("m", "z"), ("z", "drop_off")}
    told = table.append_column("position", pa.array([0, 1, 2]))
    assert set(rows_of(journey_map(told))) == {("start", "z"), ("z", "a"), ("a", "m"), ("m", "drop_off")}
    assert set(rows_of(journey_map(told, within_days=3, as_of=date(2024, 3, 1)))) == set(rows_of(journey_map(told)))


def test_after_a_long_silence_another_journey_begins_and_young_steps_wait() -> None:
    days = [0, 1, 50, 51, 95]
    table = pa.table(
        {"customer_id": ["a"] * 5, "step": list("pcpox"), "at": [BEGIN + timedelta(days=day) for day in days],
         "value": [0.0, 0.0, 0.0, 7.0, 0.0]}
    )  # fmt: skip
    drawn = journey_map(table, within_days=30, as_of=date(2024, 4, 9))
    found = rows_of(drawn)
    assert {key: row["times"] for key, row in found.items()} == {
        ("start", "p"): 2, ("p", "c"): 1, ("c", "drop_off"): 1, ("p", "o"): 1, ("o", "drop_off"): 1,
    }  # fmt: skip
    assert drawn.left_out["too_young"] == 1  # x came four days before the last day
    # Both p are in one situation; the one that led to the order brought 7, the other nothing.
    assert float(found["p", "c"]["value_at_stake"]) == 7.0


def test_nothing_that_came_later_is_known() -> None:
    table = events({f"c{place}": "pcopco" for place in range(30)}, hours=12)
    day = date(2024, 1, 2)
    cut = table.filter(pa.compute.less(table["at"], pa.scalar(datetime(2024, 1, 3))))  # noqa: DTZ001
    for within in (None, 1):
        known, then = (journey_map(one, as_of=day, within_days=within) for one in (table, cut))
        assert known.edges.equals(then.edges)
    assert journey_map(table, as_of=day).left_out["later"] == 60


def test_rows_that_cannot_be_used_are_counted() -> None:
    table = pa.table(
        {"customer_id": ["a", None, "b", "c"], "visitor_id": [None, "v", None, None], "step": ["p", "p", None, "p"],
         "at": [BEGIN, BEGIN, BEGIN, datetime(1970, 1, 1)]}  # noqa: DTZ001
    )  # fmt: skip
    drawn = journey_map(table)
    assert drawn.left_out == {"incomplete": 1, "too_early": 1, "later": 0, "too_young": 0}
    assert rows_of(drawn)["start", "p"]["people"] == 2


def test_loops_and_an_endless_visitor() -> None:
    table = pa.concat_tables([events({"robot": "x" * 30_000}, hours=0), events({"a": "xo", "b": "xxo"})])
    found = rows_of(journey_map(table))
    assert found["x", "x"]["times"] == 30_000
    assert found["x", "x"]["people"] == 2
    # One visitor's thirty thousand steps are one journey of three.
    assert found["x", "o"]["conversion"] == pytest.approx(2 / 3)
    assert found["x", "o"]["conversion_low"] < 0.4


def test_too_many_steps_are_pooled() -> None:
    many = pa.table(
        {"customer_id": [f"c{place}" for place in range(200)], "step": [f"s{place % 100:03d}" for place in range(200)],
         "at": [BEGIN] * 200}
    )  # fmt: skip
    found = rows_of(journey_map(many))
    assert len(found) == 120
    assert found["start", "other"]["times"] == 2 * 41


@pytest.mark.parametrize(
    ("table", "terms", "error", "says"),
    [
        ({"step": ["p"], "at": [BEGIN]}, {}, ContractError, "customer_id"),
        ({"customer_id": ["a"], "step": ["p"], "at": ["yesterday"]}, {}, ContractError, "no moment"),
        ({"customer_id": ["a"], "step": ["start"], "at": [BEGIN]}, {}, ArgumentError, "drop_off"),
        ({"customer_id": ["a"], "step": ["p"], "at": [BEGIN]}, {"by": "plattform"}, ArgumentError, "plattform"),
        ({"customer_id": ["a"], "step": ["p"], "at": [BEGIN]}, {"within_days": 0}, ArgumentError, "within_days"),
        ({"customer_id": ["a"], "step": ["p"], "at": [BEGIN]}, {"within_days": 9}, NotEnoughData, "within_days"),
        (
            {"customer_id": ["a"], "step": ["p"], "at": [BEGIN]},
            {"as_of": date(2023, 1, 1)},
            NotEnoughData,
            "1 lie after",
        ),
        ([1, 2], {}, ArgumentError, "list"),
    ],
)
def test_bad_input(table: Any, terms: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        journey_map(pa.table(table) if isinstance(table, dict) else table, **terms)


def test_a_segment_that_is_not_there() -> None:
    drawn = journey_map(events({"a": "po"}))
    assert drawn.of().edges.equals(drawn.edges)
    with pytest.raises(ArgumentError, match="all/all"):
        drawn.of("platform", "mobile")


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(alphabet="pcox", min_size=1, max_size=8), min_size=1, max_size=12))
def test_laws(ways: list[str]) -> None:
    people = {f"c{place}": way for place, way in enumerate(ways)}
    found = rows_of(journey_map(events(people)))
    wanted = Counter(pair for way in ways for pair in pairwise(("start", *way, "drop_off")))
    assert {key: row["times"] for key, row in found.items()} == dict(wanted)
    for step in {key[0] for key in found}:
        assert sum(row["share"] for key, row in found.items() if key[0] == step) == pytest.approx(1)
    for (origin, to), row in found.items():
        assert 0 <= row["share_low"] <= row["share"] <= row["share_high"] <= 1
        assert row["conversion_low"] <= row["conversion"] <= row["conversion_high"]
        had = [way for way in ways if origin == "start" or origin in way]
        came = [way for way in had if _comes(way, origin, to)]
        assert row["conversion"] == pytest.approx(len(came) / len(had))


def _comes(way: str, origin: str, to: str) -> bool:
    after = way if origin == "start" else way[way.index(origin) + 1 :]
    return after == "" if to == "drop_off" else to in after
