"""A table of any kind that a reading may be given, as Arrow, and its columns by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing


def arrow_table(table: Any, argument: str) -> pa.Table:
    """Return an Ibis, Arrow, pandas or Polars table as Arrow.

    Raises
    ------
    ArgumentError
        It is none of these.
    """
    if isinstance(table, ir.Table):
        return table.to_pyarrow()
    if not hasattr(table, "__arrow_c_stream__"):
        raise failure(ArgumentError, "targeting.kind", argument=argument, came=type(table).__name__)
    return pa.table(table)


def check_named(table: pa.Table, columns: Mapping[str, str], argument: str) -> None:
    """Say which of the columns, named by their arguments, the table does not have.

    Raises
    ------
    ContractError
        A column is not there.
    """
    for allowed, column in columns.items():
        if column not in table.column_names:
            raise failure(
                ContractError, "errors.contract_column_missing", table=argument, column=column, allowed=allowed,
                came=listing(table.column_names), hint=did_you_mean(column, table.column_names),
            )  # fmt: skip
