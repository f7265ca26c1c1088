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
    # Values are counted first: the running sum then meets each value once, so that ties cannot be split.
    counts = table.filter(table[column].notnull()).group_by(_value=table[column]).aggregate(_equal=lambda t: t.count())
    up_to = counts["_equal"].sum().over(ibis.cumulative_window(order_by=counts["_value"])).cast("float64")
    equal = counts["_equal"].cast("float64")
    total = counts["_equal"].sum().over(ibis.window()).cast("float64")
    below = up_to - equal if ties == "low" else up_to - equal * 0.5
    shares = counts.select("_value", **{f"{column}_standing": below / total})
    return table.left_join(shares, table[column] == shares["_value"]).drop("_value")
