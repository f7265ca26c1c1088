"""Every table of a run is agreed on in a way that every engine, reader and check can live with."""

from __future__ import annotations

import ibis
import pytest

from patron.contracts import (
    PURPOSES,
    TABLES,
    action,
    affinity,
    budget,
    channel,
    channel_evidence,
    customer,
    decision,
    delivery,
    demand,
    effect,
    experience,
    experiment,
    habit,
    journey,
    learning,
    ledger,
    market,
    message,
    micro,
    next_action,
    outcome,
    person,
    portrait,
    price,
    price_offer,
    propensity,
    raw,
    response,
    segment,
    signal,
    team,
    theme,
    touch,
    trigger,
    visit,
    voice,
    wants,
)
from patron.contracts.raw import FIELDS

UNITS = {
    "", "answers", "channels", "categories", "customers", "days", "hours", "intervals", "lines", "money",
    "months", "orders", "people", "points", "products", "referrals", "reviews", "tickets", "times", "traits",
    "payments", "purchases", "ratio", "records", "rows", "share", "sources", "units", "values", "weeks",
    "events", "messages", "seconds", "texts", "visits", "journeys", "steps",
}  # fmt: skip
TYPES = {
    "string",
    "int64",
    "float64",
    "boolean",
    "date",
    "timestamp(6)",
    "decimal(18, 2)",
    "decimal(18, 4)",
    "decimal(18, 8)",
}
EVERY_COLUMN = [
    pytest.param(column, id=f"{table}.{column.name}")
    for table, columns in [*((name, contract.columns) for name, contract in TABLES.items()), *FIELDS.items()]
    for column in columns
]
every_table = pytest.mark.parametrize("contract", TABLES.values(), ids=list(TABLES))


@every_table
def test_a_table_of_no_rows_keeps_its_contract(contract):
    empty = contract.empty()
    assert contract.check(empty) is empty
    assert contract.shape(empty).count().to_pyarrow().as_py() == 0


@every_table
def test_names_are_lower_case_words_and_unique_whatever_their_case(contract):
    """Engines do not tell `Price` from `price`; `T` alone is the field's own name."""
    spelt = [name.lower() for name in contract.names]
    assert len(set(spelt)) == len(spelt)
    assert all(name == name.lower() or name == "T" for name in contract.names)
    assert all(name.isidentifier() for name in contract.names)


@every_table
def test_a_table_says_what_a_row_is_and_what_it_may_be_used_for(contract):
    assert contract.grain
    assert contract.purpose in PURPOSES
    assert contract.grain == contract.grain.strip()


@every_table
def test_a_table_that_has_a_key_never_lets_it_be_missing(contract):
    assert not [column.name for column in contract.columns if column.key and column.nullable]


def test_every_table_has_a_key():
    """It tells two rows apart, and gives the written file its order."""
    assert [name for name, contract in TABLES.items() if not contract.key] == []


@every_table
def test_the_check_of_its_rows_compiles_for_spark(contract):
    assert ibis.pyspark
    table = contract.unbound()
    sql = ibis.to_sql(table.aggregate(contract._faults(table)), dialect="pyspark")
    assert all(f"`null_{column.name}`" in sql for column in contract.columns if not column.nullable)


@pytest.mark.parametrize("column", EVERY_COLUMN)
def test_a_column_has_a_type_a_unit_and_a_meaning(column):
    assert column.type in TYPES
    assert column.unit in UNITS
    assert column.meaning.endswith(".")
    assert not column.values or column.type == "string"
    assert len(set(column.values)) == len(column.values)
    assert not column.unit or column.type not in ("string", "boolean", "date")


def test_tables_come_in_the_order_of_the_work():
    parts = (
        raw, person, customer, visit, experience, propensity, wants, affinity, demand, habit, segment, micro,
        theme, voice, outcome, journey, market, portrait, experiment, effect, response, touch, channel,
        channel_evidence, price, price_offer, ledger, delivery, signal, action, trigger, message, learning, decision,
        budget, next_action, team,
    )  # fmt: skip
    order = [contract.name for part in parts for contract in part.CONTRACTS]
    assert list(TABLES) == order
    assert len(set(order)) == len(order)


def test_what_a_source_may_deliver_is_what_its_table_keeps():
    """Entities keep their fields as they are; order lines add what cleaning finds out."""
    for name in ("customers", "products", "spend", "rates"):
        fields = [(field.name, field.type) for field in FIELDS[name]]
        assert fields == [(column.name, column.type) for column in TABLES[f"raw_{name}"].columns]
    kept = set(TABLES["raw_order_lines"].names)
    # The one becomes the line's cost, the other is there for the conditions.
    assert {field.name for field in FIELDS["order_lines"]} - kept == {"unit_cost", "status"}
    assert {field.name for field in FIELDS["orders"]} <= set(TABLES["raw_orders"].names)
