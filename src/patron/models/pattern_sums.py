"""What does a column add up to over the customers with a repeat?"""

from __future__ import annotations

import math

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure
from patron.models.pattern_weights import CUSTOMERS

Floats = NDArray[np.float64]

ADDED, MISSING, INFINITE = "_added", "_missing", "_infinite"


def sums_of(history: ir.Table, added: str) -> dict[str, ir.Value]:
    """Return the sum of a column and how many of its values are none, as expressions.

    Decimals are added, since a sum of floats depends on the order of the rows.
    """
    value = history[added].cast("float64")
    missing = (value.isnull() | value.isnan()).fill_null(True)
    infinite = (value.abs() == ibis.literal(np.inf)).fill_null(False)
    known = ibis.ifelse(missing | infinite, ibis.literal(0.0, "float64"), value)
    return {
        ADDED: known.cast("decimal(38, 9)").sum(),
        MISSING: missing.cast("int64").sum(),
        INFINITE: infinite.cast("int64").sum(),
    }


def added_of_groups(grouped: pa.Table, repeats: NDArray[np.bool_], added: str) -> float:
    """Return the sum over the groups with a repeat, all of whose values must be known.

    Raises
    ------
    ArgumentError
        A customer with a repeat has no value, or an infinite one.
    """
    customers = int(grouped[CUSTOMERS].to_numpy().sum())
    for name, fault in ((MISSING, "missing"), (INFINITE, "infinite")):
        _refuse(added, fault, int(grouped[name].to_numpy()[repeats].sum()), customers)
    return math.fsum(np.asarray(grouped[ADDED].cast(pa.float64()).to_numpy())[repeats])


def added_of(values: Floats, frequency: Floats, added: str) -> float:
    """Return the same of rows in memory."""
    known = values[frequency > 0]
    for fault, found in (("missing", np.isnan(known)), ("infinite", np.isinf(known))):
        _refuse(added, fault, int(found.sum()), len(values))
    return math.fsum(known)


def _refuse(added: str, fault: str, came: int, customers: int) -> None:
    if came:
        raise failure(ArgumentError, f"models.history_{fault}", column=added, came=came, customers=customers)
