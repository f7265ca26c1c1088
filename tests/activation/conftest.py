"""A small run: two segmentations, one segment that both have."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from patron.contracts.customer import FORECASTS, MEMBERSHIPS, PROFILES
from patron.contracts.person import CONSENTS
from patron.engines.state import State
from patron.privacy import Policy, guard

AS_OF = date(2024, 3, 1)
SIZE = 2_000


def filled(contract, rows):
    """Return a table of the contract; what the rows leave out is filled with something of its type."""
    fill = {"string": "x", "int64": 1, "float64": 1.0, "date": AS_OF, "boolean": False}
    blank = {column.name: fill.get(column.type, Decimal(1)) for column in contract.columns}
    return ibis.memtable(pa.Table.from_pylist([{**blank, **row} for row in rows], schema=contract.schema.to_pyarrow()))


@pytest.fixture(scope="session")
def run_tables():
    ids = [f"c{i:05d}" for i in range(SIZE)]
    memberships = [{"customer_id": i, "segmentation": "rfm", "segment": "champions"} for i in ids]
    memberships += [{"customer_id": f"lost{i}", "segmentation": "rfm", "segment": "lost"} for i in range(5)]
    memberships += [{"customer_id": i, "segmentation": "tier", "segment": "top"} for i in ids[:100]]
    memberships += [{"customer_id": i, "segmentation": "tier", "segment": "lost"} for i in ids[100:]]
    profiles = [{"customer_id": i, "days_since_last": n % 30} for n, i in enumerate(ids)]
    forecasts = [{"customer_id": i, "expected_orders": 2.5, "predicted_value": 99.5} for i in ids[1:]]
    return filled(MEMBERSHIPS, memberships), filled(PROFILES, profiles), filled(FORECASTS, forecasts)


@pytest.fixture
def agreed():
    """Return a guard that knows who agreed to marketing, by channel and number."""

    def knowing(**numbers):
        said = [
            {"customer_id": f"c{i:05d}", "purpose": "marketing", "channel": channel, "allowed": True}
            for channel, members in numbers.items()
            for i in members
        ]
        return guard(filled(CONSENTS, said), policy=Policy(marketing="consent"))

    return knowing


@pytest.fixture
def state(tmp_path):
    with State.open(tmp_path / ".patron" / "state.db") as opened:
        yield opened
