"""Which subscriptions run on a day, how many renewals do they have behind them, and when is the next?

In   contracts.raw subscriptions
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.models.renewals import as_table
from patron.models.subscription_renewals import check_subscriptions, is_running, renewals_passed


def running_subscriptions(subscriptions: Any, *, as_of: date) -> ir.Table:
    """Return the subscriptions that run on a day, with what a model of retention asks for.

    Parameters
    ----------
    subscriptions : Table, one row per subscription
        Ibis, Arrow, pandas or Polars; columns ``started_on``, ``ended_on`` (the last day paid for; null while it runs)
        and ``period_days``.
    as_of : date
        The last day we may know about. A subscription runs until its last paid day, that day included: whether it is
        renewed is known on the next one.

    Returns
    -------
    Table
        The rows that run, with ``tenure``, the renewals passed, and ``renews_in_days``, from the day to the next one.

    Raises
    ------
    ContractError, ArgumentError
        A column is missing or holds something else than days, or the table is none.

    Examples
    --------
    >>> table = {"started_on": [date(2024, 1, 1)], "ended_on": [None], "period_days": [30]}
    >>> running = running_subscriptions(ibis.memtable(table), as_of=date(2024, 3, 1))  # the 60th day after the first
    >>> running.select("tenure", "renews_in_days").to_pyarrow().to_pylist()
    [{'tenure': 2, 'renews_in_days': 30}]
    """
    rows = as_table(subscriptions)
    check_subscriptions(rows)
    running = rows.filter(is_running(rows, as_of))
    running = running.mutate(tenure=renewals_passed(running, as_of))
    age = ibis.literal(as_of).delta(running.started_on.cast("date"), unit="day").cast("int64")
    return running.mutate(renews_in_days=(running.tenure + 1) * running.period_days.cast("int64") - age)
