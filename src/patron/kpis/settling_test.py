"""Which test would tell two claims about a channel apart: for how many weeks, with how many customers?

In   contracts.customer.ORDERS; what the claims differ by, in money a day
Out  weeks, customers and what each of them must show

One half of the customers is kept from the channel. How much a customer's revenue varies over so many weeks, and how
much of that her revenue of the year before foretells, is read off the last weeks that are known.

Ref  Deng, Xu, Kohavi & Walker (2013), WSDM '13, 123-132: what is known before takes its share of the variance off
     `patron.stats.experiment_power` for the number of customers
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.engines.constant import constant
from patron.kpis.mix_contributions import YEAR_DAYS
from patron.stats.experiment_power import Plan

WEEKS = (2, 4, 8, 13, 26)
"""How long a test may run; the shortest that will do is taken."""

WEEK_DAYS = 7
HALVES = Plan(shares=(0.5, 0.5), power=0.8, level=0.05)
FEWEST = 30
"""Customers in the past window without whom nothing is known of how their revenue varies."""

_EXACT = "decimal(38, 4)"


@dataclass(frozen=True)
class Window:
    """How the revenue of customers varied over the last weeks."""

    weeks: int
    spread: float  # standard deviation of one customer's revenue, less what the year before explains


@dataclass(frozen=True)
class Base:
    """Who could take part: customers of the last year, and how their revenue varied over each number of weeks."""

    customers: int
    windows: Sequence[Window]


@dataclass(frozen=True, kw_only=True)
class SettlingTest:
    """What a test that tells two claims apart takes."""

    weeks: int
    difference: float  # revenue per customer over the weeks
    spread: float
    customers_needed: int
    enough: bool


def base_of(orders: ir.Table, *, as_of: date) -> Base:
    """Count who could take part in a test, and how much their revenue varies.

    Parameters
    ----------
    orders : Table
        contracts.customer.ORDERS.
    as_of : date
        The last day we may know about.
    """
    row = moments(orders, as_of=as_of).to_pyarrow().to_pylist()[0]
    windows = (_window(row, weeks) for weeks in WEEKS)
    return Base(int(row["customers"] or 0), [window for window in windows if window is not None])


def moments(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Sum in the engine, by number of weeks: revenue in them (y), in the year before (x), and their products."""
    day, amount = orders.ordered_at.date(), orders.amount
    sums: dict[str, ir.Value] = {"last_year": day.between(*_days(as_of, YEAR_DAYS)).any()}
    for weeks in WEEKS:
        began = as_of - timedelta(days=weeks * WEEK_DAYS)
        sums[f"y{weeks}"] = amount.sum(where=day.between(*_days(as_of, weeks * WEEK_DAYS)))
        before = day.between(*_days(began, YEAR_DAYS))
        sums[f"x{weeks}"], sums[f"there{weeks}"] = amount.sum(where=before), before.any()
    each = orders.filter(day <= ibis.literal(as_of)).group_by("customer_id").aggregate(**sums)
    totals: dict[str, ir.Value] = {"customers": each.last_year.cast("int64").sum()}
    for weeks in WEEKS:
        totals |= _moments(each, weeks)
    return each.aggregate(**totals)


def _days(end: date, days: int) -> tuple[ir.DateScalar, ir.DateScalar]:
    """Return the first and the last of so many days up to and including `end`."""
    return ibis.literal(end - timedelta(days=days - 1)), ibis.literal(end)


def _moments(each: ir.Table, weeks: int) -> dict[str, ir.Value]:
    there = each[f"there{weeks}"]
    y, x = (
        ibis.ifelse(there, each[f"{name}{weeks}"].cast("float64").fill_null(constant(0.0)), constant(0.0))
        for name in "yx"
    )
    terms = {"n": there.cast("int64"), "y": y, "x": x, "yy": y * y, "xx": x * x, "xy": x * y}
    return {
        f"{name}_{weeks}": (term if name == "n" else term.round(4).cast(_EXACT)).sum() for name, term in terms.items()
    }


def _window(row: Mapping[str, Any], weeks: int) -> Window | None:
    n, y, x, yy, xx, xy = (float(row[f"{name}_{weeks}"] or 0) for name in ("n", "y", "x", "yy", "xx", "xy"))
    if n < FEWEST:
        return None
    varied, known, both = (total / (n - 1) for total in (yy - y * y / n, xx - x * x / n, xy - x * y / n))
    left = varied - both * both / known if known > 0 else varied
    return Window(weeks, math.sqrt(left)) if left > 0 else None


def settling_test(difference_per_day: float, base: Base) -> SettlingTest | None:
    """Return the shortest test that shows a difference of so much revenue a day, or the longest where none does.

    Parameters
    ----------
    difference_per_day : float
        By how much the claims differ in what the channel brings a day from all customers, above 0.
    base : Base
        Who could take part.

    Returns
    -------
    SettlingTest, or None
        None where there are no customers, nothing varies, or the claims do not differ.

    Examples
    --------
    >>> found = settling_test(700.0, Base(20_000, [Window(2, 20.0), Window(8, 40.0)]))
    >>> found.weeks, found.customers_needed, found.enough
    (8, 13077, True)
    """
    if not base.windows or not base.customers or difference_per_day <= 0:
        return None
    tests = [_of(window, difference_per_day, base.customers) for window in base.windows]
    return next((test for test in tests if test.enough), tests[-1])


def _of(window: Window, difference_per_day: float, customers: int) -> SettlingTest:
    difference = difference_per_day * window.weeks * WEEK_DAYS / customers
    needed = int(HALVES.units_for(difference, window.spread).item())
    return SettlingTest(
        weeks=window.weeks, difference=difference, spread=window.spread, customers_needed=needed,
        enough=needed <= customers,
    )  # fmt: skip
