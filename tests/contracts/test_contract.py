"""A contract lets through what keeps it, and says exactly what does not."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from patron.contracts import Column, Contract
from patron.errors import ContractError

PEOPLE = Contract(
    name="people",
    grain="one person in one shop",
    purpose="analytics",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="shop", type="string", meaning="Where.", key=True),
        Column(name="orders", type="int64", meaning="How many.", unit="orders"),
        Column(name="value", type="float64", meaning="How much.", unit="money", nullable=True),
        Column(name="spent", type="decimal(18, 2)", meaning="To the cent.", unit="money"),
        Column(name="grade", type="string", meaning="How sure.", values=("A", "B"), nullable=True),
        Column(name="since", type="date", meaning="First day.", nullable=True),
    ),
)
GOOD = pa.table(
    {
        "customer_id": ["ann", "ann", "bob"],
        "shop": ["north", "south", "north"],
        "orders": pa.array([1, 2, 3], pa.int64()),
        "value": pa.array([1.5, None, 2.0], pa.float64()),
        "spent": pa.array([1, 2, 3], pa.decimal128(18, 2)),
        "grade": ["A", "B", None],
        "since": pa.array([None, None, None], pa.date32()),
    }
)


def changed(**columns: pa.Array) -> ibis.Table:
    table = GOOD
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, values)
    return ibis.memtable(table)


def refusal(table: ibis.Table) -> ContractError:
    with pytest.raises(ContractError) as caught:
        PEOPLE.check(table)
    assert caught.value.data["table"] == "people"
    assert "'people'" in caught.value.problem
    assert caught.value.remedy
    return caught.value


def test_a_good_table_passes_as_itself():
    table = ibis.memtable(GOOD)
    assert PEOPLE.check(table) is table


def test_more_columns_than_agreed_do_no_harm():
    table = ibis.memtable(GOOD).mutate(extra=1)
    assert PEOPLE.check(table) is table
    assert PEOPLE.shape(table).columns == PEOPLE.names


def test_a_column_that_is_not_there():
    error = refusal(ibis.memtable(GOOD).rename(custmer_id="customer_id"))
    assert error.data["column"] == "customer_id"
    assert "custmer_id" in str(error.data["came"])
    assert error.data["allowed"] == "string"
    assert error.remedy.startswith("Did you mean 'custmer_id'?")


@pytest.mark.parametrize(
    ("column", "values", "came"),
    [
        ("orders", pa.array(["1", "2", "3"]), "string"),
        ("orders", pa.array([1.0, 2.0, 3.0]), "float64"),
        ("value", pa.array([1, 2, 3]), "int64"),
        ("spent", pa.array([1.0, 2.0, 3.0]), "float64"),
        ("spent", pa.array([1, 2, 3], pa.decimal128(18, 4)), "decimal(18, 4)"),
        ("since", pa.array(["2024-01-01"] * 3), "string"),
        ("since", pa.array([None] * 3, pa.timestamp("us")), "timestamp(6)"),
        ("grade", pa.array([1, 2, 3]), "int64"),
    ],
)
def test_a_column_of_the_wrong_type(column, values, came):
    error = refusal(changed(**{column: values}))
    assert error.data["column"] == column
    assert error.data["came"] == came
    assert error.data["allowed"] == PEOPLE.columns[PEOPLE.names.index(column)].type


def test_a_narrower_number_is_welcome_and_shaped_to_the_agreed_width():
    table = changed(orders=pa.array([1, 2, 3], pa.int8()), value=pa.array([1, 2, 3], pa.float32()))
    assert PEOPLE.shape(PEOPLE.check(table)).schema() == PEOPLE.schema


def test_a_missing_value_where_none_may_be():
    error = refusal(changed(orders=pa.array([1, None, None], pa.int64())))
    assert (error.data["column"], error.data["came"], error.data["allowed"]) == ("orders", 2, "int64")


def test_a_value_outside_a_closed_vocabulary_but_not_a_missing_one():
    error = refusal(changed(grade=pa.array(["A", "C", None])))
    assert (error.data["column"], error.data["came"], error.data["allowed"]) == ("grade", 1, "A, B")


def test_a_key_that_stands_twice():
    error = refusal(changed(shop=pa.array(["north", "north", "north"])))
    assert (error.data["column"], error.data["came"], error.data["allowed"]) == ("customer_id, shop", 1, 1)


def test_without_rows_only_names_and_types_are_looked_at():
    table = changed(shop=pa.array(["north", "north", "north"]), grade=pa.array(["A", "C", None]))
    assert PEOPLE.check(table, rows=False) is table
    with pytest.raises(ContractError):
        PEOPLE.check(changed(orders=pa.array(["1", "2", "3"])), rows=False)


def test_what_is_not_a_number_is_refused_where_it_can_be_checked():
    error = refusal(changed(value=pa.array([1.5, float("nan"), 2.0])))
    assert (error.data["column"], error.data["came"], error.data["allowed"]) == ("value", 1, "float64")
