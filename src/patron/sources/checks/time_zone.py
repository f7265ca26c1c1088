"""Are the times in the project's zone?

Three witnesses: the shop's night, the hours that summer time skips, and what the hours of the day do when the clocks
change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from patron.language import day, number, percent
from patron.sources.checks.look import Hours, Look
from patron.sources.checks.sentences import shown
from patron.sources.checks.series import date_of, day_number
from patron.sources.quality import Finding

Floats = NDArray[np.float64]

AWAKE = (9.0, 21.0)
"""Between these hours lies the middle of every shop's day that we know: shops near noon, the web towards evening."""

USUAL = 15.0
"""The hour in the middle of them."""

CLEAR = 0.2
"""Least length of the mean direction (0 is evenly spread, 1 is all at one hour) for the day to have a middle."""

ORDERS = 500
"""Orders with a time without which the hours of the day are noise."""

AROUND = 28
"""Days before and after a change of the clocks that are compared: enough to average, and still one season."""

SURE = 5.0
"""Standard errors that the jump must be from none."""

IMPOSSIBLE = 3
"""Orders at times that do not exist; one or two are typed by hand, or are an hour off at midnight."""


@dataclass(frozen=True)
class Change:
    """A change of the clocks: the first day on the new time, by how many hours, and the hours that were skipped."""

    day: int  # days since 1970
    by: float  # hours; above zero when the clocks go forward
    skipped: tuple[int, ...]


def time_zone(look: Look) -> list[Finding]:
    """Say when the times of day do not fit the project's zone."""
    hours = look.hours
    if hours.timed.sum() < ORDERS or hours.share_dateless > 0.5:
        return []
    first, last = int(hours.day.min()), int(hours.day.max())
    changes = clock_changes(look.zone, date_of(first), date_of(last))
    return [*_night(hours, look.zone), *_jump(hours, changes, look.zone), *_impossible(hours, changes, look.zone)]


def clock_changes(zone: str, first: date, last: date) -> list[Change]:
    """Return the days between two on which the zone's clocks change.

    Examples
    --------
    >>> [(date_of(change.day), change.by, change.skipped) for change in
    ...  clock_changes("Europe/Paris", date(2024, 1, 1), date(2024, 12, 31))]
    [(datetime.date(2024, 3, 31), 1.0, (2,)), (datetime.date(2024, 10, 27), -1.0, ())]
    """
    where = ZoneInfo(zone)
    offsets = [_offset(first + timedelta(days=n), where) for n in range(-1, (last - first).days + 1)]
    places = [place for place in range(1, len(offsets)) if offsets[place] != offsets[place - 1]]
    return [_change(first + timedelta(days=place - 1), offsets[place] - offsets[place - 1], where) for place in places]


def _offset(on: date, where: ZoneInfo) -> float:
    ahead = datetime.combine(on, time(12), where).utcoffset()
    return ahead.total_seconds() / 3600 if ahead else 0.0


def _change(on: date, by: float, where: ZoneInfo) -> Change:
    hours = [datetime.combine(on, time(hour, 30)) for hour in range(24)]
    through_utc = [moment.replace(tzinfo=where).astimezone(ZoneInfo("UTC")).astimezone(where) for moment in hours]
    skipped = tuple(m.hour for m, t in zip(hours, through_utc, strict=True) if t.replace(tzinfo=None) != m)
    return Change(day_number(on), by, skipped)


def middle(counts: Floats) -> tuple[float, float]:
    """Return the mean hour on the clock's circle, and how clear it is, from counts by hour.

    Examples
    --------
    >>> evening = np.zeros(24)
    >>> evening[[23, 0, 1]] = 5, 5, 5
    >>> hour, clear = middle(evening)
    >>> round(hour, 1), round(clear, 2)
    (0.5, 0.98)
    """
    turn = np.exp(2j * np.pi * (np.arange(24) + 0.5) / 24)
    mean = (counts * turn).sum() / max(float(counts.sum()), 1.0)
    return float(np.angle(mean) * 12 / np.pi % 24), float(abs(mean))


def apart(one: float | Floats, other: float | Floats) -> Floats:
    """Return the hours from one hour of the day to another, the shorter way round."""
    return np.asarray((np.asarray(other) - np.asarray(one) + 12) % 24 - 12)


def jump(hours: Hours, changes: list[Change]) -> tuple[float, float]:
    """Return by how much of the clocks' change the hours of the day move against it, and the standard error.

    0: the times follow the zone's clocks. 1: they stand still while the clocks move, as those in UTC do.
    """
    days, angles = _daily_middles(hours)
    moves, errors = [], []
    for change in changes:
        before = angles[(days >= change.day - AROUND) & (days < change.day)]
        after = angles[(days >= change.day) & (days < change.day + AROUND)]
        if min(len(before), len(after)) < AROUND // 2:
            continue
        move = float(apart(np.median(before), np.median(after)))
        noise = 1.25 * np.hypot(*(np.std(part) / np.sqrt(len(part)) for part in (before, after)))
        moves.append(-move / change.by)
        errors.append(max(float(noise), 0.01) / abs(change.by))
    if not moves:
        return 0.0, np.inf
    weights = 1 / np.square(errors)
    return float(np.average(moves, weights=weights)), float(1 / np.sqrt(weights.sum()))


def _daily_middles(hours: Hours) -> tuple[NDArray[np.int64], Floats]:
    """Return the mean hour of every day that has ten orders, as hours around the overall middle."""
    days, place = np.unique(hours.day, return_inverse=True)
    table = np.zeros((len(days), 24))
    np.add.at(table, (place, hours.hour), hours.timed)
    centre, _ = middle(table.sum(axis=0))
    enough = table.sum(axis=1) >= 10
    own = np.array([middle(row)[0] for row in table[enough]])
    return days[enough], apart(centre, own) if len(own) else own


def _night(hours: Hours, zone: str) -> list[Finding]:
    counts = np.bincount(hours.hour, hours.timed, 24).astype(np.float64)
    hour, clear = middle(counts)
    if clear < CLEAR or AWAKE[0] <= hour < AWAKE[1]:
        return []
    night = counts[0:6].sum() / counts.sum()
    ahead = round((hour - USUAL) % 24)
    facts = {"hour": f"{int(hour)}:00", "night": percent(night), "zone": zone, "ahead": ahead, "behind": 24 - ahead}
    return [Finding("order_lines", "busy_nights", "flagged", 0, "warning", facts)]


def _jump(hours: Hours, changes: list[Change], zone: str) -> list[Finding]:
    move, error = jump(hours, changes)
    if not (0.6 <= move <= 1.4 and move >= SURE * error):
        return []
    facts = {"zone": zone, "minutes": number(60 * move), "give": number(60 * 2 * error), "changes": len(changes)}
    return [Finding("order_lines", "clock_stands_still", "flagged", 0, "warning", facts)]


def _impossible(hours: Hours, changes: list[Change], zone: str) -> list[Finding]:
    orders, named = 0, []
    for change in changes:
        there = (hours.day == change.day) & np.isin(hours.hour, change.skipped)
        if found := int(hours.timed[there].sum()):
            orders += found
            named.append(day(date_of(change.day)))
    if orders < IMPOSSIBLE:
        return []
    facts = {"count": orders, "orders": number(orders), "zone": zone, "named": shown(named)}
    return [Finding("order_lines", "skipped_hour", "flagged", 0, "info", facts)]
