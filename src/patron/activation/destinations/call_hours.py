"""When somebody may be called: by the clock of where she is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from babel.core import get_global
from phonenumbers import timezone

EVERYWHERE = "*"

USUAL = "09:00-20:00"

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, kw_only=True)
class Hours:
    """From when to when, on the clock of a place."""

    start: time
    end: time


def hours(text: str) -> Hours | None:
    """Read ``09:00-20:00``; none where it is none, or ends before it begins.

    Examples
    --------
    >>> hours("09:00-20:00"), hours("20:00-09:00")
    (Hours(start=datetime.time(9, 0), end=datetime.time(20, 0)), None)
    """
    found = _HOURS.fullmatch(text)
    if not found:
        return None
    first, second, third, fourth = (int(part) for part in found.groups())
    start, end = time(first, second), time(third, fourth)
    return Hours(start=start, end=end) if start < end else None


def zones(number: phonenumbers.PhoneNumber, *, country: str | None, known: object = None) -> Sequence[str]:
    """Return where somebody may be, by the best that is known: what she said, her number, her country.

    A number of a whole country with several zones gives all of them.

    Examples
    --------
    >>> zones(phonenumbers.parse("+442071838750"), country="GB")
    ['Europe/London']
    >>> len(zones(phonenumbers.parse("+18005550100"), country="US")) > 3
    True
    """
    if isinstance(known, str) and _is_zone(known):
        return [known]
    by_number = [zone for zone in timezone.time_zones_for_number(number) if _is_zone(zone)]
    if by_number:
        return by_number
    return [zone for zone in get_global("territory_zones").get(country or "", []) if _is_zone(zone)]


def common_hours(day: date, places: Sequence[str], allowed: Hours) -> tuple[datetime, datetime] | None:
    """Return from when to when it is allowed in all places on one day; none where never."""
    starts = [datetime.combine(day, allowed.start, ZoneInfo(place)) for place in places]
    ends = [datetime.combine(day, allowed.end, ZoneInfo(place)) for place in places]
    if not starts:
        return None
    start, end = max(starts, key=datetime.timestamp), min(ends, key=datetime.timestamp)
    return (start, end) if start.timestamp() < end.timestamp() else None


def allowed_in(country: str | None, told: Mapping[str, Hours]) -> Hours | None:
    """Return the hours of a country, or those of everywhere."""
    return told.get(country or "") or told.get(EVERYWHERE) or hours(USUAL)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


__all__ = ["EVERYWHERE", "USUAL", "Hours", "allowed_in", "common_hours", "hours", "zones"]
