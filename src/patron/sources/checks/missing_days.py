"""Days without any order, where the shop's own weekdays expect some. A closed Sunday is no gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from patron.language import day, number, percent
from patron.sources.checks.look import Look
from patron.sources.checks.sentences import shown, span
from patron.sources.checks.series import Days, day_number, dispersion, runs, zero_weight
from patron.sources.quality import Finding, Severity, weigh

MISTAKEN = 0.001
"""Chance that a shop without any fault is told of a gap: it is asked every day, of much the same days."""

UNSURE = 0.62
"""Twice the standard error of a median of 16 Poisson counts, in roots of their mean: so much less is sure."""

LOST = (0.05, 0.10)
"""Share of all orders that the gaps swallowed. A shop that closes on public holidays misses up to a twentieth of its
working days, and that is its life; a tenth moves every figure of the report."""

WEEK, MONTH = 7, 28
"""Days: a week of silence makes customers look late by their own clock; a month is a file that was not delivered."""

HIDDEN = 0.01
"""Share of all orders that a missing month must have held to be a fault that stops the work: below, no figure moves."""

RECENT = 35
"""Days before the last one in which a gap matters at once: they are the latest month, and everyone's last purchase."""

HOLIDAYS = 4
"""Gaps a year from which a shop is one that closes on holidays; in another, a missing day is one that was lost."""

RAGGED = 0.02
"""Share of all orders that may lie before a long gap for the data to begin after it: tests, a trial, an old system."""


@dataclass(frozen=True)
class Gap:
    """A run of days without orders."""

    first: date
    last: date
    days: int
    lost: float  # orders that these days would have had, without the turn of the year
    festive: bool  # it lies within the turn of the year


def missing_days(look: Look) -> list[Finding]:
    """Name the days without orders, the costliest first."""
    every = gaps(look.days)
    start = begins(look.days, every)
    found = [gap for gap in every if start is None or gap.first > start]
    return [*_ragged(look, start), *_missing(look, found)]


def _missing(look: Look, found: list[Gap]) -> list[Finding]:
    if not found:
        return []
    days = sum(gap.days for gap in found)
    lost = sum(gap.lost for gap in found)
    share = lost / (look.days.counts.sum() + lost)
    ordered = sorted(found, key=lambda gap: (-gap.lost, -gap.days, gap.first))
    facts = {
        "count": days,
        "days": number(days),
        "named": shown([span(gap.first, gap.last) for gap in ordered]),
        "lost": number(lost),
        "lost_share": percent(share, digits=1),
    }
    severity = grave(found, share, until=look.as_of, years=len(look.days) / 365)
    return [Finding("order_lines", "missing_days", "flagged", 0, severity, facts)]


def _ragged(look: Look, start: date | None) -> list[Finding]:
    if start is None:
        return []
    early = look.hours.day < day_number(start)
    rows, orders = int(look.hours.lines[early].sum()), int(look.hours.orders[early].sum())
    facts = {"count": orders, "orders": number(orders), "first": day(look.days.date(0)), "start": day(start),
             "start_iso": start.isoformat()}  # fmt: skip
    return [Finding("order_lines", "ragged_start", "flagged", rows, "warning", facts)]


def begins(days: Days, found: list[Gap]) -> date | None:
    """Return the day on which the data really begin: after the last long gap that has next to nothing before it."""
    so_far = np.cumsum(days.counts)
    long = [
        gap for gap in found if gap.days >= MONTH and so_far[day_number(gap.first) - days.first] <= RAGGED * so_far[-1]
    ]
    return max(gap.last for gap in long) + timedelta(days=1) if long else None


def gaps(days: Days) -> list[Gap]:
    """Find the runs of empty days that chance does not explain.

    A run's chance is the product over its days, see `zero_weight`.
    """
    if np.ptp(np.flatnonzero(days.counts)) < 2 * MONTH:
        return []  # the weekdays of less than two months are no pattern yet
    expected = days.expected
    weight = zero_weight(max(dispersion(days.counts, expected), _weekly(days)))
    found = [
        (start, stop)
        for start, stop in runs((days.counts == 0) & (np.arange(len(days)) > 0))
        if weight * surely(expected[start : stop + 1]) >= np.log(len(days) / MISTAKEN)
    ]
    return [_gap(days, *_open(expected, start, stop)) for start, stop in found]


def surely(expected: NDArray[np.float64]) -> float:
    """Return what some days should have had at least: the weeks around, which say so, scatter as well."""
    total = float(expected.sum())
    return total - UNSURE * float(np.sqrt(total * max(1.0, len(expected) / WEEK)))


def grave(found: list[Gap], share: float, *, until: date, years: float) -> Severity:
    """Weigh the gaps by what they hide: orders, whole weeks and months, the latest month."""
    working = [gap for gap in found if not gap.festive]
    if not working:
        return "info"
    long = max(gap.days for gap in working)
    if long >= MONTH and share >= HIDDEN:
        return "error"
    closes = len(working) >= HOLIDAYS * max(years, 1)
    recent = any((until - gap.last).days < RECENT for gap in working) and not closes
    return "warning" if recent or long >= WEEK else weigh(share, LOST)


def festive(on: date) -> bool:
    """Tell whether many shops are closed: from Christmas Eve to Epiphany."""
    return (on.month, on.day) >= (12, 24) or (on.month, on.day) <= (1, 6)


def _weekly(days: Days) -> float:
    """Return the dispersion of whole weeks, which is the one that can be seen where days have one order or none."""
    weeks = len(days) // 7
    counts, expected = (part[: 7 * weeks].reshape(weeks, 7).sum(axis=1) for part in (days.counts, days.expected))
    return dispersion(counts, expected)


def _open(expected: NDArray[np.float64], start: int, stop: int) -> tuple[int, int, float]:
    """Return a run without the closed days at its ends, and what it would have held."""
    held = np.flatnonzero(expected[start : stop + 1] >= 0.1 * expected[start : stop + 1].max())
    return start + int(held[0]), start + int(held[-1]), float(expected[start : stop + 1].sum())


def _gap(days: Days, start: int, stop: int, lost: float) -> Gap:
    every = [days.date(place) for place in range(start, stop + 1)]
    quiet = all(festive(on) for on in every)
    return Gap(every[0], every[-1], len(every), 0.0 if quiet else lost, quiet)
