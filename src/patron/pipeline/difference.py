"""How much do two tables of one contract differ, row by row?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from patron.contracts import TABLES, Column

CLOSE = 1e-9
"""Of floating-point numbers: sums of them depend in their last digits on the order in which threads come to them."""


@dataclass(frozen=True)
class Difference:
    """One table, twice. Rows are matched by the table's key."""

    table: str
    rows_before: int
    rows_after: int
    only_before: int
    only_after: int
    changed: int

    @property
    def equal(self) -> bool:
        """Whether both hold the same rows."""
        return not (self.only_before or self.only_after or self.changed)


def difference(name: str, before: ir.Table, after: ir.Table) -> Difference:
    """Compare two tables that keep the contract `name`, in one pass of the engine."""
    contract = TABLES[name]
    left = before.select(*contract.names).mutate(here=ibis.literal(value=True))
    right = after.select(*contract.names).mutate(here=ibis.literal(value=True))
    right = right.rename({f"{column}_after": column for column in right.columns})
    both = left.outer_join(right, [left[key].identical_to(right[f"{key}_after"]) for key in contract.key])
    matched = both.here.notnull() & both.here_after.notnull()
    differs = reduce(or_, (_differs(both, column) for column in contract.columns))
    counted = both.aggregate(
        rows_before=both.here.count(),
        rows_after=both.here_after.count(),
        only_before=both.here_after.isnull().sum(),
        only_after=both.here.isnull().sum(),
        changed=(matched & differs).sum(),
    )
    counts = {count: int(value or 0) for count, value in counted.to_pyarrow().to_pylist()[0].items()}
    return Difference(name, **counts)


def _differs(both: ir.Table, column: Column) -> ir.BooleanValue:
    before, after = both[column.name], both[f"{column.name}_after"]
    if not column.dtype.is_floating():
        return ~before.identical_to(after)
    apart = (before - after).abs() > CLOSE * (1 + ibis.greatest(before.abs(), after.abs()))
    return (before.isnull() != after.isnull()) | apart.fill_null(False)
