"""Customers who were there before the data: their first order in it is not their first.

A shop that has been selling for years delivers its last two. In the first weeks nearly every customer looks new,
because nobody was seen before; then the number falls to those who really are. What is above that level came earlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.language import day, number, percent
from patron.sources.checks.look import Look, arrays
from patron.sources.checks.series import Days, date_of
from patron.sources.quality import Finding, weigh

SHARE = (0.20, 0.80)
"""Share of customers known before the data. Up to a fifth their missing past moves a value model's parameters by less
than their own error; beyond four fifths there is next to no customer whose beginning is known."""

LEAST = 0.03
"""Share below which the estimate is not told: it is what seasons and growth do to the number of new customers."""

FIRST = 4
"""Weeks at the beginning of the data that must be far above the later level."""

FAR_ABOVE = 2.0
"""Times the later level: growth, a season or a campaign alone doubles new customers in few shops."""

WEEKS = 26
"""Weeks of data without which a beginning cannot be told from the rest."""

CUSTOMERS = 100
"""Customers without which the number of new ones is noise."""

YEAR, QUARTER = 52, 13  # weeks

COHORT = 0.6
"""Share of the days that must lie behind the last new customer for the data to be a cohort: shops have some weekly."""

NEARLY_ALL = 0.99
"""Share of customers that have begun by then: of a few the first order is not usable, and a later one stands for it."""


@dataclass(frozen=True)
class Beginning:
    """How new customers came: in all, in the first weeks, and how many of them began before the data."""

    customers: int
    early: int
    weekly: float  # new customers in a later week
    before: float

    @property
    def share(self) -> float:
        """Share of customers known before."""
        return self.before / self.customers


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


def beginning(new: NDArray[np.int64]) -> Beginning | None:
    """Estimate the customers known before from new customers by day; none when the first weeks are like the others.

    The level of a week is that of the same week a year later, which has its season; with a quarter of a third year,
    divided by the growth from the second year to the third. With less than two years it is the median week of the last
    third.
    """
    weeks = len(new) // 7
    if weeks < WEEKS:
        return None
    counts = new[: 7 * weeks].reshape(weeks, 7).sum(axis=1).astype(np.float64)
    level = later_level(counts)
    before = float((counts[: len(level)] - level).sum())
    noise = 4 * float(np.sqrt((counts[: len(level)] + level).sum()))
    early, usual = float(counts[:FIRST].sum()), float(level[:FIRST].sum())
    everyone = int(new.sum())
    steady = everyone >= CUSTOMERS and float(np.median(level)) > 0
    if not steady or early < FAR_ABOVE * usual or before < max(noise, LEAST * everyone):
        return None
    return Beginning(everyone, int(early), float(np.median(level)), before)


def later_level(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what new customers a week the first year would have without a past, at most a year of weeks."""
    weeks = len(counts)
    if weeks < 2 * YEAR:
        third = counts[-(weeks // 3) :]
        return np.full(min(YEAR, 2 * weeks // 3), float(np.median(third)))
    later = counts[YEAR : 2 * YEAR]
    third = counts[2 * YEAR : 3 * YEAR]
    if len(third) < QUARTER:
        return np.asarray(later)
    return np.asarray(later * min(1.0, later[: len(third)].sum() / max(third.sum(), 1.0)))
