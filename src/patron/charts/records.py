"""A small table as Python rows, the form in which a chart reads it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeAlias

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import Contract

Record = dict[str, Any]
Small: TypeAlias = ir.Table | pa.Table


def records(table: Small, contract: Contract | None = None, **where: str) -> list[Record]:
    """Return the rows of a small table; exact money becomes a float, good enough to draw.

    Parameters
    ----------
    table : Table
        An Ibis table, or an Arrow table.
    contract : Contract, optional
        What the table must be.
    **where : str
        Columns and the value that a row must have there; the engine picks these rows, and only they are read.

    Raises
    ------
    ContractError
        The table does not have the columns of `contract`.

    Examples
    --------
    >>> import pyarrow as pa
    >>> people = pa.table({"name": ["Ann", "Bo"], "orders": [1, 2]})
    >>> records(people, name="Bo")
    [{'name': 'Bo', 'orders': 2}]
    """
    own = table if isinstance(table, ir.Table) else ibis.memtable(table)
    if contract is not None:
        contract.check(own, rows=False)
    own = own.filter([own[name] == value for name, value in where.items()]) if where else own
    return [{name: _drawable(value) for name, value in row.items()} for row in own.to_pyarrow().to_pylist()]


def _drawable(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value
