"""Which two periods are compared, so that like is compared with like?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

YEAR_DAYS = 365
SHORTEST_DAYS = 28
"""Four whole weeks: less than that compares weekdays and pay days, not growth."""

EARLY_DAYS = 90
"""How long a new customer is watched, where the data is long enough."""


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`, both included."""

    start: date
    end: date

    def shortened(self, days: int) -> Period:
        """Return the period without its last `days` days."""
        return Period(self.start, self.end - timedelta(days=days))


@dataclass(frozen=True)
class Pair:
    """Two periods of equal length, the later one following the earlier at once."""

    before: Period
    after: Period


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is compared with what.

    Parameters
    ----------
    whole : Pair
        Years of 365 days where the data covers two of them, else halves of the data.
    early : Pair
        The same for new customers, with the data's first `early_days` days left out: customers who bought before the
        data began look new in them.
    early_days : int
        For how many days a new customer is watched: 90, or an eighth of the data where that is less.
    """

    whole: Pair
    early: Pair
    early_days: int


def periods(first_day: date, *, as_of: date) -> Comparison | None:
    """Return the last two periods of equal length up to `as_of`; none when the data is shorter than twice 28 days.

    Examples
    --------
    >>> compared = periods(date(2024, 1, 1), as_of=date(2024, 2, 29))
    >>> str(compared.whole.before.start), str(compared.whole.before.end)
    ('2024-01-01', '2024-01-30')
    >>> str(compared.whole.after.start), str(compared.whole.after.end), compared.early_days
    ('2024-01-31', '2024-02-29', 7)
    """
    span = (as_of - first_day).days + 1
    if span < 2 * SHORTEST_DAYS:
        return None
    watched = min(EARLY_DAYS, span // 8)
    return Comparison(whole=_pair(span, as_of), early=_pair(span - watched, as_of), early_days=watched)


def _pair(span: int, as_of: date) -> Pair:
    days = timedelta(days=min(YEAR_DAYS, span // 2))
    turn, one = as_of - days, timedelta(days=1)
    return Pair(before=Period(turn - days + one, turn), after=Period(turn + one, as_of))
