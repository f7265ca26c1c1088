"""Customers and prospects side by side: what may be used, who is there, and one expression for both engines."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest

from patron.contracts.customer import FORECASTS, PROFILES
from patron.contracts.person import CONSENTS, TRAITS
from patron.contracts.raw_dealings import PROSPECT, RAW_PROSPECTS
from patron.pipeline.market_kinds import kinds_of
from patron.pipeline.market_settings import Population
from patron.profile.market_people import (
    Known,
    for_market,
    known_traits,
    open_prospects,
    own_traits,
    shared,
    with_traits,
)

DAY = date(2024, 6, 30)


def trait(customer_id: str, name: str, value: str, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "trait": name, "value": value, "purpose": "analytics", "sensitive": False,
    } | more  # fmt: skip


def traits(*rows: dict[str, Any]) -> Any:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=TRAITS.schema.to_pyarrow()))


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        ({}, True),
        ({"purpose": "advertising"}, True),
        ({"purpose": "profiling"}, True),
        ({"purpose": "operations"}, False),
        ({"purpose": "measurement"}, False),
        ({"sensitive": True}, False),
    ],
)
def test_what_was_given_for_it_and_is_not_protected_may_be_used(more: dict[str, Any], stays: bool) -> None:
    assert bool(for_market(traits(trait("ann", "town", "city", **more))).count().to_pyarrow().as_py()) == stays


def test_numbers_are_told_from_words_and_those_known_of_few_are_left_out() -> None:
    rows = [trait(f"c{place}", "age", str(20 + place)) for place in range(5)]
    rows += [trait(f"c{place}", "town", "7" if place else "city") for place in range(4)]
    rows += [trait("c1", "nan", "nan"), trait("c1", "half", "-1.5")]
    found = known_traits(traits(*rows))
    assert found == (Known("age", True, 5), Known("town", False, 4), Known("half", True, 1), Known("nan", False, 1))
    assert [one.name for one in known_traits(traits(*rows), least=4)] == ["age", "town"]
    assert shared(found, [Known("age", False, 9), Known("town", False, 9)]) == {"age": False, "town": False}


def test_names_that_no_column_can_have_are_no_traits() -> None:
    rows = [trait("ann", "Customer_ID", "x"), trait("ann", "ideal", "1"), trait("ann", "town", "a")]
    rows += [trait("bob", "town", "b"), trait("bob", "Town", "b")]
    assert [one.name for one in known_traits(traits(*rows))] == ["town"]


def test_the_profile_stands_before_what_others_say() -> None:
    people = ibis.memtable({"customer_id": ["ann", "bob", "cid"], "country": ["DE", None, None]})
    told = traits(
        trait("ann", "country", "FR"),
        trait("bob", "country", "AT"),
        trait("ann", "age", "31"),
        trait("bob", "age", "?"),
    )
    wide = with_traits(people, told, {"country": False, "age": True}, key="customer_id").order_by("customer_id")
    assert wide.to_pyarrow().to_pylist() == [
        {"customer_id": "ann", "country": "DE", "age": 31.0}, {"customer_id": "bob", "country": "AT", "age": None},
        {"customer_id": "cid", "country": None, "age": None},
    ]  # fmt: skip
    assert with_traits(people, told, {}, key="customer_id") is people


def test_who_is_a_customer_seen_later_or_said_no_is_not_there() -> None:
    seen = [("new", DAY, None), ("later", date(2024, 7, 1), None), ("hers", DAY, "ann"), ("no", DAY, None)]
    rows = [{"prospect_id": who, "first_seen_on": day, "customer_id": became} for who, day, became in seen]
    prospects = ibis.memtable(pa.Table.from_pylist(rows, schema=RAW_PROSPECTS.schema.to_pyarrow()))
    no = [
        {"customer_id": f"{PROSPECT}{who}", "purpose": purpose, "channel": "all", "allowed": allowed}
        for who, purpose, allowed in (
            ("no", "profiling", False), ("new", "advertising", True), ("new", "operations", False)
        )
    ]  # fmt: skip
    consents = ibis.memtable(pa.Table.from_pylist(no, schema=CONSENTS.schema.to_pyarrow()))
    found = open_prospects(prospects, consents, as_of=DAY, opens=PROSPECT).to_pyarrow()
    assert found.to_pylist() == [{"prospect_id": "new", "channel": None}]


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    told = for_market(TRAITS.unbound())
    people = own_traits(PROFILES.unbound(), FORECASTS.unbound()).mutate(ideal=ibis.literal(1))
    wide = with_traits(people, told, {"age": True, "town": False}, key="customer_id")
    free = open_prospects(RAW_PROSPECTS.unbound(), CONSENTS.unbound(), as_of=DAY, opens=PROSPECT)
    for expression in (wide, free, people.mutate(digest=people.customer_id.hexdigest("md5"))):
        assert "SELECT" in ibis.to_sql(expression, dialect="pyspark")


def test_kinds_are_counted_a_few_at_a_time() -> None:
    """More segments than one query asks for: the counts are those of each."""
    ages = list(range(100))
    people = ibis.memtable(
        pa.table(
            {"age": [float(age) for age in ages], "predicted_value": [1.0] * 100, "ideal": [age % 2 for age in ages]}
        )
    )
    population = [
        Population(where={"age": f"{age}-{age + 1}"}, people=1_000, source="census", dated=DAY)  # type: ignore[arg-type]
        for age in ages[:-1]
    ]
    kinds = kinds_of(people, population, numeric={"age": True}, costs={"all": 3.0})
    assert {(one.told, one.known, one.ideal, one.value, one.squares, one.cost_each) for one in kinds} == {
        (100, 2, 1, 2.0, 2.0, 3.0)
    }
    assert len(kinds) == 99
