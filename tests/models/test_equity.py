"""Customer equity: whoever is in which component, and that all of it adds up to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.outcome import COMPONENTS, EQUITY, REVENUE_FORECAST
from patron.errors import ArgumentError
from patron.models import equity

FROM, TO = date(2024, 6, 1), date(2024, 7, 1)
Person = tuple[float | None, bool, float | None, bool, str]  # value and lapsed then, value and lapsed now, tier


def split(people: dict[str, Person], forecast: ir.Table | None = None) -> list[dict[str, Any]]:
    then = [(who, p[0], p[1]) for who, p in people.items() if p[0] is not None]
    now = [(who, p[2], p[3]) for who, p in people.items() if p[2] is not None]
    table = equity(
        _side(then), _side(now), ibis.memtable(pa.table({
            "customer_id": pa.array(list(people), pa.string()),
            "tier": pa.array([p[4] for p in people.values()], pa.string()),
        })),
        REVENUE_FORECAST.empty() if forecast is None else forecast,
        compared_with="month", from_day=FROM, to_day=TO,
    )  # fmt: skip
    return list(EQUITY.check(table).to_pyarrow().to_pylist())


def _side(rows: list[tuple[str, float | None, bool]]) -> ir.Table:
    return ibis.memtable(pa.table({
        "customer_id": pa.array([row[0] for row in rows], pa.string()),
        "value": pa.array([row[1] for row in rows], pa.float64()),
        "lapsed": pa.array([row[2] for row in rows], pa.bool_()),
        "basis": pa.array(["margin"] * len(rows), pa.string()),
    }))  # fmt: skip


def amounts(rows: list[dict[str, Any]], segment: str = "all") -> dict[str, tuple[int, Decimal]]:
    return {row["component"]: (row["customers"], row["amount"]) for row in rows if row["segment"] == segment}


CASES: dict[str, tuple[Person, str]] = {
    "a first order in between": ((None, False, 12.0, False, "gold"), "acquired"),
    "lapsed then, back now": ((2.0, True, 30.0, False, "gold"), "won_back"),
    "lapsed then, back now, and worth less all the same": ((2.0, True, 1.0, False, "gold"), "won_back"),
    "there then, lapsed now": ((30.0, False, 20.0, True, "gold"), "lost"),
    "hardly anything left, though not late yet": ((30.0, False, 2.9, False, "gold"), "lost"),
    "everything came back": ((30.0, False, None, False, "gold"), "lost"),
    "worth more": ((30.0, False, 31.0, False, "gold"), "developed_up"),
    "worth the same": ((30.0, False, 30.0, False, "gold"), "developed_up"),
    "worth less": ((30.0, False, 29.0, False, "gold"), "developed_down"),
    "lapsed then and now, fading": ((30.0, True, 29.0, True, "gold"), "developed_down"),
    "worth nothing then and now": ((0.0, True, 0.0, True, "gold"), "developed_up"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_customer_is_in_the_one_component_that_the_definition_says(name: str) -> None:
    person, component = CASES[name]
    rows = amounts(split({"someone": person}))
    then, now = (Decimal(str(value or 0)) for value in (person[0], person[2]))
    assert {part for part, (customers, _) in rows.items() if customers} - {"opening", "closing"} == {component}
    assert rows[component][1] == now - then
    assert rows["opening"] == (0 if person[0] is None else 1, then)
    assert rows["closing"] == (1, now)


values = st.none() | st.floats(-50, 5000)
people = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=4),
    st.tuples(values, st.booleans(), values, st.booleans(), st.sampled_from(["gold", "basic"])).filter(
        lambda person: person[0] is not None or person[2] is not None
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40)
@given(people)
def test_it_adds_up_to_the_cent(book: dict[str, Person]) -> None:
    rows = split(book)
    segments = {row["segment"] for row in rows}
    for segment in segments:
        found = amounts(rows, segment)
        assert list(found) == list(COMPONENTS)
        *steps, closing = (amount for _, amount in found.values())
        assert sum(steps, Decimal(0)) == closing
        assert sum(found[name][0] for name in COMPONENTS[1:-1]) == found["closing"][0]
    for component in COMPONENTS:
        parts = [amounts(rows, segment)[component] for segment in segments - {"all"}]
        assert sum(part[0] for part in parts) == amounts(rows)[component][0]
        assert sum((part[1] for part in parts), Decimal(0)) == amounts(rows)[component][1]


def test_the_same_people_at_the_same_value_move_nothing() -> None:
    rows = amounts(split(dict.fromkeys("abc", (10.0, False, 10.0, False, "gold"))))
    assert rows["opening"][1] == rows["closing"][1] == Decimal("30.00")
    assert not any(rows[name][1] for name in COMPONENTS[1:-1])


def test_how_sure_the_equity_is_comes_from_the_revenue_of_present_customers() -> None:
    facts = {"origin": TO, "span": "horizon", "from_day": TO, "to_day": TO, "basis": "margin", "customers": 1,
             "newcomers": 0.0, "season_factor": None, "season_months": 0, "actual": None, "naive": None}  # fmt: skip
    ends = {
        "revenue": 200,
        "revenue_low": 150,
        "revenue_high": 300,
        "margin": 100,
        "margin_low": 75,
        "margin_high": 150,
    }
    row = facts | {name: Decimal(value) for name, value in ends.items()} | {"part": "present"}
    forecast = ibis.memtable(pa.Table.from_pylist([row], schema=REVENUE_FORECAST.schema.to_pyarrow()))
    closing = next(one for one in split({"a": (8.0, False, 10.0, False, "gold")}, forecast) if one["low"] is not None)
    assert (closing["segment"], closing["component"]) == ("all", "closing")
    assert (closing["low"], closing["high"]) == (Decimal("7.50"), Decimal("15.00"))


def test_days_in_the_wrong_order_are_refused() -> None:
    side = _side([])
    with pytest.raises(ArgumentError):
        equity(
            side, side, side.select("customer_id", tier="basis"), REVENUE_FORECAST.empty(), compared_with="month",
            from_day=TO, to_day=FROM,
        )  # fmt: skip


def test_nobody_has_no_equity() -> None:
    assert not split({})
