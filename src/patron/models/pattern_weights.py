"""How many customers does each row of a table that is counted already stand for?"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]

CUSTOMERS, WRONG = "_customers", "_wrong"
MOST = 1e12  # customers that a row can stand for


def customers_of(history: ir.Table, weight: str | None) -> dict[str, ir.Value]:
    """Return how many customers there are, and how many rows have a weight that is no number of customers."""
    if weight is None:
        return {CUSTOMERS: history.count()}
    number, nothing = history[weight].cast("float64"), ibis.literal(0.0, "float64")
    in_range = number.notnull() & ~number.isnan() & (number >= 1) & (number <= ibis.literal(MOST, "float64"))
    tame = ibis.ifelse(in_range, number, nothing)
    right = (tame > 0) & (tame == tame.floor())
    return {
        CUSTOMERS: ibis.ifelse(right, tame, nothing).cast("int64").sum(),
        WRONG: (~right).cast("int64").sum(),
    }


def check_weights(grouped: pa.Table, weight: str | None) -> None:
    """Refuse groups of rows one of which has a weight that is no number of customers.

    Raises
    ------
    ArgumentError
        With the column and how many rows in its data.
    """
    if weight is not None:
        _refuse(weight, int(pc.sum(grouped[WRONG]).as_py() or 0))


def weights_of(rows: Mapping[str, Floats], weight: str | None) -> Floats | None:
    """Return the weight of each row; none where a row is one customer.

    Raises
    ------
    ArgumentError
        A weight is no number of customers.
    """
    if weight is None:
        return None
    number = rows[weight]
    _refuse(weight, int((~((number >= 1) & (number <= MOST) & (number == np.floor(number)))).sum()))
    return number


def _refuse(weight: str, wrong: int) -> None:
    if wrong:
        raise failure(ArgumentError, "models.weight", column=weight, came=wrong)
