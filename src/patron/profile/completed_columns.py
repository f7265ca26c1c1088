"""A table with every column of its contract: what a caller leaves out is missing in each row, not an error."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import Contract
from patron.errors import ContractError
from patron.language import did_you_mean, failure, listing


def completed(table: ir.Table, contract: Contract, *, needed: Sequence[str]) -> ir.Table:
    """Return `table` with the columns of `contract`; those that it lacks are null.

    Raises
    ------
    ContractError
        One of the columns `needed` is not there.

    Examples
    --------
    >>> from patron.contracts.raw_people import RAW_HOUSEHOLDS
    >>> told = ibis.memtable({"customer_id": ["a"], "household_id": ["h"]})
    >>> completed(told, RAW_HOUSEHOLDS, needed=["customer_id"]).columns
    ('customer_id', 'household_id', 'role')
    """
    for name in needed:
        if name not in table.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table=contract.name, column=name,
                came=listing(table.columns), allowed=listing(needed), hint=did_you_mean(name, table.columns),
            )  # fmt: skip
    absent = {column.name: ibis.null(column.type) for column in contract.columns if column.name not in table.columns}
    return table.mutate(**absent).select(*contract.names)
