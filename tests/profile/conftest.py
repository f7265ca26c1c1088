"""What tests of run tables share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ibis.expr.types as ir
import pytest

from patron.engines import connect


@pytest.fixture
def keep(tmp_path: Path) -> Callable[[str, ir.Table], ir.Table]:
    """Write a table as a run does, so that it is read again with the types that a file has."""
    connection = connect()

    def kept(name: str, table: ir.Table) -> ir.Table:
        connection.to_parquet(table, tmp_path / f"{name}.parquet")
        return connection.read_parquet(tmp_path / f"{name}.parquet")

    return kept
