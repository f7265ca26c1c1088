"""Publish a run of hand-made rows: what is not said of a column that may not be missing is made up, plainly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from patron.contracts import TABLES, Contract
from patron.engines.manifest import Manifest, TableFacts
from patron.engines.run_folder import Run
from patron.pipeline import Project

Rows = Sequence[Mapping[str, Any]]


def publish_run(project: Project, tables: Mapping[str, Rows], *, as_of: date, collected_to: int = 0) -> Run:
    """Publish a run with these tables in a project."""
    project.own.mkdir(exist_ok=True)
    draft = project.store.draft()
    connection = ibis.duckdb.connect()
    try:
        for name, rows in tables.items():
            draft.write(name, ibis.memtable(_filled(TABLES[name], rows)), connection)
    finally:
        connection.disconnect()
    facts = {name: TableFacts(rows=len(rows), purpose="analytics") for name, rows in tables.items()}
    return draft.publish(
        Manifest(
            run_id=draft.run_id(as_of), as_of=as_of, today=as_of, horizon_days=365, currency="EUR", terms="t",
            code_version="c", settings_hash="s", inputs={}, compared_with=None, rows_in=0, rows_kept=0,
            rows_rejected=0, rows_later=0, rows_removed=0, steps={}, tables=facts, collected_to=collected_to,
        )
    )  # fmt: skip


def _filled(contract: Contract, rows: Rows) -> pa.Table:
    full = [
        {
            column.name: row.get(column.name, None if column.nullable else _plain(column.type, column.values))
            for column in contract.columns
        }
        for row in rows
    ]
    return pa.Table.from_pylist(full, schema=contract.schema.to_pyarrow())


def _plain(kind: str, values: Sequence[str]) -> Any:
    if values:
        return values[0]
    plain = {"string": "", "int64": 0, "float64": 0.0, "boolean": False, "date": date(2026, 1, 1)}
    if kind.startswith("decimal"):
        return Decimal(0)
    return plain.get(kind, datetime(2026, 1, 1))  # noqa: DTZ001 - moments of tables have no zone
