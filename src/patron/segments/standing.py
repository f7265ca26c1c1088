"""Where does each customer stand among all, on one column?

Cut points, fifths and tiers all come from here, so that equal customers are treated equally everywhere.

In   any table, one row per customer
Out  the same table with one more column: the share of customers that this one stands above
"""

from __future__ import annotations

from typing import Literal

import ibis
import ibis.expr.types as ir


def standing(table: ir.Table, column: str, *, ties: Literal["low", "middle"] = "low") -> ir.Table:
    """Add the share of rows that each row stands above on `column`.

    Parameters
    ----------
    table : Table, one row per customer
        Rows without a value neither stand above anyone nor are counted.
    column : str
        The column to compare; higher is better.
    ties : {"low", "middle"}
        Whether a row stands at the lower end of its equals, or in their middle. Equal rows get the same share
        either way: where all rows are equal it is 0 with ``"low"`` and .5 with ``"middle"``.

    Returns
    -------
    Table
        `table` and ``<column>_standing``, from 0 up to (not including) 1; null where `column` is null.

    Examples
    --------
    >>> import ibis
    >>> people = ibis.memtable({"customer_id": ["a", "b", "c", "d"], "margin": [5, 9, 5, 20]})
    >>> standing(people, "margin").order_by("customer_id").margin_standing.to_pyarrow().to_pylist()
    [0.0, 0.5, 0.0, 0.75]
    >>> standing(people, "margin", ties="middle").order_by("customer_id").margin_standing.to_pyarrow().to_pylist()
    [0.25, 0.625, 0.25, 0.875]
    """
    # Windows and no self-join: three of those in a row would make the engine compute the table eight times.
    value = table[column]
    below = ibis.rank().over(order_by=value).cast("float64")  # nulls come last, so they push nobody up
    if ties == "middle":
        below = below + table.count().over(group_by=value).cast("float64") * ibis.literal(0.5, type="float64")
    known = value.count().over(ibis.window()).cast("float64").nullif(0.0)
    share = ibis.ifelse(value.notnull(), below / known, ibis.null("float64"))
    return table.mutate(**{f"{column}_standing": share})
