"""From which days is a propensity learned, and on which is it judged?

The model that is judged stands on the last day whose horizon is over, and has learned from days whose horizon was over
by then. The model of today then learns from that day, too. So nothing of the judged days was known to the judged model,
whatever its features hold. Where the data allow, the model that stands a horizon earlier is judged besides, so that
no day judges twice: one day alone is one season.

Days lie whole months apart, counted back from the run's day, so that targets share them: one, two and three horizons
back; half a year back, for another season; a year back, and a year and a horizon, for the season that is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from patron.models.what_came import Question

YEAR_MONTHS = 12
LEAST_HISTORY_DAYS = 90
"""How much of the past a day needs behind it: with less, everybody is a new customer. Of a long horizon half of it."""


MOST_TESTS = 2
"""Each costs a fit of every target."""


@dataclass(frozen=True)
class JudgedDay:
    """A day that a model is judged on, the days that it learns from, and when what came is known."""

    judged: date
    before: tuple[date, ...]
    known_on: date


@dataclass(frozen=True)
class Plan:
    """The days of one horizon: today, what is learned from, and the tests, the latest first."""

    horizon: int
    today: date
    now: tuple[date, ...]
    tests: tuple[JudgedDay, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """All days whose features are needed."""
        tested = (day for test in self.tests for day in (test.judged, *test.before))
        return tuple(sorted({self.today, *self.now, *tested}))

    @property
    def questions(self) -> tuple[Question, ...]:
        """What has to be known of the days after each of them, and as known on which day."""
        return (
            *(Question(day, self.horizon, self.today) for day in self.now),
            *(Question(test.judged, self.horizon, test.known_on) for test in self.tests),
            *(Question(day, self.horizon, test.judged) for test in self.tests for day in test.before),
        )


def plan(today: date, *, first: date, horizon: int) -> Plan | None:
    """Return the days of a horizon; None where the data are too short to learn on one day and be judged on another.

    Parameters
    ----------
    today : date
        The run's day.
    first : date
        The first day of the data.
    horizon : int
        In days.
    """
    least = max(LEAST_HISTORY_DAYS, horizon // 2)

    def back(months: Sequence[int]) -> tuple[date, ...]:
        days = (today - timedelta(days=days_of(count)) for count in months)
        return tuple(sorted(day for day in days if (day - first).days >= least))

    ahead = months_of(horizon)
    tests: list[JudgedDay] = []
    for count in range(1, MOST_TESTS + 1):
        judged = today - timedelta(days=days_of(count * ahead))
        before = back([count * ahead + step for step in steps(ahead)])
        if not any((judged - day).days >= horizon for day in before):
            break
        tests.append(JudgedDay(judged, before, tests[-1].judged if tests else today))
    if not tests:
        return None
    return Plan(horizon=horizon, today=today, now=back(steps(ahead)), tests=tuple(tests))


def steps(ahead: int) -> list[int]:
    """Return how many months back one learns from, for a horizon of so many months.

    Examples
    --------
    >>> steps(1), steps(3), steps(12)
    ([1, 2, 3, 6, 12, 13], [3, 6, 9, 12, 15], [12, 15, 18])
    """
    if ahead >= YEAR_MONTHS - 1:
        return [ahead, ahead + 3, ahead + 6]
    recent = {count * ahead for count in (1, 2, 3) if count * ahead <= YEAR_MONTHS}
    half = {YEAR_MONTHS // 2} if ahead < YEAR_MONTHS // 2 else set()
    return sorted(recent | half | {YEAR_MONTHS, YEAR_MONTHS + ahead})


def months_of(horizon: int) -> int:
    """Return the fewest months that are no shorter than a horizon.

    Examples
    --------
    >>> [months_of(days) for days in (7, 30, 31, 90, 365)]
    [1, 1, 2, 3, 12]
    """
    return next(count for count in range(1, 1 + horizon) if days_of(count) >= horizon)


def days_of(months: int) -> int:
    """Return a number of months in days.

    Examples
    --------
    >>> [days_of(months) for months in (1, 3, 12)]
    [30, 91, 365]
    """
    return round(months * 365 / YEAR_MONTHS)
