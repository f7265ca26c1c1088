"""Moments in the operational database: UTC, without a zone, as both databases keep them alike."""

from __future__ import annotations

from datetime import UTC, datetime


def stored(moment: datetime) -> datetime:
    """Return an aware moment as it is kept.

    Examples
    --------
    >>> stored(datetime(2026, 3, 1, 12, tzinfo=UTC))
    datetime.datetime(2026, 3, 1, 12, 0)
    """
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(kept: datetime) -> datetime:
    """Return a moment that was kept as the aware one that it is."""
    return kept.replace(tzinfo=UTC)
