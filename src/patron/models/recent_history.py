"""How would a customer look who is seen through the last days alone?

A customer's past is known from the first day of the data on, so a forecast that is asked for today sees further back
than it did one horizon ago: what was learned then of a history of two years is no lesson for one of three. And of the
customers of the first weeks many were there before the data begin, which nobody can see. Through a window as long as
the past was then, both days see alike, and are alike in what they do not see.

In   contracts.customer.ORDERS, contracts.customer.HISTORY
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.profile.history import purchase_history
from patron.profile.known import day_of

RECENT = ("recent_frequency", "recent_recency", "recent_T")
"""What `recent_history` adds to a history: x, t_x and T of the window."""


def recent_history(history: ir.Table, orders: ir.Table, *, as_of: date, days: int) -> ir.Table:
    """Add to each customer's history what is seen of it in the last days.

    Parameters
    ----------
    history : Table
        Keeps the contract HISTORY as of `as_of`.
    orders : Table, one row per order
        Keeps the contract ORDERS.
    as_of : date
        The last day we may know about.
    days : int
        How long the window is: the longest T in it.

    Returns
    -------
    Table
        `history` with ``recent_frequency``, ``recent_recency`` and ``recent_T``: as if the first order of the window
        were the customer's first. Who has none there is seen as coming on the day of the last order, without a repeat.

    Examples
    --------
    >>> orders = ibis.memtable({
    ...     "customer_id": ["ann", "ann", "ann", "bob"],
    ...     "ordered_at": [date(2023, 1, 1), date(2024, 1, 1), date(2024, 1, 11), date(2023, 5, 1)],
    ... })
    >>> history = purchase_history(orders, as_of=date(2024, 1, 31))
    >>> seen = recent_history(history, orders, as_of=date(2024, 1, 31), days=90)
    >>> list(zip(*seen.order_by("customer_id").select(*RECENT).to_pyarrow().to_pydict().values()))
    [(1, 10, 30), (0, 0, 275)]
    """
    since = ibis.literal(as_of - timedelta(days=days))
    window = purchase_history(orders.filter(day_of(orders.ordered_at) >= since), as_of=as_of)
    window = window.select(
        "customer_id", **dict(zip(RECENT, (window.frequency, window.recency, window["T"]), strict=True))
    )
    both = history.left_join(window, "customer_id").drop("customer_id_right")
    silence = both["T"] - both.recency
    return both.mutate(
        recent_frequency=both.recent_frequency.fill_null(0), recent_recency=both.recent_recency.fill_null(0),
        recent_T=both.recent_T.fill_null(silence),
    )  # fmt: skip


def recent_columns(history: Any) -> tuple[str, ...]:
    """Return those columns of a table that `recent_history` adds, or none where they are not all there."""
    if isinstance(history, ir.Table):
        names = set(history.columns)
    else:
        names = set(pa.table(history).column_names) if hasattr(history, "__arrow_c_stream__") else set()
    return RECENT if names.issuperset(RECENT) else ()
