"""Has the feed stopped? The newest order against the day of the run."""

from __future__ import annotations

from datetime import date, timedelta

from patron.language import day, number
from patron.sources.checks.look import Look
from patron.sources.checks.missing_days import gaps
from patron.sources.checks.series import Days, day_number
from patron.sources.quality import Finding

HISTORIC = 120
"""Days after which nobody waits for a feed any more: the data is a study of the past, and silence is meant."""

TRAVEL = 2
"""Days that a file may travel: yesterday's orders come today."""


def feed_age(look: Look) -> list[Finding]:
    """Warn when orders should have come since the last one; only for a run about the newest day of the data."""
    if look.today is None:
        return []
    silent = silence(look.days, today=look.today)
    if silent is None:
        return []
    facts = {"count": silent, "days": number(silent), "last": day(look.today - timedelta(days=silent))}
    return [Finding("order_lines", "feed_stopped", "flagged", 0, "warning", facts)]


def silence(days: Days, *, today: date) -> int | None:
    """Return the days since the last order, when the shop's weekdays say that there should have been some since."""
    last = days.first + int(days.counts.nonzero()[0][-1])
    quiet = day_number(today) - last
    if not TRAVEL < quiet <= HISTORIC:
        return None
    until = Days.count(days.numbers, days.counts, until=today)
    return quiet if any(day_number(gap.first) > last and not gap.festive for gap in gaps(until)) else None
