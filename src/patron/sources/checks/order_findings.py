"""Run every check over the order lines of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import ibis.expr.types as ir

from patron.sources.checks.customer_spellings import customer_spellings
from patron.sources.checks.feed_age import feed_age
from patron.sources.checks.file_clocks import file_clocks
from patron.sources.checks.huge_amounts import huge_amounts
from patron.sources.checks.known_before import known_before
from patron.sources.checks.large_customers import large_customers
from patron.sources.checks.last_day import last_day
from patron.sources.checks.late_rows import late_rows
from patron.sources.checks.look import Keep, Look
from patron.sources.checks.missing_days import missing_days
from patron.sources.checks.order_ids import order_ids
from patron.sources.checks.other_units import other_units
from patron.sources.checks.robots import robots
from patron.sources.checks.silent_channels import silent_channels
from patron.sources.checks.swings import swings
from patron.sources.checks.time_zone import time_zone
from patron.sources.checks.times_of_day import times_of_day
from patron.sources.checks.unknown_customers import SoldTo, unknown_customers
from patron.sources.checks.unusual_prices import unusual_prices
from patron.sources.quality import Finding

Check = Callable[[Look], list[Finding]]

CHECKS: tuple[Check, ...] = (
    missing_days,
    last_day,
    feed_age,
    late_rows,
    swings,
    silent_channels,
    known_before,
    unknown_customers,
    customer_spellings,
    large_customers,
    robots,
    order_ids,
    unusual_prices,
    huge_amounts,
    other_units,
    times_of_day,
    time_zone,
    file_clocks,
)
"""Every check, in the order in which an engineer would ask: is all there, who is it, what is it worth, when was it?"""


def order_findings(
    lines: ir.Table,
    *,
    as_of: date,
    keep: Keep,
    before: ir.Table | None = None,
    sold_to: SoldTo | None = None,
    today: date | None = None,
    zone: str = "UTC",
    source: str = "order_lines",
) -> list[Finding]:
    """Look for faults that no single line shows.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES. It is read twice; everything else is asked of the two summaries.
    as_of : date
        The run's day.
    keep : callable
        Writes a summary aside and returns it as written: `(name, table) -> table`.
    before : Table, optional
        The same lines as an earlier run published them: tells rows that came late, and rows that are gone.
    sold_to : mapping, optional
        What was sold with and without a customer (`unknown_customers.sold_to`).
    today : date, optional
        The day of the run, when it is about the newest day of the data: tells a feed that has stopped.
    zone : str
        The project's time zone.
    source : str
        The source that the findings are told of; `orders` where there are no lines.

    Returns
    -------
    list of Finding
        In the order of `CHECKS`; no sentence holds a customer's or an order's id.
    """
    found = Look(lines=lines, as_of=as_of, keep=keep, zone=zone, today=today, before=before, sold_to=sold_to or {})
    if not len(found.hours.orders):
        return []
    return [replace(finding, source=source) for check in CHECKS for finding in check(found)]
