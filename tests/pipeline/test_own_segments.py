"""Own segments ask of everything that is known of a customer, under one name each, and are refused before a run."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.errors import ConditionError
from patron.pipeline.own_segments import ASKED, check_own_segments, customer_columns, own_members
from patron.pipeline.settings import Settings

SOURCES = {"order_lines": {"path": "lines.csv", "columns": {}}}


def with_segments(**conditions: str) -> Settings:
    own = {name: {"where": where} for name, where in conditions.items()}
    return Settings.model_validate({"name": "Shop", "currency": "EUR", "sources": SOURCES, "segments": own})


def rows_of(name, *rows):
    blank = dict.fromkeys(TABLES[name].names)
    return ibis.memtable(pa.Table.from_pylist([blank | row for row in rows], schema=TABLES[name].schema.to_pyarrow()))


PROFILES = rows_of(
    "profiles",
    {"customer_id": "ann", "orders": 5, "margin": Decimal(40), "basis": "margin", "lapsed": False},
    {"customer_id": "bob", "orders": 1, "margin": Decimal(-2), "basis": "margin", "lapsed": True},
    {"customer_id": "cat", "orders": 2, "margin": Decimal(9), "basis": "margin"},
)
FORECASTS = rows_of(
    "forecasts",
    {"customer_id": "ann", "predicted_value": 70.0, "grade": "A", "basis": "revenue"},
    {"customer_id": "bob", "predicted_value": 3.0, "grade": "C", "basis": "revenue"},
)
HEADROOM = rows_of("headroom", {"customer_id": "ann", "grade": "B", "headroom": 12.0})
MEMBERS = rows_of(
    "memberships",
    {"customer_id": "ann", "segmentation": "rfm", "segment": "loyal"},
    {"customer_id": "ann", "segmentation": "tier", "segment": "gold"},
    {"customer_id": "bob", "segmentation": "rfm", "segment": "at_risk"},
    {"customer_id": "bob", "segmentation": "stage", "segment": "lapsed"},
    {"customer_id": "cat", "segmentation": "behaviour", "segment": "b7"},
)
CHANCES = rows_of(
    "propensities",
    {"customer_id": "bob", "target": "lapses", "horizon_days": 90, "probability": 0.8},
    {"customer_id": "bob", "target": "lapses", "horizon_days": 30, "probability": 0.1},
    {"customer_id": "ann", "target": "buys", "horizon_days": 90, "probability": 0.9},
)
EVERYTHING = {
    "profiles": PROFILES, "forecasts": FORECASTS, "headroom": HEADROOM, "memberships": MEMBERS, "propensities": CHANCES,
}  # fmt: skip


def members(tables=EVERYTHING, **conditions):
    found = own_members(tables, settings=with_segments(**conditions)).to_pyarrow().to_pylist()
    return sorted((row["segment"], row["customer_id"]) for row in found)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("orders > 1 AND predicted_value > 50", ["ann"]),
        ("predicted_value IS NULL", ["cat"]),
        ("forecasts.grade = 'A' AND headroom.grade = 'B'", ["ann"]),
        ("basis = 'margin' AND forecasts.basis = 'revenue'", ["ann", "bob"]),
        ("profiles.basis <> forecasts.basis", ["ann", "bob"]),
        ("rfm = 'at_risk' OR tier IN ('gold', 'platinum')", ["ann", "bob"]),
        ("rfm IS NULL", ["cat"]),
        ("stage = 'lapsed' OR behaviour = 'b7'", ["bob", "cat"]),
        ("propensities.lapses_90d > 0.5", ["bob"]),
        ("customer_id = 'cat' OR lapsed", ["bob", "cat"]),
        ("TRUE", ["ann", "bob", "cat"]),
        ("orders > 99", []),
    ],
)
def test_a_condition_asks_of_every_table(condition, expected):
    check_own_segments(with_segments(own=condition))
    assert members(own=condition) == [("own", customer) for customer in expected]


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("ordrs > 1", "Did you mean 'orders'"),
        ("grade = 'A'", "Write which one is meant: forecasts.grade, headroom.grade"),
        ("headroom.grad = 'A'", "Did you mean 'headroom.grade'"),
        ("rythm.weight > 1", "Did you mean 'rhythm.weight'"),
        ("rfm = 'at_rsk'", "Did you mean 'at_risk'"),
        ("stage = 'lapse'", "Did you mean 'lapsed'"),
        ("'goldd' = tier", "Did you mean 'gold'"),
        ("forecasts.grade IN ('A', 'Z')", "compares forecasts.grade with 'Z', which it never is"),
        ("propensities.lapses_91d > 0.5", "Did you mean 'propensities.lapses_90d'"),
        ("orders > 'many'", "compares what cannot be compared"),
    ],
)
def test_what_no_run_could_answer_is_refused_before_it(condition, told):
    with pytest.raises(ConditionError, match=told) as caught:
        check_own_segments(with_segments(fine="orders > 1", vip=condition))
    assert caught.value.data["where"] == "segments.vip"


def test_of_a_day_for_which_a_table_is_not_there_only_what_does_not_ask_of_it_is_told():
    fewer = {"profiles": PROFILES, "forecasts": FORECASTS}
    assert members(fewer, once="orders = 1", room="headroom > 1", worthy="predicted_value > 9") == [
        ("once", "bob"), ("worthy", "ann"),
    ]  # fmt: skip


def test_of_a_day_on_which_nobody_was_divided_by_behaviour_nothing_is_told_of_it():
    asked = with_segments(app="behaviour = 'b7'", away="stage = 'lapsed'")
    found = own_members(EVERYTHING, settings=asked, absent=("behaviour",)).to_pyarrow().to_pylist()
    assert [(row["segment"], row["customer_id"]) for row in found] == [("away", "bob")]


def test_own_tiers_are_the_words_that_a_tier_can_be():
    settings = with_segments(top="tier = 'high'").model_copy(update={"tiers": {"high": 0.2, "low": 0.8}})
    check_own_segments(settings)
    with pytest.raises(ConditionError, match="never is"):
        check_own_segments(settings.model_copy(update={"segments": with_segments(own="tier = 'gold'").segments}))


def test_every_table_that_is_asked_has_one_row_per_customer():
    assert {TABLES[name].key for name in ASKED} == {("customer_id",)}
    assert customer_columns(with_segments()).home("predicted_value", where="test") == ("forecasts", "predicted_value")
