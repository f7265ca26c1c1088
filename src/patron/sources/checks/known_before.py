"""Customers who were there before the data: their first order in it is not their first.

A shop that has been selling for years delivers its last two. In the first weeks nearly every customer looks new,
because nobody was seen before; then the number falls to those who really are. What is above that level came earlier.
"""

from __future__ import annotations

import ibis.expr.types as ir
import numpy as np

from patron.language import day, number, percent
from patron.sources.checks.look import Look, arrays
from patron.sources.checks.series import Days, date_of
from patron.sources.quality import Finding, weigh
from patron.stats.arrivals import CUSTOMERS, FIRST, WEEKS, beginning

SHARE = (0.20, 0.80)
"""Share of customers known before the data. Up to a fifth their missing past moves a value model's parameters by less
than their own error; beyond four fifths there is next to no customer whose beginning is known."""

COHORT = 0.6
"""Share of the days that must lie behind the last new customer for the data to be a cohort: shops have some weekly."""

NEARLY_ALL = 0.99
"""Share of customers that have begun by then: of a few the first order is not usable, and a later one stands for it."""


def newcomers(orders: ir.Table) -> ir.Table:
    """Count customers by the day of their first entry."""
    first = orders.group_by("customer_id").aggregate(day=orders.day.min())
    return first.group_by("day").aggregate(customers=first.count())


def known_before(look: Look) -> list[Finding]:
    """Estimate how many customers began before the data, or say that nobody new comes after a day."""
    came = arrays(newcomers(look.orders))
    last = look.days.date(int(np.flatnonzero(look.days.counts)[-1]))  # after it nobody can be new
    new = Days.count(came["day"].astype("datetime64[D]").astype(np.int64), came["customers"], until=last)
    return closed(new) or truncated(new)


def truncated(new: Days) -> list[Finding]:
    """Tell of customers known before the data."""
    found = beginning(new.counts)
    if found is None:
        return []
    facts = {
        "customers": number(found.before),
        "known_share": percent(found.share),
        "everyone": number(found.customers),
        "early": number(found.early),
        "weeks": FIRST,
        "weekly": number(found.weekly),
        "first": day(new.date(0)),
    }
    return [Finding("order_lines", "known_before", "flagged", 0, weigh(found.share, SHARE), facts)]


def closed(new: Days) -> list[Finding]:
    """Tell of data that follow the customers of one time, and none who came later."""
    customers = int(new.counts.sum())
    last = int(np.searchsorted(np.cumsum(new.counts), NEARLY_ALL * customers))
    if len(new) < WEEKS * 7 or customers < CUSTOMERS or len(new) - 1 - last < COHORT * len(new):
        return []
    facts = {"count": customers, "customers": number(customers), "first": day(new.date(0)), "last": day(new.date(last)),
             "until": day(date_of(new.first + len(new) - 1))}  # fmt: skip
    return [Finding("order_lines", "closed_cohort", "flagged", 0, "warning", facts)]
