"""Which share of all rows lies below each row? A percentile that is the same whatever the unit."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir


def share_below(table: ir.Table, by: Sequence[str], *, name: str) -> ir.Table:
    """Add `name`: the share of the rows that are less by the columns `by`, the first one first; equals count half.

    The mid-distribution function (Parzen, 1993): its mean over all rows is one half, however many are equal.

    Examples
    --------
    >>> shares = share_below(ibis.memtable({"x": [1, 5, 5, 9]}), ["x"], name="share").order_by("x")
    >>> shares.to_pyarrow()["share"].to_pylist()
    [0.125, 0.5, 0.5, 0.875]
    """
    counted = table.group_by(*by).aggregate(_rows=table.count())
    placed = counted.mutate(
        # Ibis drops a cast that looks idle; by way of a decimal the sum is a whole number of 64 bits.
        _up_to=counted["_rows"].sum().over(ibis.cumulative_window(order_by=list(by))).cast("decimal(38, 0)"),
        _all=counted["_rows"].sum().over(ibis.window()).cast("decimal(38, 0)"),
    )
    share = (placed["_up_to"].cast("float64") - placed["_rows"].cast("float64") / 2) / placed["_all"].cast("float64")
    shares = placed.select(**{f"_{column}": placed[column] for column in by}, **{name: share})
    # As a relation of its own: Ibis would add this join to those that the table comes from.
    rows = table.view()
    joined = rows.inner_join(shares, [(column, f"_{column}") for column in by])
    return joined.select(*table.columns, name)
