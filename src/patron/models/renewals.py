"""How many subscriptions came to each renewal, and how many were lost there?

These counts are all that a model of retention needs: the chance of a history is the product over its renewals of the
chance to pass or to fail each. So cohorts of any age, and customers who are still there, add up renewal by renewal.

Ref  Fader & Hardie (2007), Journal of Interactive Marketing 21(1), 76-90: the likelihood of appendix A, by renewal
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Renewals:
    """By renewal (1 is the first): how many came to it, and how many of these were lost there."""

    period: Floats
    at_risk: Floats
    lost: Floats
    customers: int  # or subscriptions, who came to a renewal at all
    left_out: int = 0  # who have not come to one yet

    @classmethod
    def of(cls, last: Ints, lost: NDArray[np.bool_], number: Ints) -> Renewals:
        """Count from groups: the last renewal that was seen, whether it failed, and how many are so."""
        counted = last > 0
        most = int(last.max(initial=0))
        ends = np.bincount(last[counted], number[counted], minlength=most + 1).astype(np.float64)
        failed = np.bincount(last[counted & lost], number[counted & lost], minlength=most + 1).astype(np.float64)
        at_risk = np.cumsum(ends[::-1])[::-1]
        return cls(
            period=np.arange(1.0, most + 1), at_risk=at_risk[1:], lost=failed[1:], customers=int(ends.sum()),
            left_out=int(number[~counted].sum()),
        )  # fmt: skip


def as_table(table: Any) -> ir.Table:
    """Return a table of any kind as an Ibis table.

    Raises
    ------
    ArgumentError
        It is no table.
    """
    if isinstance(table, ir.Table):
        return table
    if not hasattr(table, "__arrow_c_stream__"):
        raise failure(ArgumentError, "renewals.kind", came=type(table).__name__)
    return ibis.memtable(pa.table(table))


def check_columns(rows: ir.Table, wanted: tuple[str, ...], table: str) -> None:
    """Refuse a table that lacks a column.

    Raises
    ------
    ContractError
        With `table` and `column` in its data.
    """
    for name in wanted:
        if name not in rows.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table=table, column=name, came=listing(rows.columns),
                allowed=listing(wanted), hint=did_you_mean(name, rows.columns),
            )  # fmt: skip


def check_numbers(rows: ir.Table, columns: tuple[str, ...]) -> None:
    """Refuse columns that hold no numbers.

    Raises
    ------
    ArgumentError
        With `column` in its data.
    """
    for name in columns:
        if not rows[name].type().is_numeric():
            raise failure(ArgumentError, "renewals.not_numbers", column=name, came=str(rows[name].type()))
