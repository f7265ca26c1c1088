"""Which days of the past can judge a forecast, and what did each of them say?

The forecast is made anew as of an origin and judged by the days that follow. The longest horizon that the data allow is
tested first; a shop with more years behind it, or with enough customers, is tested at more origins: each one horizon
before the other, so that no day judges twice, and again for a quarter, whose outcome is seen more often.

In   raw order lines with the customer's id, contracts.customer.ORDERS
Out  contracts.outcome.BACKTEST
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.outcome import BACKTEST
from patron.models import backtest
from patron.pipeline.look_back import ENOUGH_BEFORE, Keep, beside, lesson, look_back

SHORTEST_TEST_DAYS = 28
"""A forecast over less than four weeks tests the calendar more than the model."""

QUARTER_DAYS = 91
"""The second horizon that is tested: thirteen whole weeks."""

MOST_ORIGINS = 4
"""Of one horizon; older ones tell of a shop that is no more, and each costs a forecast."""

ENOUGH_CUSTOMERS = 1_000
"""Known at an origin beside the first one: what fewer do in a quarter says more of chance than of the forecast."""


def walk_forward(
    lines: ir.Table,
    bought: ir.Table,
    *,
    as_of: date,
    horizon_days: int,
    keep: Keep,
    covariates: ir.Table | None = None,
) -> ir.Table:
    """Return the backtest of every origin that the data allow.

    Parameters
    ----------
    lines : Table
        Raw order lines, with the customer's id.
    bought : Table
        Keeps the contract ORDERS as of the day.
    as_of : date
        The last day that may judge.
    horizon_days : int
        Of the run's forecasts; the test looks as far ahead, or half the history where that is shorter.
    keep : callable
        As for `standing`.
    covariates : Table, optional
        As for `look_back`.

    Returns
    -------
    Table
        Keeps the contract BACKTEST; empty where less than eight weeks are known.
    """
    came = _first_days(bought)
    span = (as_of - min(came)).days if came else 0
    found: list[ir.Table] = []
    for days, origin in _origins(min(horizon_days, span // 2), span=span, as_of=as_of):
        if found and sum(customers for day, customers in came.items() if day <= origin) < ENOUGH_CUSTOMERS:
            continue
        tested = look_back(
            lines, bought, as_of=origin + timedelta(days=days), days=days, horizon_days=days,
            keep=beside(keep, f"origin_{days}_{origin:%Y%m%d}"), covariates=covariates,
        )  # fmt: skip
        if tested is None:
            continue
        # What chooses and recalibrates may know only what was known on the origin, so it looks back from there.
        before = lesson(lines, tested.orders, as_of=origin, horizon_days=days, keep=keep, covariates=covariates)
        found.append(
            backtest(
                tested.history, tested.outcome, origin=origin, horizon_days=days, orders=tested.orders, lookback=before
            )
        )
    return ibis.union(*found) if len(found) > 1 else found[0] if found else BACKTEST.empty()


def _origins(longest: int, *, span: int, as_of: date) -> Iterator[tuple[int, date]]:
    """Yield horizons with their origins: the longest horizon first, the latest origin first."""
    horizons = [longest, QUARTER_DAYS] if longest > QUARTER_DAYS else [longest]
    for days in horizons:
        if days < SHORTEST_TEST_DAYS:
            continue
        for back in range(1, MOST_ORIGINS + 1):
            if span - back * days < ENOUGH_BEFORE * days:
                break
            yield days, as_of - timedelta(days=back * days)


def _first_days(bought: ir.Table) -> dict[date, int]:
    """Return how many customers came on each day."""
    first = bought.group_by("customer_id").aggregate(day=bought.ordered_at.date().min())
    days = first.group_by("day").aggregate(customers=first.count()).to_pyarrow()
    return dict(zip(days["day"].to_pylist(), days["customers"].to_pylist(), strict=True))
