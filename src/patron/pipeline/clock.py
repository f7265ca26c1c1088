"""The one place that reads the clock. Everything else is told what day it is and how long things took."""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import perf_counter
from zoneinfo import ZoneInfo

seconds = perf_counter


def today(timezone: str) -> date:
    """Return the day that it is in a time zone."""
    return datetime.now(ZoneInfo(timezone)).date()


def now() -> datetime:
    """Return the moment that it is."""
    return datetime.now(UTC).replace(microsecond=0)
