"""Small worlds of records for the tests of identity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.person import IDENTIFIERS

DAY = date(2024, 1, 1)


def identifiers_of(records: Mapping[str, Iterable[tuple[Any, ...]]], *, status: str = "used") -> ir.Table:
    """Return IDENTIFIERS: by record, (kind, value) or (kind, value, first day)."""
    rows = [
        {
            "source": "customers", "record_id": record_id, "kind": kind, "value": value, "given": value,
            "seen_on": day[0] if day else DAY, "changed_on": None, "status": status,
        }
        for record_id, held in records.items()
        for kind, value, *day in held
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, schema=IDENTIFIERS.schema.to_pyarrow()))


def rows_of(table: ir.Table, *names: str) -> list[tuple[Any, ...]]:
    """Return a table's rows, sorted, to be compared."""
    wanted = table.select(*names) if names else table
    return sorted((tuple(row.values()) for row in wanted.to_pyarrow().to_pylist()), key=str)


def customers_of(links: ir.Table) -> dict[str, str]:
    """Return the customer of each record."""
    return dict(rows_of(links, "record_id", "customer_id"))


def ids(*record_ids: str) -> ir.Table:
    """Return a table of record ids."""
    return ibis.memtable(pa.table({"record_id": pa.array(record_ids, pa.string())}))
