"""One number for every row of a table."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def constant(value: float) -> ir.FloatingScalar:
    """Return a number that is a column of float64 on each engine.

    A bare literal is not: DuckDB takes ``38.2`` for a decimal, whatever type it was given. Written out as text it is
    read to the same last digit.

    Examples
    --------
    >>> ibis.memtable({"a": [1]}).select(b=constant(0.1)).to_pyarrow()["b"].type
    DataType(double)
    """
    return ibis.literal(repr(float(value))).cast("float64")
