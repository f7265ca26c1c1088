"""Which records are not told as they were?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def different(before: ir.Table, after: ir.Table) -> ir.Table:
    """Return the records of rows that stand in one of two tables alone, or more often in one of them.

    Parameters
    ----------
    before, after : Table
        Column ``record_id`` and any others; `after` has at least those of `before`, which are compared.

    Returns
    -------
    Table
        ``record_id``, each once.
    """
    names = list(before.columns)
    sides = ibis.union(
        before.mutate(side=ibis.literal(-1, "int64")), after.select(*names).mutate(side=ibis.literal(1, "int64"))
    )
    balance = sides.group_by(names).aggregate(balance=sides.side.sum())
    return balance.filter(balance.balance != 0).select("record_id").distinct()
