"""Which months lie ahead of a day, and how much of each?"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

YEAR = 12  # months


@dataclass(frozen=True, kw_only=True)
class Window:
    """A month ahead, or the part of it that is asked for."""

    month: int  # counted from January of the year 0
    start: date  # first day
    end: date  # last day
    begins: int  # days from the origin to the day before the first
    ends: int  # days from the origin to the last

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.ends - self.begins


def month_of(day: date) -> int:
    """Return the number of a day's month, counted from January of the year 0."""
    return day.year * YEAR + day.month - 1


def days_in(month: int) -> int:
    """Return how many days a month has.

    Examples
    --------
    >>> days_in(month_of(date(2024, 2, 1)))
    29
    """
    return monthrange(month // YEAR, month % YEAR + 1)[1]


def last_day(month: int) -> date:
    """Return the last day of a month."""
    return date(month // YEAR, month % YEAR + 1, days_in(month))


def last_whole_month(day: date) -> int:
    """Return the last month that is over on the evening of a day."""
    return month_of(day + timedelta(days=1)) - 1


def windows_ahead(origin: date, *, horizon_days: int) -> tuple[Window, ...]:
    """Cut the days after the origin, up to the horizon's end, into months.

    Examples
    --------
    >>> [(str(w.start), w.days) for w in windows_ahead(date(2024, 1, 20), horizon_days=50)]
    [('2024-01-21', 11), ('2024-02-01', 29), ('2024-03-01', 10)]
    """
    found = []
    begins = 0
    while begins < horizon_days:
        start = origin + timedelta(days=begins + 1)
        end = min(last_day(month_of(start)), origin + timedelta(days=horizon_days))
        ends = (end - origin).days
        found.append(Window(month=month_of(start), start=start, end=end, begins=begins, ends=ends))
        begins = ends
    return tuple(found)
