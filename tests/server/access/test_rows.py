"""Row rules: one customer and a whole table are judged alike, and what is not known to hold is not seen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.errors import ConditionError, MissingTable
from patron.pipeline.settings import Settings
from patron.privacy.roles import Permission
from patron.server.access import RowRule, Who

SETTINGS = Settings(
    name="Tea", currency="EUR", timezone="Europe/Paris", sources={"order_lines": {"path": "data/lines.csv"}}
)

PROFILES = [
    {"customer_id": "ann", "country": "DE", "orders": 3, "net_revenue": Decimal("120.00")},
    {"customer_id": "bob", "country": "FR", "orders": 1, "net_revenue": Decimal("20.00")},
    {"customer_id": "eve", "country": None, "orders": 9, "net_revenue": Decimal("900.00")},
    {"customer_id": "kim", "country": "DE", "orders": 0, "net_revenue": Decimal("0.00")},
]
FORECASTS = [{"customer_id": "ann", "predicted_value": 80.0}, {"customer_id": "eve", "predicted_value": 300.0}]
MEMBERSHIPS = [
    {"customer_id": "ann", "segmentation": "rfm", "segment": "champions"},
    {"customer_id": "bob", "segmentation": "rfm", "segment": "lost"},
    {"customer_id": "ann", "segmentation": "stage", "segment": "lost"},
]


class Looked:
    """A published run of three small tables."""

    def __init__(self, **more):
        self.data = {"profiles": PROFILES, "forecasts": FORECASTS, "memberships": MEMBERSHIPS} | more
        for name, rows in self.data.items():
            blank = dict.fromkeys(TABLES[name].schema)
            self.data[name] = [{**blank, "as_of": date(2024, 1, 1), **row} for row in rows]

    def row(self, table, customer_id):
        found = self.rows(table, customer_id)
        return found[0] if found else None

    def rows(self, table, customer_id):
        if table not in self.data:
            raise MissingTable(table)
        return [row for row in self.data[table] if row["customer_id"] == customer_id]

    def table(self, name):
        if name not in self.data:
            raise MissingTable(name)
        schema = TABLES[name].schema
        columns = {one: [row[one] for row in self.data[name]] for one in schema}
        return ibis.memtable(pa.table(columns, schema=schema.to_pyarrow()))


def who(expression, run=None):
    run = run or Looked()
    return Who(
        name="anna", kind="user", role="analyst", permissions=frozenset(Permission),
        rows=expression and RowRule(expression, SETTINGS, lambda: run),
    )  # fmt: skip


SEEN = {
    "country = 'DE'": {"ann", "kim"},
    "country <> 'DE'": {"bob"},
    "rfm = 'champions'": {"ann"},
    "rfm = 'lost' AND stage = 'lost'": set(),
    "rfm IS NULL": {"eve", "kim"},
    "predicted_value > 100": {"eve"},
    "forecasts.predicted_value > 50 OR country = 'FR'": {"ann", "bob", "eve"},
    "net_revenue >= 120 AND orders > 2": {"ann", "eve"},
    "customer_id = 'bob'": {"bob"},
    "headroom > 0": set(),
}


@pytest.mark.parametrize("expression", SEEN)
def test_one_customer_and_a_table_are_judged_alike(expression):
    run = Looked(headroom=[])
    anna = who(expression, run)
    one_by_one = {row["customer_id"] for row in PROFILES if anna.sees({"customer_id": row["customer_id"]})}
    table = anna.rows_of(run.table("forecasts")).customer_id.to_pyarrow().to_pylist()
    everybody = anna.rows_of(run.table("profiles")).customer_id.to_pyarrow().to_pylist()
    assert one_by_one == set(everybody) == SEEN[expression]
    assert sorted(table) == sorted(SEEN[expression] & {row["customer_id"] for row in FORECASTS})


def test_without_a_rule_all_are_seen():
    anna = who(None)
    table = Looked().table("profiles")
    assert anna.sees({})
    assert anna.rows_of(table) is table


def test_what_the_row_says_counts_before_the_run():
    anna = who("country = 'DE' AND orders > 1")
    assert not anna.sees({"customer_id": "kim"})
    assert anna.sees({"customer_id": "kim", "orders": 2})  # since the run
    assert not anna.sees({"customer_id": "ann", "orders": 3, "country": "FR"})


@pytest.mark.parametrize(
    ("expression", "row"),
    [
        ("country = 'DE'", {"customer_id": "nobody"}),
        ("country = 'DE'", {}),
        ("country <> 'DE'", {"customer_id": "nobody"}),
        ("country IS NULL", {"customer_id": "nobody"}),
        ("orders > 1", {"customer_id": "ann", "orders": "many"}),
        ("no_such_column = 1", {"customer_id": "ann"}),
        ("contribution.contribution > 1", {"customer_id": "ann"}),  # a table that this run does not hold
    ],
)
def test_what_is_not_known_to_hold_is_not_seen(expression, row):
    assert not who(expression).sees(row)


def test_a_rule_cannot_smuggle_a_statement():
    anna = who("country = 'DE'; DROP TABLE users")
    assert not anna.sees({"customer_id": "ann"})
    with pytest.raises(ConditionError):
        anna.rows_of(Looked().table("profiles"))
