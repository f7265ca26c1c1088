"""The one place that reads the clock. Everything else is told what day it is and how long things took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

seconds = perf_counter


def today(timezone: str) -> date:
    """Return the day that it is in a time zone."""
    return datetime.now(ZoneInfo(timezone)).date()


def now() -> datetime:
    """Return the moment that it is."""
    return datetime.now(UTC).replace(microsecond=0)


def instant() -> datetime:
    """Return the moment that it is, to the microsecond."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Shifted:
    """A clock that is so far ahead of the true one, or behind it: to try out what was made for another day.

    It can be handed to another process, as a function made in a function cannot.
    """

    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Return the moment that it is by this clock, to the microsecond."""
        return instant() + self.by


def shifted_to(day: date | None, *, timezone: str) -> Callable[[], datetime]:
    """Return a clock by which it is `day` at the true time of day, and that runs on; without a day, the true one."""
    return instant if day is None else Shifted(day - today(timezone))
