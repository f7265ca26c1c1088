"""What did the headroom of a year ago foretell?

In   raw order lines and customers with the customer's id, contracts.customer.TAKINGS as of the run's day
Out  contracts.outcome.BACKTEST, the rows of the target `headroom`
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis.expr.types as ir

from patron.contracts.outcome import BACKTEST
from patron.models import customer_headroom, headroom_backtest
from patron.models.customer_headroom import PERIOD_DAYS
from patron.models.headroom import MIN_CUSTOMERS
from patron.pipeline.look_back import ENOUGH_BEFORE, Keep
from patron.pipeline.settings import Settings
from patron.pipeline.standing import profiled, standing
from patron.profile import known_by


def headroom_test(
    lines: ir.Table,
    takings: ir.Table,
    *,
    customers: ir.Table,
    households: ir.Table,
    as_of: date,
    settings: Settings,
    keep: Keep,
) -> ir.Table:
    """Make the headroom of a year before a day as it would have been made then, and hold it against what came.

    Parameters
    ----------
    lines, customers : Table
        Raw order lines and customer records, with the customer's id.
    takings : Table
        Keeps the contract TAKINGS as of the day.
    households : Table
        Keeps the contract HOUSEHOLDS.
    as_of : date
        The last day that may judge.
    settings : Settings
        The project's.
    keep : callable
        As for `standing`.

    Returns
    -------
    Table
        Keeps the contract BACKTEST; empty where less than about two years are known, or fewer customers than a headroom
        takes had bought a year ago.
    """
    origin = as_of - timedelta(days=PERIOD_DAYS)
    then = known_by(takings, as_of=origin, column="day")
    seen = then.aggregate(first=then.day.min(), customers=then.customer_id.nunique()).to_pyarrow().to_pylist()[0]
    if seen["customers"] < MIN_CUSTOMERS or (origin - seen["first"]).days < ENOUGH_BEFORE * PERIOD_DAYS:
        return BACKTEST.empty()
    at = standing(lines, as_of=origin, settings=settings, keep=keep)
    people = keep("profiles", profiled(
        at, lines=lines, customers=customers, households=households, as_of=origin, settings=settings
    ))  # fmt: skip
    found = keep("found", customer_headroom(people, at.takings, as_of=origin))
    return headroom_backtest(found, takings, origin=origin, horizon_days=PERIOD_DAYS)
