"""Is the last day whole? A file that is drawn at noon ends at noon, and makes its last day look poor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from patron.language import day, number, percent
from patron.sources.checks.look import Hours, Look
from patron.sources.checks.series import Days, day_number, dispersion, zero_weight
from patron.sources.checks.swings import NEAR, near_level, standing_out
from patron.sources.quality import Finding

MISTAKEN = 1e-5
"""Chance that a whole day is called unfinished; a shop is told every day of the year."""

STILL_TO_COME = 0.15
"""Share of a usual day's orders that comes after the hour at which the last day stops; less than that does no harm."""


@dataclass(frozen=True)
class Unfinished:
    """The last day: what it has, what it should have, and the hour of its last order (None: it has no times)."""

    day: date
    orders: int
    expected: float
    hour: int | None
    still_to_come: float


def last_day(look: Look) -> list[Finding]:
    """Say when the last day with orders is not over, and which day to use instead."""
    found = unfinished(look.days, look.hours)
    if found is None:
        return []
    rows = int(look.hours.lines[look.hours.day == day_number(found.day)].sum())
    facts = {
        "day": day(found.day),
        "orders": number(found.orders),
        "expected": number(found.expected),
        "hour": "" if found.hour is None else f"{found.hour}:59",
        "still": percent(found.still_to_come),
        "before": (found.day - timedelta(days=1)).isoformat(),
    }
    check = "last_day_stops" if found.hour is not None else "last_day_low"
    return [Finding("order_lines", check, "flagged", rows, "warning", facts)]


def unfinished(days: Days, hours: Hours) -> Unfinished | None:
    """Return the last day with orders if chance does not explain what it lacks."""
    place = int(np.flatnonzero(days.counts)[-1])
    before = Days(days.first, days.counts[: place + 1])
    near = near_level(before.counts[:-1], before.expected[:-1], near=NEAR["day"], whole=len(before))
    level = before.expected * near
    expected, orders = float(level[-1]), int(before.counts[-1])
    if expected <= 0:
        return None
    evidence = zero_weight(dispersion(before.counts[:-1], level[:-1]))
    hour, after = _stop(hours, days.first + place)
    if hour is not None and after >= STILL_TO_COME and expected * after * evidence >= -np.log(MISTAKEN):
        return Unfinished(before.date(place), orders, expected, hour, after)
    if place in standing_out(before.counts, level) and orders < expected:
        return Unfinished(before.date(place), orders, expected, None, 0.0)
    return None


def _stop(hours: Hours, last: int) -> tuple[int | None, float]:
    """Return the hour of the last day's last order, and the share of other days' orders that comes after it.

    Other days of the same weekday, where there are some: a Saturday ends earlier than a Friday.
    """
    if hours.share_dateless > 0.5:
        return None, 0.0
    own = hours.hour[(hours.day == last) & (hours.timed > 0)]
    if not len(own):
        return None, 0.0
    stop = int(own.max())
    others = (hours.day != last) & ((last - hours.day) % 7 == 0) & (hours.day > last - 365)
    usual: NDArray[np.int64] = np.bincount(hours.hour[others], hours.timed[others], 24)
    if usual.sum() < 50:
        return None, 0.0
    return stop, float(usual[stop + 1 :].sum() / usual.sum())
