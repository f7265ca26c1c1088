"""When may a message reach somebody, where she lives?

A message waits for the first moment of its day at which it is neither before the shop's hour nor in a quiet hour, by
the clock on her wall. Where a country has several time zones and hers is not known, it waits until that is so in all of
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

STEP = timedelta(minutes=15)
"""In which steps a moment is looked for; every time zone's offset is a multiple of it."""

LONGEST = 14
"""Days that are looked through: longer than any row of days without messages in a week's rule."""

DISTURBING = ("sms", "push", "phone")
"""Channels that ring: quiet hours are about these unless the settings say more."""


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """When people are left alone: from `begins` until `ends` (over midnight where that is earlier), and on `days`."""

    begins: time = time(21)
    ends: time = time(8)
    days: tuple[int, ...] = ()  # weekdays, 0 is Monday
    zone: str | None = None  # none: those of the country
    channels: tuple[str, ...] = DISTURBING

    def holds(self, local: datetime, *, channel: str) -> bool:
        """Tell whether a moment on her wall's clock is quiet."""
        if channel not in self.channels:
            return False
        if local.weekday() in self.days:
            return True
        now = local.time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends


@dataclass(frozen=True, kw_only=True)
class Hours:
    """The shop's own hour, and the quiet hours by country; ``""`` stands for every other country."""

    zone: str = "UTC"  # the project's
    hour: time = time(9)
    quiet: Mapping[str, Quiet] = field(default_factory=lambda: {"": Quiet()})

    def of(self, country: str) -> Quiet:
        """Return what holds in a country, by its code of two letters."""
        return self.quiet.get(country) or self.quiet.get("") or Quiet(channels=())

    def zones(self, country: str) -> tuple[str, ...]:
        """Return the time zones in which somebody of a country may live; the project's where it is not known."""
        own = self.of(country).zone if country in self.quiet else None
        if own is not None:
            return (own,)
        return _zones_of(country) or (self.zone,)


def sending_moment(hours: Hours, *, country: str, channel: str, on: date) -> tuple[date, datetime] | None:
    """Return the first day from `on`, and moment of it in the project's time zone, at which a message may be sent.

    Parameters
    ----------
    hours : Hours
        What the shop keeps to.
    country : str
        Where she lives, by its code of two letters; empty where it is not known.
    channel : str
        By what.
    on : date
        The first day that is meant.

    Returns
    -------
    (date, datetime) or None
        The day as it is where she lives; None where all of the next `LONGEST` days are quiet.

    Examples
    --------
    >>> hours = Hours(zone="Europe/London", quiet={"": Quiet(ends=time(10))})
    >>> sending_moment(hours, country="DE", channel="sms", on=date(2026, 7, 1))[1].isoformat()
    '2026-07-01T09:00:00'
    """
    quiet, own = hours.of(country), ZoneInfo(hours.zone)
    zones = [ZoneInfo(name) for name in hours.zones(country)]
    for ahead in range(LONGEST):
        day = on + timedelta(days=ahead)
        found = _first_of(day, zones, quiet, hours.hour, channel)
        if found is not None:
            return day, found.astimezone(own).replace(tzinfo=None)
    return None


def next_moment(hours: Hours, *, country: str, channel: str, after: datetime) -> tuple[date, datetime] | None:
    """Return the first moment from `after` on that is quiet nowhere where she may live, and its day.

    The shop's own hour says when a day's messages leave; what answers to something that somebody just did does not wait
    for it.

    Parameters
    ----------
    hours : Hours
        What the shop keeps to.
    country : str
        Where she lives, by its code of two letters; empty where it is not known.
    channel : str
        By what.
    after : datetime
        With its time zone.

    Returns
    -------
    (date, datetime) or None
        In the project's time zone, without it; None where all of the next `LONGEST` days are quiet.

    Examples
    --------
    >>> hours = Hours(zone="Europe/Berlin", quiet={"": Quiet(begins=time(22), ends=time(8))})
    >>> late = datetime(2026, 7, 1, 23, 5, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> [next_moment(hours, country="DE", channel=by, after=late)[1].isoformat() for by in ("sms", "email")]
    ['2026-07-02T08:00:00', '2026-07-01T23:05:00']
    """
    quiet, own = hours.of(country), ZoneInfo(hours.zone)
    moment = after.astimezone(ZoneInfo("UTC"))
    if channel in quiet.channels:
        zones = [ZoneInfo(name) for name in hours.zones(country)]
        last = moment + timedelta(days=LONGEST)
        while any(quiet.holds(moment.astimezone(zone), channel=channel) for zone in zones):
            past = moment.replace(second=0, microsecond=0)
            moment = past + STEP - timedelta(minutes=past.minute % 15)
            if moment > last:
                return None
    found = moment.astimezone(own).replace(tzinfo=None)
    return found.date(), found


def _first_of(day: date, zones: list[ZoneInfo], quiet: Quiet, hour: time, channel: str) -> datetime | None:
    """Return the first moment at which it is that day, the shop's hour or later, and nowhere quiet."""
    utc = ZoneInfo("UTC")
    moment = max(datetime.combine(day, hour, tzinfo=zone).astimezone(utc) for zone in zones)
    end = min(datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone).astimezone(utc) for zone in zones)
    while moment < end:
        if not any(quiet.holds(moment.astimezone(zone), channel=channel) for zone in zones):
            return moment
        moment += STEP
    return None


@cache
def _zones_of(country: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, land in get_global("zone_territories").items() if land == country))
