"""What a household is worth together."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from patron.models.household_value import household_value

FORECASTS = ibis.memtable(pa.table({
    "customer_id": ["ann", "bob", "cy", "di"], "predicted_value": [10.25, 5.0, 1.0, -2.5],
}))  # fmt: skip
HOUSEHOLDS = ibis.memtable(pa.table({
    "customer_id": ["ann", "bob", "eve", "di"], "household_id": ["h:ann", "h:ann", "h:ann", "h:di"],
}))  # fmt: skip


def rows(table: ibis.Table) -> dict[str, tuple[str, float]]:
    return {row["customer_id"]: (row["household_id"], row["household_value"]) for row in table.to_pyarrow().to_pylist()}


def test_those_who_live_together_are_added_and_nobody_without_a_forecast() -> None:
    found = rows(household_value(FORECASTS, HOUSEHOLDS))
    assert found == {"ann": ("h:ann", 15.25), "bob": ("h:ann", 15.25), "cy": ("h:cy", 1.0), "di": ("h:di", -2.5)}


def test_without_households_everybody_lives_alone() -> None:
    assert rows(household_value(FORECASTS, None))["bob"] == ("h:bob", 5.0)


def test_each_household_counted_once_holds_all_value() -> None:
    found = rows(household_value(FORECASTS, HOUSEHOLDS))
    assert sum(dict(found.values()).values()) == pytest.approx(13.75)
